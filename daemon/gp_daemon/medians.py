"""Medians of many groups of cells at once. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def group_medians(
    picture: NDArray[np.uint8], groups: NDArray[np.integer], count: int
) -> NDArray[np.uint8]:
    """The median colour of each group of cells, each channel for itself.

    Args:
        picture: uint8 [h, w, 3].
        groups: [h, w], 0..count; cells of group `count` are left out.
        count: number of groups.

    Returns:
        uint8 [count, 3]; the lower median of an even number of cells, 0 for groups without cells.
    """
    flat = groups.ravel().astype(np.int32)
    sizes = np.bincount(flat, minlength=count)[:count]
    middle = np.maximum(sizes - 1, 0) // 2
    medians = np.zeros((count, 3), np.uint8)
    for channel in range(3):
        medians[:, channel] = _ranked(picture[..., channel].ravel(), flat, count, middle)
    medians[sizes == 0] = 0
    return medians


def _ranked(
    values: NDArray[np.uint8], groups: NDArray[np.int32], count: int, rank: NDArray[np.integer]
) -> NDArray[np.integer]:
    """The value at a 0-based rank among each group's sorted values.

    By counting instead of sorting: first the upper half of the bits, then, among the cells that
    share it with the value sought, the lower half.
    """
    upper = values >> 4
    below = _cumulated(groups, upper, count)
    found = (below[:, :-1] <= rank[:, None]).sum(axis=1)
    before = np.take_along_axis(np.pad(below, ((0, 0), (1, 0))), found[:, None], 1)[:, 0]
    same = upper == np.append(found, 0)[groups]
    below = _cumulated(groups[same], values[same] & 15, count)
    return found * 16 + (below[:, :-1] <= (rank - before)[:, None]).sum(axis=1)


def _cumulated(
    groups: NDArray[np.int32], values: NDArray[np.integer], count: int
) -> NDArray[np.integer]:
    """How many of each group's values, 0..15, are at most 0, 1, 2 ... 15: [count, 16]."""
    keys = groups * np.int32(16) + values
    return np.bincount(keys, minlength=16 * (count + 1)).reshape(-1, 16)[:count].cumsum(axis=1)
