"""Throats of an open drawing: where a line has a gap wider than `gap`, and the seams that close it.

An area that a broken outline opens to its ground narrows at the gap, as it does between any two
outlines that pass each other. What tells them apart is the ink at the two sides of the throat: a
line that has a gap ends there. Found at a reduced size, where a default gap is a few pixels; seams
end on the canvas's own ink.
"""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.ends import look_at_end, middle, sides_of
from gp_canvas.lines.grow import WALL, grow
from gp_canvas.lines.raster import page_side
from gp_canvas.lines.tables import reduce_ink

__all__ = ["find_seams"]

_SMALL_GAP = 3  # pixels that the default gap is to have at the reduced size, about
_WIDEST = 6  # default gaps; a wider throat is an opening, and the artist's to close
# Each ball is so much smaller than the one before.
_STEP = 0.8
# Of the throat's width: both sides have room for a ball so wide, or nothing narrows there.
_ROOM = 1.25
# Of the throat's width squared: what is closed off has so much paper; between an end and a line
# that passes by, which may be but a fold or a tip, more.
_LEAST = 4.0
_LEAST_ONE_SIDED = 14.0
_PAGE = 0.0005  # and of the page
_TOWARDS = 45.0  # degrees: a stroke end that points at the other side within these means it
_ASLANT = 100.0  # degrees: two ends need not face each other; a corner may be open
_COARSE = 1.6
_ONE_SIDED = 4.5  # default gaps: the widest throat between an end and a line that passes by


@dataclass(frozen=True)
class _Throat:
    """Where two parts of the paper meet. Points are (row, column) at the reduced size.

    Attributes:
        parts: the two, by falling size of the balls that found them.
        ends: the nearest ink on either side.
        width: of the paper between these.
        least: pixels of paper that it must close off to be worth a seam.
    """

    parts: tuple[int, int]
    ends: tuple[tuple[int, int], tuple[int, int]]
    width: float
    least: float


def find_seams(ink: NDArray[np.bool_], gap: float, usual: float) -> NDArray[np.int32]:
    """The straight lines that close an open drawing.

    Args:
        ink: bool [H, W].
        gap: canvas pixels that are closed without a question; 0: nothing is closed at all.
        usual: canvas pixels of the default gap at this size.

    Returns:
        int32 [n, 4], each (row, column, row, column): two pixels of ink, or of the rim, on
        either side of a gap; the paper between them parts two pieces.
    """
    widest = _WIDEST * min(gap, usual)
    if widest <= gap:
        return np.zeros((0, 4), np.int32)
    factor = max(1, round(usual / _SMALL_GAP))
    small = reduce_ink(ink, factor)
    parts, distance = _balls(small, gap / 2 / factor, widest / 2 / factor)
    found = _choose(small, parts, distance, widest / factor, usual / factor)
    seams = {_on_canvas(throat, ink, factor): None for throat in found}
    return np.array(list(seams), np.int32).reshape(-1, 4)


def _balls(
    ink: NDArray[np.uint8], least: float, most: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Parts that balls of falling radius find: int32 [h, w], 1..n, 0 none; and the room there.

    A part is a place with room for a ball that no way for a ball of that size leads to from any
    larger one; smaller balls then widen all parts at the same speed until they meet.
    """
    distance = np.asarray(cv2.distanceTransform(1 - ink, cv2.DIST_L2, 5), np.float32)
    parts = np.zeros(ink.shape, np.int32)
    radius = most
    count = 0
    while radius > max(1.0, least):
        place = distance > radius
        current = np.where(place, parts, WALL).astype(np.int32)
        grow(current, diagonal=True)
        new = current == 0
        if new.any():
            found = np.asarray(cc3d.connected_components(new, connectivity=8, out_dtype=np.uint32))
            found = found.view(np.int32)
            current[new] = found[new] + count
            count += int(found.max())
        np.copyto(parts, current, where=place)
        radius *= _STEP
    return parts, distance


def _find_throats(
    parts: NDArray[np.int32], distance: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Every place where two parts meet, the roomiest first.

    Returns:
        The two parts [n, 2]; the place where there is most room, [n, 2] (row, column); the room.
    """
    count = int(parts.max()) + 1
    flat, width = parts.ravel(), parts.shape[1]
    places, keys = [], []
    for offset in (1, width, width + 1, width - 1):
        here = np.flatnonzero((flat[:-offset] != flat[offset:]) & (flat[:-offset] > 0))
        first, second = flat[here].astype(np.int64), flat[here + offset].astype(np.int64)
        meet = second > 0
        places.append(here[meet])
        keys.append((np.minimum(first, second) * count + np.maximum(first, second))[meet])
    at, first_of = np.unique(np.concatenate(places), return_index=True)
    pairs, number = np.unique(np.concatenate(keys)[first_of], return_inverse=True)
    # What touches and parts the same two is one throat.
    border = np.zeros(parts.shape, np.int32)
    border.ravel()[at] = number + 1
    curves = np.asarray(cc3d.connected_components(border, connectivity=8, out_dtype=np.uint32))
    curve, room = curves.ravel()[at], distance.ravel()[at]
    order = np.lexsort((at, -room, curve))
    _, widest = np.unique(curve[order], return_index=True)
    chosen = order[widest]
    chosen = chosen[np.argsort(-room[chosen], kind="stable")]
    key = pairs[number[chosen]]
    return (
        np.stack(np.divmod(key, count), axis=1),
        np.stack(np.divmod(at[chosen], width), axis=1),
        room[chosen],
    )


class _Groups:
    """Parts that hang together, with their pixels and the radius of their largest ball."""

    def __init__(self, parts: NDArray[np.int32], distance: NDArray[np.float32]) -> None:
        count = int(parts.max()) + 1
        self._leader = np.arange(count)
        self.sizes = np.bincount(parts.ravel(), minlength=count)
        self.rooms = np.zeros(count, np.float32)
        np.maximum.at(self.rooms, parts.ravel(), distance.ravel())

    def find(self, part: int) -> int:
        leader = self._leader
        while leader[part] != part:
            leader[part] = leader[leader[part]]
            part = int(leader[part])
        return part

    def join(self, one: int, other: int) -> None:
        one, other = self.find(one), self.find(other)
        if one != other:
            self._leader[other] = one
            self.sizes[one] += self.sizes[other]
            self.rooms[one] = max(self.rooms[one], self.rooms[other])


def _join_pockets(groups: _Groups, pairs: NDArray[np.int64], least: float) -> None:
    """Joins small parts that one way leads out of with what it leads to: nothing to look at."""
    beside: dict[int, set[int]] = {}
    for one, other in pairs.tolist():
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    pockets = [part for part, others in beside.items() if len(others) == 1]
    while pockets:
        part = pockets.pop()
        if len(beside[part]) != 1 or groups.sizes[part] >= least:
            continue
        (leader,) = beside[part]
        groups.join(leader, part)
        beside[part] = set()
        beside[leader].discard(part)
        if len(beside[leader]) == 1:
            pockets.append(leader)


def _choose(
    ink: NDArray[np.uint8],
    parts: NDArray[np.int32],
    distance: NDArray[np.float32],
    widest: float,
    usual: float,
) -> list[_Throat]:
    """The leaks that part two large places, once everything that hangs together is joined."""
    pairs, places, rooms = _find_throats(parts, distance)
    groups = _Groups(parts, distance)
    least = _PAGE * min(ink.size, page_side(*ink.shape) * min(ink.shape))
    _join_pockets(groups, pairs, least)
    leaks: list[_Throat] = []
    for (one, other), (row, column), room in zip(
        pairs.tolist(), places.tolist(), rooms.tolist(), strict=True
    ):
        if groups.find(one) == groups.find(other):
            continue
        throat = None
        if 2 * room <= widest + 2:
            throat = _look(ink, (one, other), row, column, room, widest, usual)
        if throat is None:
            groups.join(one, other)
        else:
            leaks.append(throat)
    joined = True
    while joined:
        joined = False
        for throat in leaks:
            one, other = map(groups.find, throat.parts)
            if one == other:
                continue
            small = min(groups.sizes[one], groups.sizes[other])
            narrow = 2 * min(groups.rooms[one], groups.rooms[other])
            if small < max(least, throat.least) or narrow < _ROOM * throat.width:
                groups.join(one, other)
                joined = True
    return [leak for leak in leaks if groups.find(leak.parts[0]) != groups.find(leak.parts[1])]


def _look(
    ink: NDArray[np.uint8],
    parts: tuple[int, int],
    row: int,
    column: int,
    room: float,
    widest: float,
    usual: float,
) -> _Throat | None:
    """The throat at a place, if lines end at its sides rather than pass by."""
    sides = sides_of(ink, row, column, room)
    if sides is None:
        return None
    width = float(np.hypot(sides[0][0] - sides[1][0], sides[0][1] - sides[1][1])) - 1
    if width > widest:
        return None
    first, second = (
        None if _on_rim(ink, side) else look_at_end(ink, side, other)
        for side, other in (sides, sides[::-1])
    )
    if first and second:
        angles = first.angle, second.angle
        leak = min(angles) <= _TOWARDS and max(angles) <= _ASLANT
        return _Throat(parts, sides, width, _LEAST * width**2) if leak else None
    end = first or second
    if not end or end.angle > _TOWARDS or width > _ONE_SIDED * usual:
        return None
    line = sides[0] if second else sides[1]
    # What is much thicker than the line that it points at is a tip that was inked in.
    if not _on_rim(ink, line) and end.thick > _COARSE * middle(ink, *line)[0] + 1:
        return None
    return _Throat(parts, sides, width, _LEAST_ONE_SIDED * width**2)


def _on_rim(ink: NDArray[np.uint8], point: tuple[int, int]) -> bool:
    row, column = point
    return row in (0, ink.shape[0] - 1) or column in (0, ink.shape[1] - 1)


def _on_canvas(throat: _Throat, ink: NDArray[np.bool_], factor: int) -> tuple[int, int, int, int]:
    """The seam of a throat at canvas size, from ink to ink."""
    limit = np.array(ink.shape) - 1
    # The rim's own cells lie outside.
    corners = [(np.array(end) - 1) * factor for end in throat.ends]
    ends = [np.clip(corner + factor // 2, 0, limit) for corner in corners]
    for turn in (0, 1, 0, 1):
        low = np.clip(corners[turn], 0, limit)
        high = np.clip(corners[turn] + factor, 1, limit + 1)
        spots = np.argwhere(ink[low[0] : high[0], low[1] : high[1]]) + low
        if len(spots):
            ends[turn] = spots[np.hypot(*(spots - ends[1 - turn]).T).argmin()]
    return (*ends[0].tolist(), *ends[1].tolist())
