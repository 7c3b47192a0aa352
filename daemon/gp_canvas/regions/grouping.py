"""Joins the pieces of a page that belong together: average linkage on their affinities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

JOIN = 1.0
"""Log-odds that two groups need, on average over their pairs of pieces, to become one."""


def average_linkage(
    sizes: NDArray[np.integer], affinity: NDArray[np.float32], threshold: float = JOIN
) -> NDArray[np.int32]:
    """Joins the two groups with the highest mean affinity until none is above a threshold.

    A pair of pieces counts by the roots of their sizes. What has an affinity of +inf ends in one
    group, and of what has -inf no two pieces do, unless a chain of +inf binds them.

    Pairs of groups that are each other's nearest are joined all at once: for average linkage that
    gives the same groups as one pair after the other, the nearest first (Murtagh 1983).

    Args:
        sizes: pixels of each piece, int [n].
        affinity: log-odds that two pieces have the same colour, float32 [n, n], symmetric;
            the diagonal is not read.
        threshold: log-odds.

    Returns:
        The group of each piece, int32 [n]: the lowest number of a piece in it. Of two equally near
        groups the one with the lower number is nearer.
    """
    group = np.arange(len(sizes), dtype=np.int32)
    if len(sizes) < 2:
        return group
    # What is near to nothing joins nothing: a mean is never above all of its parts.
    able = np.flatnonzero(affinity.max(axis=1) >= threshold)
    if len(able) < len(sizes):
        affinity = affinity[able][:, able]
    group[able] = able[_joined(sizes[able], affinity, threshold)]
    return group


def _joined(
    sizes: NDArray[np.integer], affinity: NDArray[np.float32], threshold: float
) -> NDArray[np.intp]:
    """The same, for pieces of which most may join something."""
    group = everyone = np.arange(len(sizes))
    if not len(sizes):
        return group
    # Rows of an odd length: a power of two would put a column into one set of the cache.
    links = np.empty((len(sizes), len(sizes) | 15), np.float32)[:, : len(sizes)]
    links[:] = affinity
    np.fill_diagonal(links, -np.inf)
    weight = np.sqrt(np.maximum(sizes, 1)).astype(np.float32)
    nearest = links.argmax(axis=1)
    best = links[everyone, nearest]
    fresh = True
    while True:
        mutual = (nearest[nearest] == everyone) & (everyone < nearest) & (best >= threshold)
        kept = np.flatnonzero(mutual)
        if not len(kept):
            if fresh or not (best >= threshold).any():
                return group
            stale, fresh = everyone, True  # rounding: look at every row again
        else:
            gone = nearest[kept]
            _join(links, weight, kept, gone)
            target = everyone.copy()
            target[gone] = kept
            group = target[group]
            best[gone] = -np.inf
            touched = np.zeros(len(sizes), np.bool_)
            touched[kept] = touched[gone] = True
            # A mean is never above both of its parts: no other row has a new nearest.
            stale, fresh = np.flatnonzero(touched[nearest] & (best >= threshold)), False
        nearest[stale] = links[stale].argmax(axis=1)
        best[stale] = links[stale, nearest[stale]]


def merged(affinity: NDArray[np.float32]) -> NDArray[np.int32] | None:
    """The lowest piece that a chain of merges binds each piece to, int32 [n].

    Args:
        affinity: log-odds, float32 [n, n], symmetric, +inf where the artist merged.

    Returns:
        None where nothing is merged.
    """
    one, other = np.nonzero(np.isposinf(affinity))
    if not (one != other).any():
        return None
    lowest = np.arange(len(affinity), dtype=np.int32)
    while True:
        before = lowest.copy()
        np.minimum.at(lowest, one, before[other])
        lowest = lowest[lowest]
        if (lowest == before).all():
            return lowest


def _join(
    links: NDArray[np.float32],
    weight: NDArray[np.float32],
    kept: NDArray[np.intp],
    gone: NDArray[np.intp],
) -> None:
    """Makes rows and columns `kept` the means of themselves and of `gone`, which go, in place."""
    share = weight[gone] / (weight[kept] + weight[gone])
    rows = _mean(links[kept], links[gone], share[:, None])
    inner = _mean(rows[:, kept], rows[:, gone], share[None])
    rows[:, kept] = np.minimum(inner, inner.T)  # equal but for rounding
    rows[:, gone] = -np.inf
    rows[np.arange(len(kept)), kept] = -np.inf
    links[gone] = -np.inf
    links[:, gone] = -np.inf
    links[kept] = rows
    links[:, kept] = rows.T
    weight[kept] += weight[gone]


def _mean(
    first: NDArray[np.floating], second: NDArray[np.floating], share: NDArray[np.floating]
) -> NDArray[np.floating]:
    """The mean of affinities with a share of the second; +inf against -inf is +inf."""
    with np.errstate(invalid="ignore"):  # inf - inf, where a merge and a split meet
        mean = first * (1 - share) + second * share
    mean[np.isnan(mean)] = np.inf
    return np.clip(mean, np.minimum(first, second), np.maximum(first, second), out=mean)
