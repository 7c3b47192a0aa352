"""Opens a document as a page of pieces; colours of version 1 are found by their places."""

from __future__ import annotations

from dataclasses import replace

from gp_client import Client
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.guided_page import GuidedPage
from gp_client.types import Tell
from gp_client.wire import Buffer

from gp_guide.guide import Guide
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved


def open_saved(
    client: Client,
    art: LineArt,
    saved: Saved,
    flats: Buffer = b"",
    tell: Tell | None = None,
) -> GuidedPage:
    """Open line art as a page of pieces, with what the document keeps of it. It waits.

    Args:
        client: asks the daemon.
        art: the line art.
        saved: what the document keeps: acts, or a walk of version 1.
        flats: the document's flats, RGBA8 of canvas size, from which a walk's colours are taken;
            empty where there are none.
        tell: called with a stage's name and its fraction, 0..1.

    Raises:
        GuidingPainterError: see ``Client.open_guided``; VERSION or BAD_REQUEST for acts, a walk
            or flats that cannot be read.
    """
    fields = (art.pixels, art.width, art.height, art.format)
    page = client.open_guided(*fields, saved.gap, saved.ink, tell, saved.area, saved.acts)
    if not saved.acts and memoryview(flats).nbytes:
        try:
            adopt_walk(page, saved, flats)
        except GuidingPainterError:
            page.close()
            raise
    return page


def adopt_walk(page: GuidedPage, saved: Saved, flats: Buffer) -> bool:
    """Give a page the colours of a walk of version 1.

    The walk knows regions by numbers, which mean nothing on a page of pieces; the document's own
    flats know where its colours are. What the artist did not choose himself is left open.

    Args:
        page: the line art, opened anew.
        saved: what the document keeps of the walk.
        flats: the document's flats, RGBA8 of canvas size.

    Returns:
        Whether any piece got a colour.

    Raises:
        GuidingPainterError: BAD_REQUEST for flats of another size or a damaged walk, or a
            connection's failure.
    """
    if not saved.guide:
        return False
    given = list(dict.fromkeys(Guide.from_json(saved.guide).hints.values()))
    if not given:
        return False
    if memoryview(flats).nbytes != 4 * page.width * page.height:
        raise GuidingPainterError(BAD_REQUEST, "The flats are not as large as the canvas.")
    try:
        page.adopt(flats, given)
    except GuidingPainterError as error:
        if error.code != BAD_REQUEST:
            raise
        return False  # the flats were painted over, or are those of another drawing
    return True


def with_recent(saved: Saved) -> Saved:
    """Return what a document keeps, with the colours that a walk of version 1 knows."""
    if saved.recent or not saved.guide:
        return saved
    try:
        return replace(saved, recent=Guide.from_json(saved.guide).palette)
    except GuidingPainterError:
        return saved  # damaged: whoever opens it will be told
