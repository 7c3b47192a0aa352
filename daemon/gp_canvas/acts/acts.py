"""What an artist does to a page, as a list of acts: small, immutable, the same for any daemon.

An act names its pieces by a point in each, never by a region's number: so a saved list says the
same when another version finds other pieces or regions, and playing it again needs no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gp_client.types import Box, Color, Level

Point = tuple[int, int]  # (x, y), canvas pixels from the top left corner
Points = tuple[Point, ...]


@dataclass(frozen=True)
class Give:
    """A colour for pieces.

    Attributes:
        at: a point of each piece.
        color: RGB.
        teaches: whether the guide learns from it; False for a fill, which is about its piece alone.
    """

    op: ClassVar[str] = "color"
    at: Points
    color: Color
    teaches: bool = True


@dataclass(frozen=True)
class Split:
    """Pieces that do not belong together: none with any other of them, nor with one of the rest.

    Attributes:
        at: a point of each.
        rest: a point of each piece that they are told apart from, which may belong together.
    """

    op: ClassVar[str] = "split"
    at: Points
    rest: Points = ()


@dataclass(frozen=True)
class Cut:
    """What a shape holds of some pieces belongs together, and apart from what it leaves of them.

    Pieces are divided along the shape's edge: what lies inside becomes pieces of its own.

    Attributes:
        at: a point of each piece that is meant, of those that the shape touches.
        box: where the shape lies.
        bits: the shape, one bit a pixel of the box (1 = inside), rows from the top without
            padding, the first pixel in the highest bit; compressed with zlib.
        first: the name of the first piece that this makes; the others follow.
        rest: a point of each other piece that what lies inside is told apart from.
    """

    op: ClassVar[str] = "cut"
    at: Points
    box: Box
    bits: bytes
    first: int
    rest: Points = ()


@dataclass(frozen=True)
class Merge:
    """These pieces belong together."""

    op: ClassVar[str] = "merge"
    at: Points


@dataclass(frozen=True)
class Keep:
    """Pieces that are right as they are.

    Attributes:
        given: colours that the guide had given, each with a point of each piece that had it.
        blank: a point of each piece that stays without colour for good.
    """

    op: ClassVar[str] = "keep"
    given: tuple[tuple[Color, Points], ...] = ()
    blank: Points = ()


@dataclass(frozen=True)
class Skip:
    """Pieces to ask about later, after all others."""

    op: ClassVar[str] = "skip"
    at: Points


@dataclass(frozen=True)
class Clear:
    """No colour for these pieces, and no proposal either until they or their like are given one."""

    op: ClassVar[str] = "clear"
    at: Points


@dataclass(frozen=True)
class Spread:
    """How sure the guide must be to give a piece another's colour, see `gp_client.types`."""

    op: ClassVar[str] = "spread"
    level: Level


@dataclass(frozen=True)
class Find:
    """Pieces found anew; what was coloured keeps its place.

    Attributes:
        gap: gaps in lines up to so many canvas pixels are closed; None: by canvas size.
        ink: luminance 0..255 under which a pixel is ink; None: measured.
        first: the name of the first new piece.
    """

    op: ClassVar[str] = "find"
    gap: float | None
    ink: int | None
    first: int


@dataclass(frozen=True)
class Focus:
    """The part of the canvas that the guide asks about and spreads to; None: all of it."""

    op: ClassVar[str] = "focus"
    box: Box | None


@dataclass(frozen=True)
class UseCast:
    """Pieces of earlier pages that the guide compares this page's with; of none it lets go of them.

    Where the guide proposed nothing, it is careful from here on. The pieces are in the act, so that
    a list says the same wherever and whenever it is played; see `gp_canvas.cast.handed.CastPieces`.

    Attributes:
        segmenter: sha256 of the network that made the tokens, hexadecimal.
        tokens: f2 [m, D], little-endian.
        colors: u1 [m, 4].
        shares: f4 [m], little-endian.
    """

    op: ClassVar[str] = "cast"
    segmenter: str
    tokens: bytes
    colors: bytes
    shares: bytes


@dataclass(frozen=True)
class Several:
    """Acts that are done and undone as one; none of them is itself several."""

    op: ClassVar[str] = "several"
    acts: tuple[Act, ...]


Act = Give | Split | Cut | Merge | Keep | Skip | Clear | Spread | Find | Focus | UseCast | Several


def names_taken(act: Act) -> int:
    """The last name of a piece that an act may give, at most; 0 where it makes none.

    A cut makes at most one piece for each point; how many Find makes, only doing it says.
    """
    if isinstance(act, Several):
        return max((names_taken(one) for one in act.acts), default=0)
    if isinstance(act, Cut):
        return act.first + len(act.at) - 1
    return act.first if isinstance(act, Find) else 0
