"""What an artist can do to a page: targets become acts, acts are done, undone and told about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gp_client.errors import BAD_REQUEST, TOO_LARGE, GuidingPainterError
from gp_client.types import Level
from numpy.typing import NDArray

from gp_canvas.acts import acts
from gp_canvas.acts.acts import Act, Box, Color
from gp_canvas.acts.affinities import Affinity, Units, units_of
from gp_canvas.acts.apart import others
from gp_canvas.acts.coloring import ARTIST, GUIDE, Coloring
from gp_canvas.acts.guided import Guided, Region, guided
from gp_canvas.acts.history import History
from gp_canvas.acts.shapes import pack
from gp_canvas.acts.targets import Target, pieces_of
from gp_canvas.acts.work import Lines, Work
from gp_canvas.cast.handed import CastPieces
from gp_canvas.lines.tables import strips, tally_parts

_CASTS = 64  # in one list of acts: each has some hundred kilobytes
_SOLID = 128  # alpha from which a picture's pixel has a colour

Affinities = Callable[[float | None, int | None], Affinity]
"""The segmenter: for a gap and an ink threshold the affinities of the pieces found with them."""

Match = Callable[[CastPieces, Affinity], "NDArray[np.float32] | None"]
"""The matcher: log-odds that a row's piece has the colour of one of a cast, float32 [rows, m]; None
where that cast says nothing here."""

Panels = Callable[[float | None, int | None], "NDArray[np.integer] | None"]
"""For a gap and an ink threshold the panel of each piece found with them; None: no panels."""


@dataclass(frozen=True)
class Pick:
    """What lies at a point: a piece (its place in the map of pieces), and its region."""

    piece: int
    region: Region
    color: Color | None
    by: int


class Hands:
    """A page with its guide, and the artist's hands on it. Not thread safe.

    Args:
        lines: the line art.
        affinities: what the segmenter says of its pieces.
        panels: where its panels are.
        gap, ink: how pieces are found, see `gp_canvas.acts.acts.Find`.
        focus: where the guide asks and spreads; None: everywhere.
        match: compares pieces with those of a cast; None: there is no matcher.
    """

    def __init__(
        self,
        lines: Lines,
        affinities: Affinities,
        panels: Panels | None = None,
        gap: float | None = None,
        ink: int | None = None,
        focus: Box | None = None,
        match: Match | None = None,
    ) -> None:
        self._affinities, self._panels, self._match = affinities, panels, match
        self._matched: tuple[CastPieces, Affinity, NDArray[np.float32] | None] | None = None
        start = replace(Work.begin(lines, gap, ink), focus=focus)
        first = self._ask(start)
        # Names are free as long as nobody knows them: regions are numbered in their order.
        largest = [region.number - 1 for region in first.regions]
        rest = np.setdiff1d(np.arange(start.pieces.count), largest)
        names = np.empty(start.pieces.count, np.int64)
        names[np.concatenate([np.array(largest, np.int64), rest])] = np.arange(1, len(names) + 1)
        start = replace(start, pieces=replace(start.pieces, names=names))
        regions = (replace(one, number=place) for place, one in enumerate(first.regions, 1))
        self._history = History(start)
        self._guided = (start, replace(first, regions=tuple(regions)))
        self._first = self._guided[1]

    def fresh(self) -> Hands:
        """A page of the same line art that nobody has touched."""
        twin = object.__new__(Hands)
        twin._affinities, twin._panels = self._affinities, self._panels
        twin._match, twin._matched = self._match, None
        twin._history = History(self._history.start)
        twin._first = self._first
        twin._guided = (self._history.start, self._first)
        return twin

    @property
    def work(self) -> Work:
        """The page as the artist has made it."""
        return self._history.work

    @property
    def guided(self) -> Guided:
        """The same with the guide's part."""
        work, found = self._guided
        if work is not self.work:
            found = self._ask(self.work)
            self._guided = (self.work, found)
        return found

    @property
    def coloring(self) -> Coloring:
        """What is to be seen: the artist's colours, and the guide's proposals."""
        work = self.work
        return work.coloring if work.spread == "off" else self.guided.coloring

    @property
    def history(self) -> History:
        """The acts done and undone."""
        return self._history

    def pick(self, x: int, y: int) -> Pick:
        """What lies at a point.

        Raises:
            GuidingPainterError: BAD_REQUEST beside the canvas.
        """
        piece = int(self.pieces(Target(point=(x, y)))[0])
        coloring = self.coloring
        red, green, blue = coloring.color[piece].tolist()
        by = int(coloring.by[piece])
        return Pick(piece, self.guided.at(piece), (red, green, blue) if by else None, by)

    def color(self, target: Target, color: Color) -> Act:
        """Gives all pieces of a target a colour, and the guide something to learn from.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST where a target is nothing.
        """
        return self._do(acts.Give(self._points(self.pieces(target)), color))

    def fill(self, target: Target, color: Color) -> Act:
        """Gives pieces a colour that says nothing about others.

        Raises:
            GuidingPainterError: see `color`.
        """
        return self._do(acts.Give(self._points(self.pieces(target)), color, teaches=False))

    def split(self, target: Target, shape: NDArray[np.bool_] | None = None) -> Act:
        """Divides a region into its pieces, takes a piece out of its region, or what a shape holds.

        Args:
            target: a region falls into its pieces; a point's piece leaves its region.
            shape: bool [H, W]; then what it holds of the target's pieces, which it cuts along its
                edge, leaves their regions and is one of its own instead.

        Raises:
            GuidingPainterError: see `color`; BAD_REQUEST where there is nothing to divide.
        """
        pieces = self.pieces(target)
        if shape is not None:
            return self._cut(pieces, shape)
        leaves = target.point is not None
        rest = others(pieces, self._units(), self.guided.region if leaves else None)
        if not len(rest if leaves else pieces[1:]):
            raise GuidingPainterError(
                BAD_REQUEST,
                "This is one piece: no line divides it.",
                "Select the part that you want to have apart, and split by the selection.",
            )
        return self._do(acts.Split(self._points(pieces), self._points(rest)))

    def merge(self, targets: Sequence[Target]) -> Act:
        """Joins targets into one region; all of it takes the first colour that one of them has.

        Raises:
            GuidingPainterError: see `color`; BAD_REQUEST where there is but one piece.
        """
        parts = [self.pieces(target) for target in targets]
        pieces = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)
        if len(pieces) < 2:
            raise GuidingPainterError(
                BAD_REQUEST, "Merging takes at least two pieces.", "Select more of the drawing."
            )
        points = self._points(pieces)
        coloring = self.work.coloring
        for part in parts:
            colored = part[coloring.by[part] == ARTIST]
            if len(colored):
                red, green, blue = coloring.color[colored[0]].tolist()
                give = acts.Give(points, (red, green, blue))
                return self._do(acts.Several((acts.Merge(points), give)))
        return self._do(acts.Merge(points))

    def pieces(self, target: Target) -> NDArray[np.int32]:
        """The pieces of a target, rising, at least one.

        Raises:
            GuidingPainterError: see `color`.
        """
        return pieces_of(target, self.work, lambda: self.guided)

    def keep(self, target: Target) -> Act:
        """Accepts proposals; what has none, and no colour of the artist's, stays blank for good.

        Args:
            target: with `everything`, `sure` and a colour only proposals are meant, nothing stays
                blank.

        Raises:
            GuidingPainterError: see `color`; BAD_REQUEST where there is nothing to keep.
        """
        coloring = self.coloring
        proposals = coloring.by == GUIDE
        if target.everything:
            pieces = np.flatnonzero(proposals)
        elif target.sure:
            pieces = np.flatnonzero(proposals & self.guided.sure)
        elif target.color is not None:
            pieces = np.flatnonzero(proposals & (coloring.color == target.color).all(axis=1))
        else:
            pieces = self.pieces(target)
        mine = pieces[proposals[pieces]]
        blank = pieces[~proposals[pieces] & ~coloring.decided[pieces]]
        if not len(mine) + len(blank):
            raise _nothing_to_keep(target, bool(proposals.any()))
        codes = coloring.codes
        given = []
        for code in np.unique(codes[mine]).tolist():
            same = mine[codes[mine] == code]
            color = (code >> 16, code >> 8 & 255, code & 255)
            given.append((color, self._points(same)))
        return self._do(acts.Keep(tuple(given), self._points(blank)))

    def skip(self, target: Target) -> Act:
        """Puts a region off until all others are decided.

        Raises:
            GuidingPainterError: see `color`; BAD_REQUEST where all of it is decided.
        """
        pieces = self.pieces(target)
        open_ones = pieces[~self.work.coloring.decided[pieces]]
        if not len(open_ones):
            raise GuidingPainterError(
                BAD_REQUEST, "This is decided, there is nothing to put off.", "Ask for the next."
            )
        return self._do(acts.Skip(self._points(open_ones)))

    def clear(self, target: Target) -> Act:
        """Takes colours away, the artist's and the guide's; the guide proposes nothing there.

        Raises:
            GuidingPainterError: see `color`.
        """
        return self._do(acts.Clear(self._points(self.pieces(target))))

    def spread(self, level: Level) -> Act | None:
        """How sure the guide must be to propose; None where it is that level already."""
        return None if level == self.work.spread else self._do(acts.Spread(level))

    def find(self, gap: float | None, ink: int | None) -> Act | None:
        """Finds the pieces anew; None where they were found so."""
        if (gap, ink) == (self.work.gap, self.work.ink):
            return None
        return self._do(acts.Find(gap, ink, self._history.next_name))

    def focus(self, box: Box | None) -> Act | None:
        """Where the guide asks and spreads; None where that is so already."""
        return None if box == self.work.focus else self._do(acts.Focus(box))

    def use_cast(self, cast: CastPieces | None) -> Act | None:
        """Compares the page with earlier ones; None where it did so already.

        Args:
            cast: their pieces, which go into the list of acts; None lets go of them.

        Raises:
            GuidingPainterError: TOO_LARGE where the list holds so many casts already.
        """
        known = self.work.cast
        if cast is None or cast.count == 0:
            return None if known is None else self._do(acts.UseCast("0" * 64, b"", b"", b""))
        act = acts.UseCast(
            cast.segmenter,
            np.ascontiguousarray(cast.tokens, "<f2").tobytes(),
            np.ascontiguousarray(cast.colors, np.uint8).tobytes(),
            np.ascontiguousarray(cast.shares, "<f4").tobytes(),
        )
        held = [one for one in self._history.acts if isinstance(one, acts.UseCast)]
        if known is not None and held[-1] == act:
            return None
        if len(held) >= _CASTS:
            raise GuidingPainterError(
                TOO_LARGE,
                f"A page remembers {_CASTS} casts.",
                "Undo to before one of them, or save the layers and open the page anew.",
            )
        return self._do(act)

    def adopt(self, picture: NDArray[np.uint8], colors: Sequence[Color] | None = None) -> Act:
        """Takes colours from a picture of flats, by place: each piece what covers most of it.

        Args:
            picture: uint8 [H, W, 4] RGBA, the colours; transparent says nothing.
            colors: only these; None: whatever the picture has.

        Raises:
            GuidingPainterError: BAD_REQUEST where no piece gets a colour.
        """
        labels, count = self.work.pieces.labels, self.work.pieces.count
        code = np.ascontiguousarray(picture).view("<u4").reshape(labels.shape)

        def pairs(rows: slice) -> NDArray[np.int64]:
            solid = picture[rows, :, 3] >= _SOLID
            return labels[rows][solid].astype(np.int64) << 24 | (code[rows][solid] & 0xFFFFFF)

        keys, pixels = tally_parts(map(pairs, strips(labels)))
        if colors is not None:
            wanted = [red | green << 8 | blue << 16 for red, green, blue in colors]
            chosen = np.isin(keys & 0xFFFFFF, wanted)
            keys, pixels = keys[chosen], pixels[chosen]
        pieces = keys >> 24
        most = np.zeros(count, np.int64)
        np.maximum.at(most, pieces, pixels)
        meant = (pixels == most[pieces]) & (2 * pixels >= self.work.pieces.sizes[pieces])
        given = []
        for value in np.unique(keys[meant] & 0xFFFFFF).tolist():
            same = np.unique(pieces[meant & (keys & 0xFFFFFF == value)])
            color = (value & 255, value >> 8 & 255, value >> 16)
            given.append(acts.Give(self._points(same), color))
        if not given:
            raise GuidingPainterError(
                BAD_REQUEST, "No piece of this page gets a colour from that picture."
            )
        return self._do(acts.Several(tuple(given)))

    def undo(self) -> Act | None:
        """Takes the last act back; None where there is none."""
        return self._history.undo()

    def redo(self) -> Act | None:
        """Does again what was undone last; None where there is nothing."""
        return self._history.redo()

    def _units(self) -> Units:
        return units_of(self.work, self._affinities(self.work.gap, self.work.ink))

    def _ask(self, work: Work) -> Guided:
        panels = None if self._panels is None else self._panels(work.gap, work.ink)
        affinity = self._affinities(work.gap, work.ink)
        return guided(work, affinity, panels, self._compare(work.cast, affinity))

    def _compare(self, cast: CastPieces | None, affinity: Affinity) -> NDArray[np.float32] | None:
        """What the matcher says, asked once for as long as cast and pieces are the same."""
        if cast is None or self._match is None:
            return None
        known = self._matched
        if known is None or known[0] is not cast or known[1] is not affinity:
            known = self._matched = (cast, affinity, self._match(cast, affinity))
        return known[2]

    def _do(self, act: Act) -> Act:
        self._history.do(act)
        return act

    def _cut(self, pieces: NDArray[np.integer], shape: NDArray[np.bool_]) -> Act:
        work = self.work
        box, bits = pack(shape)
        first = self._history.next_name
        parted = work.pieces.cut(pieces, box, bits, first)
        touched = np.union1d(parted.before, parted.whole)
        rest = others(touched, self._units(), self.guided.region)
        if not len(parted.before) + len(rest):
            raise GuidingPainterError(
                BAD_REQUEST,
                "This shape takes nothing apart.",
                "Select a part of the region, not all of it and not beside it.",
            )
        return self._do(acts.Cut(self._points(touched), box, bits, first, self._points(rest)))

    def _points(self, pieces: NDArray[np.integer]) -> acts.Points:
        return self.work.pieces.points(pieces)


def _nothing_to_keep(target: Target, proposed: bool) -> GuidingPainterError:
    if target.sure and proposed:
        return GuidingPainterError(
            BAD_REQUEST,
            "The guide is sure of none of its proposals.",
            "Look at them, and keep those that are right.",
        )
    if target.sure or target.everything:
        return GuidingPainterError(BAD_REQUEST, "The guide proposes nothing here.")
    if target.color is not None:
        return GuidingPainterError(BAD_REQUEST, "The guide proposes nothing in this colour.")
    return GuidingPainterError(
        BAD_REQUEST, "There is nothing to keep here.", "All of it is decided already."
    )
