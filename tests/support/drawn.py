"""Pages drawn by code."""

from __future__ import annotations

import cv2
import numpy as np


def draw_boxes(height: int = 240, width: int = 320, line: int = 3) -> np.ndarray:
    """A page of two rows of three closed boxes: uint8 [height, width], black lines on white."""
    page = np.full((height, width), 255, np.uint8)
    top, left = height // 12, width // 12
    for row in range(2):
        for column in range(3):
            x0 = left + column * (width - 2 * left) // 3
            x1 = left + (column + 1) * (width - 2 * left) // 3
            y0 = top + row * (height - 2 * top) // 2
            y1 = top + (row + 1) * (height - 2 * top) // 2
            cv2.rectangle(page, (x0, y0), (x1, y1), 0, line)
    return page
