"""What is asked of the daemon; it waits, so the dialog asks on another thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gp_client import Client, ClientPage, Region
from gp_client.types import Color, Tell
from gp_guide.asking import suggestions, tell_hints
from gp_guide.correction import Correction
from gp_guide.opening import open_page as open_line_art
from gp_guide.saved import Saved

from ..editor.host import GdkPixbuf
from ..editor.reading import LineArt
from .pixels import pixbuf


@dataclass(frozen=True)
class Opened:
    """A page that the daemon knows.

    Attributes:
        page: the page.
        regions: its regions.
        fingerprint: changes whenever the regions may.
        opaque: whether the line art hides what lies under it.
        corrections: those of the image that the page was told again.
    """

    page: ClientPage
    regions: list[Region]
    fingerprint: str
    opaque: bool
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class Answer:
    """What the daemon says after a step.

    Attributes:
        number: the region that the suggestions are for, None for none.
        suggestions: colours for it, the best first.
        colors: the coloured page at grid size.
    """

    number: int | None = None
    suggestions: tuple[Color, ...] = ()
    colors: GdkPixbuf.Pixbuf | None = None


def open_page(client: Client, art: LineArt, saved: Saved, tell: Tell) -> Opened:
    """Open line art as a page, with the options that the image keeps.

    Raises:
        GuidingPainterError: see ``Client.open``.
    """
    opening = open_line_art(client, art.pixels, art.width, art.height, art.format, saved, tell)
    page, kept = opening.page, opening.corrections
    return Opened(page, page.regions, opening.fingerprint, art.opaque, kept)


def ask(page: ClientPage, hints: Mapping[int, Color], number: int | None, kind: str) -> Answer:
    """Tell the daemon the hints, and return what it makes of them.

    Args:
        page: the page.
        hints: all of them.
        number: the region to suggest colours for, None for none.
        kind: "flats" or "soft".

    Raises:
        GuidingPainterError: see ``ClientPage.render``.
    """
    tell_hints(page, hints)
    found = () if number is None else suggestions(page, number)
    return Answer(number, found, pixbuf(page.render(kind, preview=True), *page.grid))


def soft(page: ClientPage, hints: Mapping[int, Color], tell: Tell) -> bytes:
    """Return soft colours of canvas size, RGBA with 8 bits a sample.

    Raises:
        GuidingPainterError: see ``ClientPage.render``.
    """
    tell_hints(page, hints)
    return page.render("soft", progress=tell)
