"""Pieces that are paper on most pages: speech balloons, and the gutters of a comic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.panels import Panels
from gp_canvas.lines.pieces import Pieces

# Of a piece, that its lettering covers, the space between rows included: less is a sign on a wall.
_LETTERED = 0.12
_LEADING = 3  # times as high as its letters is a row with that space
_OUTSIDE = 0.9  # of a piece that lies in no panel: else a figure leans out of its panel
# Of the page's edge and of a piece: gutters that a balloon crosses are not found, but lead there.
_EDGE, _MARGIN = 0.5, 0.3


def bare(pieces: Pieces, panels: Panels) -> NDArray[np.bool_]:
    """Which pieces hold lettering and little else, or lie between panels.

    Args:
        pieces: of the page.
        panels: of the same page.

    Returns:
        bool [pieces].
    """
    return _lettered(pieces) | _between(pieces, panels)


def _lettered(pieces: Pieces) -> NDArray[np.bool_]:
    covered = np.zeros(pieces.count)
    for x, y, width, height in pieces.lettering.tolist():
        box = np.s_[y : y + height, x : x + width]
        paper = pieces.labels[box][~pieces.ink[box]]
        if len(paper):
            covered[np.bincount(paper).argmax()] += width * height * _LEADING
    return covered >= _LETTERED * pieces.sizes


def _between(pieces: Pieces, panels: Panels) -> NDArray[np.bool_]:
    if not panels.count:
        return np.zeros(pieces.count, np.bool_)
    middle = panels.factor // 2
    seen = pieces.labels[middle :: panels.factor, middle :: panels.factor]
    outside = panels.owners[: seen.shape[0], : seen.shape[1]] < 0
    cells = np.bincount(seen.ravel(), minlength=pieces.count)
    apart = np.bincount(seen[outside], minlength=pieces.count)
    found = (cells > 0) & (apart >= _OUTSIDE * cells)
    edge = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    margin = int(np.bincount(edge).argmax())
    around = np.count_nonzero(edge == margin) >= _EDGE * len(edge)
    found[margin] |= around and apart[margin] >= _MARGIN * cells[margin]
    return found
