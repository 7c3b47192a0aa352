"""How areas choose their regions from f's labels, and how a divided area is drawn.

The working half of `gp_canvas.regions.regions`, which says what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.areas import Areas
from gp_canvas.lines.cells import box_of, clean, fill_nearest
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import count, look_up
from gp_canvas.regions.borders import draw_borders

MAJORITY = 0.6  # of an area's votes: enough to win the whole area
# Of the canvas: regions that show less paper are not worth a stop on the artist's way.
SPECK = 0.0005
_DIVISIBLE = 0.03  # of the canvas: smaller areas are shapes, and never divided
_PART = 0.003  # of the canvas: smaller parts of a divided area are noise
# Of the canvas: a larger area is no shape but what an open drawing lets flow together. There a
# majority is the ground, and must not swallow a figure; only what is under _REST joins it.
_OPEN = 0.3
_REST = 0.01
# Of a region: with less of it in a divided area, it lives elsewhere and only laps over a line.
_HOME = 1 / 3
_LOOKS = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))


@dataclass(frozen=True)
class Part:
    """A divided area, drawn on the canvas.

    Attributes:
        area: which.
        box: its rows and columns.
        inside: bool, the area's pixels within the box.
        labels: uint8, their regions.
        sizes: int64 [n_regions], pixels of each region.
        paper: int64 [n_regions], those of them that are not ink.
    """

    area: int
    box: tuple[slice, slice]
    inside: NDArray[np.bool_]
    labels: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    paper: NDArray[np.int64]


class Cells:
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
        self.paper = count(areas.labels, areas.count, ~areas.ink)
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
        clear &= self.counts <= _OPEN * votes.size
        large = self.counts >= max(4, _DIVISIBLE * votes.size)
        for index in np.flatnonzero(~clear & large):
            box = box_of(self.compact == index)
            own = self.compact[box] == index
            cleaned = clean(own, votes[box], _PART * votes.size)
            shares = np.bincount(cleaned[own], minlength=self.n_regions)
            best = int(shares.argmax())
            rest = self.counts[index] - shares[best]
            if self.counts[index] > _OPEN * votes.size:
                whole = rest < _REST * votes.size
            else:
                whole = shares[best] >= MAJORITY * self.counts[index]
            if whole:
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

    def drop_leaks(
        self, decided: NDArray[np.uint8], table: NDArray[np.int16]
    ) -> NDArray[np.uint8] | None:
        """New votes where a region that lives elsewhere reaches into a divided area, else None.

        f is unsure along lines: a panel's region laps into the gutter. What is at home in the area
        takes such laps; what a region shares out among several areas stays.
        """
        votes = None
        everywhere = np.bincount(decided.ravel(), minlength=self.n_regions)
        for area in np.flatnonzero(table < 0):
            own = self.owner == area
            here = np.bincount(decided[own], minlength=self.n_regions)
            leak = (here > 0) & (here < _HOME * everywhere)
            if leak.any() and not leak[here > 0].all():
                votes = decided.copy() if votes is None else votes
                votes[own] = fill_nearest(decided, own & ~leak[decided])[own]
        return votes

    def estimate_paper(
        self, decided: NDArray[np.uint8], table: NDArray[np.int16]
    ) -> NDArray[np.float64]:
        """Paper pixels of each region on the canvas, divided areas shared out by cells."""
        whole = table >= 0
        sizes = np.bincount(table[whole], self.paper[whole], self.n_regions).astype(float)
        for area in np.flatnonzero(~whole):
            shares = np.bincount(decided[self.owner == area], minlength=self.n_regions)
            sizes += shares * (self.paper[area] / shares.sum())
        return sizes

    def units(self, decided: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """What has one region: an area, or a region's part of a divided one.

        Returns:
            The unit of each cell, [h, w] from 0, and the paper pixels of each.
        """
        keys = self.compact * self.n_regions + decided
        cells = np.bincount(keys.ravel())
        found = np.flatnonzero(cells)
        number = np.cumsum(cells > 0) - 1
        area = found // self.n_regions
        paper = self.paper[self.own[area]] * (cells[found] / self.counts[area])
        return number[keys], paper

    def draw(self, area: int, decided: NDArray[np.uint8]) -> Part:
        """Draws a divided area on the canvas."""
        inside = self.areas.labels == area
        box = box_of(inside)
        inside = inside[box].copy()
        ink = self.areas.ink[box]
        labels = draw_borders(decided, self.owner == area, inside, ink, self.grid, box)
        sizes = np.bincount(labels[inside], minlength=self.n_regions)
        paper = np.bincount(labels[inside & ~ink], minlength=self.n_regions)
        return Part(area, box, inside, labels, sizes, paper)

    def drop_invisible(
        self, decided: NDArray[np.uint8], parts: list[Part]
    ) -> NDArray[np.uint8] | None:
        """New votes where a region has cells in a divided area but no pixel there, else None."""
        votes = None
        for part in parts:
            own = self.owner == part.area
            visible = part.sizes[decided] > 0
            if not visible[own].all():
                votes = decided.copy() if votes is None else votes
                votes[own] = fill_nearest(decided, own & visible)[own]
        return votes
