"""Regions whose parts lie far apart, divided while there are numbers to spare. Pure functions.

f may give things in different corners of a page one number and leave others unused. A region gets
one colour, so that is the worse of two errors: a region too many costs a click. What touches, and
what is one area, is never taken apart here. docs/regions.md has what it gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.cells import box_of

# Of the long side: parts with so much of other regions between them are as far apart as can be.
_FAR = 1 / 8
# Of the page's paper: the least worth of a cut. A cut is worth the harmonic mean of both sides'
# paper (halved), times how far they are apart: about what one more colour can mend.
_LEAST = 0.003
# Of what was cut off: a region of f with less paper comes after it. f knows what matters, but did
# not mean this part when it chose its number.
_SLIGHT = 1 / 4


@dataclass(frozen=True)
class _Cut:
    """The best way to divide a region in two.

    Attributes:
        worth: of the page's paper; 0 where there is none.
        units: of the side with less paper.
    """

    worth: float
    units: tuple[int, ...] = ()


def split_far(
    labels: NDArray[np.uint8],
    units: NDArray[np.integer],
    paper: NDArray[np.float64],
    most: int,
) -> NDArray[np.uint8] | None:
    """Divides regions whose parts lie far apart, the worthiest cut first.

    Args:
        labels: uint8 [h, w], each cell's region.
        units: integers [h, w], 0..n-1; cells of one unit have one region and stay together.
        paper: float64 [n], each unit's paper in any measure.
        most: regions that there may be.

    Returns:
        uint8 [h, w], 0..most-1 without holes: the regions in their order, and what was cut off
        (the side with less paper) after the region that it was cut off from, before the first that
        is slight beside it. None where nothing is worth a cut. Dividing the result again gives
        None.
    """
    numbers, compact = np.unique(labels, return_inverse=True)
    count = len(numbers)
    total = float(paper.sum())
    if count >= most or total == 0:
        return None
    region = np.zeros(len(paper), np.int64)
    region[units.ravel()] = compact.ravel()
    cuts = [_best_cut(region == number, units, paper, total) for number in range(count)]
    origins = []
    while len(cuts) < most:
        best = max(range(len(cuts)), key=lambda number: cuts[number].worth)
        if cuts[best].worth < _LEAST:
            break
        region[list(cuts[best].units)] = len(cuts)
        origins.append(best)
        cuts.append(_best_cut(region == len(cuts), units, paper, total))
        cuts[best] = _best_cut(region == best, units, paper, total)
    if not origins:
        return None
    sizes = np.bincount(region, paper)
    order = list(range(count))
    for number, origin in enumerate(origins, count):
        place = order.index(origin) + 1
        while place < len(order) and sizes[order[place]] >= _SLIGHT * sizes[number]:
            place += 1
        order.insert(place, number)
    rank = np.empty(len(order), np.uint8)
    rank[order] = np.arange(len(order))
    return rank[region[units]]


def _best_cut(
    chosen: NDArray[np.bool_], units: NDArray[np.integer], paper: NDArray[np.float64], total: float
) -> _Cut:
    """The worthiest cut of the region that these units are.

    The units are joined into a tree by the shortest gaps; to cut a gap is to cut the tree in two.
    """
    if np.count_nonzero(chosen) < 2 or paper[chosen].sum() / 4 < _LEAST * total:
        return _Cut(0)
    mask = chosen[units]
    box = box_of(mask)
    far = _FAR * max(units.shape)
    beyond: dict[int, list[tuple[int, float]]] = {}
    for first, second, gap in _tree(mask[box], units[box]):
        beyond.setdefault(first, []).append((second, gap))
        beyond.setdefault(second, []).append((first, gap))
    # From the root outwards, each unit behind the one that leads to it; then back, summing up.
    root = min(beyond)
    leading = {root: (root, 0.0)}
    order = [root]
    for unit in order:
        for other, gap in beyond[unit]:
            if other not in leading:
                leading[other] = (unit, gap)
                order.append(other)
    behind = {unit: float(paper[unit]) for unit in order}
    for unit in reversed(order[1:]):
        behind[leading[unit][0]] += behind[unit]
    whole = behind[root]
    best, worth = root, 0.0
    for unit in order[1:]:
        part = behind[unit]
        here = part * (whole - part) / whole / total * min(1.0, leading[unit][1] / far)
        if here > worth:
            best, worth = unit, here
    if worth == 0:
        return _Cut(0)
    side = {best}
    for unit in order:
        if leading[unit][0] in side and unit != root:
            side.add(unit)
    if behind[best] > whole / 2:
        side = set(order) - side
    return _Cut(worth, tuple(sorted(side)))


def _tree(mask: NDArray[np.bool_], units: NDArray[np.integer]) -> list[tuple[int, int, float]]:
    """The shortest gaps that join all units in the mask: (unit, unit, cells between them)."""
    distance, nearest = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(nearest, np.int32)
    table = np.zeros(int(nearest.max()) + 1, np.int64)
    table[nearest[mask]] = units[mask]
    # Where the surroundings of two units meet, their gap is the way from one to the other.
    owner, distance = table[nearest], np.asarray(distance, np.float64)
    pairs, gaps = [], []
    n = int(owner.max()) + 1
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        meet = owner[here] != owner[there]
        first, second = owner[here][meet], owner[there][meet]
        pairs.append(np.minimum(first, second) * n + np.maximum(first, second))
        gaps.append(distance[here][meet] + distance[there][meet])
    keys, ways = np.concatenate(pairs), np.concatenate(gaps)
    order = np.lexsort((keys, ways))
    _, shortest = np.unique(keys[order], return_index=True)
    joined: dict[int, int] = {}

    def group(unit: int) -> int:
        while (above := joined.setdefault(unit, unit)) != unit:
            joined[unit] = joined[above]
            unit = above
        return unit

    found = []
    for at in order[np.sort(shortest)].tolist():
        first, second = divmod(int(keys[at]), n)
        one, other = group(first), group(second)
        if one != other:
            joined[other] = one
            found.append((first, second, float(ways[at])))
    return found
