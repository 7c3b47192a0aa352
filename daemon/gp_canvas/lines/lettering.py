"""Lettering: signs in a row on one line; the paper within them is no place for a colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.raster import page_side

_LOOK = 2000  # pixels of the page's long side at which signs are looked for, about
_LOW = 8  # of these: a lower sign cannot be told from dust
_HIGH = 0.05  # of the page's long side: nobody letters larger within a balloon
_WIDE = 6.0  # heights: no sign is wider, though letters touch
_APART = 1.2  # heights between two signs of a word, or of two words
_LEVEL = 0.15  # heights by which their feet or heads may differ
_LIKE = 1.6  # times: a letter with a tail is no higher than one without
_ROW = 4  # signs beside each other
_OPEN = 0.2  # of a row's signs: so many have no paper within, or they are beads or windows
_HALF, _UNLIKE = 0.5, 2.0  # of a sign's box: else so little is within, and so differently much
_MOST = 6000  # signs: what has more small strokes is texture


def fill_letters(ink: NDArray[np.bool_], gap: float) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """The ink with the paper within letters made ink; `ink` itself where there are none.

    Args:
        ink: bool [H, W].
        gap: canvas pixels that are closed, whatever is beside them.

    Returns:
        The ink, and the lettering's rows: (x, y, width, height) in canvas pixels, int32 [n, 4].
    """
    side = (int(np.ceil(gap)) + 3) | 1
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    factor = max(1, round(page_side(*ink.shape) / _LOOK))
    boxes = _signs(ink, factor)
    rows = _rows(boxes)
    result, found = None, []
    for row in rows:
        filled = [(box, _within(ink, boxes[box] * factor, factor)) for box in row]
        hollow = [(box, inside) for box, inside in filled if inside.any()]
        if not hollow or not _are_letters(boxes[row] * factor, [part.sum() for _, part in filled]):
            continue
        result = ink.copy() if result is None else result
        for box, inside in hollow:
            result[_around(ink, boxes[box] * factor, factor)] |= inside
        united = _united(boxes[row]) * factor
        found.append(united)
        # The bays of letters, too, whose mouths a ball closes, and what is between two of them.
        whole = _around(ink, united, 0)
        closed = cv2.morphologyEx(result[whole].view(np.uint8), cv2.MORPH_CLOSE, ball)
        part = np.asarray(closed, np.uint8).view(np.bool_)
        result[whole] = part | _enclosed(part)
    return ink if result is None else result, np.array(found, np.int32).reshape(-1, 4)


def _united(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The box around boxes."""
    corner = boxes[:, :2].min(axis=0)
    return np.concatenate([corner, (boxes[:, :2] + boxes[:, 2:]).max(axis=0) - corner])


def _are_letters(boxes: NDArray[np.int64], within: list[int]) -> bool:
    """Whether a row of signs is no row of beads or windows, which all have as much within.

    Args:
        boxes: int64 [n, 4], canvas pixels.
        within: pixels of paper that each encloses.
    """
    inside = np.array(within)
    if np.count_nonzero(inside == 0) >= max(1, _OPEN * len(inside)):
        return True
    shares = inside / (boxes[:, 2] * boxes[:, 3])
    return bool(np.median(shares) < _HALF and shares.min() < shares.max() / _UNLIKE)


def _signs(ink: NDArray[np.bool_], factor: int) -> NDArray[np.int64]:
    """Left, top, width and height of what may be letters, at the reduced size, int64 [n, 4]."""
    small = ink.view(np.uint8)
    if factor > 1:
        size = [-(-side // factor) for side in ink.shape[::-1]]
        shrunk = cv2.resize(small * np.uint8(255), size, interpolation=cv2.INTER_AREA)
        small = (np.asarray(shrunk).reshape(size[::-1]) > 127).view(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    boxes = np.asarray(stats, np.int64)[1:, :4]
    wide, high = boxes[:, 2], boxes[:, 3]
    most = _HIGH * page_side(*ink.shape) / factor
    boxes = boxes[(high >= _LOW) & (high <= most) & (wide <= _WIDE * high)]
    return boxes if len(boxes) <= _MOST else boxes[:0]


def _rows(boxes: NDArray[np.int64]) -> list[list[int]]:
    """Signs beside each other on one line, in rows of at least `_ROW` letters; some may touch."""
    order = np.argsort(boxes[:, 0], kind="stable")
    left, top, wide, high = boxes[order].T
    right, foot = left + wide, top + high
    follows = np.full(len(order), -1)
    for sign in range(len(order)):
        # Those that begin where this one ends, or a little further.
        start = int(np.searchsorted(left, left[sign], "right"))
        stop = int(np.searchsorted(left, right[sign] + _APART * high[sign], "right"))
        if start == stop:
            continue
        near = slice(start, stop)
        tall = np.maximum(high[near], high[sign])
        level = np.minimum(np.abs(foot[near] - foot[sign]), np.abs(top[near] - top[sign]))
        fits = (level <= np.maximum(1, _LEVEL * tall)) & (tall <= _LIKE * high[near])
        fits &= (tall <= _LIKE * high[sign]) & (left[near] >= right[sign] - 0.3 * tall)
        if fits.any():
            follows[sign] = start + int(np.flatnonzero(fits)[0])
    rows: dict[int, list[int]] = {}
    head = np.arange(len(order))
    for sign in range(len(order)):
        rows.setdefault(int(head[sign]), []).append(int(order[sign]))
        if follows[sign] >= 0 and head[follows[sign]] == follows[sign]:
            head[follows[sign]] = head[sign]
    letters = np.maximum(1, boxes[:, 2] / boxes[:, 3])
    return [row for row in rows.values() if len(row) > 1 and letters[row].sum() >= _ROW]


def _around(ink: NDArray[np.bool_], box: NDArray[np.int64], factor: int) -> tuple[slice, slice]:
    """The canvas around a sign, a cell further on every side."""
    left, top, wide, high = box.tolist()
    return (
        slice(max(0, top - factor), min(ink.shape[0], top + high + factor)),
        slice(max(0, left - factor), min(ink.shape[1], left + wide + factor)),
    )


def _within(ink: NDArray[np.bool_], box: NDArray[np.int64], factor: int) -> NDArray[np.bool_]:
    """The paper that a sign encloses, bool of the canvas around it."""
    return _enclosed(ink[_around(ink, box, factor)])


def _enclosed(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The paper that no way leads to from the rim, bool [h, w]."""
    paper = np.ones((part.shape[0] + 2, part.shape[1] + 2), np.uint8)
    paper[1:-1, 1:-1] = ~part
    _, labels = cv2.connectedComponents(paper, connectivity=4)
    labels = np.asarray(labels)[1:-1, 1:-1]
    # The first pixel lies outside; ink is 0.
    return (labels > 0) & (labels != 1)
