"""What a guided page shows just now, taken from it at once: a plug-in draws it without asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gp_client.guided_page import GuidedPage
from gp_client.types import Color, GuidedRegion

from gp_guide.places import Places

TINY = 1 / 5000  # of the canvas: smaller regions are filtered as such
_PALE = bytes(255 - (255 - value) // 2 for value in range(256))  # as the daemon's own pictures


@dataclass(frozen=True, eq=False)
class PageView:
    """A page at one moment. Pure; any thread may read it.

    Attributes:
        places: where its pieces are.
        regions: by number.
        next: the region to ask about now, None when all is decided.
        asked: how many regions there is to ask about.
        piece_regions: the region of each piece.
        colors: RGBA of each piece; alpha is 255 where the artist gave the colour, 128 where it is
            proposed, 0 where there is none.
        acts: how many can be undone.
        spread: "off", "careful" or "bold".
    """

    places: Places
    regions: Mapping[int, GuidedRegion]
    next: int | None
    asked: int
    piece_regions: Sequence[int]
    colors: bytes
    acts: int
    spread: str

    @cached_property
    def pieces(self) -> Mapping[int, list[int]]:
        """The pieces of each region."""
        found: dict[int, list[int]] = {}
        for piece, region in enumerate(self.piece_regions):
            found.setdefault(region, []).append(piece)
        return found

    @cached_property
    def given(self) -> bytes:
        """RGBA of each piece; transparent where the artist gave no colour."""
        return _only(self.colors, 255)

    @cached_property
    def proposed(self) -> bytes:
        """RGBA of each piece; transparent where no colour is proposed."""
        return _only(self.colors, 128)

    @cached_property
    def picture(self) -> bytes:
        """RGBA of each piece as the docker shows it: proposals paler, white without a colour."""
        shown = bytearray(b"\xff" * len(self.colors))
        for at in range(0, len(self.colors), 4):
            alpha = self.colors[at + 3]
            if alpha:
                color = self.colors[at : at + 3]
                shown[at : at + 3] = color if alpha == 255 else color.translate(_PALE)
        return bytes(shown)

    def share(self, region: GuidedRegion) -> float:
        """Return a region's share of the canvas, 0..1."""
        return region.pixels / (self.places.width * self.places.height)

    def region_at(self, x: int, y: int) -> GuidedRegion | None:
        """Return the region at a pixel of the canvas, None beside it."""
        piece = self.places.piece(x, y)
        return None if piece is None else self.regions.get(self.piece_regions[piece])

    def color_at(self, x: int, y: int) -> Color | None:
        """Return the colour at a pixel, given or proposed, None where there is none."""
        piece = self.places.piece(x, y)
        return None if piece is None else color_of(self.colors, piece)

    def region_with(self, points: Sequence[tuple[int, int]]) -> GuidedRegion | None:
        """Return the region at the first of these pixels that lies on the canvas."""
        found = (self.region_at(x, y) for x, y in points)
        return next((region for region in found if region is not None), None)

    def probes(self, number: int) -> tuple[tuple[int, int], ...]:
        """Return pixels of a region, those of its largest piece first; () for one that is gone."""
        boxes = self.places.boxes

        def size(piece: int) -> int:
            left, top, right, bottom = boxes[piece]
            return (right - left) * (bottom - top)

        pieces = sorted(self.pieces.get(number, ()), key=size, reverse=True)
        return tuple(point for piece in pieces for point in self.places.probes[piece])


def view_of(page: GuidedPage, picture: tuple[int, int], before: PageView | None = None) -> PageView:
    """Take a page as it is now. It may wait for the daemon.

    Args:
        page: the page.
        picture: (width, height) of the small picture.
        before: an earlier view, whose places are used again where the map is the same.

    Raises:
        GuidingPainterError: a connection's failure.
    """
    map = page.pieces()
    places = before.places if before is not None and before.places.of(map, picture) else None
    if places is None:
        places = Places(map, page.width, page.height, picture)
    found = page.next()
    return PageView(
        places,
        {region.number: region for region in page.regions},
        None if found is None else found.number,
        page.asked,
        tuple(map.regions),
        map.colors,
        page.done,
        page.spread,
    )


def color_of(colors: bytes, piece: int) -> Color | None:
    """Return a piece's colour in a table of RGBA; None where it is transparent."""
    red, green, blue, alpha = colors[4 * piece : 4 * piece + 4]
    return (red, green, blue) if alpha else None


def _only(colors: bytes, alpha: int) -> bytes:
    kept = bytearray(len(colors))
    for at in range(0, len(colors), 4):
        if colors[at + 3] == alpha:
            kept[at : at + 3] = colors[at : at + 3]
            kept[at + 3] = 255
    return bytes(kept)
