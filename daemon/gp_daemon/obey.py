"""Hints are orders: g's picture moved so that each hinted region shows its hint."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def obey_hints(
    picture: NDArray[np.uint8],
    regions: NDArray[np.uint8],
    hints: Mapping[int, tuple[int, int, int]],
) -> NDArray[np.uint8]:
    """Moves each hinted region's colours so that their median is the hint.

    g blends a hint with what it expects there, and gives up a rare colour for a usual one. What
    it knows about light and form is in how the colours differ inside a region, and that stays.

    Args:
        picture: uint8 [h, w, 3], g's clean picture.
        regions: uint8 [h, w], the region of each cell, 0-based.
        hints: region to RGB 0..255.

    Returns:
        uint8 [h, w, 3]; regions without a hint as they were.
    """
    result = picture.copy()
    for region, color in hints.items():
        inside = regions == region
        if inside.any():
            values = picture[inside].astype(np.int16)
            moved = values - np.median(values, axis=0).astype(np.int16) + np.array(color, np.int16)
            result[inside] = np.clip(moved, 0, 255).astype(np.uint8)
    return result
