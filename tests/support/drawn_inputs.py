"""One figure in its ground, whose right flats are known, drawn as people draw and scan it."""

from __future__ import annotations

import cv2
import numpy as np

PAPER = 255
SKY, HILL, DRESS = (150, 200, 240), (120, 170, 90), (200, 60, 90)
HAIR, HOOD, SKIN = (90, 50, 30), (170, 120, 60), (240, 200, 170)
# Where one can click, in shares of width and height: the smallest that people want to reach.
SMALL = {"eye": (0.466, 0.405), "iris": (0.472, 0.443), "button": (0.52, 0.735)}

_ELLIPSE = "ellipse"
_SHAPES: tuple[tuple[str, tuple[tuple[float, float], ...], tuple[int, int, int]], ...] = (
    ("poly", ((-9, 516), (200, 490), (450, 530), (700, 494), (909, 520), (909, 709), (-9, 709)),
     HILL),
    (_ELLIPSE, ((778, 110), (60, 60)), (250, 220, 80)),
    ("poly", ((90, 300), (112, 300), (124, 540), (80, 540)), (130, 90, 60)),
    (_ELLIPSE, ((100, 240), (85, 95)), (60, 130, 70)),
    (_ELLIPSE, ((470, 270), (166, 170)), HOOD),
    (_ELLIPSE, ((470, 300), (115, 125)), SKIN),
    ("poly", ((340, 215), (400, 175), (470, 165), (540, 175), (600, 215), (560, 265), (530, 235),
              (500, 265), (470, 235), (440, 265), (400, 230)), HAIR),
    (_ELLIPSE, ((425, 305), (24, 31)), (250, 250, 250)),
    (_ELLIPSE, ((515, 305), (24, 31)), (250, 250, 250)),
    (_ELLIPSE, ((425, 312), (13, 19)), (40, 90, 160)),
    (_ELLIPSE, ((515, 312), (13, 19)), (40, 90, 160)),
    (_ELLIPSE, ((470, 375), (31, 14)), (220, 90, 90)),
    ("poly", ((380, 445), (560, 445), (610, 680), (330, 680)), DRESS),
    ("poly", ((428, 436), (512, 436), (512, 452), (428, 452)), (235, 190, 160)),
    ("poly", ((352, 440), (384, 450), (336, 598), (300, 590)), (70, 90, 190)),
    ("poly", ((556, 450), (588, 440), (640, 590), (604, 598)), (70, 90, 190)),
    (_ELLIPSE, ((468, 515), (12, 12)), (250, 240, 120)),
    (_ELLIPSE, ((468, 570), (12, 12)), (250, 240, 120)),
)  # fmt: skip


def figure(scale: float = 1.0, line: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """The line art, uint8 [H, W], 255 = paper; and its flats, uint8 [H, W, 3]. 900 x 700 at 1."""
    height, width = round(700 * scale), round(900 * scale)
    lines = np.full((height, width), PAPER, np.uint8)
    flats = np.full((height, width, 3), SKY, np.uint8)
    for kind, points, color in _SHAPES:
        placed = [(round(x * scale), round(y * scale)) for x, y in points]
        if kind == _ELLIPSE:
            for canvas, fill in ((lines, (PAPER,)), (flats, color)):
                cv2.ellipse(canvas, placed[0], placed[1], 0, 0, 360, fill, -1)
            cv2.ellipse(lines, placed[0], placed[1], 0, 0, 360, (0,), line, cv2.LINE_AA)
        else:
            corners = np.array(placed, np.int32)
            cv2.fillPoly(lines, [corners], (PAPER,))
            cv2.fillPoly(flats, [corners], color)
            cv2.polylines(lines, [corners], True, (0,), line, cv2.LINE_AA)
    return lines, flats


def place(flats: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Where a colour of the flats is, bool [H, W]."""
    return np.asarray((flats == color).all(axis=2))


def inked(lines: np.ndarray, ink: tuple[int, ...], paper: tuple[int, ...]) -> np.ndarray:
    """Line art in any two colours, uint8 [H, W, channels]."""
    share = lines[..., None].astype(float) / 255
    return np.round(np.array(ink) * (1 - share) + np.array(paper) * share).astype(np.uint8)


def wrong(labels: np.ndarray, flats: np.ndarray) -> float:
    """The share of the page whose flats differ when each piece gets its most frequent colour."""
    colors, index = np.unique(flats.reshape(-1, 3), axis=0, return_inverse=True)
    table = np.zeros((int(labels.max()) + 1, len(colors)), np.int64)
    np.add.at(table, (labels.ravel(), index.ravel()), 1)
    return 1 - table.max(axis=1).sum() / labels.size


def tone(
    lines: np.ndarray, where: np.ndarray, dark: np.ndarray | float, pitch: float, angle: float = 45
) -> np.ndarray:
    """Line art with a screentone of round dots laid over a part of it.

    Args:
        lines: uint8 [H, W].
        where: bool [H, W].
        dark: share of ink, 0..1, of the tone; [H, W] for a gradient.
        pitch: pixels from dot to dot.
        angle: degrees.
    """
    height, width = lines.shape
    large = 3  # for edges as soft as a scan's
    y, x = (np.mgrid[: height * large, : width * large] + 0.5) / large
    turn = np.radians(angle)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    wave = (np.cos(2 * np.pi * u / pitch) + np.cos(2 * np.pi * v / pitch)) / 2
    # The share of a period over which the wave is higher than a level, by looking it up.
    one = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    levels = np.sort(((np.cos(one)[:, None] + np.cos(one)) / 2).ravel())[::-1]
    share = np.broadcast_to(np.asarray(dark, float), lines.shape)
    level = levels[np.clip((share * (len(levels) - 1)).astype(int), 0, len(levels) - 1)]
    level = cv2.resize(level, (width * large, height * large), interpolation=cv2.INTER_LINEAR)
    drawn = np.where(wave > level, np.uint8(0), np.uint8(255))
    drawn = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA)
    return np.where(where, np.minimum(lines, drawn), lines)
