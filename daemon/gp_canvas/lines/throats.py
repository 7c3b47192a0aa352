"""Throats of an open drawing: where a line has a gap wider than `gap`, and the seams that close it.

An area that a broken outline opens to its ground narrows at the gap, as it does between any two
outlines that pass each other. What tells them apart is the ink at the two sides of the throat: a
line that has a gap ends there. Found at a reduced size, where a default gap is a few pixels; seams
end on the canvas's own ink.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.grow import WALL, grow

__all__ = ["find_seams", "reduce_ink"]

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
_ACROSS = -0.5  # cosine of the least angle that both sides span at the middle of a throat
_TOWARDS = 45.0  # degrees: a stroke end that points at the other side within these means it
_ASLANT = 100.0  # degrees: two ends need not face each other; a corner may be open
_SLENDER = 100.0  # degrees seen from its end: what takes more is no stroke but a solid
_TAPER = 1.3
_COARSE = 1.6
_TIP = 75.0  # degrees: two lines that leave a tip within these are two sides of one shape
_NEAR = 6  # pixels: a line that leaves a disc so large around a side twice passes by
_REACH = 36  # pixels around a side that are looked at
_THICKEST = 16
_FAR = 0.08 * np.hypot(*np.mgrid[-_THICKEST : _THICKEST + 1, -_THICKEST : _THICKEST + 1])
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


def _sides(
    ink: NDArray[np.uint8], row: int, column: int, room: float
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The ink nearest to a place in a throat, and the nearest of those opposite to that."""
    reach = int(1.6 * room + 3)
    top, left = max(0, row - reach), max(0, column - reach)
    rows, columns = np.nonzero(ink[top : row + reach + 1, left : column + reach + 1])
    if not len(rows):
        return None
    down, right = rows + top - row, columns + left - column
    far = np.hypot(down, right)
    near = int(far.argmin())
    opposite = np.flatnonzero(down * down[near] + right * right[near] <= _ACROSS * far * far[near])
    if not len(opposite):
        return None
    other = int(opposite[far[opposite].argmin()])
    # Then the shortest line between both, found by turns.
    for _ in range(3):
        near = _nearest_across(down, right, other)
        other = _nearest_across(down, right, near)
    first = (int(row + down[near]), int(column + right[near]))
    second = (int(row + down[other]), int(column + right[other]))
    return min(first, second), max(first, second)


def _nearest_across(down: NDArray[np.intp], right: NDArray[np.intp], one: int) -> int:
    """Which point is nearest to one of them, of those across (0, 0) from it."""
    apart = np.hypot(down - down[one], right - right[one])
    far = np.hypot(down, right)
    apart[down * down[one] + right * right[one] > _ACROSS * far * far[one]] = np.inf
    return int(apart.argmin())


@dataclass(frozen=True)
class _End:
    """Where a stroke ends.

    Attributes:
        thick: about how thick it is.
        angle: degrees by which its direction misses the other side of the throat.
    """

    thick: float
    angle: float


def _look_at_end(
    ink: NDArray[np.uint8], point: tuple[int, int], towards: tuple[int, int]
) -> _End | None:
    """The stroke that ends at one side of a throat; None where a line passes by, and at the rim."""
    row, column = point
    if _on_rim(ink, point) or len(_arms(_window(ink, row, column), _NEAR)) > 1:
        return None
    thick, row, column = _middle(ink, row, column)
    around = _window(ink, row, column)
    aim = np.arctan2(towards[0] - row, towards[1] - column)
    angles: list[float] = []
    widths: list[float] = []
    for reach in (round(0.75 * thick + 4), round(1.25 * thick + 7)):
        reach = min(_REACH, reach)
        arms = _arms(around, reach)
        if len(arms) != 1 or arms[0][1] > _SLENDER:
            return None
        # The stroke comes from there, so it points the other way.
        angles.append(float(np.degrees(np.abs(_turn(arms[0][0] + np.pi - aim)))))
        widths.append(np.radians(arms[0][1]) * reach)
    # A tip where two outlines meet gets wider, then opens.
    if widths[1] > _TAPER * widths[0] + 1:
        return None
    arms = _arms(around, min(_REACH, round(1.75 * thick + 14)))
    if len(arms) == 2 and abs(_turn(arms[0][0] - arms[1][0])) < np.radians(_TIP):
        return None
    return _End(thick, min(angles))


def _on_rim(ink: NDArray[np.uint8], point: tuple[int, int]) -> bool:
    row, column = point
    return row in (0, ink.shape[0] - 1) or column in (0, ink.shape[1] - 1)


def _turn(angle: float) -> float:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _window(ink: NDArray[np.uint8], row: int, column: int) -> NDArray[np.uint8]:
    """The ink within _REACH of a pixel, none where the page has ended."""
    window = np.zeros((2 * _REACH + 1,) * 2, np.uint8)
    top, left = row - _REACH, column - _REACH
    part = ink[max(0, top) : row + _REACH + 1, max(0, left) : column + _REACH + 1]
    down, right = max(0, -top), max(0, -left)
    window[down : down + part.shape[0], right : right + part.shape[1]] = part
    return window


def _middle(ink: NDArray[np.uint8], row: int, column: int) -> tuple[float, int, int]:
    """About how thick the stroke is that begins at a pixel, and the middle of its end."""
    around = _window(ink, row, column)
    near = slice(_REACH - _THICKEST, _REACH + _THICKEST + 1)
    own = around[near, near].copy()
    cv2.floodFill(own, None, (_THICKEST, _THICKEST), 2, flags=8)
    inside = np.asarray(cv2.distanceTransform((own == 2).view(np.uint8), cv2.DIST_L2, 3))
    # The pixel may be a corner of the stroke's end: look as far in as the stroke is thick, and
    # take the nearest of places that are about as thick.
    score = inside - _FAR
    reach = 1
    while True:
        first = _THICKEST - reach
        part = score[first : _THICKEST + reach + 1, first : _THICKEST + reach + 1]
        row_in, column_in = np.unravel_index(part.argmax(), part.shape)
        down, right = int(row_in) - reach, int(column_in) - reach
        thick = 2 * float(inside[_THICKEST + down, _THICKEST + right])
        if reach >= 0.75 * thick or reach == _THICKEST:
            return thick, row + down, column + right
        reach += 1


@cache
def _disc(reach: int) -> tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.float64]]:
    """A disc within the window, its rim as flat indices in the order of angles, and the angles."""
    down, right = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1]
    far = np.hypot(down, right)
    disc = (far <= reach + 0.7).astype(np.uint8)
    rim = np.flatnonzero((far > reach - 0.7) & (disc > 0))
    angles = np.arctan2(down.ravel()[rim], right.ravel()[rim])
    order = np.argsort(angles, kind="stable")
    return disc, rim[order], angles[order]


def _arms(around: NDArray[np.uint8], reach: int) -> list[tuple[float, float]]:
    """Where the ink in the middle leaves a disc: (direction in radians, how wide in degrees)."""
    disc, rim, directions = _disc(reach)
    inside = around * disc
    cv2.floodFill(inside, None, (_REACH, _REACH), 2, flags=8)
    angles = directions[inside.ravel()[rim] == 2]
    if not len(angles):
        return []
    # Pixels of one arm lie side by side on the rim.
    breaks = np.flatnonzero(np.diff(angles, append=angles[0] + 2 * np.pi) > 2.2 / reach)
    if not len(breaks):
        return [(0.0, 360.0)]
    arms = []
    for index, stop in enumerate(breaks):
        begin = angles[(breaks[index - 1] + 1) % len(angles)]
        wide = (angles[stop] - begin) % (2 * np.pi)
        arms.append((float(begin + wide / 2), float(np.degrees(wide))))
    return arms


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
    least = _PAGE * ink.size
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
    sides = _sides(ink, row, column, room)
    if sides is None:
        return None
    width = float(np.hypot(sides[0][0] - sides[1][0], sides[0][1] - sides[1][1])) - 1
    if width > widest:
        return None
    first, second = _look_at_end(ink, *sides), _look_at_end(ink, *sides[::-1])
    if first and second:
        angles = first.angle, second.angle
        leak = min(angles) <= _TOWARDS and max(angles) <= _ASLANT
        return _Throat(parts, sides, width, _LEAST * width**2) if leak else None
    end = first or second
    if not end or end.angle > _TOWARDS or width > _ONE_SIDED * usual:
        return None
    line = sides[0] if second else sides[1]
    # What is much thicker than the line that it points at is a tip that was inked in.
    if not _on_rim(ink, line) and end.thick > _COARSE * _middle(ink, *line)[0] + 1:
        return None
    return _Throat(parts, sides, width, _LEAST_ONE_SIDED * width**2)


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
