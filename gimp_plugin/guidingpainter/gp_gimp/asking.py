"""What is asked of the daemon; it waits, so the dialog asks on another thread."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from gp_client import Client, ClientPage, Region
from gp_client.answers import Color
from gp_client.calls import Tell
from gp_client.saved import Saved, tell_hints

from .reading import LineArt


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


def open_page(client: Client, art: LineArt, saved: Saved, tell: Tell) -> Opened:
    """Open line art as a page, with the options that the image keeps.

    Raises:
        GuidingPainterError: see ``Client.open``.
    """
    page = client.open(
        art.pixels, art.width, art.height, art.format, saved.gap, saved.ink, tell, saved.area
    )
    bundle = zlib.crc32(str(client.info.get("bundle")).encode())
    parts = (zlib.crc32(art.pixels), saved.gap, saved.ink, saved.area, bundle)
    return Opened(page, page.regions, " ".join(map(str, parts)), art.opaque)


def suggestions(page: ClientPage, number: int, hints: Mapping[int, Color]) -> tuple[Color, ...]:
    """Return colours for a region, the best first, given the hints.

    Raises:
        GuidingPainterError: see ``ClientPage.suggest``.
    """
    tell_hints(page, hints)
    return tuple(dict.fromkeys((page.suggest(number), *page.alternatives(number))))


def soft(page: ClientPage, hints: Mapping[int, Color], tell: Tell) -> bytes:
    """Return soft colours of canvas size, RGBA with 8 bits a sample.

    Raises:
        GuidingPainterError: see ``ClientPage.render``.
    """
    tell_hints(page, hints)
    return page.render("soft", progress=tell)
