"""What an artist has painted on the flats by her own hand: whole pieces count as fills. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gp_client.guided_page import GuidedPage
from gp_client.types import Color

from gp_guide.page_view import PageView, color_of
from gp_guide.places import Places
from gp_guide.repaint import Fills


def one_pixel(pixels: Sequence[bytes]) -> bytes | None:
    """Return the pixel that all of these are; b"" is a transparent one.

    Returns:
        None where they differ, or where there are none: a piece whose pixels differ from each other
        was painted on, and says nothing.
    """
    found = set(pixels)
    return found.pop() if len(found) == 1 else None


def differing(
    view: PageView,
    pixel_at: Callable[[int, int], bytes],
    shows: Callable[[bytes, Color | None], bool],
    first: int = 0,
    last: int | None = None,
) -> dict[int, bytes]:
    """Return the pieces that show something else than the colour that the artist gave them.

    Args:
        view: the page.
        pixel_at: gives the flats' pixel at (x, y) of the canvas, in whatever format; b"" where it
            is transparent.
        shows: whether a pixel is what a colour looks like there; None: no colour.
        first: the first piece to look at.
        last: the piece after the last one; None: all.

    Returns:
        What each of them shows.
    """
    found = {}
    for piece in range(first, view.places.count if last is None else last):
        pixel = one_pixel([pixel_at(x, y) for x, y in view.places.probes[piece]])
        if pixel is not None and not shows(pixel, color_of(view.given, piece)):
            found[piece] = pixel
    return found


def fills_of(changed: Mapping[int, bytes], color: Callable[[bytes], Color]) -> Fills:
    """Return what was painted as fills.

    Args:
        changed: from ``differing``.
        color: gives a pixel's colour; it is not asked about transparent ones.
    """
    fills: Fills = {}
    for piece, pixel in changed.items():
        fills.setdefault(color(pixel) if pixel else None, []).append(piece)
    return fills


def tell(page: GuidedPage, places: Places, fills: Fills) -> None:
    """Tell a page what was painted: an act for each colour. It waits for the daemon.

    Raises:
        GuidingPainterError: see ``GuidedPage.fill``.
    """
    for color, pieces in fills.items():
        mask = places.mask(pieces)
        if color is None:
            page.clear(mask)
        else:
            page.fill(mask, color)
