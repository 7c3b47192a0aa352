"""What is asked of the daemon; it waits, so the dialog asks on another thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gp_client import Client, ClientPage, Region
from gp_client.types import Color, Tell
from gp_guide.saved import Saved, fingerprint_of, tell_hints

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
    """

    page: ClientPage
    regions: list[Region]
    fingerprint: str
    opaque: bool


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
    page = client.open(
        art.pixels, art.width, art.height, art.format, saved.gap, saved.ink, tell, saved.area
    )
    bundle = client.info.get("bundle")
    fingerprint = fingerprint_of(art.pixels, saved, bundle, page.regions)
    return Opened(page, page.regions, fingerprint, art.opaque)


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
    found: tuple[Color, ...] = ()
    if number is not None:
        found = tuple(dict.fromkeys((page.suggest(number), *page.alternatives(number))))
    return Answer(number, found, pixbuf(page.render(kind, preview=True), *page.grid))


def soft(page: ClientPage, hints: Mapping[int, Color], tell: Tell) -> bytes:
    """Return soft colours of canvas size, RGBA with 8 bits a sample.

    Raises:
        GuidingPainterError: see ``ClientPage.render``.
    """
    tell_hints(page, hints)
    return page.render("soft", progress=tell)
