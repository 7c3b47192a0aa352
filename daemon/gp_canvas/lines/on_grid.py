"""Pieces as the networks see them: on the grid, the smallest left to follow their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.pieces import Pieces
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import look_up

MOST_PIECES = 1024  # that a network sees; of more, the smallest follow
_LOOKS = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))


@dataclass(frozen=True)
class GridPieces:
    """The pieces that the networks see.

    Attributes:
        labels: int32 [h, w], 0..n-1 for each cell of the grid's content, in the order of pieces;
            -1 where the cell's piece is too small and follows another.
        pieces: int32 [n], the piece (of `Pieces`) that each number is.
        follows: int32 [count], for every piece the number that it is or follows, 0..n-1.
        owners: int32 [h, w], the piece of each cell, small ones too.
    """

    labels: NDArray[np.int32]
    pieces: NDArray[np.int32]
    follows: NDArray[np.int32]
    owners: NDArray[np.int32]

    @property
    def count(self) -> int:
        return len(self.pieces)

    @property
    def filled(self) -> NDArray[np.int32]:
        """int32 [h, w], 0..n-1: as `labels`, small pieces numbered as what they follow."""
        return self.follows[self.owners]


def on_grid(
    pieces: Pieces, grid: GridMap, least_cells: int = 4, most: int = MOST_PIECES
) -> GridPieces:
    """Brings pieces to the grid.

    A cell belongs to the paper that it shows rather than to the line through its middle. A piece
    too small to be seen follows the seen piece that is nearest to most of it.

    Args:
        pieces: of the canvas.
        grid: where the canvas lies on the grid.
        least_cells: a piece with fewer is too small.
        most: pieces that are seen; of more, those with fewest cells follow.

    Returns:
        At least one piece.
    """
    owners = grid.sample(pieces.labels)
    inked = grid.sample(pieces.ink)
    for down, right in _LOOKS:
        better = inked & ~grid.sample(pieces.ink, down, right)
        owners[better] = grid.sample(pieces.labels, down, right)[better]
        inked &= ~better
    cells = np.bincount(owners.ravel(), minlength=pieces.count)
    order = np.argsort(-cells, kind="stable")[:most]
    seen = np.sort(order[cells[order] >= min(max(1, least_cells), cells.max())])
    number = np.full(pieces.count, -1, np.int32)
    number[seen] = np.arange(len(seen), dtype=np.int32)
    labels = number[owners]
    follows = number.copy()
    small = np.flatnonzero(number < 0)
    if len(small):
        follows[small] = _leaders(pieces, grid, owners, labels, cells)[small]
    return GridPieces(labels, seen.astype(np.int32), follows, owners)


def _leaders(
    pieces: Pieces,
    grid: GridMap,
    owners: NDArray[np.int32],
    labels: NDArray[np.int32],
    cells: NDArray[np.intp],
) -> NDArray[np.int32]:
    """For each piece the number that is nearest to most of it, int32 [count]."""
    known = labels >= 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(nearest, np.int32)
    table = np.zeros(int(nearest.max()) + 1, np.int32)
    table[nearest[known]] = labels[known]
    near = table[nearest]
    # Pieces without a cell of their own are looked for on the canvas.
    lost = cells == 0
    pixels = np.flatnonzero(look_up(lost, pieces.labels)) if lost.any() else np.zeros(0, np.intp)
    rows, columns = np.divmod(pixels, pieces.labels.shape[1])
    under = near[grid.cells(0)[rows], grid.cells(1)[columns]]
    who = np.concatenate([owners[~known], pieces.labels.ravel()[pixels]]).astype(np.int64)
    votes = np.concatenate([near[~known], under])
    width = int(labels.max()) + 1
    keys, counts = np.unique(who * width + votes, return_counts=True)
    order = np.argsort(counts, kind="stable")
    leaders = np.zeros(pieces.count, np.int32)
    leaders[keys[order] // width] = keys[order] % width
    return leaders
