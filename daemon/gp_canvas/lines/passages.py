"""Passages too narrow for the gap's ball: of drawings that are open, and of areas that are closed.

Balls part an area at every narrow passage. Where no line ends beside any of them, lines only pass
each other: the area is closed and is one. A line that ends beside one has a gap there, so the
drawing is open, and all of its throats are cut: in a sketch most of them part things, though few
have a line that ends just there.
"""

from __future__ import annotations

from typing import TypeVar

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas import cancellation
from gp_canvas.lines.ends import REACH, End, look_at_end, reach_close, sides_of
from gp_canvas.lines.grow import inner
from gp_canvas.lines.tables import parts, reduce_ink

__all__ = ["join_passages"]

_PART = 1 << 18  # pixels looked at at a time
_WIDTH = 4  # pixels that a passage has at the size at which line ends are looked for, at least
_AROUND = np.ones((3, 3), np.uint8)

_T = TypeVar("_T", bound=np.generic)


def join_passages(
    labels: NDArray[np.int32],
    gained: NDArray[np.intp],
    ink: NDArray[np.bool_],
    gap: float,
) -> NDArray[np.int32] | None:
    """Which of the areas that balls have parted are one.

    Args:
        labels: areas 1..n that have grown until they met, int32 [H + 2, W + 2], 0 or less beside.
        gained: flat indices of the pixels that were grown over, where any two areas meet.
        ink: bool [H, W].
        gap: canvas pixels, the diameter of the balls.

    Returns:
        For each label the lowest one of the same area, int32 [n + 1]; None where balls have
        parted nothing else than lines do.
    """
    places = _places(labels, gained, gap)
    if not places:
        return None
    leader = np.arange(int(labels.max()) + 1, dtype=np.int32)

    def find(label: int) -> int:
        while leader[label] != label:
            leader[label] = leader[leader[label]]
            label = int(leader[label])
        return label

    for pair, _ in places:
        one, other = sorted(map(find, pair))
        leader[other] = one
    whole = np.array([find(label) for label in range(len(leader))], np.int32)
    is_open = np.zeros(len(leader), np.bool_)
    for pair, place in places:
        cancellation.check()
        area = whole[pair[0]]
        if not is_open[area]:
            strange = whole != area
            strange[0] = False
            is_open[area] = _is_gap(ink, place, gap, inner(labels), strange)
    joined = np.where(is_open[whole], np.arange(len(whole), dtype=np.int32), whole)
    return None if (joined == np.arange(len(whole))).all() else joined


def _places(
    labels: NDArray[np.int32], gained: NDArray[np.intp], gap: float
) -> list[tuple[tuple[int, int], NDArray[np.intp]]]:
    """Where two areas meet: the two, and (row, column) of pixels on the canvas, [n, 2]."""
    flat, width = labels.reshape(-1), labels.shape[1]
    count = int(flat.max()) + 1
    at, keys = [], []
    for offset in (1, -1, width, -width):
        for start in range(0, len(gained), _PART):
            part = gained[start : start + _PART]
            here, there = flat[part], flat[part + offset]
            meet = np.flatnonzero((there > 0) & (there != here))
            at.append(part[meet])
            low = np.minimum(here[meet], there[meet]).astype(np.int64)
            keys.append(low * count + np.maximum(here[meet], there[meet]))
    pixels, key = np.concatenate(at), np.concatenate(keys)
    if not len(pixels):
        return []
    # Two may meet in several places: what is far apart is told apart by coarse cells.
    side = max(2, round(gap))
    places = []
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    for group in parts(order, starts):
        pair = divmod(int(key[group[0]]), count)
        spots = np.stack(np.divmod(pixels[group], width), axis=1) - 1
        cells = spots // side
        cells -= cells.min(axis=0)
        coarse = np.zeros(cells.max(axis=0) + 1, np.uint8)
        coarse[tuple(cells.T)] = 1
        found = np.asarray(cc3d.connected_components(coarse, connectivity=8))
        which = found[tuple(cells.T)]
        places += [(pair, spots[which == number]) for number in range(1, int(which.max()) + 1)]
    return places


def _is_gap(
    ink: NDArray[np.bool_],
    place: NDArray[np.intp],
    gap: float,
    labels: NDArray[np.int32],
    strange: NDArray[np.bool_],
) -> bool:
    """Whether a line ends at one side of the place where two areas meet.

    Args:
        ink: bool [H, W].
        place: (row, column) of pixels, [n, 2].
        gap: canvas pixels.
        labels: areas 1..n, int32 [H, W], 0 or less beside.
        strange: labels of other areas than these two are parts of, bool [n + 1].
    """
    middle, room = _roomiest(ink, place, gap)
    factor = max(1, int(2 * room / _WIDTH))
    reach = (2 * REACH) * factor
    top, left = middle[0] - reach, middle[1] - reach
    size = 2 * reach + factor
    small = reduce_ink(_with_rim(ink, top, left, size), factor)
    row, column = reach // factor + 1, reach // factor + 1
    sides = sides_of(small, row, column, room / factor)
    if sides is None:
        return False
    for side, other in (sides, sides[::-1]):
        down, right = (top + (side[0] - 1) * factor, left + (side[1] - 1) * factor)
        beside = not (0 <= down < ink.shape[0] and 0 <= right < ink.shape[1])
        end = None if beside else look_at_end(small, side, other, close=True)
        if end is not None:
            others = reduce_ink(strange[np.maximum(_cut_out(labels, top, left, size), 0)], factor)
            if not _is_tip(small, side, end, others):
                return True
    return False


def _is_tip(
    small: NDArray[np.uint8], side: tuple[int, int], end: End, others: NDArray[np.uint8]
) -> bool:
    """Whether what looks like a stroke that ends is the tip of another area, with paper in it.

    Args:
        small: ink, uint8 [h, w].
        side: (row, column), where the stroke ends.
        end: that stroke.
        others: where paper of other areas is, uint8 [h, w].
    """
    reach = min(REACH, round(reach_close(end.thick)))
    window = np.s_[side[0] - reach : side[0] + reach + 1, side[1] - reach : side[1] + reach + 1]
    stroke = small[window].copy()
    cv2.floodFill(stroke, None, (reach, reach), 2, flags=8)
    filled = cv2.morphologyEx((stroke == 2).view(np.uint8), cv2.MORPH_CLOSE, _AROUND)
    return bool((np.asarray(filled, np.uint8) & others[window]).any())


def _roomiest(
    ink: NDArray[np.bool_], place: NDArray[np.intp], gap: float
) -> tuple[tuple[int, int], float]:
    """The middle of a passage, (row, column), and how far it is from ink."""
    reach = round(gap) + 2
    top, left = (place.min(axis=0) - reach).tolist()
    size = int((place.max(axis=0) - place.min(axis=0)).max()) + 2 * reach + 1
    around = _with_rim(ink, top, left, size)
    far = np.asarray(cv2.distanceTransform((~around).view(np.uint8), cv2.DIST_L2, 5))
    rooms = far[tuple((place - (top, left)).T)]
    best = int(rooms.argmax())
    return (int(place[best, 0]), int(place[best, 1])), float(rooms[best])


def _with_rim(ink: NDArray[np.bool_], top: int, left: int, size: int) -> NDArray[np.bool_]:
    """A square of ink, bool [size, size]; the canvas has a rim of ink, and paper beyond it."""
    height, width = ink.shape
    square = np.zeros((size, size), np.bool_)
    square[
        max(0, -1 - top) : max(0, height + 1 - top), max(0, -1 - left) : max(0, width + 1 - left)
    ] = True
    inside = np.s_[max(0, -top) : height - top, max(0, -left) : width - left]
    square[inside] = _cut_out(ink, top, left, size)[inside]
    return square


def _cut_out(canvas: NDArray[_T], top: int, left: int, size: int) -> NDArray[_T]:
    """A square of a canvas, [size, size], 0 beyond it."""
    square = np.zeros((size, size), canvas.dtype)
    part = canvas[max(0, top) : top + size, max(0, left) : left + size]
    down, right = max(0, -top), max(0, -left)
    square[down : down + part.shape[0], right : right + part.shape[1]] = part
    return square
