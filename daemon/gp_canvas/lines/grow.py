"""Labels that grow over what has none, at the same speed from all sides.

A breadth-first search whose front is an index list: the cost is that of the pixels gained, not of
the canvas, and no second canvas is held.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WALL = -1
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


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
    empty = (labels == 0).view(np.uint8)
    if not empty.any():
        return
    beside = np.asarray(cv2.dilate(empty, _CROSS))
    beside[labels <= 0] = 0
    front = np.flatnonzero(beside)
    del empty, beside
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
