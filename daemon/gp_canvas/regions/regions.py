"""f's segments snapped onto the areas of the line art.

f sees a grid of about 512 pixels; the artist sees the canvas. Decisions are taken on the grid,
where each cell belongs to one area, and only areas that f divides are drawn on the canvas. The
cells' final regions (`Snapped.grid`) say it all: snapping them again gives the same regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.areas import Areas
from gp_canvas.lines.cells import fill_nearest
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import look_up
from gp_canvas.regions.splitting import split_far
from gp_canvas.regions.voting import SPECK, Cells, Part

# One is enough, unless drawing shows a part to be a speck that its cells took for more.
_ROUNDS = 3


@dataclass(frozen=True)
class Snapped:
    """Guided regions on the canvas and on the grid.

    A *segment* is what gets one flat colour: an area, or one region's part of a divided area.

    Attributes:
        labels: uint8 [H, W], the region of each canvas pixel, 0..count-1 in f's order.
        segments: int32 [H, W], the segment of each canvas pixel, 0..n-1.
        segment_region: uint8 [n], the region of each segment.
        area_region: int16 [areas], the region of each area, -1 where it is divided.
        grid: uint8 [h, w], the region of each cell of the grid's content.
        owners: int32 [h, w], the segment of each cell.
        anchors: int64 [n], for each segment a cell (flat index) that shows it or lies on it.
        sizes: int64 [count], canvas pixels of each region.
        boxes: int64 [count, 4], (x, y, width, height) of each region on the canvas.
    """

    labels: NDArray[np.uint8]
    segments: NDArray[np.int32]
    segment_region: NDArray[np.uint8]
    area_region: NDArray[np.int16]
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


def snap(
    areas: Areas,
    labels: NDArray[np.uint8],
    margin: NDArray[np.float32],
    grid: GridMap,
    n_regions: int,
    divide: bool = True,
) -> Snapped:
    """Snaps f's segments onto areas.

    Each area votes with the labels of its cells, weighted by margin; a clear majority takes it
    whole. A large area without one keeps f's border inside it, freed of specks. A region that
    shows no more than a speck of paper (what lies under ink needs no colour) gives its cells to the
    nearest others, and the vote is taken again. Regions with parts far apart are divided as long as
    there are numbers to spare (`splitting`).

    Args:
        areas: of the canvas.
        labels: uint8 [h, w] or padded, 0..n_regions-1, f's choice for each cell.
        margin: float32 of the same shape, 0..1, f's confidence.
        grid: where the canvas lies on the grid.
        n_regions: N_c.
        divide: False leaves joined what f joined, however far apart.

    Returns:
        At least one region; each has at least one pixel, and together they are the canvas.
    """
    cells = Cells(areas, grid, n_regions)
    votes = grid.crop(labels).copy()
    weights = np.maximum(grid.crop(margin), np.float32(1e-3))
    rounds = _ROUNDS if divide else 0
    while True:
        decided, table = cells.decide(votes, weights)
        settled = cells.drop_leaks(decided, table)
        if settled is not None:
            votes = settled
            continue
        dead = _specks(cells.estimate_paper(decided, table), decided)
        if not dead.any():
            split = split_far(decided, *cells.units(decided), n_regions) if rounds else None
            if split is not None:
                votes, rounds = split, rounds - 1
                continue
            parts = [cells.draw(int(area), decided) for area in np.flatnonzero(table < 0)]
            votes = cells.drop_invisible(decided, parts)
            if votes is not None:
                continue
            whole = table >= 0
            paper = np.bincount(table[whole], cells.paper[whole], n_regions)
            dead = _specks(sum((part.paper for part in parts), paper), decided)
            if not dead.any():
                return _assemble(cells, decided, table, parts)
        votes = fill_nearest(decided, ~dead[decided])


def _specks(paper: NDArray[Any], decided: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The regions that show too little paper, bool [n_regions]; never the one that shows most."""
    present = np.bincount(decided.ravel(), minlength=len(paper)) > 0
    # Areas without a cell follow `decided`, so that no region has paper but is not present.
    return present & (paper < min(SPECK * paper.sum(), paper.max()))


def _assemble(
    cells: Cells,
    decided: NDArray[np.uint8],
    table: NDArray[np.int16],
    parts: list[Part],
) -> Snapped:
    """Numbers regions without holes and gives every area, or part of one, its segment."""
    areas, whole = cells.areas, table >= 0
    sizes = np.bincount(table[whole], areas.sizes[whole], cells.n_regions).astype(np.int64)
    sizes = sum((part.sizes for part in parts), sizes)
    number = (np.cumsum(sizes > 0) - 1).astype(np.int16)
    segment_region = [number[np.maximum(table, 0)]]
    segments = areas.labels.copy() if parts else areas.labels
    owners = cells.owner.copy()
    following = areas.count
    for part in parts:
        own = cells.owner == part.area
        present = np.flatnonzero(part.sizes)
        segment_region[0][part.area] = number[present[0]]
        segment_region.append(number[present[1:]])
        ids = np.full(cells.n_regions, part.area, np.int32)
        ids[present[1:]] = following + np.arange(len(present) - 1)
        following += len(present) - 1
        np.copyto(segments[part.box], look_up(ids, part.labels), where=part.inside)
        owners[own] = ids[decided[own]]
    regions = np.concatenate(segment_region).astype(np.uint8)
    anchors = np.full(len(regions), -1, np.int64)
    shown, first = np.unique(owners, return_index=True)
    anchors[shown] = first
    anchors[cells.lost[cells.lost_areas]] = cells.lost_cells
    labels = look_up(regions, segments)
    boxes: Any = cc3d.statistics(labels)["bounding_boxes"]
    return Snapped(
        labels=labels,
        segments=segments,
        segment_region=regions,
        area_region=np.where(table >= 0, number[np.maximum(table, 0)], -1).astype(np.int16),
        grid=number[decided].astype(np.uint8),
        owners=owners,
        anchors=anchors,
        sizes=sizes[sizes > 0],
        boxes=np.array([[x.start, y.start, x.stop - x.start, y.stop - y.start] for y, x in boxes]),
    )
