"""Line art opened with what its document keeps, afresh where that cannot be read. Pure."""

from __future__ import annotations

from dataclasses import replace

from gp_client import Client
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.guided_page import GuidedPage
from gp_client.types import Tell
from gp_client.wire import Buffer

from gp_guide.i18n import tr
from gp_guide.older import open_saved
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved

SPREAD = "careful"  # of a page that is new


def open_kept(
    client: Client,
    art: LineArt,
    saved: Saved,
    flats: Buffer = b"",
    spread: str | None = None,
    tell: Tell | None = None,
) -> tuple[GuidedPage, str]:
    """Open line art as a page, with what the document keeps of it; it waits.

    Args:
        client: asks the daemon.
        art: the line art.
        saved: what the document keeps.
        flats: see ``open_saved``.
        spread: how sure proposals must be on a page of which no act says so; None: as the daemon
            was set, else `SPREAD`.
        tell: called with a stage's name and its fraction, 0..1.

    Returns:
        The page, and what the user should know: what was wrong with what the document keeps (then
        the page is a new one), or that a page is coloured already which is new. "" otherwise.

    Raises:
        GuidingPainterError: see ``Client.open_guided``; VERSION for acts of a newer version.
    """
    trouble = ""
    try:
        page = open_saved(client, art, saved, flats, tell)
    except GuidingPainterError as error:
        if error.code != BAD_REQUEST or not saved.begun:
            raise
        trouble, saved = str(error), replace(saved, acts=b"", guide="")
        page = open_saved(client, art, saved, b"", tell)
    if not saved.acts:
        page.spread = spread or client.info.get("spread") or SPREAD
    if page.colored_already and not trouble and not saved.begun:
        trouble = colored_already()
    return page, trouble


def colored_already() -> str:
    """Return what is said of a page that is coloured already."""
    return tr("This page is coloured already: its colours count as paper, what is darker as lines.")
