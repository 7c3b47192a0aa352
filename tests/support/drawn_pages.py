"""Small pages drawn by a seed, with a segmenter of chance, and an artist who does anything."""

from __future__ import annotations

import functools
from collections.abc import Callable

import cv2
import numpy as np
from gp_canvas.acts.affinities import Affinity
from gp_canvas.acts.hands import Hands
from gp_canvas.acts.targets import Target
from gp_canvas.lines.pieces import find_pieces
from gp_client.errors import GuidingPainterError
from gp_client.types import LEVELS
from hypothesis import strategies as st
from numpy.typing import NDArray

WIDTH, HEIGHT = 96, 72
PALETTE = [(200, 30, 40), (30, 60, 210), (250, 240, 90), (90, 20, 120)]

# What an artist does: a kind of act, and three numbers that choose among what is there.
Steps = list[tuple[str, int, int, int]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("color", "fill", "split", "take", "cut", "merge", "keep", "skip", "clear"),
                *("stroke", "recolor", "keep all", "spread", "find", "focus", "undo", "redo"),
            ]
        ),
        *(st.integers(0, 999) for _ in range(3)),
    ),
    max_size=14,
)


def drawing(seed: int) -> NDArray[np.uint8]:
    """Line art: a few shapes that cross and leave gaps, uint8 [72, 96]."""
    random = np.random.default_rng(seed)
    gray = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for _ in range(random.integers(2, 7)):
        center = random.integers(10, 70, 2).tolist()
        axes = random.integers(6, 30, 2).tolist()
        first = int(random.integers(0, 360))
        sweep = int(random.choice([360, 350, 330]))
        cv2.ellipse(gray, center, axes, 0, first, first + sweep, (0,), 2)
    return gray


class Page:
    """One drawn page: line art that finds pieces, and affinities of chance for them."""

    def __init__(self, seed: int) -> None:
        self.seed, self.gray = seed, drawing(seed)
        self._found = functools.lru_cache(lambda gap, ink: find_pieces(self.gray, gap, ink).labels)

    def lines(self, gap: float | None, ink: int | None) -> Callable[[], NDArray[np.int32]]:
        return lambda: self._found(gap, ink)

    def affinity(self, gap: float | None, ink: int | None) -> Affinity:
        sizes = np.bincount(self._found(gap, ink).ravel())
        count = len(sizes)
        half = np.triu(np.random.default_rng(self.seed + count).normal(0, 4, (count, count)), 1)
        matrix = (half + half.T).astype(np.float32)
        # The smallest two pieces follow, as those of a page with too many pieces do.
        own = np.ones(count, np.bool_)
        own[np.argsort(sizes)[: max(0, min(2, count - 2))]] = False
        row = np.zeros(count, np.int32)
        row[own] = np.arange(np.count_nonzero(own))
        return Affinity(matrix[np.ix_(own, own)], row, own)

    def hands(self) -> Hands:
        return Hands(self.lines, self.affinity)


def stroke(seed: int) -> NDArray[np.bool_]:
    """A shape, bool [72, 96], of at least one pixel."""
    random = np.random.default_rng(seed)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    points = random.integers(0, 72, (3, 2)).astype(np.int32)
    cv2.fillPoly(mask, [points], (1,))
    cv2.line(mask, points[0].tolist(), points[1].tolist(), (1,), 3)
    return mask > 0


def step(hands: Hands, kind: str, a: int, b: int, c: int) -> bool:
    """Does one step, if it can be done on the page as it stands; whether it could."""
    regions = hands.guided.regions
    region = Target(region=regions[a % len(regions)].number)
    point = Target(point=(a % WIDTH, b % HEIGHT))
    color = PALETTE[c % len(PALETTE)]
    other = Target(region=regions[b % len(regions)].number)
    gap, ink = [None, 0.0, 4.0, 12.0][a % 4], [None, 128][b % 2]
    box = [None, (0, 0, 48, 72), (20, 10, 60, 40)][a % 3]
    do: dict[str, Callable[[], object]] = {
        "color": lambda: hands.color(region, color),
        "fill": lambda: hands.fill(point, color),
        "split": lambda: hands.split(region),
        "take": lambda: hands.split(point),
        "cut": lambda: hands.split(region, stroke(b)),
        "merge": lambda: hands.merge([region, other]),
        "keep": lambda: hands.keep(region),
        "skip": lambda: hands.skip(region),
        "clear": lambda: hands.clear(region),
        "stroke": lambda: hands.color(Target(stroke=stroke(a)), color),
        "recolor": lambda: hands.color(Target(color=color), PALETTE[b % len(PALETTE)]),
        "keep all": lambda: hands.keep(Target(everything=True)),
        "spread": lambda: hands.spread(LEVELS[a % 3]),
        "find": lambda: hands.find(gap, ink),
        "focus": lambda: hands.focus(box),
        "undo": hands.undo,
        "redo": hands.redo,
    }
    try:
        do[kind]()
    except GuidingPainterError:
        return False
    return True
