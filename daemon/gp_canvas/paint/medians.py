"""Medians of many groups of cells at once. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEW = 200  # groups


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


def _counted(
    values: NDArray[np.integer], groups: NDArray[np.int32], count: int, kinds: int
) -> NDArray[np.integer]:
    """How many of each group's values, 0..kinds-1, are at most 0, 1, 2 ...: [count, kinds]."""
    keys = groups * np.int32(kinds)
    keys += values
    table = np.bincount(keys, minlength=kinds * (count + 1)).reshape(-1, kinds)
    return table[:count].cumsum(axis=1)


def _ranked(
    values: NDArray[np.uint8], groups: NDArray[np.int32], count: int, rank: NDArray[np.integer]
) -> NDArray[np.integer]:
    """The value at a 0-based rank among each group's sorted values; counting beats sorting."""
    if count <= _FEW:
        return (_counted(values, groups, count, 256)[:, :-1] <= rank[:, None]).sum(axis=1)
    # A table of so many groups is longer than the cells: first the upper half of the bits, then,
    # among the cells that share it with the value sought, the lower half.
    upper = values >> 4
    below = _counted(upper, groups, count, 16)
    found = (below[:, :-1] <= rank[:, None]).sum(axis=1)
    before = np.take_along_axis(np.pad(below, ((0, 0), (1, 0))), found[:, None], 1)[:, 0]
    same = upper == np.append(found, 0)[groups]
    below = _counted(values[same] & 15, groups[same], count, 16)
    return found * 16 + (below[:, :-1] <= (rank - before)[:, None]).sum(axis=1)
