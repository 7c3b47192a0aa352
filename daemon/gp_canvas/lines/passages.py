"""Passages too narrow for the gap's ball: of drawings that are open, and of areas that are closed.

Balls part an area at every narrow passage. Where no line ends beside any of them, lines only pass
each other: the area is closed and is one. A line that ends beside one has a gap there, so the
drawing is open, and all of its throats are cut: in a sketch most of them part things, though few
have a line that ends just there.
"""

from __future__ import annotations

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas import cancellation
from gp_canvas.lines.ends import REACH, look_at_end, sides_of
from gp_canvas.lines.tables import reduce_ink

__all__ = ["join_passages"]

_WIDTH = 4  # pixels that a passage has at the size at which line ends are looked for, at least


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
            is_open[area] = _is_gap(ink, place, gap)
    joined = np.where(is_open[whole], np.arange(len(whole), dtype=np.int32), whole)
    return None if (joined == np.arange(len(whole))).all() else joined


def _places(
    labels: NDArray[np.int32], gained: NDArray[np.intp], gap: float
) -> list[tuple[tuple[int, int], NDArray[np.intp]]]:
    """Where two areas meet: the two, and (row, column) of pixels on the canvas, [n, 2]."""
    flat, width = labels.reshape(-1), labels.shape[1]
    count = int(flat.max()) + 1
    at, keys = [], []
    here = flat[gained].astype(np.int64)
    for offset in (1, -1, width, -width):
        there = flat[gained + offset].astype(np.int64)
        meet = np.flatnonzero((there > 0) & (there != here))
        at.append(gained[meet])
        keys.append(
            np.minimum(here[meet], there[meet]) * count + np.maximum(here[meet], there[meet])
        )
    pixels, key = np.concatenate(at), np.concatenate(keys)
    if not len(pixels):
        return []
    # Two may meet in several places: what is far apart is told apart by coarse cells.
    side = max(2, round(gap))
    places = []
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    for group in np.split(order, starts[1:]):
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


def _is_gap(ink: NDArray[np.bool_], place: NDArray[np.intp], gap: float) -> bool:
    """Whether a line ends at one side of the place where two areas meet."""
    middle, room = _roomiest(ink, place, gap)
    factor = max(1, int(2 * room / _WIDTH))
    reach = (2 * REACH) * factor
    top, left = middle[0] - reach, middle[1] - reach
    small = reduce_ink(_cut_out(ink, top, left, 2 * reach + factor), factor)
    row, column = reach // factor + 1, reach // factor + 1
    sides = sides_of(small, row, column, room / factor)
    if sides is None:
        return False
    for side, other in (sides, sides[::-1]):
        down, right = (top + (side[0] - 1) * factor, left + (side[1] - 1) * factor)
        beside = not (0 <= down < ink.shape[0] and 0 <= right < ink.shape[1])
        if not beside and look_at_end(small, side, other, close=True) is not None:
            return True
    return False


def _roomiest(
    ink: NDArray[np.bool_], place: NDArray[np.intp], gap: float
) -> tuple[tuple[int, int], float]:
    """The middle of a passage, (row, column), and how far it is from ink."""
    reach = round(gap) + 2
    top, left = (place.min(axis=0) - reach).tolist()
    size = int((place.max(axis=0) - place.min(axis=0)).max()) + 2 * reach + 1
    around = _cut_out(ink, top, left, size)
    far = np.asarray(cv2.distanceTransform((~around).view(np.uint8), cv2.DIST_L2, 5))
    rooms = far[tuple((place - (top, left)).T)]
    best = int(rooms.argmax())
    return (int(place[best, 0]), int(place[best, 1])), float(rooms[best])


def _cut_out(ink: NDArray[np.bool_], top: int, left: int, size: int) -> NDArray[np.bool_]:
    """A square of ink, bool [size, size]; the canvas has a rim of ink, and paper beyond it."""
    height, width = ink.shape
    square = np.zeros((size, size), np.bool_)
    down, right = slice(max(0, top), top + size), slice(max(0, left), left + size)
    part = ink[down, right]
    inside = np.s_[
        down.start - top : down.start - top + part.shape[0],
        right.start - left : right.start - left + part.shape[1],
    ]
    rim = np.s_[
        max(0, -1 - top) : max(0, height + 1 - top), max(0, -1 - left) : max(0, width + 1 - left)
    ]
    square[rim] = True
    square[inside] = part
    return square
