"""What follows from the acts: the docker's picture, suggestions, our live layers."""

from __future__ import annotations

from typing import Any

from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.types import GivenLayer
from gp_guide.tasks import Ask

from ..editor import layers
from ..editor.layers import COLORS, PROPOSALS, SOFT
from ..editor.steps import Steps
from .jobs import Jobs
from .session import Session
from .shapes import colored


class Pictures:
    """Keeps the pictures of a session in step with its page.

    Args:
        jobs: asks the daemon, and tells the docker.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def suggest(self, session: Session) -> None:
        """Ask for colours for the region that is shown."""
        page, number = session.page, session.shown.number
        if page is None or number is None:
            return

        def show(colors: Any) -> None:
            if session.page is page and session.shown.number == number:
                session.shown.suggestions = tuple(colors)
                self._jobs.changed.emit()

        self._jobs.post(session, "suggest", lambda progress: page.suggest(number), show)

    def update(self, session: Session) -> None:
        """Renew suggestion and pictures."""
        page, view, sketch = session.page, session.view, session.sketch
        if page is None or view is None or sketch is None:
            return
        output, engine = session.saved.output, self._jobs.engine

        def work(progress: Any) -> Any:
            return engine.soft(page, sketch) if output == "soft" else colored(view, sketch)

        def show(picture: Any) -> None:
            if session.page is page:
                session.preview = picture
                self._jobs.changed.emit()

        self._jobs.post(session, "picture", work, show)
        self.suggest(session)
        document = session.document
        soft = layers.show(document, SOFT, output == "soft")
        colors = layers.show(document, COLORS, output == "layers")
        if soft or colors:
            layers.renew(document)
        if view.proposed != (session.faint or bytes(len(view.proposed))):
            self._jobs.steps(session, "proposals", self._proposals(session), _done)
        if output != "flats":
            self._jobs.steps(session, "live", self._live(session, output), _done)

    def _proposals(self, session: Session) -> Steps[None]:
        """Show on a layer of its own what the guide proposes."""
        page, view, document = session.page, session.view, session.document
        if page is None or view is None:
            return
        layer = yield from layers.added(
            document, PROPOSALS, session.line_art, session.opaque, self._painting
        )
        try:
            format = layers.format_of(layer)
        except GuidingPainterError as error:
            if error.code != UNSUPPORTED_FORMAT:
                raise
            return  # the docker shows them
        pixels = yield Ask(lambda tell: page.render("flats", format=format, proposals="only"))
        if session.page is page and session.view is view:
            yield from layers.write(layer, (0, 0, *document.size), pixels)
            session.faint = view.proposed
            layers.renew(document)

    def _live(self, session: Session, output: str) -> Steps[None]:
        """Renew what is painted live. It is not in Krita's undo history: it follows the flats."""
        page, document = session.page, session.document
        name = SOFT if output == "soft" else COLORS
        layer = yield from layers.added(
            document, name, session.line_art, session.opaque, self._painting
        )
        if not self._wanted(session, output, page):
            return
        format = layers.format_of(layer)
        if output == "soft":
            pixels = yield Ask(_render_soft(page, format))
            layer = layers.find(document, SOFT)
            if layer is not None and self._wanted(session, output, page):
                yield from layers.write(layer, (0, 0, *document.size), pixels)
                layers.renew(document)
            return
        engine = self._jobs.engine
        found: list[GivenLayer] = yield Ask(lambda tell: page.layers())
        nodes = []
        for entry in found:  # one after the other, so that only one is held at a time
            group = layers.find(document, COLORS)
            if group is None or not self._wanted(session, output, page):
                return
            check, data = yield Ask(lambda tell, entry=entry: engine.layer(page, entry, format))
            nodes.append((yield from self._write_color(session, group, entry, check, data)))
        group = layers.find(document, COLORS)
        if group is not None and self._wanted(session, output, page):
            yield from layers.replace_children(document, group, nodes, self._painting)
            layers.renew(document, COLORS)

    def _painting(self) -> bool:
        return self._jobs.painting

    def _wanted(self, session: Session, output: str, page: Any) -> bool:
        return page is not None and session.saved.output == output and session.page is page

    def _write_color(
        self, session: Session, group: Any, entry: GivenLayer, check: int, pixels: bytes
    ) -> Steps[Any]:
        """Return the node of a colour: the one that was there, where its shape is the same."""
        state = (entry.bbox, check)
        for node in group.childNodes():
            if node.name() == entry.name and session.colors.get(entry.name) == state:
                return node
        node = session.document.krita.createNode(entry.name, "paintlayer")
        if entry.by == "guide":
            node.setOpacity(layers.FAINT)
        exact = session.exactly(entry.color, pixels, layers.format_of(node))
        yield from layers.write(node, entry.bbox, exact)
        session.colors[entry.name] = state
        return node


def _render_soft(page: Any, format: str) -> Any:
    return lambda progress: page.render("soft", format=format, progress=progress)


def _done(outcome: Any) -> None:
    """Nothing follows."""
