"""Scribble mode: the artist paints on our hint layer with Krita's own brushes."""

from __future__ import annotations

from functools import partial
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Box, Color, Mask
from gp_guide import acts
from gp_guide.acts import Act
from gp_guide.locks import beside
from gp_guide.strokes import Strokes, painted
from gp_guide.tasks import Ask

from ..editor import layers
from ..editor.compat import QtCore
from ..editor.layers import HINTS
from ..editor.steps import Steps
from .acts import Acts
from .jobs import Jobs
from .session import Session

THUMBNAIL = 128  # pixels: what is looked at to see that something was painted


class Scribbles:
    """Makes acts of what is painted on the hint layer.

    Args:
        jobs: asks the daemon.
        acts: tells the page.
    """

    def __init__(self, jobs: Jobs, acts: Acts) -> None:
        self._jobs, self._acts = jobs, acts

    def begin(self, session: Session) -> None:
        """Make the hint layer the one that the artist paints on."""
        session.before = session.document.krita.activeNode()
        work = layers.added(
            session.document,
            HINTS,
            session.line_art,
            session.opaque,
            lambda: self._jobs.painting,
        )
        self._jobs.steps(session, "hints", work, lambda layer: self._begun(session, layer))

    def _begun(self, session: Session, layer: Any) -> None:
        try:
            layers.format_of(layer)
        except GuidingPainterError as error:
            self._jobs.fail(session, error)
            return
        if layers.show(session.document, HINTS, True):
            layers.renew(session.document)
        session.scribbling = True
        self._jobs.changed.emit()
        # After Krita has made up its own mind about the active layer.
        QtCore.QTimer.singleShot(50, lambda: self._activate(session))

    def end(self, session: Session) -> None:
        """Give the artist her own layer back; the strokes stay."""
        session.scribbling = False
        if session.before is not None:
            session.document.krita.setActiveNode(session.before)
        session.before = None

    def look(self, session: Session) -> None:
        """Read the hint layer where it has changed and come to rest."""
        layer = layers.find(session.document, HINTS)
        if session.page is None or self._jobs.acting or (layer is None and not session.strokes):
            return
        looks = None if layer is None else _looks(layer)
        before, session.hints_seen = session.hints_seen, looks
        if session.scribbling:
            session.foreground()  # what she paints with
        if looks != before or looks == session.hints_read:
            return
        # What was there when the page was opened is in its acts already.
        new = session.hints_read is not False or session.scribbling
        session.hints_read = looks
        work = self._strokes(session, layer, new)
        self._jobs.steps(session, HINTS, work, lambda strokes: self._note(session, *strokes))

    def _activate(self, session: Session) -> None:
        if session.document.is_open and session.scribbling:
            layer = layers.find(session.document, HINTS)
            if layer is not None:
                session.document.krita.setActiveNode(layer)

    def _strokes(self, session: Session, layer: Any, new: bool) -> Steps[Any]:
        """What is painted now, and of that what was not before: masks by colour."""
        size, known = session.document.size, session.strokes
        pixels, box, format = yield from _pixels(layer, size)

        def work(tell: Any) -> tuple[Strokes, dict[Color, Mask]]:
            now, fresh = painted(pixels, format, box, size, known)
            return now, fresh if new else {}

        return (yield Ask(work))

    def _note(self, session: Session, now: Strokes, fresh: dict[Color, Mask]) -> None:
        session.strokes = now
        for color, mask in fresh.items():
            self._acts.plan(session, partial(_stroke, session, mask, session.picked(color)))


def _stroke(session: Session, mask: Mask, color: Color) -> Act | None:
    """What a stroke does: nothing to what has a locked colour."""
    shape = None if session.view is None else beside(mask, session.view, session.saved.locked)
    return None if shape is None else acts.inside(shape, color)


def _looks(layer: Any) -> Any:
    """Return something that is another one after a stroke, at little cost."""
    box = layer.bounds()
    image = layer.thumbnail(THUMBNAIL, THUMBNAIL)
    bits = image.constBits()
    data = b"" if bits is None else bits.asstring(image.sizeInBytes())
    return (box.x(), box.y(), box.width(), box.height(), hash(data))


def _pixels(layer: Any, size: tuple[int, int]) -> Steps[tuple[bytes, Box, str]]:
    """Read what is painted on the canvas: pixels, their box and format; empty where nothing is."""
    if layer is None:
        return b"", (0, 0, 0, 0), ""
    bounds, format = layer.bounds(), layers.format_of(layer)
    x, y = max(0, bounds.x()), max(0, bounds.y())
    width = min(size[0], bounds.x() + bounds.width()) - x
    height = min(size[1], bounds.y() + bounds.height()) - y
    if width <= 0 or height <= 0:
        return b"", (0, 0, 0, 0), format
    box = (x, y, width, height)
    return (yield from layers.read(layer, box)), box, format
