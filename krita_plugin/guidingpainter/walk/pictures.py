"""What follows from the hints: the daemon told, the page picture, our live layers."""

from __future__ import annotations

from typing import Any

from gp_client import Layer
from gp_client.errors import GuidingPainterError
from gp_client.types import Box

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
            name = SOFT if output == "soft" else COLORS
            added = layers.added(
                document, name, session.line_art, session.opaque, lambda: self._painter.filling
            )
            self._jobs.steps(
                session, "live", added, lambda layer: self._follow(session, output, layer)
            )

    def _follow(self, session: Session, output: str, layer: Any) -> None:
        """Renew what is painted live. It is not in Krita's undo history: it follows the flats."""
        page, document = session.page, session.document
        if page is None or session.saved.output != output:
            return
        try:
            format = layers.format_of(layer)
        except GuidingPainterError as error:
            self._jobs.fail(session, error)
            return
        if output == "soft":

            def took(pixels: bytes) -> None:
                if self._wanted(session, output, page):
                    box = (0, 0, *document.size)
                    self._jobs.steps(session, SOFT, self._write(session, box, pixels), _done)

            work = _render_soft(page, format)
            self._jobs.post(session, "soft", work, took)
            return

        def listed(found: list[Layer]) -> None:
            if self._wanted(session, output, page):
                self._fetch(session, found, 0, [], format)

        self._jobs.post(session, "layers", lambda progress: page.layers(), listed)

    def _wanted(self, session: Session, output: str, page: Any) -> bool:
        return session.saved.output == output and session.page is page

    def _write(self, session: Session, box: Box, pixels: bytes) -> Steps[None]:
        layer = layers.find(session.document, SOFT)
        if layer is not None:
            yield from layers.write(layer, box, pixels)
            layers.renew(session.document)

    def _fetch(
        self, session: Session, found: list[Layer], at: int, nodes: list[Any], format: str
    ) -> None:
        """Fetch and write one colour after the other, so that only one is held at a time."""
        page, engine = session.page, self._jobs.engine
        group = layers.find(session.document, COLORS)
        if page is None or group is None:
            return
        if at == len(found):
            work = layers.replace_children(
                session.document, group, nodes, lambda: self._painter.filling
            )
            self._jobs.steps(
                session, COLORS, work, lambda _: layers.renew(session.document, COLORS)
            )
            return
        entry = found[at]

        def took(answer: tuple[int, bytes]) -> None:
            if not self._wanted(session, "layers", page):
                return
            check, pixels = answer
            work = self._write_color(session, group, entry, check, pixels)
            self._jobs.steps(
                session,
                COLORS,
                work,
                lambda node: self._fetch(session, found, at + 1, [*nodes, node], format),
            )

        self._jobs.post(session, "layers", lambda progress: engine.layer(page, entry, format), took)

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
