"""Random drawings whose lines are all closed, for tests."""

from __future__ import annotations

import cv2
import numpy as np


def closed_drawing(seed: int, most: int = 14) -> np.ndarray:
    """Ellipses, polygons, stars and wavy blobs, nested, crossing and hiding each other."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(200, 600, 2))
    page = np.full((height, width), 255, np.uint8)
    line = int(random.integers(1, 6))
    opaque = bool(random.integers(2))
    kind = cv2.LINE_AA if random.integers(2) else cv2.LINE_8
    for _ in range(int(random.integers(1, most))):
        outline = _outline(random, height, width, line)
        if opaque:
            cv2.fillPoly(page, [outline], 255)
        cv2.polylines(page, [outline], True, 0, line, kind)
    return page


def _outline(random: np.random.Generator, height: int, width: int, line: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = random.uniform(0.05, 0.4) * min(height, width)
    kind = int(random.integers(5))
    if kind == 0:
        turn, slim = random.uniform(0, np.pi), random.uniform(0.2, 1)
        x, y = radius * np.cos(angles), slim * radius * np.sin(angles)
        x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    elif kind == 1:
        waves = zip(random.uniform(0, 0.2, 3), random.integers(2, 12, 3), strict=True)
        radii = radius * (1 + sum(high * np.cos(n * angles + high * 40) for high, n in waves))
        x, y = radii * np.cos(angles), radii * np.sin(angles)
    elif kind == 2:
        # None so slender that its two sides are one stroke.
        corners = np.linspace(0, 2 * np.pi, int(random.integers(3, 8)), endpoint=False)
        corners += random.uniform(-0.3, 0.3, len(corners))
        x, y = radius * np.cos(corners), radius * np.sin(corners)
    elif kind == 3:
        corners = np.linspace(0, 2 * np.pi, 2 * int(random.integers(4, 8)), endpoint=False)
        radii = np.where(np.arange(len(corners)) % 2, radius, radius * random.uniform(0.4, 0.8))
        x, y = radii * np.cos(corners), radii * np.sin(corners)
    else:  # two legs; with paper between them
        radius = max(radius, 14 * line)
        x = radius * np.array([-1, 1, 1, 0.2, 0.1, -0.1, -0.2, -1])
        y = radius * np.array([-1, -1, 1, 1, -0.4, -0.4, 1, 1])
    middle = random.uniform(0, width), random.uniform(0, height)
    return np.round(np.stack([x + middle[0], y + middle[1]], axis=1)).astype(np.int32)
