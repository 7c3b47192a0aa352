"""Labels that grow over what has none, at the same speed from all sides.

A breadth-first search whose front is an index list: the cost is that of the pixels gained, not of
the canvas, and no second canvas is held. Where a good part of the canvas is gained within a few
pixels, as under the lines of a page, whole rows at a time are faster.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas import cancellation

WALL = -1
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((3, 3), np.uint8)
_ROWS = 1 << 18  # pixels that are thickened at a time
_MOST = np.iinfo(np.uint16).max


def pad(shape: tuple[int, ...]) -> tuple[int, int]:
    """The shape of a canvas with the wall of one pixel around it that `grow` needs."""
    return shape[0] + 2, shape[1] + 2


def inner(padded: NDArray) -> NDArray:
    """The canvas within its wall; a view."""
    return padded[1:-1, 1:-1]


def grow(
    labels: NDArray[np.int32],
    diagonal: bool = False,
    gained: list[NDArray[np.intp]] | None = None,
) -> None:
    """Gives each pixel labelled 0 the label that reaches it first, in place.

    Fronts advance one pixel a step. Pixels below 0 are walls. What no label reaches stays 0.

    Args:
        labels: int32 [H, W], contiguous, its outermost rows and columns all below 0.
        diagonal: every second step also goes aslant, so that fronts are octagons instead of
            diamonds. Then walls one pixel thick that run aslant hold nothing back.
        gained: takes the flat indices of all pixels that were given a label.
    """
    width = labels.shape[1]
    straight = (1, -1, width, -width)
    steps = (straight, (*straight, width + 1, width - 1, 1 - width, -1 - width))
    front = _front(labels)
    flat = labels.reshape(-1)
    step = 0
    while len(front):
        values = flat[front]
        reach = []
        for offset in steps[step % 2 if diagonal else 0]:
            reached = front + offset
            free = flat[reached] == 0
            reached = reached[free]
            # One source a pixel and direction: the same canvas always grows the same way.
            flat[reached] = values[free]
            reach.append(reached)
        step += 1
        front = np.concatenate(reach)
        if gained is not None:
            gained.append(front)


def _front(labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """Flat indices of labelled pixels beside one that has none; part by part."""
    height, width = labels.shape
    rows = max(1, _ROWS // width)
    found = [np.zeros(0, np.intp)]
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        above, below = max(0, top - 1), min(bottom + 1, height)
        empty = (labels[above:below] == 0).view(np.uint8)
        if not empty.any():
            continue
        beside = np.asarray(cv2.dilate(empty, _CROSS))[top - above : bottom - above]
        beside[labels[top:bottom] <= 0] = 0
        found.append(top * width + np.flatnonzero(beside))
    return np.concatenate(found)


def thicken(labels: NDArray[np.int32], steps: int) -> None:
    """The first steps of `grow(labels, diagonal=True)`, for when much is gained by them; in place.

    Where two labels reach a pixel in the same step, the higher one takes it. Does nothing where a
    label is above 65535.

    Args:
        labels: int32 [H, W], contiguous, -1 all around and nowhere else.
        steps: an even number, or `grow` would not go on as it does.
    """
    height, width = labels.shape
    if labels.max() > _MOST:
        return
    rows = max(4 * steps, _ROWS // width)
    above = np.zeros((0, width), np.uint16)  # rows over a strip, as they were before it
    for top in range(0, height, rows):
        cancellation.check()
        bottom = min(top + rows, height)
        below = labels[top : bottom + steps]
        part = np.empty((len(above) + len(below), width), np.uint16)
        part[: len(above)] = above
        np.maximum(below, 0, out=part[len(above) :], casting="unsafe")
        start, stop = len(above), len(above) + bottom - top
        above = part[max(0, stop - steps) : stop].copy()
        for step in range(steps):
            empty = (part == 0).view(np.uint8)
            grown = np.asarray(cv2.dilate(part, _SQUARE if step % 2 else _CROSS))
            grown[:, [0, -1]] = 0
            if top == 0:
                grown[0] = 0
            if bottom + steps >= height:
                grown[-1] = 0
            cv2.copyTo(grown, empty, part)
        inside = np.s_[max(1, top) : min(bottom, height - 1), 1:-1]
        labels[inside] = part[start:stop][max(1, top) - top : min(bottom, height - 1) - top, 1:-1]
