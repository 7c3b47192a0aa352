"""Line art read and opened as a page, and opened again where the options changed."""

from __future__ import annotations

from collections.abc import Callable

from gp_guide.opening import resume

from ..editor import layers
from ..editor.compat import QtGui, tr
from ..editor.document import Bands, LineArt
from ..editor.layers import FLATS
from .engine import Opened
from .jobs import Jobs
from .session import Session
from .shapes import Shape
from .worker import Progress


class Opening:
    """Opens pages.

    Args:
        jobs: asks the daemon.
        opened: called when a page is open and its guide agrees with what is painted.
    """

    def __init__(self, jobs: Jobs, opened: Callable[[Session], None]) -> None:
        self._jobs, self._ready = jobs, opened

    def open(self, session: Session) -> None:
        """Read the line art and find its regions."""
        session.opening = True
        work = session.document.read_line_art(session.line_art)
        self._jobs.steps(session, "read", work, lambda read: self._ask(session, read))
        self._jobs.changed.emit()

    def again(self, session: Session) -> None:
        """Open an open page again: line art or options are others now."""
        if session.page is not None:
            session.save()
            self.open(session)

    def try_out(self, session: Session, gap: float | None, ink: int | None) -> None:
        """Show in the docker what regions these options would give."""
        art, sketch, engine = session.art, session.sketch, self._jobs.engine
        if art is None or sketch is None or session.opening:
            return

        def took(picture: QtGui.QImage) -> None:
            if not session.opening:
                session.map = picture
                self._jobs.changed.emit()

        self._jobs.post(session, "map", lambda progress: engine.map_of(art, gap, ink, sketch), took)

    def _ask(self, session: Session, read: Bands) -> None:
        saved, engine = session.saved, self._jobs.engine

        def work(progress: Progress) -> tuple[Opened, LineArt]:
            art = read.join()
            return engine.open(art, saved, progress), art

        self._jobs.post(session, "open", work, lambda answer: self._opened(session, *answer))

    def _opened(self, session: Session, opened: Opened, art: LineArt) -> None:
        old = session.page
        count = len(opened.regions)
        guide, same, trouble = resume(session.saved, opened.fingerprint, count)
        session.message = trouble or session.message
        if session.saved.guide and not same and not session.message:
            session.message = self._news(session, opened)
        session.take(opened, guide, art)
        if session.document.gray:
            session.message = tr(
                "This document is gray, so colours become tones. For colours: "
                "Image > Convert Image Color Space > RGB/Alpha."
            )
        coloured = layers.find(session.document, FLATS) is not None
        layers.ensure(session.document, session.line_art, session.opaque)
        there = [region.number for region in opened.regions if region.pixels]
        numbers = [number for number in there if not same or number in guide.hints]
        engine = self._jobs.engine

        def shaped(shapes: dict[int, Shape]) -> None:
            session.shapes.update(shapes)
            if same:
                session.trust_hints()
            self._ready(session)

        def work(progress: object) -> dict[int, Shape]:
            if old is not None:
                old.close()
            return engine.shapes(opened.page, numbers if same or coloured else (), guide.current)

        self._jobs.post(session, "shapes", work, shaped)

    def _news(self, session: Session, opened: Opened) -> str:
        """Say why the walk begins afresh, where the artist changed nothing here herself."""
        before, now = session.saved.fingerprint.split(), opened.fingerprint.split()
        if len(before) == len(now) and before[:-1] == now[:-1]:
            return tr(
                "Other networks than last time: the regions are new. Colours on the page stay."
            )
        return ""
