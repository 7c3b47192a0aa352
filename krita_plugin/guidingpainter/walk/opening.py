"""Line art read and opened as a page, with all that the document keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_guide.pixels import LineArt, rgba8
from gp_guide.tasks import Ask

from ..editor import layers
from ..editor.compat import QtGui, tr
from ..editor.layers import FLATS, RENEWAL
from ..editor.steps import Steps
from .engine import Opened
from .jobs import Jobs
from .session import Session


class Opening:
    """Opens pages.

    Args:
        jobs: asks the daemon.
        opened: called when a page is open.
    """

    def __init__(self, jobs: Jobs, opened: Callable[[Session], None]) -> None:
        self._jobs, self._ready = jobs, opened

    def open(self, session: Session, repaint: bool = False) -> None:
        """Read the line art and find its pieces.

        Args:
            session: of which document.
            repaint: paint the flats anew: they were converted, and the page knows their colours.
        """
        if not session.opening:
            session.opening = True
            work = self._open(session, repaint)
            self._jobs.steps(session, "open", work, lambda _: self._ready(session))
            self._jobs.changed.emit()

    def try_out(self, session: Session, gap: float | None, ink: int | None) -> None:
        """Show in the docker what regions these options would give."""
        art, sketch, engine = session.art, session.sketch, self._jobs.engine
        if art is None or sketch is None or session.opening:
            return

        def show(picture: QtGui.QImage) -> None:
            if not session.opening and not self._jobs.acting:
                session.map = picture
                self._jobs.changed.emit()

        self._jobs.post(session, "map", lambda progress: engine.map_of(art, gap, ink, sketch), show)

    def _open(self, session: Session, repaint: bool) -> Steps[None]:
        document, old, engine = session.document, session.page, self._jobs.engine
        read = yield from document.read_line_art(session.line_art)
        flats = b""
        if session.saved.older:
            flats = yield from self._flats(session)
        saved = session.saved

        def ask(tell: Any) -> tuple[Opened, LineArt]:
            if old is not None:
                old.close()
            art = read.join()
            return engine.open(art, saved, flats, tell), art

        opened, art = yield Ask(ask)
        session.message = opened.trouble
        if document.gray:
            gray = tr("This document is gray, so colours become tones.")
            session.message = opened.trouble or gray
        session.art = art
        session.gray, session.refused = document.gray, False
        new = repaint or layers.find(document, FLATS) is None
        layer = layers.ensure(document, session.line_art, session.opaque)
        yield from layers.added(document, RENEWAL, session.line_art, session.opaque, _never)
        if new and any(opened.view.given):  # the layer was thrown away, the colours were not
            format = layers.format_of(layer)
            pixels = yield Ask(
                lambda tell: opened.page.render("flats", format=format, proposals="none")
            )
            yield from layers.write(layer, (0, 0, *document.size), pixels)
            layers.renew(document)
        session.take(opened, art, layers.mark_of(document) or 0)
        session.save(opened.acts)

    def _flats(self, session: Session) -> Steps[bytes]:
        layer = layers.find(session.document, FLATS)
        if layer is None:
            return b""
        format = layers.format_of(layer)
        width, height = session.document.size
        return rgba8((yield from layers.read(layer, (0, 0, width, height))), format)


def _never() -> bool:
    return False
