"""Pictures of a coloring, each a table of colours looked up by piece. Pure functions."""

from __future__ import annotations

import numpy as np
from gp_client.types import Proposals
from numpy.typing import NDArray

from gp_canvas.acts.coloring import ARTIST, GUIDE, Coloring
from gp_canvas.lines.tables import look_up


def table(coloring: Coloring, proposals: Proposals = "pale") -> NDArray[np.uint8]:
    """The colour of each piece as it is to be seen.

    Args:
        coloring: of n pieces.
        proposals: how the guide's colours are shown.

    Returns:
        RGBA, uint8 [n, 4]; transparent where there is no colour.
    """
    guide = coloring.by == GUIDE
    shown = (coloring.by == ARTIST) & (proposals != "only")
    if proposals != "none":
        shown |= guide
    colors = np.zeros((coloring.count, 4), np.uint8)
    colors[shown, :3] = coloring.color[shown]
    colors[shown, 3] = 255
    if proposals == "pale":
        colors[guide, :3] = 255 - (255 - coloring.color[guide]) // 2
    return colors


def paint(labels: NDArray[np.integer], colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture: each pixel in the colour of its piece.

    Args:
        labels: the piece of each pixel [H, W], 0..n-1: of the canvas, a part of it, or the grid.
        colors: RGBA, uint8 [n, 4].

    Returns:
        RGBA, uint8 [H, W, 4].
    """
    # Four bytes move as one number, several times faster than alone.
    packed = np.ascontiguousarray(colors).view(np.uint32).ravel()
    return look_up(packed, labels).view(np.uint8).reshape(*labels.shape, 4)
