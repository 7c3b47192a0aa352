"""Pages of any size with known flats, composed from vector drawings.

OpenMoji (CC BY-SA 4.0) has each drawing twice, as fills and as black lines. Where the training
data's cache has it, pages are drawn from it at their own resolution; else the sample pages are
enlarged, and there are no known flats.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

SAMPLES = Path(__file__).parents[1] / "docs" / "samples"
_BASE = re.compile(r"1F4[0-9A-F]{2}\.svg|1F[67][0-9A-F]{2}\.svg|1F9[0-9A-F]{2}\.svg")
_COLUMNS, _ROWS = 6, 4
_GROUNDS = np.array(
    [[214, 230, 246], [246, 226, 200], [206, 236, 206], [240, 214, 226], [226, 220, 246]], np.uint8
)


@dataclass(frozen=True)
class DrawnPage:
    """Line art, and what it is the line art of.

    Attributes:
        gray: uint8 [H, W], 255 = paper.
        flats: uint8 [H, W, 3], the colours without lines; None where they are not known.
        source: what it was made from.
    """

    gray: NDArray[np.uint8]
    flats: NDArray[np.uint8] | None
    source: str


def draw_page(megapixels: float, seed: int = 0) -> DrawnPage:
    """A page of six by four panels with a figure in each.

    Args:
        megapixels: about how large, sides 4:3.
        seed: of the choice of figures.
    """
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(height * 4 / 3)
    drawings = _drawings()
    if len(drawings) < _COLUMNS * _ROWS or shutil.which("rsvg-convert") is None:
        return _enlarge_sample(height, width, seed)
    random = np.random.default_rng(seed)
    gray = np.full((height, width), 255, np.uint8)
    flats = np.full((height, width, 3), 255, np.uint8)
    line = max(1, round(height / 400))
    chosen = iter(random.permutation(len(drawings)).tolist())
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            top, bottom = (height * (row + k) // _ROWS for k in (0, 1))
            left, right = (width * (column + k) // _COLUMNS for k in (0, 1))
            inset = max(2, height // 80)
            box = (slice(top + inset, bottom - inset), slice(left + inset, right - inset))
            ground = _GROUNDS[random.integers(len(_GROUNDS))]
            flats[box] = ground
            corner, end = (box[1].start, box[0].start), (box[1].stop - 1, box[0].stop - 1)
            cv2.rectangle(gray, corner, end, 0, line, cv2.LINE_AA)
            side = min(box[0].stop - box[0].start, box[1].stop - box[1].start) * 9 // 10
            figure = _render(drawings[next(chosen)], side)
            y = (box[0].start + box[0].stop - side) // 2
            x = (box[1].start + box[1].stop - side) // 2
            place = slice(y, y + side), slice(x, x + side)
            fills, strokes = figure
            # A figure hides the ground behind it, but nothing of it is drawn there.
            solid = fills[..., 3] > 127
            flats[place][solid] = fills[..., :3][solid]
            np.minimum(gray[place], 255 - strokes[..., 3], out=gray[place])
    return DrawnPage(gray, flats, "OpenMoji")


def _drawings() -> list[Path]:
    # As `gp_training.data.sources` finds it; that cannot be had beside a daemon of an old version.
    cache = Path(os.environ.get("GUIDINGPAINTER_CACHE") or user_cache_path("guidingpainter"))
    root = cache / "sources" / "openmoji"
    folders = sorted(root.glob("**/color/svg"))
    if not folders:
        return []
    return sorted(path for path in folders[0].iterdir() if _BASE.fullmatch(path.name))


def _render(path: Path, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Fills and lines of a drawing, RGBA uint8 [side, side, 4] each."""
    black = path.parents[2] / "black" / "svg" / path.name
    fills = _rasterise(_without_lines(path), side)
    return fills, _rasterise(black.read_bytes(), side)


def _without_lines(path: Path) -> bytes:
    root = ET.fromstring(path.read_bytes())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("id", "").startswith("line"):
                parent.remove(child)
    return ET.tostring(root)


@lru_cache(maxsize=64)
def _rasterise(svg: bytes, side: int) -> NDArray[np.uint8]:
    command = ["rsvg-convert", "-w", str(side), "-h", str(side)]
    done = subprocess.run(command, input=svg, capture_output=True, timeout=60, check=True)
    data = np.frombuffer(done.stdout, np.uint8)
    picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), np.uint8)


def _enlarge_sample(height: int, width: int, seed: int) -> DrawnPage:
    names = sorted(SAMPLES.glob("*.png"))
    path = names[seed % len(names)]
    gray = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
    scaled = cv2.resize(gray, (width, height), interpolation=cv2.INTER_CUBIC)
    return DrawnPage(np.asarray(scaled, np.uint8), None, path.stem)
