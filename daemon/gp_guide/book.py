"""A document's cast: colours that follow the figures through a book. Pure.

The cast is a file beside the pages that the document remembers by its path; see ``gp_client.cast``.
What waits for the daemon or the disk says so, and is done on the client's thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gp_client import Client
from gp_client.cast import SUFFIX, Cast
from gp_client.cast_file import change_cast, read_cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.guided_page import GuidedPage
from gp_client.types import Color

from gp_guide.acts import Act, Note
from gp_guide.colors import parse_color, to_hex
from gp_guide.older import open_saved
from gp_guide.palettes import MOST
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from gp_guide.shown import NEXT


@dataclass(frozen=True)
class Page:
    """Where a document is, for the cast.

    Attributes:
        name: what the editor calls it.
        source: its path; "" where it was never saved.
        lines: the name of the layer with the line art.
    """

    name: str
    source: str
    lines: str


def use(cast: Cast | None) -> Act:
    """Have the guide compare the page with those of a cast; None: no more."""
    return Act(lambda page: page.use(cast), NEXT, note=Note("propose from cast"))


def keep_sure() -> Act:
    """Accept all proposals of which the guide is sure."""
    return Act(lambda page: page.keep("sure"), note=Note("accept sure", source="proposed"))


def read(path: str) -> Cast:
    """Read a document's cast; it waits for the disk.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is none, or it is damaged; VERSION.
    """
    return read_cast(_file(path))


def learn(page: GuidedPage, path: str, about: Page, names: Mapping[str, str]) -> Cast:
    """Add what a page teaches to a cast's file, which may be new; it waits.

    Args:
        page: the page.
        path: of the file.
        about: where the page is.
        names: of colours, as "#rrggbb".

    Returns:
        The cast as it is now.

    Raises:
        GuidingPainterError: BAD_REQUEST where nothing has been coloured; see ``change_cast``.
    """
    file = _file(path)
    learned = page.learn("page", about.source, lines=about.lines)

    def change(cast: Cast) -> Cast:
        return cast.learned(cast.titled(learned, about.name), _by_color(names))

    return change_cast(file, change, new=True)


def taught(client: Client, art: LineArt, saved: Saved, about: Page) -> Cast:
    """Return what another document teaches, by what is drawn there; it waits.

    Args:
        client: asks the daemon.
        art: that document's line art.
        saved: what that document keeps.
        about: where it is.

    Raises:
        GuidingPainterError: BAD_REQUEST where nothing has been coloured there; see
            ``Client.open_guided``.
    """
    page = open_saved(client, art, saved)
    try:
        learned = page.learn(about.name, about.source, lines=about.lines)
    finally:
        page.close()
    return Cast().learned(learned, _by_color(saved.names))


def shown(saved: Saved, cast: Cast) -> Saved:
    """Return what a document keeps with a cast's colours as its palette, and their names."""
    colors = [one.color for one in cast.colors()][:MOST]
    names = {to_hex(color): name for color, name in cast.names.items()}
    return replace(saved, palette=tuple(colors), names={**saved.names, **names})


def unlike(cast: Cast, client: Client) -> int:
    """Return of how many pages the daemon's networks do not understand what was learned."""
    bundle = client.info.get("bundle")
    sums = bundle.get("sha256") if isinstance(bundle, dict) else None
    now = sums.get("segmenter") if isinstance(sums, dict) else None
    return len(cast.stale(str(now))) if now else 0


def with_suffix(path: str) -> str:
    """Return a path that ends as those of casts do."""
    return path if not path or path.lower().endswith(SUFFIX) else path + SUFFIX


def _file(path: str) -> Path:
    if not path:
        raise GuidingPainterError(
            BAD_REQUEST, "This document has no cast.", "Choose one, or begin a new one."
        )
    return Path(path)


def _by_color(names: Mapping[str, str]) -> dict[Color, str]:
    found = {}
    for text, name in names.items():
        try:
            found[parse_color(text)] = name
        except ValueError:
            continue  # what an older document kept under another name is no colour's
    return found
