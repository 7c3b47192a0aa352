"""What a comic page has beside figures: grounds, patterns, hatching, balloons, borders, grids.

Everything is drawn twice, in colour and as line art, so that the line art stays true.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_training.data.recolor import random_color
from gp_training.data.sketch import shade

_LINE_WIDTHS = (1, 1, 2, 2, 3)
_INK = (15, 15, 15)


@dataclass(frozen=True)
class Scene:
    """A picture and its line art.

    Attributes:
        rgb: uint8 [H, W, 3].
        sketch: uint8 [H, W], 255 = paper.
    """

    rgb: NDArray[np.uint8]
    sketch: NDArray[np.uint8]


def blank(height: int, width: int) -> Scene:
    """White paper."""
    return Scene(
        np.full((height, width, 3), 255, np.uint8), np.full((height, width), 255, np.uint8)
    )


def line_width(rng: np.random.Generator) -> int:
    """Of a pen, 1 to 3 pixels."""
    return int(_LINE_WIDTHS[rng.integers(len(_LINE_WIDTHS))])


def _color(rng: np.random.Generator) -> tuple[float, float, float]:
    red, green, blue = (float(c) for c in random_color(rng))
    return red, green, blue


def fill_outlined(
    scene: Scene, outline: NDArray[np.int32], color: tuple[float, float, float], width: int
) -> None:
    """A filled polygon, int32 [N, 2] of x and y, with its outline."""
    cv2.fillPoly(scene.rgb, [outline], color)
    cv2.fillPoly(scene.sketch, [outline], 255)
    cv2.polylines(scene.rgb, [outline], True, _INK, width, cv2.LINE_AA)
    cv2.polylines(scene.sketch, [outline], True, 0, width, cv2.LINE_AA)


def draw_grounds(scene: Scene, rng: np.random.Generator) -> None:
    """One to three grounds (sky, hills, floor), each ending on a drawn line."""
    height, width = scene.sketch.shape
    for level in np.sort(rng.uniform(0.25, 0.9, int(rng.integers(1, 4)))):
        knots = np.linspace(0, width - 1, int(rng.integers(2, 6)))
        heights = height * (level + rng.uniform(0, 0.12) * rng.standard_normal(len(knots)))
        columns = np.arange(width)
        edge = np.stack([columns, np.interp(columns, knots, heights)], 1)
        outline = np.concatenate([edge, [[width + 4, height + 4], [-4, height + 4]]])
        fill_outlined(scene, outline.astype(np.int32), _color(rng), line_width(rng))


def draw_pattern(scene: Scene, rng: np.random.Generator) -> None:
    """Bricks, tiles, boards or rays over the whole scene: many small closed areas."""
    height, width = scene.sketch.shape
    pen = int(rng.integers(1, 3))
    tones = [_color(rng) for _ in range(int(rng.integers(1, 4)))]
    kind = int(rng.integers(3))
    if kind == 2:  # rays from a point, as behind an exclamation
        centre = np.array([rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height])
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(8, 25))))
        far = centre + 2 * max(height, width) * np.stack([np.cos(angles), np.sin(angles)], 1)
        for index in range(len(far)):
            wedge = np.stack([centre, far[index], far[(index + 1) % len(far)]])
            fill_outlined(scene, wedge.astype(np.int32), tones[index % len(tones)], pen)
        return
    tall = max(6, int(height * rng.uniform(0.06, 0.2)))
    long = max(8, int(tall * (rng.uniform(1.5, 2.5) if kind == 0 else rng.uniform(0.8, 4))))
    for row, top in enumerate(range(0, height, tall)):
        shift = (row % 2) * long // 2 if kind == 0 else 0
        for left in range(-shift, width, long):
            corners = np.array(
                [[left, top], [left + long, top], [left + long, top + tall], [left, top + tall]],
                np.int32,
            )
            fill_outlined(scene, corners, tones[int(rng.integers(len(tones)))], pen)


def paper_areas(sketch: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connected paper: labels int32 [H, W], 0 = ink, and the size of each label."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        (sketch > 160).astype(np.uint8), connectivity=4
    )
    return np.asarray(labels, np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32)


def _choose_areas(
    sketch: NDArray[np.uint8], rng: np.random.Generator, least: float, most: float, count: int
) -> list[NDArray[np.bool_]]:
    labels, sizes = paper_areas(sketch)
    shares = sizes / sketch.size
    fitting = np.flatnonzero((shares > least) & (shares < most))
    fitting = fitting[fitting > 0]
    return [labels == label for label in rng.permutation(fitting)[:count]]


def fill_flat(scene: Scene, rng: np.random.Generator) -> None:
    """Some closed areas get one flat colour each, whatever was in them."""
    for mask in _choose_areas(scene.sketch, rng, 0.002, 0.3, int(rng.integers(1, 9))):
        scene.rgb[mask] = random_color(rng).astype(np.uint8)


def shade_areas(scene: Scene, rng: np.random.Generator) -> None:
    """Some areas are hatched or toned; the strokes are ink in the picture too."""
    height, width = scene.sketch.shape
    for mask in _choose_areas(scene.sketch, rng, 0.003, 0.2, int(rng.integers(1, 6))):
        if rng.random() < 0.6:  # the side away from the light
            angle = rng.uniform(0, 2 * np.pi)
            rows, columns = np.nonzero(mask)
            along = columns * np.cos(angle) + rows * np.sin(angle)
            dark = along > np.quantile(along, rng.uniform(0.4, 0.8))
            mask = np.zeros((height, width), bool)
            mask[rows[dark], columns[dark]] = True
        shaded = shade(scene.sketch, mask, rng)
        ink = shaded[mask].astype(np.float32)[:, None] / 255
        scene.sketch[mask] = shaded[mask]
        scene.rgb[mask] = (scene.rgb[mask] * ink).astype(np.uint8)


def draw_balloon(scene: Scene, rng: np.random.Generator) -> None:
    """A speech balloon, a thought's cloud, a shout's star or a caption, with lettering."""
    height, width = scene.sketch.shape
    half = np.array([rng.uniform(0.1, 0.24) * width, rng.uniform(0.05, 0.11) * height])
    half = np.maximum(half, (9, 6))
    centre = np.array([rng.uniform(0.1, 0.9) * width, rng.uniform(0.06, 0.55) * height])
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    kind = rng.random()
    if kind < 0.2:  # a caption
        ring = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    elif kind < 0.35:  # a cloud
        ring = circle * (1 + 0.12 * np.abs(np.sin(turn * rng.integers(4, 7)))[:, None])
    elif kind < 0.5:  # a star
        ring = circle * np.where(np.arange(72) % 6 == 0, 1.35, 1)[:, None]
    else:
        power = rng.uniform(0.5, 1)  # from a rounded box to an ellipse
        ring = np.sign(circle) * np.abs(circle) ** power
    white = (255.0, 255.0, 255.0)
    paper = white if rng.random() < 0.8 else _color(rng)
    shape = np.zeros((height, width), np.uint8)
    cv2.fillPoly(shape, [(centre + half * ring).astype(np.int32)], 1)
    if kind >= 0.2:  # the tail opens into the balloon: one outline about both
        tip = centre + half * (rng.uniform(-1.2, 1.2), rng.uniform(1.6, 2.6))
        root = centre + half * (rng.uniform(-0.5, 0.5), 0)
        side = np.array([half[0] * 0.16, 0])
        cv2.fillPoly(shape, [np.stack([root - side, tip, root + side]).astype(np.int32)], 1)
    pen = int(rng.integers(1, 3))
    outlines, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in outlines:
        fill_outlined(scene, np.asarray(outline, np.int32).reshape(-1, 2), paper, pen)
    _letter(scene, centre, half * 0.7, rng)


def _letter(
    scene: Scene, centre: NDArray[np.float64], half: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Rows of small strokes, as lettering looks from afar."""
    size = int(rng.integers(3, 6))
    for row in np.arange(centre[1] - half[1], centre[1] + half[1] - size + 1, size * 1.7):
        column = centre[0] - half[0] * rng.uniform(0.6, 1)
        stop = centre[0] + half[0] * rng.uniform(0.6, 1)
        while column < stop:
            if rng.random() > 0.18:  # else a space
                ends = rng.uniform(0, size, (3, 2)) + np.array([column, row])
                stroke = [ends.astype(np.int32)]
                cv2.polylines(scene.rgb, stroke, False, _INK, 1, cv2.LINE_AA)
                cv2.polylines(scene.sketch, stroke, False, 0, 1, cv2.LINE_AA)
            column += size


def draw_border(scene: Scene, rng: np.random.Generator) -> None:
    """A panel's frame."""
    edge = (scene.sketch.shape[1] - 1, scene.sketch.shape[0] - 1)
    width = line_width(rng)
    cv2.rectangle(scene.rgb, (0, 0), edge, _INK, width)
    cv2.rectangle(scene.sketch, (0, 0), edge, 0, width)


def panel_grid(side: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Panels of a page: two to about nine boxes (top, left, bottom, right) with gutters."""
    gutter = max(3, int(side * rng.uniform(0.012, 0.035)))
    rows = int(rng.choice([1, 2, 2, 3, 3, 4]))
    counts = [int(rng.integers(1, 4)) for _ in range(rows)]
    if rows == 1:
        counts = [int(rng.integers(2, 4))]
    boxes: list[tuple[int, int, int, int]] = []
    for (top, bottom), count in zip(_spans(side, rows, gutter, rng), counts, strict=True):
        boxes += [(top, left, bottom, right) for left, right in _spans(side, count, gutter, rng)]
    return boxes


def _spans(side: int, count: int, gutter: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """`count` spans of uneven length that fill a side, gutters between and about them."""
    shares = rng.uniform(0.7, 1.3, count)
    free = side - gutter * (count + 1)
    stops = np.round(np.cumsum(shares) / shares.sum() * free).astype(int).tolist()
    starts = [0, *stops[:-1]]
    return [
        (start + gutter * (index + 1), stop + gutter * (index + 1))
        for index, (start, stop) in enumerate(zip(starts, stops, strict=True))
    ]
