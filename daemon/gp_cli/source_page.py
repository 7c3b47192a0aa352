"""A page as the command line names it, and how it is opened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gp_client import Client, GuidedPage
from gp_client.errors import GuidingPainterError
from gp_client.types import Color, Tell

from gp_cli import walk
from gp_cli.files import pencil, pictures
from gp_cli.files.picture import Picture
from gp_cli.files.source import STDIN


@dataclass(frozen=True)
class PageSource:
    """How to open a page.

    Attributes:
        path: its file.
        gap: gaps in lines up to this many pixels are closed.
        ink: darker than this, 0..255, is ink.
        number: of the page, where the file has several, from 1 on.
        lines: name of the layer that is the line art; None: what the file shows.
        drop: colour of a pencil that is under the ink and is left out; None: nothing is.
    """

    path: Path
    gap: float | None = None
    ink: int | None = None
    number: int = 1
    lines: str | None = None
    drop: Color | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return "standard input" if self.path == STDIN else self.path.name

    def read(self) -> Picture:
        """Its picture.

        Raises:
            GuidingPainterError: as `pictures.read` does.
        """
        picture = pictures.read(self.path, number=self.number, lines=self.lines)
        return picture if self.drop is None else pencil.drop(picture, self.drop)


@contextlib.contextmanager
def opened(
    client: Client, picture: Picture, wanted: PageSource, tell: Tell, acts: bytes = b""
) -> Iterator[GuidedPage]:
    """Opens a page's picture as a page of pieces, and closes it after the block.

    Args:
        client: of the daemon.
        picture: what `PageSource.read` gave.
        wanted: how to open it.
        tell: called with a stage's name and its fraction.
        acts: what was done to it before.

    Raises:
        GuidingPainterError: as `Client.open_guided`, with the page's name.
    """
    try:
        page = walk.open_guided(client, picture, wanted.gap, wanted.ink, tell, acts)
    except GuidingPainterError as error:
        raise walk.about(wanted.path, error) from error
    try:
        yield page
    finally:
        page.close()
