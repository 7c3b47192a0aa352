"""Shade: only the lightness that g paints, to be multiplied onto flats. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gp_canvas.paint.medians import group_medians

DARKEST = 0.55  # of a flat's lightness: g's own ink and its doubts are darker than any shade
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def shade(
    picture: NDArray[np.uint8], areas: NDArray[np.integer], counted: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """How much darker than its area each cell is: gray to be multiplied onto the area's flat.

    What is as light as the middle of its area, or lighter, stays as it is: a flat keeps its colour.

    Args:
        picture: uint8 [h, w, 3], g's clean picture.
        areas: the open area of each cell, from 0, [h, w].
        counted: bool [h, w], cells of clean paper, which say what the middle is.

    Returns:
        uint8 [h, w], 255: no darker.
    """
    count = int(areas.max()) + 1
    groups = np.where(counted, areas, count)
    middle = group_medians(picture, groups, count).astype(np.float32) @ _LUMA
    seen = np.bincount(groups.ravel(), minlength=count + 1)[:-1] > 0
    luma = picture.astype(np.float32) @ _LUMA
    part = luma / np.maximum(middle, 1)[areas]
    part = np.where(seen[areas], np.clip(part, DARKEST, 1), 1)
    return np.round(part * 255).astype(np.uint8)
