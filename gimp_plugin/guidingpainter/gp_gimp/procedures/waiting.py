"""An image's walk without the dialog: what a procedure asks for is done at once, and waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gp_client
from gp_client import Client
from gp_client.errors import GuidingPainterError
from gp_client.types import Box
from gp_guide.acts import Act, Do
from gp_guide.shown import NEXT
from gp_guide.tasks import Ask, Task

from ..editor.document import Document, to_rgb
from ..editor.host import Gegl, Gimp, tr
from ..walk.book import Book
from ..walk.coloring import Coloring

Drawables = Sequence[Gimp.Drawable]


class Walk:
    """A coloring and the connection that it asks; closes the connection at its end.

    Attributes:
        coloring: the image's.
        book: its cast.
    """

    def __init__(self, image: Gimp.Image, drawables: Drawables) -> None:
        self.coloring = Coloring(Document(image))
        self._drawables = drawables
        self._client: Client | None = None
        self.book = Book(self.coloring, self._at_once, self._connected)

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._client is not None:
            self._client.close()

    def open(self, chosen: bool = False) -> None:
        """Open the page.

        Args:
            chosen: take the selected layer for line art, even where another one was before.
        """
        coloring = self.coloring
        layer = coloring.lines.choose(coloring.layer, self._drawables, chosen)
        Gimp.progress_init(tr("Looking at the line art"))
        self.run(coloring.opening(self._connected, layer))

    def act(self, do: Do, then: str = NEXT, exact: Gegl.Color | None = None) -> None:
        """Do something to the page, and paint what follows."""
        color = None if exact is None else to_rgb(exact)
        self.run(self.coloring.acting(Act(do, then, color), *([] if exact is None else [exact])))
        self.soften()

    def _at_once(self, begin: Callable[[], Task[None] | None]) -> None:
        task = begin()
        if task is not None:
            self.run(task)

    def run(self, task: Task[None]) -> None:
        """Do a task at once."""
        answer: Any = None
        error: GuidingPainterError | None = None
        while True:
            try:
                given = task.send(answer) if error is None else task.throw(error)
            except StopIteration:
                return
            answer = error = None
            if isinstance(given, Ask):
                try:
                    answer = given.work(_tell)
                except GuidingPainterError as problem:
                    error = problem
            elif isinstance(given, float):
                Gimp.progress_update(given)

    @property
    def panels(self) -> tuple[Box, ...]:
        """Those of a comic page, in the order of reading; none where it is one picture."""
        return () if self.coloring.opened is None else self.coloring.opened.panels

    def soften(self) -> None:
        """Paint the soft colours anew, where they are shown."""
        coloring = self.coloring
        if coloring.saved.output == "soft" and coloring.opened is not None:
            coloring.soften(coloring.opened.page.render("soft", progress=_tell))

    def _connected(self) -> Client:
        if self._client is None:
            self._client = gp_client.connect(start=True)
        return self._client


def _tell(stage: str, fraction: float) -> None:
    Gimp.progress_set_text(stage)
    Gimp.progress_update(fraction)
