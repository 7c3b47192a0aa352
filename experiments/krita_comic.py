"""A comic page of six panels made of samples, with what it shall look like: for `krita_job`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from experiments.krita_truth import (
    NONE,
    TUXPAINT_02,
    TUXPAINT_17,
    TUXPAINT_18,
    WHITE,
    Table,
    Truth,
    areas_of,
    truth,
)

_SAMPLES = Path(__file__).parents[1] / "docs/samples"
_TABLES: dict[str, Table] = {
    "tuxpaint_02": TUXPAINT_02,
    "tuxpaint_17": TUXPAINT_17,
    "tuxpaint_18": TUXPAINT_18,
}
_ACROSS, _DOWN = 350, 300  # pixels of a panel
_GUTTER, _FRAME = 20, 3
_COLUMNS = 3


class _Panel(NamedTuple):
    """A part of a sample: its left upper pixel once enlarged, and whether it is mirrored."""

    sample: str
    left: int
    top: int
    scale: float = 1.0
    mirrored: bool = False


# The same woman three times, the same hen twice.
_PANELS = (
    _Panel("tuxpaint_17", 0, 100),
    _Panel("tuxpaint_17", 257, 40),
    _Panel("tuxpaint_02", 5, 0, 0.8),
    _Panel("tuxpaint_02", 160, 20, 1.5, mirrored=True),
    _Panel("tuxpaint_17", 240, 173, mirrored=True),
    _Panel("tuxpaint_18", 130, 85),
)


def comic() -> tuple[NDArray[np.uint8], Truth]:
    """Return the page, uint8 [H,W], and what it shall look like; its gutters stay white."""
    rows = -(-len(_PANELS) // _COLUMNS)
    height = rows * (_DOWN + _GUTTER) + _GUTTER
    width = _COLUMNS * (_ACROSS + _GUTTER) + _GUTTER
    page = np.full((height, width), 255, np.uint8)
    wanted = np.full((height, width), WHITE)
    names = {sample: list(table) for sample, table in _TABLES.items()}
    palette = [(name, color) for table in _TABLES.values() for name, (color, _) in table.items()]
    place = {name: at for at, (name, _) in enumerate(palette)}
    for number, panel in enumerate(_PANELS):
        down, across = divmod(number, _COLUMNS)
        top, left = _GUTTER + down * (_DOWN + _GUTTER), _GUTTER + across * (_ACROSS + _GUTTER)
        tones, colors = _shown(panel)
        cv2.rectangle(tones, (0, 0), (_ACROSS - 1, _DOWN - 1), (0,), 2 * _FRAME - 1)
        here = np.array([place[name] for name in names[panel.sample]] + [NONE])
        page[top : top + _DOWN, left : left + _ACROSS] = tones
        wanted[top : top + _DOWN, left : left + _ACROSS] = here[colors]
    areas = areas_of(page)
    found = np.full(1 + int(areas.max()), NONE)
    for area in range(1, len(found)):
        values, counts = np.unique(wanted[areas == area], return_counts=True)
        found[area] = values[np.argmax(counts)]
    used = np.unique(found[found >= 0])
    found[found >= 0] = np.searchsorted(used, found[found >= 0])
    return page, Truth(areas, found, tuple(palette[at] for at in used))


def _shown(panel: _Panel) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A panel's line art, and for each pixel the place of its colour in the sample's table."""
    path = _SAMPLES / f"{panel.sample}.png"
    goal = truth(path, _TABLES[panel.sample])
    with Image.open(path) as image:
        tones = np.asarray(image.convert("L"))
    colors = goal.colors[goal.areas].astype(np.int16)
    size = round(panel.scale * tones.shape[1]), round(panel.scale * tones.shape[0])
    tones = cv2.resize(tones, size, interpolation=cv2.INTER_AREA if panel.scale < 1 else 2)
    colors = cv2.resize(colors, size, interpolation=cv2.INTER_NEAREST)
    part = np.s_[panel.top : panel.top + _DOWN, panel.left : panel.left + _ACROSS]
    step = -1 if panel.mirrored else 1
    shown = np.ascontiguousarray(tones[part][:, ::step])
    return np.asarray(shown, np.uint8), np.asarray(colors[part][:, ::step], np.int64)
