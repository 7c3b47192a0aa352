"""What follows from the hints: the daemon told, the page picture, our live layers."""

from __future__ import annotations

from typing import Any

from gp_client import Layer
from gp_guide.tasks import Ask

from ..editor import layers
from ..editor.layers import COLORS, SOFT
from ..editor.steps import Steps
from .jobs import Jobs
from .painter import Painter
from .session import Session

SHOWN = {"flats": "flats", "soft": "soft", "layers": "flats"}  # output to preview


class Pictures:
    """Keeps the pictures of a session in step with its hints.

    Args:
        jobs: asks the daemon, and tells the docker.
        painter: while it fills, no layer is added.
    """

    def __init__(self, jobs: Jobs, painter: Painter) -> None:
        self._jobs, self._painter = jobs, painter

    def update(self, session: Session) -> None:
        """Tell the daemon the hints; then its suggestion and pictures."""
        page, guide, sketch = session.page, session.guide, session.sketch
        if page is None or guide is None or sketch is None:
            return
        hints, number, output = guide.hints, guide.current, session.saved.output
        engine = self._jobs.engine

        def work(progress: Any) -> Any:
            engine.recolor(page, hints)
            suggestion = None if number is None else (number, page.suggest(number))
            return suggestion, engine.preview(page, SHOWN[output], sketch)

        def took(answer: Any) -> None:
            if session.page is page:
                session.suggestion, session.preview = answer
                self._jobs.changed.emit()

        self._jobs.post(session, "hints", work, took)
        document = session.document
        soft = layers.show(document, SOFT, output == "soft")
        colors = layers.show(document, COLORS, output == "layers")
        if soft or colors:
            layers.renew(document)
        if output != "flats":
            self._jobs.steps(session, "live", self._live(session, output), _done)

    def _live(self, session: Session, output: str) -> Steps[None]:
        """Renew what is painted live. It is not in Krita's undo history: it follows the flats."""
        page, document = session.page, session.document
        name = SOFT if output == "soft" else COLORS
        layer = yield from layers.added(
            document, name, session.line_art, session.opaque, lambda: self._painter.filling
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
        found: list[Layer] = yield Ask(lambda tell: page.layers())
        nodes = []
        for entry in found:  # one after the other, so that only one is held at a time
            group = layers.find(document, COLORS)
            if group is None or not self._wanted(session, output, page):
                return
            check, data = yield Ask(lambda tell, entry=entry: engine.layer(page, entry, format))
            nodes.append((yield from self._write_color(session, group, entry, check, data)))
        group = layers.find(document, COLORS)
        if group is not None and self._wanted(session, output, page):
            yield from layers.replace_children(
                document, group, nodes, lambda: self._painter.filling
            )
            layers.renew(document, COLORS)

    def _wanted(self, session: Session, output: str, page: Any) -> bool:
        return page is not None and session.saved.output == output and session.page is page

    def _write_color(
        self, session: Session, group: Any, entry: Layer, check: int, pixels: bytes
    ) -> Steps[Any]:
        """Return the node of a colour: the one that was there, where its shape is the same."""
        state = (entry.bbox, check)
        for node in group.childNodes():
            if node.name() == entry.name and session.colors.get(entry.name) == state:
                return node
        node = session.document.krita.createNode(entry.name, "paintlayer")
        yield from layers.write(node, entry.bbox, pixels)
        session.colors[entry.name] = state
        return node


def _render_soft(page: Any, format: str) -> Any:
    return lambda progress: page.render("soft", format=format, progress=progress)


def _done(outcome: Any) -> None:
    """Nothing follows."""
