"""A page with the guide's part: regions, proposals, what to ask about next. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.acts import Box, Color
from gp_canvas.acts.affinities import Affinity, Units, units_of
from gp_canvas.acts.coloring import ARTIST, GUIDE, Coloring
from gp_canvas.acts.piecemap import PieceMap
from gp_canvas.acts.work import Work
from gp_canvas.cast.handed import CastPieces
from gp_canvas.lines.tables import parts
from gp_canvas.regions.grouping import average_linkage
from gp_canvas.regions.guiding import Group, guide
from gp_canvas.regions.spread import SURE, Evidence

OPEN, PROPOSED, COLORED, BLANK = "open", "proposed", "colored", "blank"
STATES = (OPEN, PROPOSED, COLORED, BLANK)
_MOST_LIKELY = 8  # colours of the page whose chances a region has
_LIKELY = 3  # of them that are offered by themselves,
_KNOWN = 0.25  # where the likeliest of them has this probability
# Probability of staying white from which white is offered first; measured: the least distance from
# the true colours in Lab, of real and of composed pages.
_STAYS = 0.4
_WHITE = (255, 255, 255)
_FOCUS = 0.5  # of a piece's pixels that must lie in the focus


@dataclass(frozen=True)
class Region:
    """Pieces that belong together.

    Attributes:
        number: of its largest piece; no other region of the page ever has it.
        state: OPEN, PROPOSED (the guide gave a colour), COLORED (the artist did) or BLANK (closed).
        pieces: rising, int32 [at least 1].
        box: (x, y, width, height), canvas pixels.
        pixels: canvas pixels, ink under it included.
        color: what it has, or None.
        chances: colours of page and cast that it might have and their probabilities, the likeliest
            first; at most 8, and none where there is nothing to ask.
        blank: the probability that it stays white.
        worth: pixels that asking about it is expected to mend; 0 where there is nothing to ask.
        skipped: the artist has put it off.
    """

    number: int
    state: str
    pieces: NDArray[np.int32]
    box: Box
    pixels: int
    color: Color | None
    chances: tuple[tuple[Color, float], ...]
    blank: float
    worth: float
    skipped: bool

    @property
    def likely(self) -> tuple[Color, ...]:
        """What to offer by the guide's word alone: colours of the page, or white.

        The likeliest first; at most 3, and none where the guide knows too little.
        """
        best = self.chances[0][1] if self.chances else 0.0
        known = self.chances[:_LIKELY] if best >= _KNOWN else ()
        colors = tuple(color for color, _ in known)
        if self.blank >= max(_STAYS, best):
            colors = (_WHITE, *(color for color in colors if color != _WHITE))[:_LIKELY]
        return colors


@dataclass(frozen=True)
class Guided:
    """What there is to see and to ask.

    Attributes:
        coloring: the artist's colours and the guide's proposals.
        regions: all of them: those that there is something to ask about, open ones and proposals,
            in the order in which to ask; then the others, by number.
        region: the place in `regions` of each piece, int32 [n].
        asked: how many of `regions` there is to ask about.
        sure: pieces whose proposal the careful guide would make, too, bool [n].
    """

    coloring: Coloring
    regions: tuple[Region, ...]
    region: NDArray[np.int32]
    asked: int
    sure: NDArray[np.bool_]

    @property
    def next(self) -> Region | None:
        """What to ask about now; None when all is decided."""
        return self.regions[0] if self.asked else None

    def find(self, number: int) -> Region | None:
        """The region of a number, or None where there is none (any more)."""
        return next((region for region in self.regions if region.number == number), None)

    def at(self, piece: int) -> Region:
        """The region of a piece."""
        return self.regions[int(self.region[piece])]


@dataclass(frozen=True)
class _About:
    """What the guide says of a group of units: see `gp_canvas.regions.guiding.Group`."""

    state: int
    worth: float
    chances: tuple[tuple[Color, float], ...]
    blank: float
    pixels: int


def guided(
    work: Work,
    affinity: Affinity,
    panels: NDArray[np.integer] | None = None,
    cast: NDArray[np.float32] | None = None,
) -> Guided:
    """Asks the guide about a page.

    Args:
        work: the page.
        affinity: of its uncut pieces.
        panels: the panel of each uncut piece: regions do not lie across panels unless the artist
            joined pieces of several; None: there are none.
        cast: log-odds that a row's piece has the colour of one of the work's cast, float32
            [rows, m]; None: nobody knows.
    """
    units = units_of(work, affinity)
    coloring, pieces = work.coloring, units.pieces
    known = None if cast is None else work.cast
    palette, given, cast_color = _palette(coloring, known)
    focus = _in_focus(work.pieces, work.focus)
    decided = coloring.decided
    own = np.zeros(work.pieces.count, np.bool_)
    own[pieces] = True
    sizes = np.bincount(
        units.unit, np.where(own | ~decided, work.pieces.sizes, 0), len(pieces)
    ).astype(np.int64)
    evidence = Evidence(
        palette=palette,
        given=given[pieces],
        teaches=coloring.teaches[pieces],
        closed=coloring.kept[pieces] | ~(focus | decided)[pieces],
        skipped=coloring.skipped[pieces] > 0,
        cast_affinity=None if cast is None or known is None else cast[units.row],
        cast_color=cast_color,
        blank=units.blank,
    )
    found = guide(sizes, units.affinity, evidence, work.spread)
    shown = _shown(coloring, units, own & focus, focus, found.proposed, palette, work.spread)
    state = np.where(shown.by == GUIDE, 1, np.where(shown.by == ARTIST, 2, 3 * shown.kept))
    group, about = _groups(units, sizes, shown, state, found.regions, found.doubtful, palette)
    sure = (found.probability >= SURE["careful"])[units.unit]
    panel = _panel(work, panels)
    return _described(work, shown, state, group[units.unit], about, focus, panel, sure)


def _palette(
    coloring: Coloring, cast: CastPieces | None
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32] | None]:
    """The colours of artist and cast, uint8 [k, 3].

    Then the place among them of each piece's own colour or -1, int32 [n], and of each of the
    cast's, or k where that stayed blank, int32 [m].
    """
    given = np.full(coloring.count, -1, np.int32)
    artist = coloring.by == ARTIST
    mine = coloring.codes[artist]
    theirs = mine[:0] if cast is None else cast.codes[~cast.blank]
    codes, index = np.unique(np.concatenate([mine, theirs]), return_inverse=True)
    given[artist] = index[: len(mine)]
    palette = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)
    if cast is None:
        return palette, given, None
    place = np.full(cast.count, len(codes), np.int32)
    place[~cast.blank] = index[len(mine) :]
    return palette, given, place


def _in_focus(pieces: PieceMap, focus: Box | None) -> NDArray[np.bool_]:
    if focus is None:
        return np.ones(pieces.count, np.bool_)
    x, y, width, height = focus
    inside = np.bincount(pieces.labels[y : y + height, x : x + width].ravel(), None, pieces.count)
    return inside >= _FOCUS * pieces.sizes


def _shown(
    coloring: Coloring,
    units: Units,
    mine: NDArray[np.bool_],
    focus: NDArray[np.bool_],
    proposed: NDArray[np.int32],
    palette: NDArray[np.uint8],
    spread: str,
) -> Coloring:
    """The coloring with proposals: the guide's for units, and theirs for what follows them.

    Args:
        coloring: the artist's.
        units: the guide's.
        mine: pieces that are units, bool [n].
        focus: pieces where the guide may propose, bool [n].
        proposed: the guide's answer, int32 [units].
        palette: its colours.
        spread: the level.
    """
    leader = units.pieces[units.unit]
    index = np.full(coloring.count, -1, np.int32)
    index[:] = proposed[units.unit]
    colors = np.zeros((coloring.count, 3), np.uint8)
    colors[index >= 0] = palette[index[index >= 0]]
    taught = (coloring.by == ARTIST) & coloring.teaches
    if spread != "off":
        follows = ~mine & taught[leader]
        index[follows], colors[follows] = 0, coloring.color[leader[follows]]
    free = ~coloring.decided & ~coloring.refused & focus & (index >= 0)
    pieces = np.flatnonzero(free)
    return coloring.proposed(pieces, colors[pieces])


def _groups(
    units: Units,
    sizes: NDArray[np.int64],
    shown: Coloring,
    state: NDArray[np.integer],
    asked: tuple[Group, ...],
    doubtful: tuple[Group, ...],
    palette: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], list[_About]]:
    """The group of each unit, int32 [units], and what the guide says of the first of them."""
    group = np.full(len(units.pieces), -1, np.int32)
    about = []
    for said, found in ((0, asked), (1, doubtful)):
        for one in found:
            group[one.pieces] = len(about)
            ranked = np.argsort(-one.chances, kind="stable")[:_MOST_LIKELY]
            ranked = ranked[one.chances[ranked] > 0]
            colors = [(r, g, b) for r, g, b in palette[ranked].tolist()]
            chances = tuple(zip(colors, one.chances[ranked].tolist(), strict=True))
            pixels = int(sizes[one.pieces].sum())
            about.append(_About(said, one.worth, chances, one.blank, pixels))
    # What is decided, or lies where nothing is asked, belongs together by the same measure.
    rest = np.flatnonzero(group < 0)
    if len(rest):
        kind = shown.codes[units.pieces[rest]] * 4 + state[units.pieces[rest]]
        links = units.affinity[np.ix_(rest, rest)]
        links[kind[:, None] != kind] = -np.inf
        _, joined = np.unique(average_linkage(sizes[rest], links), return_inverse=True)
        group[rest] = len(about) + joined
    return group, about


def _panel(work: Work, panels: NDArray[np.integer] | None) -> NDArray[np.integer]:
    """The panel of each piece; of pieces that the artist joined that of the largest of them."""
    if panels is None:
        return np.zeros(work.pieces.count, np.int32)
    panel = panels[work.pieces.origin].copy()
    for link in work.links:
        if link.together:
            panel[link.pieces] = panel[link.pieces[work.pieces.sizes[link.pieces].argmax()]]
    return panel


def _described(
    work: Work,
    shown: Coloring,
    state: NDArray[np.integer],
    group: NDArray[np.int32],
    about: list[_About],
    focus: NDArray[np.bool_],
    panel: NDArray[np.integer],
    sure: NDArray[np.bool_],
) -> Guided:
    """Regions from groups, divided where a piece follows another but has another colour.

    Args:
        work: the page.
        shown: its coloring with proposals.
        state: index of STATES for each piece, [n].
        group: of each piece, int32 [n].
        about: what the guide says of the first groups.
        focus: where it asks, bool [n].
        panel: of each piece, [n].
        sure: pieces that a careful guide would give a colour, bool [n].
    """
    keys = np.stack([group, state, shown.codes, panel, focus], axis=1)
    _, region = np.unique(keys, axis=0, return_inverse=True)
    region = region.reshape(-1)
    order = np.argsort(region, kind="stable").astype(np.int32)
    starts = np.flatnonzero(np.diff(region[order], prepend=-1))
    boxes = work.pieces.boxes[order]
    low = np.minimum.reduceat(boxes[:, :2], starts, axis=0)
    high = np.maximum.reduceat(boxes[:, :2] + boxes[:, 2:], starts, axis=0)
    pixels = np.add.reduceat(work.pieces.sizes[order], starts)
    times = np.maximum.reduceat(shown.skipped[order], starts)
    members = parts(order, starts)
    found: list[tuple[tuple[float, ...], Region]] = []
    for place, pieces in enumerate(members):
        first = int(pieces[0])
        kind, size = int(state[first]), int(pixels[place])
        worth, chances, blank = float(size), (), 0.0
        said = about[group[first]] if group[first] < len(about) else None
        if said is not None and said.state == kind:
            # A follower's pixels count with its unit's; of a group cut by a frame, each its share.
            worth = said.worth * min(1.0, size / max(1, said.pixels))
            chances, blank = said.chances, said.blank
        asked = kind <= 1 and bool(focus[first])
        red, green, blue = shown.color[first].tolist()
        one = Region(
            number=int(work.pieces.names[pieces[work.pieces.sizes[pieces].argmax()]]),
            state=STATES[kind],
            pieces=pieces,
            box=(*low[place].tolist(), *(high[place] - low[place]).tolist()),
            pixels=size,
            color=(red, green, blue) if kind in (1, 2) else None,
            chances=chances,
            blank=blank,
            worth=worth if asked else 0.0,
            skipped=bool(times[place]),
        )
        rank = (0, int(times[place]), -worth) if asked else (1, 0, 0)
        found.append(((*rank, one.number), one))
    ranks = sorted(range(len(found)), key=lambda place: found[place][0])
    place_of = np.empty(len(ranks), np.int32)
    place_of[ranks] = np.arange(len(ranks))
    asked_for = sum(1 for rank, _ in found if rank[0] == 0)
    regions = tuple(found[place][1] for place in ranks)
    certain = sure & (shown.by == GUIDE)
    return Guided(shown, regions, place_of[region], asked_for, certain)
