"""The cast: what finished pages taught about the colours of figures, and its bytes.

``NAME.cast`` is msgpack; docs/cast.md has the fields. What is read is checked and bounded before
anything is allocated for it. Nothing here needs an array library: plug-ins keep casts, too.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgpack

from gp_client import cast_fields as read
from gp_client.errors import BAD_REQUEST, TOO_LARGE, VERSION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.page_options import gap_of, ink_of
from gp_client.types import Color

FORMAT = 1
SUFFIX = ".cast"
MOST_BYTES = 64 << 20
MOST_PAGES = 512
MOST_PIECES = 1024  # of a page, as many as the segmenter looks at
MOST_WIDTH = 512  # numbers of a token
MOST_NAMES = 4096
MOST_PICTURES = 64  # of a page
MOST_PICTURE = 64 << 10  # bytes
MOST_SIDE = 256  # pixels of a picture
_MOST_TEXT = 4096  # characters
_MOST_TITLE = _MOST_TEXT - 16  # before a number
_MOST_CANVAS = 1 << 24
_MOST_VALUES = 1 << 19  # in a file: more than all of the above together
_GRAY = 12  # between red, green and blue: no more than a scan of gray has
_KIND = "guidingpainter cast"


@dataclass(frozen=True)
class CastPage:
    """What one page taught: n pieces that the artist coloured, or left blank for good.

    Arrays are bytes, little-endian, row after row.

    Attributes:
        title: what the page is called; no two pages of a cast have the same.
        source: path of the line art, "" where it is unknown; from it the tokens are made again.
        number: of the page in that file, from 1 on.
        lines: name of the layer that is the line art; "": what the file shows.
        size: (width, height) of the canvas in pixels.
        gap, ink: as the pieces were found, see ``Client.open_guided``.
        segmenter: sha256 of the network that made the tokens, hexadecimal.
        width: numbers of a token, D.
        tokens: f2 [n, D].
        colors: u1 [n, 4], red, green, blue, and 255; or 0, 0, 0, 0 for a piece that stays blank.
        shares: f4 [n], how much of the canvas a piece covers, 0..1.
        points: i4 [n, 2], x and y of a pixel in each piece.
        pictures: for a colour a small PNG of where it was.
    """

    title: str
    source: str
    number: int
    lines: str
    size: tuple[int, int]
    gap: float | None
    ink: int | None
    segmenter: str
    width: int
    tokens: bytes
    colors: bytes
    shares: bytes
    points: bytes
    pictures: Mapping[Color, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many pieces it has."""
        return len(self.shares) // 4

    @property
    def gray(self) -> bool:
        """Whether it has colours, and none of them is more than a shade of gray."""
        given = [color for color, _, _ in self.each() if color is not None]
        return bool(given) and all(max(color) - min(color) <= _GRAY for color in given)

    def same_as(self, other: CastPage) -> bool:
        """Whether both are of one page: by where it is; where that is unknown by what is drawn."""
        if self.source or other.source:
            return (self.source, self.number) == (other.source, other.number)
        mine, theirs = self._each_token(), other._each_token()
        return self.size == other.size and 2 * len(mine & theirs) >= min(len(mine), len(theirs))

    def called(self, name: str) -> Iterator[str]:
        """Yield titles for it without end: its file's name, more of its path, and with numbers.

        Args:
            name: of a page that was never saved.
        """
        parts = self.source.replace("\\", "/").split("/")
        names = [parts[-1], "/".join(parts[-2:]), self.source] if self.source else [name]
        if self.number > 1:
            names = [f"{one}, page {self.number}" for one in names]
        names = [one[:_MOST_TITLE] for one in names if one] or [name]
        yield from names
        for count in itertools.count(2):
            yield f"{names[-1]} ({count})"

    def _each_token(self) -> set[bytes]:
        step = 2 * self.width
        return {self.tokens[at : at + step] for at in range(0, len(self.tokens), step)}

    def each(self) -> list[tuple[Color | None, float, tuple[int, int]]]:
        """Each piece's colour (None: it stays blank), share of the canvas, and point (x, y)."""
        shares = struct.unpack(f"<{self.count}f", self.shares)
        points = struct.unpack(f"<{2 * self.count}i", self.points)
        found: list[tuple[Color | None, float, tuple[int, int]]] = []
        for place in range(self.count):
            red, green, blue, alpha = self.colors[4 * place : 4 * place + 4]
            color = (red, green, blue) if alpha else None
            found.append((color, shares[place], (points[2 * place], points[2 * place + 1])))
        return found

    def acts(self) -> bytes:
        """What makes its line art what it was, for ``Client.open_guided``: so it is learned anew.

        Each colour is an act that gives it to all of its points.
        """
        given: dict[Color | None, list[int]] = {}
        for color, _, point in self.each():
            given.setdefault(color, []).extend(point)
        blank = given.pop(None, [])
        done: list[dict[str, Any]] = [
            {"op": "color", "at": at, "color": list(color), "teaches": True}
            for color, at in given.items()
            if color is not None
        ]
        if blank:
            done.append({"op": "keep", "given": [], "blank": blank})
        packed: Any = msgpack.packb({"version": 2, "acts": done, "undone": []})
        return packed

    def fields(self) -> dict[str, Any]:
        """The page as the file holds it."""
        pictures = [[list(color), png] for color, png in self.pictures.items()]
        return {**vars(self), "size": list(self.size), "pictures": pictures}

    @classmethod
    def of(cls, fields: Any) -> CastPage:
        """Read what ``fields`` gave; unknown fields are ignored.

        Raises:
            ValueError, TypeError, KeyError: it is no page of a cast.
        """
        width = read.whole(fields["width"], MOST_WIDTH, 1)
        shares = read.raw(fields["shares"], 4 * MOST_PIECES)
        count = len(shares) // 4
        if not count or len(shares) != 4 * count:
            raise ValueError("no pieces")
        read.shares(shares)
        size = read.pair(fields["size"], _MOST_CANVAS)
        points = read.exactly(fields["points"], 8 * count)
        read.points(points, size)
        return cls(
            title=read.title(fields["title"], _MOST_TEXT),
            source=read.text(fields["source"], _MOST_TEXT),
            number=read.whole(fields["number"], _MOST_CANVAS, 1),
            lines=read.text(fields["lines"], _MOST_TEXT),
            size=size,
            gap=gap_of(fields["gap"]),
            ink=ink_of(fields["ink"]),
            segmenter=read.digest(fields["segmenter"]),
            width=width,
            tokens=read.tokens(fields["tokens"], 2 * count * width),
            colors=read.colors(fields["colors"], count),
            shares=shares,
            points=points,
            pictures={
                read.color(color): read.png(picture, MOST_PICTURE, MOST_SIDE)
                for color, picture in read.items(fields["pictures"], MOST_PICTURES)
            },
        )


@dataclass(frozen=True)
class CastColor:
    """A colour of a cast.

    Attributes:
        color: (red, green, blue), 0..255.
        name: what it is called, or "".
        pieces: how many pieces have it.
        share: of all pages' area, 0..1.
        pages: titles of the pages that have it.
        picture: a PNG of where it was, or b"".
    """

    color: Color
    name: str
    pieces: int
    share: float
    pages: tuple[str, ...]
    picture: bytes


@dataclass(frozen=True)
class Cast:
    """Pages that are done, and what their colours are called. Nothing of it ever changes.

    Attributes:
        pages: in the order in which they were learned.
        names: of colours; those that have none are not in it.
    """

    pages: tuple[CastPage, ...] = ()
    names: Mapping[Color, str] = field(default_factory=dict)

    def learned(self, page: CastPage, names: Mapping[Color, str] | None = None) -> Cast:
        """Return the cast with one page more, in place of one of the same title.

        Args:
            page: what was learned from it.
            names: of its colours; a name that the cast has already stays.

        Raises:
            GuidingPainterError: TOO_LARGE beyond ``MOST_PAGES``.
        """
        pages = (*(one for one in self.pages if one.title != page.title), page)
        known = {color for color, _, _ in page.each()}
        more = {color: name for color, name in (names or {}).items() if name and color in known}
        return _checked(Cast(pages, {**more, **self.names}))

    def merged(self, other: Cast) -> Cast:
        """Return the pages of both; of one page the other's, of one colour the own name.

        Another page of a title that is taken gets one that is free; see ``titled``.

        Raises:
            GuidingPainterError: TOO_LARGE beyond ``MOST_PAGES``.
        """
        left, more = list(self.pages), list[CastPage]()
        for page in other.pages:
            same = [one for one in left if page.same_as(one)]
            if same:  # of several the one that is called so, too
                known = next((one for one in same if one.title == page.title), same[0])
                left.remove(known)
                page = replace(page, title=known.title)
            so_far = Cast((*left, *more))
            if any(one.title == page.title for one in so_far.pages):
                page = so_far.free(page)
            more.append(page)
        return _checked(Cast((*left, *more), {**other.names, **self.names}))

    def titled(self, page: CastPage, name: str = "") -> CastPage:
        """Return a page by the title that it has here, or one that no other page has.

        That is its file's name, or more of its path; of a page that was never saved ``name``.
        """
        again = next((one for one in self.pages if page.same_as(one)), None)
        if again is not None and page.source:
            return replace(page, title=again.title)
        known = {one.title: one for one in self.pages}
        for one in page.called(name or "page"):
            if one not in known or page.same_as(known[one]):
                return replace(page, title=one)
        raise AssertionError("a name with a number is free")

    def free(self, page: CastPage) -> CastPage:
        """Return a page by a title that no page here has."""
        known = {one.title for one in self.pages}
        return replace(page, title=next(t for t in page.called(page.title) if t not in known))

    def forgotten(self, title: str) -> Cast:
        """Return the cast without a page, and without names that no page has a colour for.

        Raises:
            GuidingPainterError: BAD_REQUEST where there is no page of this title.
        """
        pages = tuple(page for page in self.pages if page.title != title)
        if len(pages) == len(self.pages):
            has = ", ".join(page.title for page in self.pages[:8]) or "none"
            raise GPError(BAD_REQUEST, f"This cast has no page {title}.", f"It has: {has}.")
        left = {color for page in pages for color, _, _ in page.each()}
        return Cast(pages, {color: name for color, name in self.names.items() if color in left})

    def renamed(self, color: Color, name: str) -> Cast:
        """Return the cast with a colour called otherwise; "" takes its name away.

        Raises:
            GuidingPainterError: BAD_REQUEST where no page has this colour, or the name is no text.
        """
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise GPError(BAD_REQUEST, "This name is not written in UTF-8.", "Type it anew.")
        if not any(one.color == color for one in self.colors()):
            raise GPError(
                BAD_REQUEST,
                "This cast has no colour #{:02x}{:02x}{:02x}.".format(*color),
                "gp cast show lists its colours.",
            )
        names = {one: known for one, known in self.names.items() if one != color}
        return _checked(Cast(self.pages, {**names, color: name[:_MOST_TEXT]} if name else names))

    def colors(self) -> list[CastColor]:
        """Return the colours of all pages, those that cover most first."""
        found: dict[Color, list[tuple[float, str]]] = {}
        pictures: dict[Color, bytes] = {}
        for page in self.pages:
            for color, share, _ in page.each():
                if color is not None:
                    found.setdefault(color, []).append((share, page.title))
            for color, picture in page.pictures.items():
                pictures.setdefault(color, picture)
        listed = [
            CastColor(
                color,
                self.names.get(color, ""),
                len(where),
                sum(share for share, _ in where) / max(1, len(self.pages)),
                tuple(dict.fromkeys(title for _, title in where)),
                pictures.get(color, b""),
            )
            for color, where in found.items()
        ]
        return sorted(listed, key=lambda one: (-one.share, one.color))

    def stale(self, segmenter: str) -> tuple[CastPage, ...]:
        """Return the pages whose tokens another network made; these say nothing until renewed."""
        return tuple(page for page in self.pages if page.segmenter != segmenter)

    def bare(self) -> Cast:
        """Return the cast without pictures, as the daemon needs it."""
        return Cast(tuple(replace(page, pictures={}) for page in self.pages), self.names)

    def pack(self) -> bytes:
        """Return the file's bytes.

        Raises:
            GuidingPainterError: TOO_LARGE beyond ``MOST_BYTES``.
        """
        names = [[list(color), name] for color, name in self.names.items()]
        packed: Any = msgpack.packb(
            {
                "kind": _KIND,
                "version": FORMAT,
                "pages": [page.fields() for page in self.pages],
                "names": names,
            }
        )
        if len(packed) > MOST_BYTES:
            raise GPError(
                TOO_LARGE,
                f"A cast has at most {MOST_BYTES >> 20} MiB.",
                "Forget some of its pages.",
            )
        return packed

    @classmethod
    def unpack(cls, data: bytes, name: str = "This") -> Cast:
        """Read what ``pack`` gave; unknown fields are ignored.

        Args:
            data: the file.
            name: what the user calls it, for errors.

        Raises:
            GuidingPainterError: TOO_LARGE beyond the limits, VERSION for a newer file, BAD_REQUEST
                for what is no cast.
        """
        if len(data) > MOST_BYTES:
            raise _large(name)

        def whole(fields: Any) -> Cast:
            if fields["kind"] != _KIND:
                raise ValueError("another kind of file")
            if read.whole(fields["version"], 1 << 31) > FORMAT:
                raise GPError(
                    VERSION,
                    f"{name} was saved by a newer GuidingPainter.",
                    "Update GuidingPainter.",
                )
            pages = tuple(CastPage.of(one) for one in read.items(fields["pages"], MOST_PAGES))
            if len({page.title for page in pages}) < len(pages):
                raise ValueError("two pages of one title")
            names = read.items(fields["names"], MOST_NAMES)
            known = {read.color(color): read.title(name, _MOST_TEXT) for color, name in names}
            return cls(pages, known)

        return _understood(data, whole, f"{name} is no cast, or a damaged one.")


def pack_page(page: CastPage) -> bytes:
    """Return one page as the daemon sends it."""
    packed: Any = msgpack.packb(page.fields())
    return packed


def unpack_page(data: bytes) -> CastPage:
    """Read what ``pack_page`` gave.

    Raises:
        GuidingPainterError: TOO_LARGE, BAD_REQUEST.
    """
    if len(data) > MOST_BYTES:
        raise _large("A page")
    return _understood(data, CastPage.of, "What was learned from a page cannot be read.")


def _understood(data: bytes, understand: Callable[[Any], Any], message: str) -> Any:
    try:
        read.check_values(data, _MOST_VALUES)
        return understand(msgpack.unpackb(data, strict_map_key=True))
    except (
        ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError,
        msgpack.UnpackException,
    ) as error:  # fmt: skip
        raise GPError(BAD_REQUEST, message, "Use a copy of it, or learn the pages anew.") from error


def _checked(cast: Cast) -> Cast:
    if len(cast.pages) > MOST_PAGES or len(cast.names) > MOST_NAMES:
        raise GPError(
            TOO_LARGE,
            f"A cast has at most {MOST_PAGES} pages and {MOST_NAMES} names.",
            "Forget some of its pages.",
        )
    return cast


def _large(name: str) -> GPError:
    return GPError(TOO_LARGE, f"{name} is larger than any cast ({MOST_BYTES >> 20} MiB).")


def united(casts: Iterable[Cast]) -> Cast:
    """Return the pages of several casts; see ``Cast.merged``.

    Raises:
        GuidingPainterError: TOO_LARGE beyond ``MOST_PAGES``.
    """
    found = Cast()
    for one in casts:
        found = found.merged(one)
    return found
