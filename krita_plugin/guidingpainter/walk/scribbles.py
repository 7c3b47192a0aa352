"""Scribble mode: the artist paints on our hint layer with Krita's own brushes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Box

from ..editor import layers
from ..editor.compat import QtCore
from ..editor.document import PIXEL
from ..editor.layers import HINTS
from ..editor.steps import Steps, bands
from .jobs import Jobs
from .painter import Painter
from .session import Session

THUMBNAIL = 128  # pixels: what is looked at to see that something was painted


class Scribbles:
    """Tells the daemon what is painted on the hint layer.

    Args:
        jobs: asks the daemon.
        painter: while it fills, no layer is added.
        told: called when the daemon knows something new.
    """

    def __init__(self, jobs: Jobs, painter: Painter, told: Callable[[Session], None]) -> None:
        self._jobs, self._painter, self._told = jobs, painter, told
        self._seen: dict[int, Any] = {}  # by session: what the layer looked like
        self._read: dict[int, Any] = {}  # by session: what was read of it

    def begin(self, session: Session) -> None:
        """Make the hint layer the one that the artist paints on."""
        work = layers.added(
            session.document, HINTS, session.line_art, session.opaque, lambda: self._painter.filling
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
        line_art = session.document.node(session.line_art)
        if line_art is not None:
            session.document.krita.setActiveNode(line_art)

    def reset(self, session: Session) -> None:
        """A new page knows of no scribble yet."""
        self._read.pop(id(session), None)

    def look(self, session: Session) -> None:
        """Read the hint layer where it has changed and come to rest."""
        layer = layers.find(session.document, HINTS)
        if session.page is None or (layer is None and not session.strokes):
            return
        looks = None if layer is None else _looks(layer)
        key = id(session)
        before, self._seen[key] = self._seen.get(key), looks
        if looks != before or looks == self._read.get(key):
            return
        self._read[key] = looks
        self._jobs.steps(session, HINTS, _pixels(layer), lambda read: self._tell(session, read))

    def _activate(self, session: Session) -> None:
        if session.document.is_open and session.scribbling:
            layer = layers.find(session.document, HINTS)
            if layer is not None:
                session.document.krita.setActiveNode(layer)

    def _tell(self, session: Session, read: tuple[bytes, Box, str]) -> None:
        page, engine, known = session.page, self._jobs.engine, session.strokes
        if page is None:
            return
        pixels, box, format = read

        def took(strokes: Any) -> None:
            if session.page is page:
                session.strokes = strokes
                if strokes != known:
                    self._told(session)

        self._jobs.post(
            session,
            "strokes",
            lambda progress: engine.scribble(page, pixels, box, format, known),
            took,
        )


def _looks(layer: Any) -> Any:
    """Return something that is another one after a stroke, at little cost."""
    box = layer.bounds()
    image = layer.thumbnail(THUMBNAIL, THUMBNAIL)
    bits = image.constBits()
    data = b"" if bits is None else bits.asstring(image.sizeInBytes())
    return (box.x(), box.y(), box.width(), box.height(), hash(data))


def _pixels(layer: Any) -> Steps[tuple[bytes, Box, str]]:
    """Read what is painted: its pixels, their box and format; empty where nothing is."""
    if layer is None:
        return b"", (0, 0, 0, 0), ""
    canvas = layer.bounds()
    format = layers.format_of(layer)
    return (yield from _crop(layer, canvas, format))


def _crop(layer: Any, bounds: QtCore.QRect, format: str) -> Steps[tuple[bytes, Box, str]]:
    x, y = max(0, bounds.x()), max(0, bounds.y())
    width, height = bounds.x() + bounds.width() - x, bounds.y() + bounds.height() - y
    if width <= 0 or height <= 0:
        return b"", (0, 0, 0, 0), format
    read = []
    for top, rows in bands(width, height, PIXEL[format]):
        read.append(bytes(layer.pixelData(x, y + top, width, rows)))
        yield
    return b"".join(read), (x, y, width, height), format
