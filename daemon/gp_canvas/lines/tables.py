"""Look-up and counting over whole canvases without eight bytes a pixel. Pure functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gp_canvas import cancellation

_STRIP = 1 << 19  # pixels looked at at a time

_T = TypeVar("_T", bound=np.generic)


def strips(canvas: NDArray[Any], least: int = 1) -> Iterator[slice]:
    """Row slices that cover a canvas; between two of them a cancelled job ends.

    Args:
        canvas: [H, W].
        least: rows in a strip, though it be larger than is good for the cache.
    """
    rows = max(least, _STRIP // max(1, canvas.shape[1]))
    for top in range(0, len(canvas), rows):
        cancellation.check()
        yield slice(top, min(top + rows, len(canvas)))


def parts(values: NDArray[_T], starts: NDArray[np.integer]) -> list[NDArray[_T]]:
    """The parts of an array, views; numpy's own split takes twenty microseconds for each.

    Args:
        values: [n, ...].
        starts: where each part begins, rising from 0, [k].
    """
    bounds = [*starts.tolist(), len(values)]
    return [values[start:end] for start, end in itertools.pairwise(bounds)]


@dataclass(frozen=True)
class Runs:
    """A map of integers by runs of equal ones: far smaller than the map itself on line art.

    Attributes:
        shape: (height, width).
        starts: flat index of each run's first pixel, rising from 0, int32 [n].
        values: int32 [n].
    """

    shape: tuple[int, int]
    starts: NDArray[np.int32]
    values: NDArray[np.int32]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> Runs:
        """The runs of a map, int32 [H, W], contiguous, of less than 2^31 pixels."""
        flat = labels.reshape(-1)
        found = [np.zeros(1, np.int32)]
        for start in range(1, flat.size, _STRIP):
            cancellation.check()
            stop = min(start + _STRIP, flat.size)
            here = np.flatnonzero(flat[start:stop] != flat[start - 1 : stop - 1])
            found.append((start + here).astype(np.int32))
        starts = np.concatenate(found)
        return cls((labels.shape[0], labels.shape[1]), starts, flat[starts])

    @property
    def count(self) -> int:
        """The largest value and one."""
        return int(self.values.max()) + 1

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Pixels of each run."""
        return np.diff(self.starts, append=np.int32(self.shape[0] * self.shape[1]))

    def at(self, pixels: NDArray[np.integer]) -> NDArray[np.int32]:
        """The values at flat indices."""
        pixels = pixels.astype(np.int32, copy=False)
        return self.values[np.searchsorted(self.starts, pixels, "right") - 1]

    def write(self, rows: slice, table: NDArray[_T], out: NDArray[_T]) -> NDArray[_T]:
        """Writes what a table has for each value into some rows, [h, W], and returns them."""
        width = self.shape[1]
        first, last = rows.start * width, rows.stop * width
        low = int(np.searchsorted(self.starts, first, "right")) - 1
        high = int(np.searchsorted(self.starts, last))
        lengths = np.diff(np.maximum(self.starts[low:high], first), append=last)
        out[:] = np.repeat(table[self.values[low:high]], lengths).reshape(out.shape)
        return out


def look_up(table: NDArray[_T], index: NDArray[np.integer]) -> NDArray[_T]:
    """`table[index]` for canvases: numpy would widen the whole index to eight bytes a pixel.

    Args:
        table: [n].
        index: integers [H, W], 0..n-1.

    Returns:
        [H, W].
    """
    out = np.empty(index.shape, table.dtype)
    for rows in strips(index):
        np.take(table, index[rows], out=out[rows], mode="clip")
    return out


def count(
    index: NDArray[np.integer], least: int = 0, where: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """`np.bincount` for canvases.

    Args:
        index: integers from 0 [H, W].
        least: entries of the result, or more where there are larger integers.
        where: bool [H, W], the pixels that count; None: all.

    Returns:
        int64 [n].
    """
    counts = np.zeros(max(least, int(index.max()) + 1), np.int64)
    for rows in strips(index):
        strip = index[rows].ravel() if where is None else index[rows][where[rows]]
        found = np.bincount(strip)
        counts[: len(found)] += found
    return counts


def tally(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`np.unique` with counts, for values that come in long runs: only runs are sorted.

    Args:
        values: int64 [n].

    Returns:
        The distinct values, rising, and how often each occurs, int64.
    """
    starts = np.flatnonzero(np.diff(values, prepend=~values[:1]))
    lengths = np.diff(starts, append=len(values))
    found, index = np.unique(values[starts], return_inverse=True)
    return found, np.bincount(index, lengths, len(found)).astype(np.int64)


def tally_parts(
    parts: Iterable[NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`tally` of values that come part by part, so that they need not all be held at once."""
    sums: dict[int, int] = {}
    for part in parts:
        values, numbers = tally(part)
        for value, number in zip(values.tolist(), numbers.tolist(), strict=True):
            sums[value] = sums.get(value, 0) + number
    found = sorted(sums)
    return np.array(found, np.int64), np.array([sums[value] for value in found], np.int64)


def changes(values: NDArray[np.integer]) -> NDArray[np.intp]:
    """Flat indices of pixels that are not 0 and differ from the one before.

    Every connected part of equal values has at least one: a short list that stands for all.

    Args:
        values: [H, W], contiguous.
    """
    flat = values.reshape(-1)
    found = [np.flatnonzero(flat[:1])]
    for start in range(0, flat.size, _STRIP):
        stop = min(start + _STRIP, flat.size)
        before = max(1, start)
        here = flat[before:stop]
        found.append(before + np.flatnonzero((here != flat[before - 1 : stop - 1]) & (here != 0)))
    return np.concatenate(found)


def reduce_ink(ink: NDArray[np.bool_], factor: int) -> NDArray[np.uint8]:
    """Ink at the reduced size, with the rim around it; a cell with any ink is ink."""
    height, width = ink.shape
    rows, columns = -(-height // factor), -(-width // factor)
    small = np.ones((rows + 2, columns + 2), np.uint8)
    if factor == 1:
        small[1:-1, 1:-1] = ink
        return small
    cells = np.zeros((rows * factor, columns * factor), np.bool_)
    cells[:height, :width] = ink
    lower = np.asarray(cells.reshape(rows, factor, -1).any(axis=1))
    small[1:-1, 1:-1] = np.logical_or.reduce([lower[:, at::factor] for at in range(factor)])
    return small
