"""Random drawings whose lines are all closed, for tests."""

from __future__ import annotations

import cv2
import numpy as np

_MARGIN = 16  # pixels beyond the page


def closed_drawing(seed: int, most: int = 14) -> np.ndarray:
    """Ellipses, polygons, stars and wavy blobs, nested, crossing and hiding each other."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(200, 600, 2))
    # Lines that leave the page are drawn on beyond it: clipped ones may end a pixel short of it.
    page = np.full((height + 2 * _MARGIN, width + 2 * _MARGIN), 255, np.uint8)
    line = int(random.integers(1, 6))
    opaque = bool(random.integers(2))
    kind = cv2.LINE_AA if random.integers(2) else cv2.LINE_8
    for _ in range(int(random.integers(1, most))):
        outline = _outline(random, height, width, line) + _MARGIN
        if opaque:
            cv2.fillPoly(page, [outline], 255)
        cv2.polylines(page, [outline], True, 0, line, kind)
    return page[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].copy()


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


def narrow_drawing(seed: int) -> np.ndarray:
    """One closed outline with passages narrower than any gap: necks, corridors, tips, a spiral."""
    random = np.random.default_rng(seed)
    side = int(random.integers(400, 900))
    line = int(random.integers(1, 6))
    width = float(random.uniform(2, side / 60)) + line
    way = _WAYS[int(random.integers(len(_WAYS)))](random, side, width, line)
    turn = random.uniform(0, 2 * np.pi)
    x, y = (way - way.mean(axis=0)).T
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    corners = np.round(np.stack([x, y], axis=1)).astype(np.int32)
    corners += side // 8 - corners.min(axis=0)
    page = np.full((corners.max(axis=0) + side // 8)[::-1], 255, np.uint8)
    kind = cv2.LINE_AA if random.integers(2) else cv2.LINE_8
    cv2.polylines(page, [corners], True, 0, line, kind)
    return page


def _necks(random: np.random.Generator, side: int, width: float, line: int) -> np.ndarray:
    """Rooms in a row with a corridor from each to the next."""
    x, upper = 0.0, []
    for room in range(int(random.integers(2, 5))):
        if room:
            length = random.uniform(12 * line + 20, side / 2)
            upper += [(x, width / 2), (x + length, width / 2)]
            x += length
        high, wide = random.uniform(2 * width + 9, side / 3), random.uniform(side / 9, side / 3)
        upper += [(x, high), (x + wide, high)]
        x += wide
    top = np.array(upper)
    return np.concatenate([top, top[::-1] * (1, -1)])


def _spiral(random: np.random.Generator, side: int, width: float, line: int) -> np.ndarray:
    """A ribbon, wound up; so broad that it is not one thick stroke with two ends."""
    width = max(width, 5.0 * line + 4)
    angles = np.linspace(0, random.uniform(3, 5) * np.pi, 500)
    radii = 20 + 4 * width + (2 * width + 3 * line) * angles / (2 * np.pi)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.concatenate([radii[:, None] * ways, ((radii + width)[:, None] * ways)[::-1]])


def _tips(random: np.random.Generator, side: int, width: float, line: int) -> np.ndarray:
    """A star with tips as sharp as a pen draws them."""
    corners = np.linspace(0, 2 * np.pi, 2 * int(random.integers(3, 7)), endpoint=False)
    inner = random.uniform(4 * width + 20, side / 4)
    radii = np.where(np.arange(len(corners)) % 2, inner, random.uniform(inner + 9, side))
    return radii[:, None] * np.stack([np.cos(corners), np.sin(corners)], axis=1)


def _comb(random: np.random.Generator, side: int, width: float, line: int) -> np.ndarray:
    """A back with teeth that end in rooms."""
    pitch = random.uniform(6, 12) * (width + line) + 20
    high, bulb = random.uniform(side / 8, side / 3), random.uniform(width, pitch - width) / 2
    steps = [(0.0, 0.0)]
    for tooth in range(int(random.integers(2, 5))):
        middle = (tooth + 0.5) * pitch
        for x, y in ((-width / 2, 0), (-width / 2, high), (-bulb, high), (-bulb, high + bulb)):
            steps.append((middle + x, y))
        for x, y in ((bulb, high + bulb), (bulb, high), (width / 2, high), (width / 2, 0)):
            steps.append((middle + x, y))
    end = steps[-1][0] + pitch / 2
    return np.array([*steps, (end, 0.0), (end, -side / 6), (0.0, -side / 6)])


_WAYS = (_necks, _spiral, _tips, _comb)
