"""Whose colour speaks for a cell: checked cell by cell against the plain definition."""

from __future__ import annotations

import numpy as np
from gp_canvas.paint.sources import CleanPaper, Sources
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

SIDE = 14


def near(inside: NDArray[np.bool_], depth: int, beyond: bool) -> NDArray[np.bool_]:
    """Where all cells within so many are inside; what lies beyond the page counts as told."""
    padded = np.pad(inside, depth, constant_values=beyond)
    size = 2 * depth + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    return np.asarray(windows.all((2, 3)))


def plainly(
    sketch: NDArray[np.float32],
    owners: NDArray[np.int32],
    units: NDArray[np.int64],
    fields: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Each cell's distance to the cell that speaks for it, squared, and which cells count."""
    paper, unit = sketch > 0.85, units[owners]
    quality = np.zeros(owners.shape, np.int64)
    for one in np.unique(units):
        mine = unit == one
        pure = paper & near(mine, 1, True) & mine
        depths = [near(pure, depth, False).astype(np.int64) for depth in (1, 3)]
        quality[mine] = (paper + sum(depths))[mine]
    best = np.array([quality[owners == n].max(initial=0) for n in range(len(units))])
    good = (quality > 0) & (quality == best[owners])
    away = np.zeros(owners.size, np.int64)
    rows, columns = np.divmod(np.arange(owners.size), SIDE)
    for cell in range(owners.size):
        for same in (unit.ravel() == unit.ravel()[cell], fields[owners].ravel() == fields[
            owners.ravel()[cell]]):  # fmt: skip
            others = np.flatnonzero(good.ravel() & same)
            if len(others):
                apart = (rows[others] - rows[cell]) ** 2 + (columns[others] - columns[cell]) ** 2
                away[cell] = apart.min()
                break
    return away, good | (best[owners] == 0)


def check(
    found: Sources, sketch: NDArray, owners: NDArray, units: NDArray, fields: NDArray
) -> None:
    away, counted = plainly(sketch, owners, units, fields)
    rows, columns = np.divmod(np.arange(owners.size), SIDE)
    row, column = np.divmod(found.cells.ravel(), SIDE)
    own = (row - rows) ** 2 + (column - columns) ** 2
    # The transform measures in knight's moves, which is right to a twentieth.
    assert (own[away == 0] == 0).all()
    assert (np.sqrt(own) <= 1.06 * np.sqrt(away) + 1e-6).all()
    assert (found.groups == np.where(counted, owners, len(units))).all()
    assert (fields[owners.ravel()[found.cells.ravel()]] == fields[owners].ravel()).all()


@given(st.integers(0, 10**6), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_what_is_found_is_what_the_definition_says_however_colours_change(seed, count):
    random = np.random.default_rng(seed)
    corners = random.integers(0, SIDE, (count, 2))
    rows, columns = np.indices((SIDE, SIDE))
    apart = (rows - corners[:, :1, None]) ** 2 + (columns - corners[:, 1:, None]) ** 2
    owners = apart.argmin(0).astype(np.int32)
    sketch = np.where(random.random((SIDE, SIDE)) < random.choice([0, 0.1, 0.6]), 0, 1)
    sketch = sketch.astype(np.float32)
    paper = CleanPaper(sketch, owners, count)
    for _ in range(3):  # as when an act joins pieces, and another parts them
        units = random.integers(0, count, count)
        fields = random.integers(0, 3, count)[units]
        check(paper.find(units, fields), sketch, owners, units, fields)


def test_what_no_cell_shows_changes_nothing():
    owners = np.zeros((SIDE, SIDE), np.int32)
    owners[:, 7:] = 2  # piece 1 is smaller than a cell
    sketch = np.ones((SIDE, SIDE), np.float32)
    units = np.array([0, 1, 2])
    found = CleanPaper(sketch, owners, 3).find(units, units)
    check(found, sketch, owners, units, units)
