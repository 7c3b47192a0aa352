"""Where strokes end: what tells a gap in a line from a passage between two outlines.

A disc around the end of a stroke is left by its ink once, by a line that passes by twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["REACH", "End", "look_at_end", "middle", "reach_close", "sides_of"]

_ACROSS = -0.5  # cosine of the least angle that both sides span at the middle of a throat
_SLENDER = 100.0  # degrees seen from its end: what takes more is no stroke but a solid
_TAPER = 1.3  # times as wide further in: a tip where two outlines meet
_TIP = 75.0  # degrees: two lines that leave a tip within these are two sides of one shape
_NEAR = 6  # pixels: a line that leaves a disc so large around a side twice passes by
REACH = 36  # pixels around a side that are looked at
_THICKEST = 16
_FAR = 0.08 * np.hypot(*np.mgrid[-_THICKEST : _THICKEST + 1, -_THICKEST : _THICKEST + 1])


def sides_of(
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
class End:
    """Where a stroke ends.

    Attributes:
        thick: about how thick it is.
        angle: degrees by which its direction misses the other side of the throat.
    """

    thick: float
    angle: float


def look_at_end(
    ink: NDArray[np.uint8],
    point: tuple[int, int],
    towards: tuple[int, int],
    close: bool = False,
) -> End | None:
    """The stroke that ends at one side of a throat; None where a line passes by.

    Args:
        ink: uint8 [h, w], at a size at which the throat is a few pixels wide.
        point: (row, column) of ink, at that side.
        towards: the same at the other side.
        close: look no further than is needed: other lines may begin right behind the end.
    """
    row, column = point
    if not close and len(_arms(_window(ink, row, column), _NEAR)) > 1:
        return None
    thick, row, column = middle(ink, row, column)
    around = _window(ink, row, column)
    aim = np.arctan2(towards[0] - row, towards[1] - column)
    angles: list[float] = []
    widths: list[float] = []
    near = reach_close(thick)
    reaches = (near, thick + 4) if close else (near + 1.5, 1.25 * thick + 7)
    for reach in (min(REACH, round(reach)) for reach in reaches):
        arms = _arms(around, reach)
        if len(arms) != 1 or arms[0][1] > _SLENDER:
            return None
        # The stroke comes from there, so it points the other way.
        angles.append(float(np.degrees(np.abs(_turn(arms[0][0] + np.pi - aim)))))
        widths.append(np.radians(arms[0][1]) * reach)
    # A tip where two outlines meet gets wider, then opens.
    if widths[1] > _TAPER * widths[0] + 1:
        return None
    arms = _arms(around, min(REACH, round(1.75 * thick + 14)))
    if len(arms) == 2 and abs(_turn(arms[0][0] - arms[1][0])) < np.radians(_TIP):
        return None
    return End(thick, min(angles))


def reach_close(thick: float) -> float:
    """How far around a stroke's end one must look at least to see it end."""
    return 0.75 * thick + 2.5


def _turn(angle: float) -> float:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _window(ink: NDArray[np.uint8], row: int, column: int) -> NDArray[np.uint8]:
    """The ink within REACH of a pixel, none where the page has ended."""
    window = np.zeros((2 * REACH + 1,) * 2, np.uint8)
    top, left = row - REACH, column - REACH
    part = ink[max(0, top) : row + REACH + 1, max(0, left) : column + REACH + 1]
    down, right = max(0, -top), max(0, -left)
    window[down : down + part.shape[0], right : right + part.shape[1]] = part
    return window


def middle(ink: NDArray[np.uint8], row: int, column: int) -> tuple[float, int, int]:
    """About how thick the stroke is that begins at a pixel, and the middle of its end."""
    around = _window(ink, row, column)
    near = slice(REACH - _THICKEST, REACH + _THICKEST + 1)
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
    """A disc in a square, its rim as flat indices in the order of angles, and the angles."""
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    far = np.hypot(down, right)
    disc = (far <= reach + 0.7).astype(np.uint8)
    rim = np.flatnonzero((far > reach - 0.7) & (disc > 0))
    angles = np.arctan2(down.ravel()[rim], right.ravel()[rim])
    order = np.argsort(angles, kind="stable")
    return disc, rim[order], angles[order]


def _arms(around: NDArray[np.uint8], reach: int) -> list[tuple[float, float]]:
    """Where the ink in the middle leaves a disc: (direction in radians, how wide in degrees)."""
    disc, rim, directions = _disc(reach)
    near = slice(REACH - reach, REACH + reach + 1)
    inside = around[near, near] * disc
    cv2.floodFill(inside, None, (reach, reach), 2, flags=8)
    angles = directions[inside.ravel()[rim] == 2]
    if not len(angles):
        return []
    # Pixels of one arm lie side by side on the rim.
    steps = np.empty_like(angles)
    np.subtract(angles[1:], angles[:-1], out=steps[:-1])
    steps[-1] = angles[0] + 2 * np.pi - angles[-1]
    (breaks,) = np.nonzero(steps > 2.2 / reach)
    if not len(breaks):
        return [(0.0, 360.0)]
    arms = []
    for index, stop in enumerate(breaks):
        begin = angles[(breaks[index - 1] + 1) % len(angles)]
        wide = (angles[stop] - begin) % (2 * np.pi)
        arms.append((float(begin + wide / 2), float(np.degrees(wide))))
    return arms
