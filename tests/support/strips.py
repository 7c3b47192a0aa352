"""A strip many screens long, for tests of editors."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 800, 16000
FOOT = (550, 15460)  # x, y in the ball of the last panel
RADIUS = 160  # of a ball


def draw_strip(path: Path) -> Path:
    """Write panels one under the other, each with a ball, RGB."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for row in range(16):
        top = 1000 * row + 60
        cv2.rectangle(page, (60, top), (740, top + 800), 0, 4)
        cv2.circle(page, (250 + 20 * row, top + 400), RADIUS, 0, 4)
    Image.fromarray(page).convert("RGB").save(path)
    return path
