"""Fields: pieces over which soft colours run on without a step. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOTHING = -1  # the code of a piece without a colour
MOST_FIELDS = 96  # the smallest beyond them share one; regions are numbered in bytes
_PAPER = 0.85  # sketch values above this are paper, not a line's edge


def open_areas(
    codes: NDArray[np.integer], owners: NDArray[np.int32], sketch: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Pieces of one colour, or without any, that touch where no ink is, are one open area.

    A gap was closed between them, or an open drawing was divided: there is nothing to see there.

    Args:
        codes: the colour of each piece as a number, [n]; `NOTHING` where it has none.
        owners: the piece of each cell, int32 [h, w].
        sketch: float32 [h, w], the grid's content, 1 = paper.

    Returns:
        The lowest piece of each piece's open area, int64 [n].
    """
    paper = sketch > _PAPER
    links = []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        near = paper[one] & paper[other] & (owners[one] != owners[other])
        links.append(np.stack([owners[one][near], owners[other][near]]))
    pairs = np.unique(np.concatenate(links, axis=1), axis=1)
    pairs = pairs[:, codes[pairs[0]] == codes[pairs[1]]]
    lowest = np.arange(len(codes))
    while True:
        before = lowest.copy()
        np.minimum.at(lowest, pairs[0], before[pairs[1]])
        np.minimum.at(lowest, pairs[1], before[pairs[0]])
        lowest = lowest[lowest]
        if (lowest == before).all():
            return lowest


def fields(
    codes: NDArray[np.integer], areas: NDArray[np.int64], sizes: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """The field of each piece, from 0, uint8 [n]: all of one colour, or an open area without one.

    Args:
        codes: as for `open_areas`.
        areas: what it gave.
        sizes: canvas pixels of each piece, [n].
    """
    kinds = np.where(codes == NOTHING, areas, codes.astype(np.int64) + len(codes))
    _, field = np.unique(kinds, return_inverse=True)
    field = field.ravel()
    weights = np.bincount(field, sizes)
    colored = np.zeros(len(weights), np.bool_)
    colored[field[codes != NOTHING]] = True
    # Colours first: what was given must not share its field with anything.
    order = np.lexsort((-weights, ~colored))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    most = max(MOST_FIELDS, min(255, int(colored.sum()) + 1))
    return np.minimum(place, most - 1)[field].astype(np.uint8)
