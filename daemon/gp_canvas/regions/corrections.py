"""A region's shape as the artist draws it, in place of ours. Pure functions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.cells import box_of, fill_nearest
from gp_canvas.lines.grow import WALL, grow, inner, pad
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import count
from gp_canvas.regions.regions import Snapped


@dataclass(frozen=True)
class Undo:
    """What a correction replaced.

    Attributes:
        box: rows and columns that changed.
        labels: uint8, the regions that were there.
        segments: int32, the segments that were there.
        before: the other attributes as they were; its canvases are not kept.
    """

    box: tuple[slice, slice]
    labels: NDArray[np.uint8]
    segments: NDArray[np.int32]
    before: Snapped

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.labels.nbytes + self.segments.nbytes


def correct(
    snapped: Snapped, grid: GridMap, region: int, mask: NDArray[np.bool_], limit: int
) -> tuple[Snapped, Undo] | None:
    """Gives a region exactly this shape.

    What the mask adds leaves the other regions; a region that loses all stays as a number without
    pixels. What the mask leaves out goes to the region that is nearest without crossing the mask,
    to the nearest at all where there is none, and becomes a region of its own, the last, where
    there is no other region.

    Args:
        snapped: the regions; its arrays are left as they are.
        grid: where the canvas lies on the grid.
        region: 0-based.
        mask: bool [H, W], at least one pixel.
        limit: most regions that there may be.

    Returns:
        The new regions and what undoes the change; None where the region has this shape already.
    """
    changed = (snapped.labels == region) != mask
    if not changed.any():
        return None
    box = box_of(changed)
    labels, segments = snapped.labels.copy(), snapped.segments.copy()
    before = dataclasses.replace(
        snapped, labels=np.empty((0, 0), np.uint8), segments=np.empty((0, 0), np.int32)
    )
    undo = Undo(box, snapped.labels[box].copy(), snapped.segments[box].copy(), before)
    labels[changed & mask] = region
    _give_away(labels, changed & ~mask, grid, region, limit)
    regions = _divide_segments(segments, labels, changed, snapped.segment_region)
    return _describe(snapped, grid, labels, segments, regions, changed), undo


def restore(snapped: Snapped, undo: Undo) -> Snapped:
    """The regions before a correction, which must be the last one."""
    labels, segments = snapped.labels.copy(), snapped.segments.copy()
    labels[undo.box] = undo.labels
    segments[undo.box] = undo.segments
    return dataclasses.replace(undo.before, labels=labels, segments=segments)


def _give_away(
    labels: NDArray[np.uint8], lost: NDArray[np.bool_], grid: GridMap, region: int, limit: int
) -> None:
    """Shares pixels that a region lost out among the others, in place."""
    if not lost.any():
        return
    rows, columns = (
        slice(max(0, span.start - 1), span.stop + 1) for span in box_of(lost)
    )  # one pixel around is where neighbours begin
    box = rows, columns
    part, mine = labels[box], lost[box]
    front = np.full(pad(part.shape), WALL, np.int32)
    inner(front)[:] = np.where(mine, 0, np.where(part == region, WALL, part.astype(np.int32) + 1))
    grow(front)
    reached = inner(front) > 0
    np.copyto(part, (inner(front) - 1).astype(np.uint8), where=mine & reached)
    at = np.nonzero(lost & (labels == region))
    if not len(at[0]):
        return
    cells = grid.sample(labels)
    others = cells != region
    if others.any():
        near = fill_nearest(cells, others)
        labels[at] = near[grid.cells(0)[at[0]], grid.cells(1)[at[1]]]
    else:
        rest = labels[~lost & (labels != region)]
        following = int(labels.max()) + 1
        if len(rest):
            labels[at] = rest[0]
        elif following < limit:
            labels[at] = following


def _divide_segments(
    segments: NDArray[np.int32],
    labels: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    regions: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Gives changed pixels segments of their own, in place; the region of every segment."""
    at = np.flatnonzero(changed)
    keys = segments.ravel()[at].astype(np.int64) * 256 + labels.ravel()[at]
    pairs, index = np.unique(keys, return_inverse=True)
    segments.ravel()[at] = (len(regions) + index).astype(np.int32)
    return np.concatenate([regions, (pairs % 256).astype(np.uint8)])


def _describe(
    snapped: Snapped,
    grid: GridMap,
    labels: NDArray[np.uint8],
    segments: NDArray[np.int32],
    regions: NDArray[np.uint8],
    changed: NDArray[np.bool_],
) -> Snapped:
    owners = snapped.owners.copy()
    stale = grid.sample(changed) | (count(segments, len(regions))[owners] == 0)
    owners[stale] = grid.sample(segments)[stale]
    anchors = np.zeros(len(regions), np.int64)
    anchors[: len(snapped.anchors)] = snapped.anchors
    at = np.flatnonzero(changed)
    rows, columns = np.divmod(at, labels.shape[1])
    anchors[segments.ravel()[at]] = grid.cells(0)[rows] * grid.content[1] + grid.cells(1)[columns]
    shown, first = np.unique(owners, return_index=True)
    anchors[shown] = first
    sizes = count(labels, snapped.count)
    found: Any = cc3d.statistics(labels)["bounding_boxes"]
    boxes = np.zeros((len(sizes), 4), np.int64)
    for region in np.flatnonzero(sizes):
        y, x = found[region]
        boxes[region] = x.start, y.start, x.stop - x.start, y.stop - y.start
    return dataclasses.replace(
        snapped,
        labels=labels,
        segments=segments,
        segment_region=regions,
        grid=regions[owners],
        owners=owners,
        anchors=anchors,
        sizes=sizes,
        boxes=boxes,
    )
