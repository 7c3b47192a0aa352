"""Regions of a segmenter that gives labels: each is a set of pieces, and no piece is divided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.on_grid import GridPieces
from gp_canvas.lines.pieces import Pieces
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import look_up

_LEAST = 1e-3  # weight of a vote of which the segmenter is not sure at all


@dataclass(frozen=True)
class Snapped:
    """Guided regions on the canvas and on the grid.

    A *segment* is what gets one flat colour: a piece, or what a correction made of one.

    Attributes:
        labels: uint8 [H, W], the region of each canvas pixel, 0..count-1 in f's order.
        segments: int32 [H, W], the segment of each canvas pixel, 0..n-1.
        segment_region: uint8 [n], the region of each segment.
        grid: uint8 [h, w], the region of each cell of the grid's content.
        owners: int32 [h, w], the segment of each cell.
        anchors: int64 [n], for each segment a cell (flat index) that shows it or lies on it.
        sizes: int64 [count], canvas pixels of each region.
        boxes: int64 [count, 4], (x, y, width, height) of each region on the canvas.
    """

    labels: NDArray[np.uint8]
    segments: NDArray[np.int32]
    segment_region: NDArray[np.uint8]
    grid: NDArray[np.uint8]
    owners: NDArray[np.int32]
    anchors: NDArray[np.int64]
    sizes: NDArray[np.int64]
    boxes: NDArray[np.int64]

    @property
    def count(self) -> int:
        return len(self.sizes)

    def present(self) -> Iterator[tuple[int, tuple[int, int, int, int]]]:
        """The regions that have pixels, in f's order, with their boxes (x, y, width, height).

        A correction may take a region's last pixel; it keeps its number and has no box then.
        """
        for region in np.flatnonzero(self.sizes).tolist():
            x, y, width, height = self.boxes[region].tolist()
            yield region, (x, y, width, height)


def vote(
    pieces: NDArray[np.int32],
    labels: NDArray[np.uint8],
    margin: NDArray[np.float32],
    count: int,
) -> NDArray[np.intp]:
    """The label of each piece: each of its cells votes, by how sure the segmenter is of it.

    Args:
        pieces: the piece of each cell, int32 [h, w], 0..count-1, all there.
        labels: the segmenter's choice for each cell, uint8 [h, w].
        margin: how sure it is, float32 [h, w], 0..1.
        count: how many pieces there are.

    Returns:
        Labels [count].
    """
    most = int(labels.max()) + 1
    keys = pieces.ravel().astype(np.int64) * most + labels.ravel()
    votes = np.bincount(keys, np.maximum(margin.ravel(), _LEAST), count * most)
    return votes.reshape(count, most).argmax(axis=1)


def snap(
    pieces: Pieces,
    seen: GridPieces,
    labels: NDArray[np.uint8],
    margin: NDArray[np.float32],
    grid: GridMap,
) -> Snapped:
    """Makes regions of what a segmenter says about cells.

    Args:
        pieces: of the canvas.
        seen: the same as the segmenter sees them.
        labels: uint8 [h, w] or padded, the segmenter's choice for each cell.
        margin: float32 of the same shape, 0..1, how sure it is.
        grid: where the canvas lies on the grid.

    Returns:
        At least one region; each has at least one piece, and together they are the canvas.
    """
    voted = vote(seen.filled, grid.crop(labels), grid.crop(margin), seen.count)
    numbers, region = np.unique(voted[seen.follows], return_inverse=True)
    region = region.astype(np.uint8)
    whole = look_up(region, pieces.labels)
    boxes: Any = cc3d.statistics(whole)["bounding_boxes"]
    return Snapped(
        labels=whole,
        segments=pieces.labels,
        segment_region=region,
        grid=region[seen.owners],
        owners=seen.owners,
        anchors=_anchors(pieces, seen.owners, grid),
        sizes=np.bincount(region, pieces.sizes, len(numbers)).astype(np.int64),
        boxes=np.array([[x.start, y.start, x.stop - x.start, y.stop - y.start] for y, x in boxes]),
    )


def _anchors(pieces: Pieces, owners: NDArray[np.int32], grid: GridMap) -> NDArray[np.int64]:
    """For each piece a cell that shows it, or one that lies on it where none does."""
    anchors = np.full(pieces.count, -1, np.int64)
    shown, first = np.unique(owners, return_index=True)
    anchors[shown] = first
    lost = anchors < 0
    if lost.any():
        pixels = np.flatnonzero(look_up(lost, pieces.labels))
        rows, columns = np.divmod(pixels, pieces.labels.shape[1])
        cells = grid.cells(0)[rows] * grid.content[1] + grid.cells(1)[columns]
        anchors[pieces.labels.ravel()[pixels]] = cells
    return anchors
