"""What other options for gaps and ink would give, as a picture, before they are chosen. Pure."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

from gp_client import Client
from gp_client.types import Tell

from gp_guide.pixels import LineArt
from gp_guide.places import Places

_TURN = 0.618034  # of the colour circle: neighbours in the list get colours that differ


def tried(
    client: Client,
    art: LineArt,
    gap: float | None,
    ink: int | None,
    size: tuple[int, int],
    tell: Tell | None = None,
) -> bytes:
    """Return a picture of the regions that these options would give; it waits.

    Args:
        client: asks the daemon.
        art: the line art.
        gap, ink: see ``Client.open_guided``.
        size: (width, height) of the picture.
        tell: called with a stage's name and its fraction, 0..1.

    Returns:
        RGBA8, each region in a colour of its own.

    Raises:
        GuidingPainterError: see ``Client.open_guided``.
    """
    page = client.open_guided(art.pixels, art.width, art.height, art.format, gap, ink, tell)
    try:
        map = page.pieces()
        return Places(map, art.width, art.height, size).paint(apart(map.regions))
    finally:
        page.close()


def apart(regions: Sequence[int]) -> bytes:
    """Return RGBA of each piece, by the number of its region, in colours that are told apart."""
    colors = bytearray()
    for region in regions:
        parts = colorsys.hls_to_rgb(region * _TURN % 1.0, 0.7, 0.6)
        colors += bytes((*(round(255 * part) for part in parts), 255))
    return bytes(colors)
