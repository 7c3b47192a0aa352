"""f's segments snapped onto the areas of the line art (DESIGN section 6).

f sees a grid of about 512 pixels; the artist sees the canvas. Decisions are taken on the grid,
where each cell belongs to one area, and only areas that f divides are drawn on the canvas. The
cells' final regions (`Snapped.grid`) say it all: snapping them again gives the same regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_daemon.areas import Areas
from gp_daemon.cells import box_of, clean, fill_nearest, look_up, upsample
from gp_daemon.raster import GridMap

MAJORITY = 0.6  # of an area's votes: enough to win the whole area
SPECK = 0.0005  # of the canvas: smaller regions are not worth a stop on the artist's way
_DIVISIBLE = 0.01  # of the canvas: smaller areas are never divided
_PART = 0.02  # of a divided area: smaller parts of it are noise
_EDGE_SIGMA = 0.8  # cells; rounds the stairs of the grid where f's own border is drawn
_LOOKS = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))


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


def snap(
    areas: Areas,
    labels: NDArray[np.uint8],
    margin: NDArray[np.float32],
    grid: GridMap,
    n_regions: int,
) -> Snapped:
    """Snaps f's segments onto areas.

    Each area votes with the labels of its cells, weighted by margin; a clear majority takes it
    whole. A large area without one keeps f's border inside it, freed of specks. A region that
    would be a speck gives its cells to the nearest others, and the vote is taken again.

    Args:
        areas: of the canvas.
        labels: uint8 [h, w] or padded, 0..n_regions-1, f's choice for each cell.
        margin: float32 of the same shape, 0..1, f's confidence.
        grid: where the canvas lies on the grid.
        n_regions: N_c.

    Returns:
        At least one region; each has at least one pixel, and together they are the canvas.
    """
    cells = _Cells(areas, grid, n_regions)
    votes = grid.crop(labels).copy()
    weights = np.maximum(grid.crop(margin), np.float32(1e-3))
    least = SPECK * areas.labels.size
    while True:
        decided, table = cells.decide(votes, weights)
        sizes = cells.estimate_sizes(decided, table)
        dead = (sizes > 0) & (sizes < least)
        if not dead.any():
            parts = [cells.draw(int(area), decided) for area in np.flatnonzero(table < 0)]
            votes = cells.drop_invisible(decided, parts)
            if votes is not None:
                continue
            sizes = _exact_sizes(areas, table, parts, n_regions)
            dead = (sizes > 0) & (sizes < least)
            if not dead.any():
                return _assemble(cells, decided, table, parts, sizes)
        # Some region has at least 1/n_regions of the canvas, so never all of them die.
        votes = fill_nearest(decided, ~dead[decided])


@dataclass(frozen=True)
class _Part:
    """A divided area, drawn: its box on the canvas, its pixels there, and their regions."""

    area: int
    box: tuple[slice, slice]
    inside: NDArray[np.bool_]
    labels: NDArray[np.uint8]


class _Cells:
    """The grid's cells and whose they are; fixed while the votes change."""

    def __init__(self, areas: Areas, grid: GridMap, n_regions: int) -> None:
        self.areas = areas
        self.grid = grid
        self.n_regions = n_regions
        self.owner = grid.sample(areas.labels)
        inked = grid.sample(areas.ink)
        for down, right in _LOOKS:
            # A cell belongs to the paper that it shows rather than to the line through its middle.
            better = inked & ~grid.sample(areas.ink, down, right)
            self.owner[better] = grid.sample(areas.labels, down, right)[better]
            inked &= ~better
        self.own, compact = np.unique(self.owner, return_inverse=True)
        self.compact = compact.reshape(self.owner.shape)
        self.counts = np.bincount(self.compact.ravel())
        self._find_lost()

    def _find_lost(self) -> None:
        """Areas too thin to own a cell: their pixels and the cells under these."""
        lost = np.ones(self.areas.count, bool)
        lost[self.own] = False
        self.lost = np.flatnonzero(lost)
        pixels = (
            np.flatnonzero(look_up(lost, self.areas.labels)) if len(self.lost) else np.zeros(0, int)
        )
        rows, columns = np.divmod(pixels, self.areas.labels.shape[1])
        width = self.grid.content[1]
        self.lost_cells = self.grid.cells(0)[rows] * width + self.grid.cells(1)[columns]
        self.lost_areas = np.searchsorted(self.lost, self.areas.labels.ravel()[pixels])

    def decide(
        self, votes: NDArray[np.uint8], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """The cells' regions and each area's region, -1 = divided."""
        tally = self._tally(self.compact.ravel(), votes.ravel(), weights.ravel(), len(self.own))
        winner = tally.argmax(axis=1).astype(np.uint8)
        decided = winner[self.compact]
        table = np.zeros(self.areas.count, np.int16)
        table[self.own] = winner
        clear = tally.max(axis=1) >= MAJORITY * tally.sum(axis=1)
        large = self.counts >= max(4, _DIVISIBLE * votes.size)
        for index in np.flatnonzero(~clear & large):
            box = box_of(self.compact == index)
            own = self.compact[box] == index
            cleaned = clean(own, votes[box], max(SPECK * votes.size, _PART * self.counts[index]))
            shares = np.bincount(cleaned[own], minlength=self.n_regions)
            best = int(shares.argmax())
            if shares[best] >= MAJORITY * self.counts[index]:
                decided[box][own] = best
                table[self.own[index]] = best
            else:
                decided[box][own] = cleaned[own]
                table[self.own[index]] = -1
        if len(self.lost):
            seen = decided.ravel()[self.lost_cells]
            table[self.lost] = self._tally(self.lost_areas, seen, None, len(self.lost)).argmax(1)
        return decided, table

    def _tally(
        self,
        rows: NDArray[np.intp],
        labels: NDArray[np.uint8],
        weights: NDArray[np.float32] | None,
        count: int,
    ) -> NDArray[Any]:
        keys = rows * self.n_regions + labels
        return np.bincount(keys, weights, count * self.n_regions).reshape(count, self.n_regions)

    def estimate_sizes(
        self, decided: NDArray[np.uint8], table: NDArray[np.int16]
    ) -> NDArray[np.float64]:
        """Canvas pixels of each region, divided areas counted by cells."""
        whole = table >= 0
        sizes = np.bincount(table[whole], self.areas.sizes[whole], self.n_regions).astype(float)
        for area in np.flatnonzero(~whole):
            shares = np.bincount(decided[self.owner == area], minlength=self.n_regions)
            sizes += shares * (self.areas.sizes[area] / shares.sum())
        return sizes

    def draw(self, area: int, decided: NDArray[np.uint8]) -> _Part:
        """Draws a divided area on the canvas, with f's border smoothed."""
        inside = self.areas.labels == area
        box = box_of(inside)
        own = self.owner == area
        # Beyond the area's own cells its nearest cell speaks, not the neighbour across the line.
        filled = fill_nearest(decided, own)
        first, *others = np.unique(decided[own])
        best = self._soft(filled == first, box)
        labels = np.full(best.shape, first, np.uint8)
        for label in others:
            value = self._soft(filled == label, box)
            more = value > best
            labels[more] = label
            best[more] = value[more]
        return _Part(area, box, inside[box].copy(), labels)

    def drop_invisible(
        self, decided: NDArray[np.uint8], parts: list[_Part]
    ) -> NDArray[np.uint8] | None:
        """New votes where a region has cells in a divided area but no pixel there, else None."""
        votes = None
        for part in parts:
            own = self.owner == part.area
            visible = np.isin(decided, np.unique(part.labels[part.inside]))
            if not visible[own].all():
                votes = decided.copy() if votes is None else votes
                votes[own] = fill_nearest(decided, own & visible)[own]
        return votes

    def _soft(self, cells: NDArray[np.bool_], box: tuple[slice, slice]) -> NDArray[np.uint8]:
        values = cells.astype(np.uint8) * np.uint8(255)
        if max(self.grid.canvas) > max(self.grid.content):
            values = np.asarray(cv2.GaussianBlur(values, (0, 0), _EDGE_SIGMA), np.uint8)
        return upsample(values, self.grid, box)


def _exact_sizes(
    areas: Areas, table: NDArray[np.int16], parts: list[_Part], n_regions: int
) -> NDArray[np.int64]:
    whole = table >= 0
    sizes = np.bincount(table[whole], areas.sizes[whole], n_regions).astype(np.int64)
    for part in parts:
        sizes += np.bincount(part.labels[part.inside], minlength=n_regions)
    return sizes


def _assemble(
    cells: _Cells,
    decided: NDArray[np.uint8],
    table: NDArray[np.int16],
    parts: list[_Part],
    sizes: NDArray[np.int64],
) -> Snapped:
    """Numbers regions without holes and gives every area, or part of one, its segment."""
    areas = cells.areas
    number = (np.cumsum(sizes > 0) - 1).astype(np.int16)
    segment_region = [number[np.maximum(table, 0)]]
    segments = areas.labels.copy() if parts else areas.labels
    owners = cells.owner.copy()
    following = areas.count
    for part in parts:
        own = cells.owner == part.area
        present = np.unique(part.labels[part.inside])
        segment_region[0][part.area] = number[present[0]]
        segment_region.append(number[present[1:]])
        for label in present[1:]:
            segments[part.box][part.inside & (part.labels == label)] = following
            owners[own & (decided == label)] = following
            following += 1
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
