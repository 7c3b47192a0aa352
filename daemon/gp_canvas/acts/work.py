"""A page as the artist's acts have made it: pieces, coloring, links. Pure functions.

Nothing here asks a network or the guide: the same line art and the same acts give the same work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Level
from numpy.typing import NDArray

from gp_canvas import cancellation
from gp_canvas.acts import acts
from gp_canvas.acts.acts import Act, Box
from gp_canvas.acts.coloring import Coloring
from gp_canvas.acts.moving import carry
from gp_canvas.acts.piecemap import PieceMap
from gp_canvas.cast.handed import CastPieces

MOST_NAME = (1 << 31) - 1
"""The largest name of a piece: regions are named for one, and go out as i4."""

Lines = Callable[[float | None, int | None], Callable[[], NDArray[np.int32]]]
"""Line art: for a gap and an ink threshold, what gives the labels of its pieces, int32 [H, W]."""


@dataclass(frozen=True, eq=False)
class Link:
    """What the artist has said of two or more pieces.

    Attributes:
        pieces: that belong together, or of which none belongs with another; int32 [n].
        together: which of these.
        rest: pieces that none of them belongs with, int32 [m].
    """

    pieces: NDArray[np.int32]
    together: bool
    rest: NDArray[np.int32]

    def bind(self, affinity: NDArray[np.floating]) -> None:
        """Writes +inf or -inf for these pairs into affinities [pieces, pieces], in place."""
        affinity[np.ix_(self.pieces, self.pieces)] = np.inf if self.together else -np.inf
        affinity[np.ix_(self.pieces, self.rest)] = -np.inf
        affinity[np.ix_(self.rest, self.pieces)] = -np.inf

    def moved(self, place: NDArray[np.int32]) -> Link | None:
        """The same of other pieces, by the place of each old one; None where nothing is left."""
        pieces, rest = (np.unique(place[old]).astype(np.int32) for old in (self.pieces, self.rest))
        rest = rest[~np.isin(rest, pieces)]
        return Link(pieces, self.together, rest) if len(pieces) + len(rest) > 1 else None


@dataclass(frozen=True, eq=False)
class Work:
    """What a list of acts makes of line art.

    Attributes:
        lines: the line art.
        pieces: the map of pieces.
        coloring: what the artist gave; no proposals.
        links: what belongs together and what not, in the order in which the artist said so: the
            last word about two pieces holds.
        spread: one of `gp_client.types.LEVELS`.
        focus: where the guide asks and spreads; None: everywhere.
        gap, ink: as the pieces were found, see `gp_canvas.acts.acts.Find`.
        named: the last name given to a piece.
        cast: pieces of earlier pages that the guide compares with; None: there are none.
    """

    lines: Lines
    pieces: PieceMap
    coloring: Coloring
    links: tuple[Link, ...] = ()
    spread: Level = "off"
    focus: Box | None = None
    gap: float | None = None
    ink: int | None = None
    named: int = 0
    cast: CastPieces | None = None

    @classmethod
    def begin(cls, lines: Lines, gap: float | None = None, ink: int | None = None) -> Work:
        """A page that nobody has touched; its pieces are named from 1."""
        pieces = PieceMap.of(lines(gap, ink), 1)
        return cls(
            lines, pieces, Coloring.blank(pieces.count), gap=gap, ink=ink, named=pieces.count
        )

    def after(self, act: Act) -> Work:
        """This page after one more act; an act that finds none of its pieces changes nothing.

        Raises:
            GuidingPainterError: CANCELLED where the job that wants it is, BAD_REQUEST for a cut
                that is none of this canvas or an act that names a piece beyond MOST_NAME,
                BLANK_PAGE where no piece can be found.
        """
        cancellation.check()
        if isinstance(act, acts.Several):
            work = self
            for one in act.acts:
                work = work.after(one)
            return work
        work = _DO[type(act)](self, act)
        if work.named > MOST_NAME:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"The numbers of this page's pieces would go beyond {MOST_NAME}.",
                "Start the page afresh.",
            )
        return work

    @property
    def nbytes(self) -> int:
        """Memory held by arrays of pieces, in bytes, without labels of the canvas."""
        arrays = vars(self.coloring).values()
        return sum(array.nbytes for array in arrays) + 32 * self.pieces.count


def _give(work: Work, act: acts.Give) -> Work:
    pieces = work.pieces.at(act.at)
    return replace(work, coloring=work.coloring.given(pieces, act.color, act.teaches))


def _clear(work: Work, act: acts.Clear) -> Work:
    return replace(work, coloring=work.coloring.cleared(work.pieces.at(act.at)))


def _skip(work: Work, act: acts.Skip) -> Work:
    return replace(work, coloring=work.coloring.put_off(work.pieces.at(act.at)))


def _keep(work: Work, act: acts.Keep) -> Work:
    coloring = work.coloring
    for color, points in act.given:
        coloring = coloring.given(work.pieces.at(points), color)
    return replace(work, coloring=coloring.closed(work.pieces.at(act.blank)))


def _link(work: Work, act: acts.Split | acts.Merge) -> Work:
    pieces = work.pieces.at(act.at)
    rest = work.pieces.at(act.rest) if isinstance(act, acts.Split) else pieces[:0]
    rest = rest[~np.isin(rest, pieces)]
    if not len(pieces) or len(pieces) + len(rest) < 2:
        return work
    link = Link(pieces, isinstance(act, acts.Merge), rest)
    return replace(work, links=(*work.links, link))


def _cut(work: Work, act: acts.Cut) -> Work:
    at = work.pieces.at(act.at)
    rest = work.pieces.at(act.rest)
    parted = work.pieces.cut(at, act.box, act.bits, act.first)
    before, after = parted.before, parted.after
    inside = np.concatenate([parted.whole, after])
    rest = np.union1d(rest[~np.isin(rest, inside)], before).astype(np.int32)
    if not len(inside) or len(inside) + len(rest) < 2:
        return work
    return replace(
        work,
        pieces=parted.pieces,
        coloring=work.coloring.divided(before) if len(before) else work.coloring,
        links=(*_widened(work.links, before, after), Link(inside, True, rest)),
        named=max(work.named, act.first + len(after) - 1),
    )


def _widened(
    links: tuple[Link, ...], before: NDArray[np.int32], after: NDArray[np.int32]
) -> tuple[Link, ...]:
    """Links in which new parts stay apart from what the pieces that they were cut from are apart
    from. What was joined is not: the artist has just cut it off."""
    part = dict(zip(before.tolist(), after.tolist(), strict=True))

    def parts(pieces: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.array([part[piece] for piece in pieces.tolist() if piece in part], np.int32)

    widened: list[Link] = []
    for link in links:
        new, rest = parts(link.pieces), np.concatenate([link.rest, parts(link.rest)])
        if not link.together:
            widened.append(Link(np.concatenate([link.pieces, new]), False, rest))
            continue
        widened.append(Link(link.pieces, True, rest))
        if len(new) and len(rest):
            widened.append(Link(new, False, rest))
    return tuple(widened)


def _find(work: Work, act: acts.Find) -> Work:
    pieces = PieceMap.of(work.lines(act.gap, act.ink), act.first)
    moved = carry(work.pieces, work.coloring, pieces, act.first + pieces.count)
    links = (link.moved(moved.place) for link in work.links)
    return replace(
        work,
        pieces=moved.pieces,
        coloring=moved.coloring,
        links=tuple(link for link in links if link is not None),
        gap=act.gap,
        ink=act.ink,
        named=max(work.named, int(moved.pieces.names.max())),
    )


def _spread(work: Work, act: acts.Spread) -> Work:
    return replace(work, spread=act.level)


def _focus(work: Work, act: acts.Focus) -> Work:
    return replace(work, focus=act.box)


def _use_cast(work: Work, act: acts.UseCast) -> Work:
    count = len(act.shares) // 4
    if not count:
        return replace(work, cast=None)
    cast = CastPieces(
        act.segmenter,
        np.frombuffer(act.tokens, "<f2").reshape(count, -1),
        np.frombuffer(act.colors, np.uint8).reshape(count, 4),
        np.frombuffer(act.shares, "<f4"),
    )
    return replace(work, cast=cast, spread="careful" if work.spread == "off" else work.spread)


_DO: dict[type[Act], Callable[[Work, Any], Work]] = {
    acts.Give: _give,
    acts.Split: _link,
    acts.Cut: _cut,
    acts.Merge: _link,
    acts.Keep: _keep,
    acts.Skip: _skip,
    acts.Clear: _clear,
    acts.Spread: _spread,
    acts.Find: _find,
    acts.Focus: _focus,
    acts.UseCast: _use_cast,
}
