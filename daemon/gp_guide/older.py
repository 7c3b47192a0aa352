"""Documents that version 1 coloured, opened as pages of pieces with their colours in place."""

from __future__ import annotations

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.guided_page import GuidedPage
from gp_client.wire import Buffer

from gp_guide.guide import Guide
from gp_guide.saved import Saved


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
