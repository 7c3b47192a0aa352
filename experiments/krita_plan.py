"""Drags that colour a page: how a careful colourist would go, from what is to have which colour."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from experiments.krita_truth import LEAST, NONE, WHITE, Truth

_EDGE = 12.0  # what a step beside a piece that must not be passed costs, in steps elsewhere
_AWAY = 3.0  # the same for a step in a piece that another colour is painted over later
_ROUND = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across)

Pixel = tuple[int, int]  # row, column


class Drag(NamedTuple):
    """One press, move and release.

    Attributes:
        color: place in the palette.
        way: pixels of the canvas (x, y), straight on from one to the next; one is a click.
        pieces: what it is meant to fill.
        rest: whether it leaves alone what is decided (Ctrl and Shift).
    """

    color: int
    way: tuple[tuple[int, int], ...]
    pieces: tuple[int, ...]
    rest: bool = False


def wanted(pieces: NDArray[np.int32], truth: Truth) -> NDArray[np.int64]:
    """Return what colour each piece shall have, its place in the palette.

    Args:
        pieces: [H,W], from 0.

    Returns:
        [pieces]; NONE for those that no area needs: lines, and specks that leave it at most LEAST
        pixels short; WHITE for those that stay as they are.

    Raises:
        ValueError: a piece lies in areas of several colours.
    """
    count = 1 + int(pieces.max())
    areas = len(truth.colors)
    inside = np.bincount((pieces * areas + truth.areas).ravel(), minlength=count * areas).reshape(
        count, areas
    )
    found = np.full(count, NONE)
    for area in np.flatnonzero(truth.colors != NONE):
        left = 0
        for piece in sorted(np.flatnonzero(inside[:, area]), key=lambda one: inside[one, area]):
            if left + inside[piece, area] <= LEAST:
                left += inside[piece, area]
            elif found[piece] in (NONE, truth.colors[area]):
                found[piece] = truth.colors[area]
            else:
                names = [
                    "white" if place < 0 else truth.palette[place][0]
                    for place in (found[piece], truth.colors[area])
                ]
                raise ValueError(f"piece {piece} would have to be {' and '.join(names)}")
    return found


def behind(pieces: NDArray[np.int32], want: NDArray[np.int64]) -> frozenset[int]:
    """Return the colours whose drags had better leave alone what is done than be painted over.

    One after the other is tried both ways until none makes the drags fewer. What is painted over
    has a colour, so that a drag which leaves that alone would not come by it: no drag may pass what
    shall have one of these colours later.

    Args:
        pieces: [H,W].
        want: see ``wanted``.
    """
    colors = range(int(want.max()) + 1)
    chosen: frozenset[int] = frozenset()

    def drags(chosen: frozenset[int]) -> int:
        return sum(len(_parts(pieces, want, color, want == color, chosen)[0]) for color in colors)

    least, better = drags(chosen), True
    while better:
        better = False
        for color in colors:
            other = chosen ^ {color}
            count = drags(other)
            if count < least:
                chosen, least, better = other, count, True
    return chosen


def plan(
    pieces: NDArray[np.int32],
    want: NDArray[np.int64],
    color: int,
    given: NDArray[np.bool_],
    rest: frozenset[int] | None,
) -> list[Drag]:
    """Return drags that give a colour to the pieces that shall have it; those before it are done.

    Args:
        pieces: [H,W].
        want: see ``wanted``.
        color: place in the palette.
        given: what has that colour already, bool [pieces].
        rest: see ``behind``; None: each drag stays within its colour.
    """
    left = (want == color) & ~given
    numbers, parts = _parts(pieces, want, color, left, rest)
    away = want > color
    leaves = rest is not None and color in rest
    return [_through(pieces, left, away, color, parts == part, leaves) for part in numbers]


def _parts(
    pieces: NDArray[np.int32],
    want: NDArray[np.int64],
    color: int,
    left: NDArray[np.bool_],
    rest: frozenset[int] | None,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Parts of the page in each of which one drag comes by all: their numbers, and [H,W]."""
    free = (want == color) | (want == NONE)
    if rest is not None and color in rest:
        free |= ((want >= 0) & (want < color)) | (want == WHITE)
    elif rest is not None:
        later = (want > color) & ~np.isin(want, list(rest))
        free |= later | (want == WHITE)
    _, parts = cv2.connectedComponents(free[pieces].astype(np.uint8), connectivity=8)
    return np.unique(parts[left[pieces]]), np.asarray(parts, np.int32)


def _through(
    pieces: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    away: NDArray[np.bool_],
    color: int,
    room: NDArray[np.bool_],
    rest: bool,
) -> Drag:
    """A way through a part of the page that comes through each of its wanted pieces."""
    cost = np.where(room, 1.0, np.inf)
    cost[room & away[pieces]] = _AWAY
    cost[room & ~cv2.erode(room.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)] += _EDGE
    left = set(np.unique(pieces[room & wanted[pieces]]).tolist())
    own = tuple(sorted(left))
    first = max(left, key=lambda piece: int((pieces == piece).sum()))
    at = _middle(pieces == first, cost)
    way = [at]
    left.discard(first)
    while left:
        step = _nearest(pieces, cost, at, left)
        for pixel in step:
            left.discard(int(pieces[pixel]))
        way += step
        at = way[-1]
    points = _straight(way, cost, np.where(np.isin(pieces, own), pieces, -1))
    return Drag(color, tuple((int(x), int(y)) for y, x in points), own, rest)


def _middle(inside: NDArray[np.bool_], cost: NDArray[np.float64]) -> Pixel:
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(np.argmax(depth - 1e-3 * np.minimum(cost, 1e3))), depth.shape)
    return int(y), int(x)


def _nearest(
    pieces: NDArray[np.int32], cost: NDArray[np.float64], start: Pixel, left: set[int]
) -> list[Pixel]:
    """The cheapest way from a pixel to one of those pieces, a little into it where it has room."""
    height, width = pieces.shape
    best = {start: 0.0}
    before: dict[Pixel, Pixel] = {}
    heap = [(0.0, start)]
    while heap:
        spent, pixel = heapq.heappop(heap)
        if spent > best[pixel]:
            continue
        if int(pieces[pixel]) in left:
            way = [pixel]
            while way[-1] in before:
                way.append(before[way[-1]])
            return way[-2::-1]
        y, x = pixel
        for down, across in _ROUND:
            row, column = y + down, x + across
            if not (0 <= row < height and 0 <= column < width):
                continue
            total = spent + cost[row, column] * (1.0 if not (down and across) else 1.414)
            if total < best.get((row, column), np.inf):
                best[row, column] = total
                before[row, column] = pixel
                heapq.heappush(heap, (total, (row, column)))
    raise AssertionError("a part of the page that hangs together has no way through it")


def _straight(way: list[Pixel], cost: NDArray[np.float64], own: NDArray[np.int32]) -> list[Pixel]:
    """Leave out pixels of a way where a straight line comes through the same and is as safe.

    Args:
        way: a pixel beside the one before it.
        cost: of each pixel, [H,W].
        own: the pieces to come through, [H,W]; -1 elsewhere.
    """
    kept = [way[0]]
    at = 0
    while at < len(way) - 1:
        far = at + 1
        worst, passed = float(cost[way[far]]), {int(own[way[far]])}
        for end in range(at + 2, min(len(way), at + 400)):
            worst = max(worst, float(cost[way[end]]))
            passed.add(int(own[way[end]]))
            line = _line(way[at], way[end])
            if max(float(cost[pixel]) for pixel in line) > worst:
                break
            if passed - {-1} <= {int(own[pixel]) for pixel in line}:
                far = end
        at = far
        kept.append(way[at])
    return kept


def _line(one: Pixel, other: Pixel) -> list[Pixel]:
    steps = max(abs(other[0] - one[0]), abs(other[1] - one[1]), 1)
    return [
        (
            one[0] + (2 * (other[0] - one[0]) * step + steps) // (2 * steps),
            one[1] + (2 * (other[1] - one[1]) * step + steps) // (2 * steps),
        )
        for step in range(1, steps + 1)
    ]
