"""Which cells' colours count: g paints the ink too, and mixes colours near lines and borders."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.cells import nearest_cells
from gp_canvas.lines.tables import parts

_PAPER = 0.85  # sketch values above this are paper, not a line's edge
_DEPTHS = (1, 3)  # cells from any line or border: the further, the purer g's colour


@dataclass(frozen=True)
class Sources:
    """Whose colour speaks for each cell, and which cells count.

    Attributes:
        cells: int64 [h, w], for each cell the one (flat index) whose colour speaks for it: itself
            on clean paper, else the nearest clean paper of its unit, or where that has none, of
            its field.
        groups: int32 [h, w], for each cell its piece, or the number of pieces where it does not
            count for its piece's median.
    """

    cells: NDArray[np.int64]
    groups: NDArray[np.int32]


@dataclass(frozen=True)
class _Unit:
    """What is known of one: its cells, whose colour speaks for each, flat indices, and which of
    them are clean paper; `sources` is None where none is. `blank`: its pieces without paper.
    """

    cells: NDArray[np.int64]
    sources: NDArray[np.int64] | None
    good: NDArray[np.int64]
    blank: NDArray[np.int64]


class CleanPaper:
    """Finds the clean paper of a page, again and again while its pieces get colours.

    A unit is pieces that are one area to the eye. A colour changes few of them: what was found for
    the others is taken as it is.

    Args:
        sketch: float32 [h, w], the grid's content, 1 = paper.
        owners: the piece of each cell, int32 [h, w].
        count: number of pieces.
    """

    def __init__(
        self, sketch: NDArray[np.float32], owners: NDArray[np.integer], count: int
    ) -> None:
        self._paper = (sketch > _PAPER).astype(np.uint8)
        self._owners, self._count = owners, count
        flat = owners.ravel()
        order = np.argsort(flat, kind="stable")
        self._cells = parts(order, np.searchsorted(flat[order], np.arange(count)))  # of each piece
        self._known: dict[bytes, _Unit] = {}

    @property
    def nbytes(self) -> int:
        """Memory held at most, in bytes: what is known twice over, and the order of cells."""
        return 6 * self._owners.size * np.dtype(np.int64).itemsize

    def find(self, units: NDArray[np.integer], fields: NDArray[np.integer]) -> Sources:
        """Which cells count.

        Args:
            units: a number for each piece, [n]; pieces of one unit share theirs.
            fields: the same for fields, which hold whole units.
        """
        shape = self._owners.shape
        cells = np.arange(self._owners.size)
        good = np.zeros(self._owners.size, np.bool_)
        blank = np.zeros(self._count, np.bool_)
        bare: list[tuple[int, _Unit]] = []
        known: dict[bytes, _Unit] = {}
        order = np.argsort(units, kind="stable")
        starts = np.flatnonzero(np.diff(units[order], prepend=units[order[:1]] - 1))
        for pieces in parts(order, starts):
            key = pieces.tobytes()
            unit = self._known.get(key)
            if unit is None:
                unit = self._look_at(pieces)
            known[key] = unit
            if unit.sources is None:
                bare.append((int(fields[pieces[0]]), unit))
            else:
                cells[unit.cells] = unit.sources
                good[unit.good] = True
            blank[unit.blank] = True
        self._remember(known)
        good = good.reshape(shape)
        for field in {field for field, _ in bare}:
            clean = good & (fields[self._owners] == field)
            if clean.any():
                nearest = nearest_cells(clean).ravel()
                for unit in (unit for own, unit in bare if own == field):
                    cells[unit.cells] = nearest[unit.cells]
        groups = np.where(good | blank[self._owners], self._owners, self._count)
        return Sources(cells.reshape(shape), groups.astype(np.int32))

    def _remember(self, known: dict[bytes, _Unit]) -> None:
        """Keeps these, and as much of what was known before, which an undo brings back."""
        left = self._owners.size
        for key, unit in self._known.items():
            if key not in known and len(unit.cells) <= left:
                left -= len(unit.cells)
                known[key] = unit
        self._known = known

    def _look_at(self, pieces: NDArray[np.integer]) -> _Unit:
        spans = [self._cells[one] for one in pieces]
        cells = spans[0] if len(spans) == 1 else np.concatenate(spans)
        nothing = np.zeros(0, np.int64)
        if not len(cells):
            return _Unit(nothing, None, nothing, np.asarray(pieces, np.int64))
        height, width = self._owners.shape
        rows, columns = np.divmod(cells, width)
        # A cell more on each side, so that what is not the unit's is seen as its border; the
        # canvas's rim is none.
        top, left = max(0, int(rows.min()) - 1), max(0, int(columns.min()) - 1)
        bottom, right = min(height, int(rows.max()) + 2), min(width, int(columns.max()) + 2)
        here = (rows - top, columns - left)
        mine = np.zeros((bottom - top, right - left), np.uint8)
        mine[here] = 1
        paper = self._paper[top:bottom, left:right] & mine
        pure = paper & np.asarray(cv2.erode(mine, np.ones((3, 3), np.uint8)), np.uint8)
        quality = paper.copy()
        for depth in _DEPTHS:
            # Beyond the page there is nothing to see either: here its rim counts as a border.
            around = np.ones((2 * depth + 1,) * 2, np.uint8)
            quality += np.asarray(
                cv2.erode(pure, around, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
            )
        # A piece too thin for such paper makes do with lesser paper, or with its unit's.
        own, value = self._owners.ravel()[cells], quality[here]
        place = np.searchsorted(pieces, own)
        best = np.zeros(len(pieces), np.uint8)
        np.maximum.at(best, place, value)
        clean = (value > 0) & (value == best[place])
        blank = np.asarray(pieces, np.int64)[best == 0]
        if not clean.any():
            return _Unit(cells, None, nothing, blank)
        known = np.zeros(mine.shape, np.bool_)
        known[here] = clean
        nearest = nearest_cells(known)[here]
        row, column = np.divmod(nearest, mine.shape[1])
        return _Unit(cells, (row + top) * width + column + left, cells[clean], blank)
