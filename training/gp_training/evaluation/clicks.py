"""How many clicks a page costs: an artist with the guide, and one with a bucket.

The artist knows the page that she wants. What the guide does is the daemon's own code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from gp_canvas.regions.guiding import guide
from gp_canvas.regions.spread import SURE, Evidence, log_odds, probabilities
from gp_client.types import Level
from numpy.typing import NDArray

from gp_training.data.tokens import color_classes
from gp_training.data.truth import LEAST, NEAR, Page, same_color

LEVELS = (0.5, 0.7, 0.9, 0.95)  # shares of a page's wrong paper that are to be right
_WHITE = np.full(3, 255, np.uint8)

Order = Literal["eye", "guide"]


@dataclass
class ColoredPage:
    """A page being coloured: what the artist gave, and what the guide made of it.

    Attributes:
        page: the truth.
        affinity: float32 [n, n], log-odds.
        level: how far colours spread.
        palette: the distinct colours given.
        given: the artist's colour of each piece, an index of the palette, or -1.
        blank: float32 [n], log-odds of staying white; None: nobody knows.
        cast_affinity, cast_color: what earlier pages say, see `Evidence`.
    """

    page: Page
    affinity: NDArray[np.float32]
    level: Level
    palette: list[NDArray[np.uint8]]
    given: NDArray[np.int32]
    blank: NDArray[np.float32] | None = None
    cast_affinity: NDArray[np.float32] | None = None
    cast_color: NDArray[np.int32] | None = None

    @staticmethod
    def open(
        page: Page, affinity: NDArray[np.float32], level: Level,
        blank: NDArray[np.float32] | None = None,
    ) -> ColoredPage:  # fmt: skip
        """Nothing is coloured yet."""
        return ColoredPage(page, affinity, level, [], np.full(page.count, -1, np.int32), blank)

    def give(self, pieces: NDArray[np.integer] | int, color: NDArray[np.uint8]) -> None:
        """The artist colours pieces; a colour near one that she has used is that one."""
        used = np.unique(self.given[self.given >= 0]).tolist()
        known = next((k for k in used if same_color(self.palette[k][None], color[None])), -1)
        if known < 0:
            self.palette.append(color)
            known = len(self.palette) - 1
        self.given[pieces] = known

    @property
    def evidence(self) -> Evidence:
        """What the guide is told."""
        none = np.zeros(self.page.count, bool)
        palette = np.array(self.palette, np.uint8).reshape(-1, 3)
        return Evidence(
            palette, self.given, self.given >= 0, none, none, self.cast_affinity, self.cast_color,
            self.blank,
        )  # fmt: skip

    def shown(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The colour of each piece as the page shows it, [n, 3], and which the guide gave, [n]."""
        colors = np.repeat(_WHITE[None], self.page.count, 0)
        if not self.palette:
            return colors, np.zeros(self.page.count, bool)
        palette = np.array(self.palette, np.uint8)
        evidence = self.evidence
        chances = probabilities(log_odds(self.affinity, evidence))
        best = chances[:, :-1].argmax(1)
        likely = chances[np.arange(len(best)), best]
        spread = evidence.free & (likely >= SURE[self.level]) & (likely > chances[:, -1])
        colors[spread] = palette[best[spread]]
        own = self.given >= 0
        colors[own] = palette[self.given[own]]
        return colors, spread


def course(
    page: Page, affinity: NDArray[np.float32], level: Level, order: Order, most: int = 400,
    cast: tuple[NDArray[np.float32], NDArray[np.uint8]] | None = None,
    blank: NDArray[np.float32] | None = None,
) -> list[float]:  # fmt: skip
    """The share of the wrong paper that is right after 0, 1, 2, ... clicks.

    Args:
        page: the truth.
        affinity: float32 [n, n], log-odds that two pieces have the same colour.
        level: how far colours spread; "off" is a bucket that closes gaps.
        order: "eye", always the largest wrong piece; "guide", what the guide asks for next: one
            piece of the region gets its colour, the others follow; by eye when it asks no more.
        most: clicks.
        cast: affinity to pieces of other pages, float32 [n, m], and their colours, uint8 [m, 3].
        blank: float32 [n], log-odds that a piece stays white.

    Returns:
        Shares, 0 first; they may fall where a spread was wrong.
    """
    state = ColoredPage.open(page, affinity, level, blank)
    if cast is not None:
        found, colors = cast
        kind, classes = color_classes(colors, np.ones(len(colors), np.int32))
        state.palette.extend(classes)
        state.cast_affinity, state.cast_color = found, kind.astype(np.int32)
    paper = page.sizes * page.flats
    white = page.colors.min(1) > 255 - NEAR
    base, whole = float(paper[white].sum()), float(paper.sum())
    shares = []
    asking = order == "guide"
    while len(shares) <= most:
        colors, _ = state.shown()
        right = np.abs(colors.astype(np.int16) - page.colors.astype(np.int16)).max(1) < NEAR
        shares.append((float(paper[right].sum()) - base) / max(whole - base, 1e-9))
        wrong = np.where(right, 0, paper)
        if wrong.max() < LEAST:
            break
        if asking:
            group = guide(page.sizes, affinity, state.evidence, level).next
            asking = group is not None and group.worth >= LEAST
            if asking and group is not None:
                same = same_color(page.colors[group.pieces], page.colors[group.pieces])
                main = group.pieces[int((same @ page.sizes[group.pieces]).argmax())]
                state.give(main, page.colors[main])
                continue
        piece = int(wrong.argmax())
        state.give(piece, page.colors[piece])
    return shares


def clicks(shares: list[float]) -> list[int]:
    """Clicks until each of `LEVELS` is reached; all that were made where it never is."""
    reached = [np.flatnonzero(np.array(shares) >= level) for level in LEVELS]
    return [int(places[0]) if len(places) else len(shares) for places in reached]


def spread_after(
    page: Page, affinity: NDArray[np.float32], counts: tuple[int, ...], sure: tuple[float, ...],
    blank: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:  # fmt: skip
    """What spreads after some colours, the largest wrong piece first, by threshold.

    Returns:
        float64 [counts, sure, 2]: paper that the guide colours, and that of it which is right, in
        pixels; nan where the page has fewer colours.
    """
    result = np.full((len(counts), len(sure), 2), np.nan)
    for column, threshold in enumerate(sure):
        state = ColoredPage.open(page, affinity, "off", blank)
        for number in range(1, max(counts) + 1):
            colors, likely, free = _proposals(state)
            shown = np.where((free & (likely >= threshold))[:, None], colors, 255)
            own = state.given >= 0
            if own.any():
                shown[own] = np.array(state.palette)[state.given[own]]
            apart = np.abs(shown.astype(np.int16) - page.colors.astype(np.int16)).max(1)
            wrong = np.where((apart >= NEAR) & ~own, page.sizes, 0)
            piece = int(wrong.argmax())
            if wrong[piece] < LEAST:
                break
            state.give(piece, page.colors[piece])
            if number in counts:
                colors, likely, free = _proposals(state)
                chosen = free & (likely >= threshold)
                apart = np.abs(colors.astype(np.int16) - page.colors.astype(np.int16)).max(1)
                right = chosen & (apart < NEAR)
                row = counts.index(number)
                result[row, column] = page.sizes[chosen].sum(), page.sizes[right].sum()
    return result


def _proposals(
    state: ColoredPage,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
    """The likeliest colour of each piece, how likely it is, and which pieces may take it."""
    count = state.page.count
    if not state.palette:
        return np.full((count, 3), 255, np.uint8), np.zeros(count, np.float32), state.given < 0
    evidence = state.evidence
    chances = probabilities(log_odds(state.affinity, evidence))[:, :-1]
    best = chances.argmax(1)
    return np.array(state.palette, np.uint8)[best], chances[np.arange(count), best], evidence.free
