"""Comic pages whose panels are known."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Corners = list[tuple[int, int]]  # (x, y), round the panel
WIDTH, HEIGHT = 700, 1000
LINE = 3


def box(x: int, y: int, width: int, height: int) -> Corners:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


# Three rows, of one, two and three panels.
GRID = [
    box(30, 30, 640, 280),
    box(30, 330, 260, 300),
    box(310, 330, 360, 300),
    box(30, 650, 200, 320),
    box(250, 650, 200, 320),
    box(470, 650, 200, 320),
]
SLANTED = [
    [(30, 30), (330, 30), (270, 470), (30, 420)],
    [(350, 30), (670, 30), (670, 550), (290, 474)],
    [(30, 440), (670, 568), (670, 970), (30, 970)],
]
BLEEDING = [
    box(-9, -9, 420, 480),
    box(430, -9, 290, 480),
    box(-9, 490, 720, 600),
]
# A tall one beside two.
BESIDE = [box(30, 30, 300, 940), box(350, 30, 320, 400), box(350, 450, 320, 520)]
STRIP = [box(60, 100 + 900 * row, 680, 500 + 60 * (row % 3)) for row in range(6)]


def draw(
    panels: list[Corners], framed: bool = True, shape: tuple[int, int] = (HEIGHT, WIDTH)
) -> NDArray[np.uint8]:
    """A page: in each panel figures that its edge cuts off, uint8 [H, W]."""
    random = np.random.default_rng(7)
    page = np.full(shape, 255, np.uint8)
    for corners in panels:
        outline = np.array(corners, np.int32)
        inside = np.zeros(shape, np.uint8)
        cv2.fillPoly(inside, [outline], 1)
        picture = np.full(shape, 255, np.uint8)
        left, top, wide, high = cv2.boundingRect(outline)
        least, most = min(wide, high) // 10, min(wide, high) // 3
        for _ in range(40 if framed else 80):
            x = int(left + wide * random.random())
            y = int(top + high * random.random())
            axes = [int(side) for side in random.integers(least, most, 2)]
            turn = float(random.integers(180))
            cv2.ellipse(picture, (x, y), axes, turn, 0, 360, (255,), -1)
            cv2.ellipse(picture, (x, y), axes, turn, 0, 360, (0,), LINE)
        page[inside > 0] = picture[inside > 0]
        if framed:
            cv2.polylines(page, [outline], True, (0,), LINE)
    return page


def lettered(
    page: NDArray[np.uint8], x: int, y: int, words: tuple[str, ...], size: float = 0.7
) -> None:
    for line, word in enumerate(words):
        corner = (x, round(y + 45 * size * line))
        cv2.putText(page, word, corner, cv2.FONT_HERSHEY_SIMPLEX, size, 0, 2, cv2.LINE_AA)


def comic() -> NDArray[np.uint8]:
    """Six panels; a balloon in the first, a caption in the second, a balloon over a gutter."""
    page = draw(GRID)
    for x, y, wide, high in ((250, 140, 150, 70), (310, 315, 130, 60)):
        cv2.ellipse(page, (x, y), (wide, high), 0, 0, 360, 255, -1)
        cv2.ellipse(page, (x, y), (wide, high), 0, 0, 360, 0, 3)
    lettered(page, 150, 130, ("GOOD DAY TO", "ALL DOODLERS"))
    lettered(page, 230, 310, ("A ROAD, DAD", "GOES BOAR"), 0.6)
    cv2.rectangle(page, (40, 860), (225, 960), 255, -1)
    cv2.rectangle(page, (40, 860), (225, 960), 0, 3)
    lettered(page, 50, 890, ("LATER ON, ABOARD", "A BROAD ROAD"), 0.5)
    return page
