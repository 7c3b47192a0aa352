"""A coloring as a layer for each colour that somebody gave. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.acts import Box, Color
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY, Coloring
from gp_canvas.acts.piecemap import PieceMap, union


@dataclass(frozen=True)
class ColorLayer:
    """All that has one colour, given by one.

    Attributes:
        name: "#rrggbb"; with a question mark where the guide proposes it.
        color: RGB.
        by: ARTIST or GUIDE.
        pieces: rising, int32 [at least 1].
        box: (x, y, width, height), canvas pixels.
        pixels: how many canvas pixels it covers.
    """

    name: str
    color: Color
    by: int
    pieces: NDArray[np.int32]
    box: Box
    pixels: int


def color_layers(coloring: Coloring, pieces: PieceMap) -> tuple[ColorLayer, ...]:
    """Divides a coloring by colour.

    Returns:
        The artist's colours and then the guide's proposals, each the largest first; none overlaps
        another. What has no colour is in none.
    """
    found = np.flatnonzero(coloring.by != NOBODY)
    keys = coloring.codes[found].astype(np.int64) * 4 + coloring.by[found]
    layers = []
    for key in np.unique(keys).tolist():
        mine = found[keys == key].astype(np.int32)
        code, by = key >> 2, key & 3
        color = (code >> 16, code >> 8 & 255, code & 255)
        name = "#{:02x}{:02x}{:02x}".format(*color) + "?" * (by == GUIDE)
        size = int(pieces.sizes[mine].sum())
        layers.append(ColorLayer(name, color, by, mine, union(pieces.boxes[mine]), size))
    layers.sort(key=lambda one: (one.by != ARTIST, -one.pixels, one.color))
    return tuple(layers)
