"""What is asked of the daemon; it waits, so the dialog asks on another thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gp_client import Client, GuidedPage
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Box, Color, Mask, Tell
from gp_guide.by_hand import differing, fills_of, tell
from gp_guide.opening import open_kept
from gp_guide.page_view import PageView, view_of
from gp_guide.pixels import LineArt, fitted
from gp_guide.saved import Saved

from ..editor.host import GdkPixbuf, tr
from .pixels import PICTURE, ink_of

ROUNDED = 8  # of 255: dark tones in 8-bit linear images


@dataclass(frozen=True)
class Opened:
    """A page that the daemon knows.

    Attributes:
        page: the page; asked on the worker's thread only.
        view: what it shows.
        art: the line art, as it was read.
        ink: the same for the dialog's picture.
        panels: of a comic page, in the order of reading; none where it is one picture.
        trouble: what was wrong with what the image kept, "" where nothing was.
    """

    page: GuidedPage
    view: PageView
    art: LineArt
    ink: GdkPixbuf.Pixbuf
    panels: tuple[Box, ...]
    trouble: str

    @property
    def opaque(self) -> bool:
        """Whether the line art hides what lies under it."""
        return self.art.opaque


def open_page(
    client: Client,
    art: LineArt,
    saved: Saved,
    flats: bytes,
    colors: tuple[Color, ...],
    by_hand: bytes,
    spread: str | None,
    tell: Tell,
) -> Opened:
    """Open line art as a page, with all that the image keeps of it.

    Args:
        client: asks the daemon.
        art: the line art.
        saved: what the image keeps.
        flats: what is painted, RGBA of canvas size, where colours are to be taken from there:
            of an image that version 1 coloured, or that was turned or scaled; else b"".
        colors: the colours to be taken; none: those that version 1 kept.
        by_hand: the flats, where what the artist painted on them is to be read back; else b"".
        spread: how sure proposals must be, where no act says so; None: as for a new page.
        tell: told how far it is.

    Raises:
        GuidingPainterError: see ``Client.open_guided``.
    """
    page, trouble = open_kept(client, art, saved, b"" if colors else flats, spread, tell)
    if colors and flats:
        try:
            page.adopt(flats, colors)
        except GuidingPainterError as error:
            if error.code != BAD_REQUEST:
                raise
            trouble = tr("None of your colours fills a region of the line art as it is now.")
    size = fitted(art.width, art.height, PICTURE)
    view = view_of(page, size)
    if saved.acts and not trouble and by_hand and read_back(page, view, by_hand):
        view = view_of(page, size, view)
    panels = tuple(panel.bbox for panel in page.panels())
    return Opened(page, view, art, ink_of(art, size), panels, trouble)


def leave_out(opened: Opened, shape: Mask) -> Opened:
    """Ask about nothing of which nothing lies in a selection: it stays white.

    Args:
        opened: a page that is worked on in the box around the selection.
        shape: the selection.

    Raises:
        GuidingPainterError: see ``GuidedPage.keep``.
    """
    page, places = opened.page, opened.view.places
    left, top, width, height = shape.bbox
    beside = set(places.inside(shape.bbox))
    for y in range(top, top + height):
        row = shape.data[width * (y - top) : width * (y - top + 1)]
        start = 0
        for end, piece in zip(*places.row(y), strict=True):
            if piece in beside and any(row[max(0, start - left) : max(0, end - left)]):
                beside.discard(piece)
            start = end
    if not beside:
        return opened
    page.keep(places.mask(beside))
    return replace(opened, view=view_of(page, places.picture, opened.view))


def give_rest(page: GuidedPage, view: PageView, focus: Box | None = None) -> None:
    """Give all that is left what is proposed for it, or a colour that is likely there: one act.

    Likely colours are drawn: the likeliest of each by itself would be much the same everywhere.

    Args:
        page: the page.
        view: what it shows.
        focus: only what lies in this part of the canvas; None: everywhere.

    Raises:
        GuidingPainterError: see ``GuidedPage.adopt``.
    """
    rest = {
        one.number: bytes((*(one.color or page.suggest(one.number, draw=0)[0]), 255))
        for one in view.regions.values()
        if one.state in ("open", "proposed") and _in(focus, view.probes(one.number))
    }
    if not rest:
        return
    pixels = [rest.get(region, bytes(4)) for region in view.piece_regions]
    rows = []
    for y in range(page.height):
        start = 0
        for end, piece in zip(*view.places.row(y), strict=True):
            rows.append(pixels[piece] * (end - start))
            start = end
    page.adopt(b"".join(rows))


def _in(focus: Box | None, points: Sequence[tuple[int, int]]) -> bool:
    """Whether more than half of these pixels lie in a box; no region lies across the focus."""
    if focus is None:
        return True
    left, top, width, height = focus
    inside = (0 <= x - left < width and 0 <= y - top < height for x, y in points)
    return 2 * sum(inside) > len(points)


def read_back(page: GuidedPage, view: PageView, flats: bytes) -> int:
    """Take whole pieces that the artist has painted or erased on the flats herself for fills.

    Args:
        page: the page.
        view: what it shows.
        flats: RGBA of canvas size.

    Returns:
        How many acts it took.

    Raises:
        GuidingPainterError: see ``GuidedPage.fill``.
    """

    def pixel_at(x: int, y: int) -> bytes:
        pixel = flats[4 * (y * page.width + x) :][:4]
        return pixel if pixel[3] else b""

    def shows(pixel: bytes, color: Color | None) -> bool:
        if not pixel:
            return color is None
        return pixel[3] < 255 or _alike(pixel, color)  # half a colour says nothing

    fills = fills_of(differing(view, pixel_at, shows), lambda pixel: (pixel[0], pixel[1], pixel[2]))
    tell(page, view.places, fills)
    return len(fills)


def _alike(pixel: bytes, color: Color | None) -> bool:
    """Whether a pixel is a colour, but for what an image's precision makes of it."""
    return color is not None and all(
        abs(one - two) <= ROUNDED for one, two in zip(pixel, color, strict=False)
    )
