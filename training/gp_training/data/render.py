"""Drawings as pixels: rasterised, fitted into a square, with their line art."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gp_canvas.lines.ink import read_line_art
from numpy.typing import NDArray

from gp_training.data.sketch import xdog
from gp_training.data.sources import SOURCES, Figure

SIDE = 256
# Drawn at twice the size, since a figure may fill little of its drawing and is cut out.
_OVERSAMPLED = 2 * SIDE
_SECONDS = 20  # for one SVG; a few never end
_MARGIN = 0.03  # of a cut-out figure's long side
_STROKE = 9  # px at SIDE: a dark shape that such a disk fits into is no line
_SPECK = 14  # px of ink; a mark this small in a painting is grain
_GROUND_INK = (0.012, 0.3)  # share of ink of a ground worth drawing: neither fog nor leaves
_OPAQUE = 0.985  # a drawing that covers more of its rectangle is a ground, not a figure


@dataclass(frozen=True)
class Rendered:
    """A drawing as pixels.

    Attributes:
        rgba: uint8 [SIDE, SIDE, 4], R G B A, not premultiplied.
        line: uint8 [SIDE, SIDE], 255 = paper.
        true_line: the line art was drawn, not computed.
        ground: it has no silhouette: it fills the square and can lie behind figures.
    """

    rgba: NDArray[np.uint8]
    line: NDArray[np.uint8]
    true_line: bool
    ground: bool = False


def read_rgba(path: Path) -> NDArray[np.uint8] | None:
    """A drawing as RGBA, at its own size (an SVG: 512 px on its long side).

    Returns:
        uint8 [H, W, 4], or None when it cannot be rendered.
    """
    if path.suffix == ".svg":
        size = str(_OVERSAMPLED)
        command = ["rsvg-convert", "-w", size, "-h", size, "--keep-aspect-ratio", str(path)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        encoded = np.frombuffer(done.stdout, np.uint8)
    else:
        encoded = np.fromfile(path, np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED) if encoded.size else None
    if image is None or image.dtype != np.uint8:
        return None
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    code = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(image, code), np.uint8)


def content_box(alpha: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns that hold more than a trace of the figure, with a small margin."""
    rows = np.flatnonzero((alpha > 16).any(axis=1))
    columns = np.flatnonzero((alpha > 16).any(axis=0))
    if len(rows) == 0:
        return slice(None), slice(None)
    margin = round(_MARGIN * max(int(np.ptp(rows)), int(np.ptp(columns)))) + 1
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def fit(rgba: NDArray[np.uint8], cover: bool = False) -> NDArray[np.uint8]:
    """Scales a picture into the square.

    Args:
        rgba: uint8 [H, W, 4].
        cover: fill the square and cut off what stands out, instead of centring the whole.

    Returns:
        uint8 [SIDE, SIDE, 4].
    """
    if cover:
        short = min(rgba.shape[:2])
        top, left = ((side - short) // 2 for side in rgba.shape[:2])
        rgba = rgba[top : top + short, left : left + short]
    height, width = rgba.shape[:2]
    scale = SIDE / max(height, width)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Premultiplied while resizing, or the colour of transparent pixels would bleed in.
        scaled: NDArray[Any] = rgba.astype(np.float32)
        scaled[..., :3] *= scaled[..., 3:] / 255
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        scaled = cv2.resize(scaled, size, interpolation=method)
        scaled[..., :3] *= 255 / np.maximum(scaled[..., 3:], 1)
        rgba = np.clip(np.round(scaled), 0, 255).astype(np.uint8)
    result = np.zeros((SIDE, SIDE, 4), np.uint8)
    top, left = (SIDE - rgba.shape[0]) // 2, (SIDE - rgba.shape[1]) // 2
    result[top : top + rgba.shape[0], left : left + rgba.shape[1]] = rgba
    return result


def usable(rgba: NDArray[np.uint8], outlined: bool) -> bool:
    """Whether there is something to colour: two flats, not all gray, and outlines if asked."""
    alpha = rgba[..., 3] > 127
    if alpha.mean() < 0.04:
        return False
    pixels = rgba[alpha][:, :3].astype(np.int32)
    spread = pixels.max(axis=1) - pixels.min(axis=1)
    if (spread > 40).mean() < 0.05:
        return False
    coarse = pixels // 43
    keys = coarse[:, 0] * 36 + coarse[:, 1] * 6 + coarse[:, 2]
    shares = np.bincount(keys, minlength=216) / len(keys)
    if (shares > 0.02).sum() < 2:
        return False
    dark = pixels.max(axis=1) < 70
    return not outlined or 0.03 < dark.mean() < 0.5


def computed_line(rgba: NDArray[np.uint8], ground: bool) -> NDArray[np.uint8]:
    """The line art of a coloured drawing: XDoG's edges and the drawing's own dark strokes.

    A painted ground has strokes and grain that no pen would draw: they are smoothed away first.

    Returns:
        uint8 [H, W], 255 = paper.
    """
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = np.round(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    if not ground:
        return np.minimum(xdog(on_white), dark_strokes(on_white))
    smooth = np.asarray(cv2.pyrMeanShiftFiltering(on_white, 9, 22), np.uint8)
    return without_specks(xdog(smooth), _SPECK)


def dark_strokes(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The dark lines that a drawing has of its own, without its dark areas.

    An edge detector would draw both sides of an outline and leave its middle white.

    Args:
        rgb: uint8 [H, W, 3].

    Returns:
        uint8 [H, W], 255 = paper.
    """
    value = rgb.max(axis=2)
    dark = (value < 110).astype(np.uint8)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STROKE, _STROKE))
    broad = cv2.dilate(cv2.morphologyEx(dark, cv2.MORPH_OPEN, disk), np.ones((3, 3), np.uint8))
    # A pixel about a stroke is its soft rim; elsewhere the same tone is a colour.
    stroke = cv2.dilate(dark & (1 - broad), np.ones((3, 3), np.uint8))
    ink = np.clip((150 - value.astype(np.float32)) / 70, 0, 1) * stroke
    return np.round(255 * (1 - ink)).astype(np.uint8)


def without_specks(line: NDArray[np.uint8], least: int) -> NDArray[np.uint8]:
    """Wipes out marks of fewer than `least` pixels, uint8 [H, W], 255 = paper."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((line < 200).astype(np.uint8))
    small = np.asarray(stats[:, cv2.CC_STAT_AREA] < least)
    small[0] = False
    return np.where(small[np.asarray(labels, np.intp)], np.uint8(255), line)


def render(figure: Figure) -> Rendered | None:
    """Renders a figure, or None when it is broken or has nothing to colour."""
    rgba = read_rgba(figure.color)
    if rgba is None:
        return None
    drawn = None
    if figure.line is not None:
        drawn = read_rgba(figure.line)
        if drawn is None:
            return None
        if drawn.shape != rgba.shape:  # a user's line art may be larger than the colouring
            size = (rgba.shape[1], rgba.shape[0])
            drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
    ground = bool((rgba[..., 3] > 250).mean() > _OPAQUE)
    box = content_box(rgba[..., 3])
    rgba = fit(rgba[box], cover=ground)
    source = SOURCES.get(figure.source)
    # A user's own pictures are all wanted.
    if source is not None and source.grounds and not ground:
        return None
    if source is not None and not usable(rgba, source.outlined):
        return None
    if drawn is not None:
        return Rendered(rgba, read_line_art(fit(drawn[box], cover=ground), "RGBA8"), True, ground)
    line = computed_line(rgba, ground)
    if source is not None and ground and not _GROUND_INK[0] < (line < 128).mean() < _GROUND_INK[1]:
        return None
    return Rendered(rgba, line, False, ground)
