"""The walk over the regions of the page in front: show one, paint it, go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.types import Color
from gp_guide.guide import Guide
from gp_guide.saved import follow

from ..editor import paint
from ..editor.compat import QtCore, tr
from ..editor.zoom import zoom_to
from .documents import Documents
from .jobs import Jobs
from .opening import Opening
from .painter import Painter
from .pictures import Pictures
from .session import Session
from .shapes import Shape


class Walk:
    """Guides through the page of the document in front.

    Args:
        jobs: asks the daemon, and tells the docker.
        documents: knows which document is in front.
        painter: paints hints.
        pictures: what follows from the hints.
        opening: opens pages.
        look: follows what the artist did, before a step.
    """

    def __init__(
        self,
        jobs: Jobs,
        documents: Documents,
        painter: Painter,
        pictures: Pictures,
        opening: Opening,
        look: Callable[[], None],
    ) -> None:
        self._jobs, self._documents, self._painter = jobs, documents, painter
        self._pictures, self._opening, self._look = pictures, opening, look
        self._finishing = False
        jobs.stopped.connect(self._stop)

    def next(self) -> None:
        """Open the page, or go to the next region without a hint."""
        self._walk(Guide.next)

    def skip(self) -> None:
        """Pass over the current region."""
        self._walk(Guide.skip)

    def back(self) -> None:
        """Go to the region shown before."""
        self._walk(Guide.back)

    def go_to(self, number: int) -> None:
        """Go to a region of the user's choice."""
        self._walk(lambda guide: guide.go_to(number))

    def apply(self, color: Color) -> None:
        """Give the current region a colour: one fill, one undo step."""
        session = self._documents.front
        if session is None or self._painter.filling or session.opening:
            return
        number = session.current
        if session.guide is None or number is None or number not in session.shapes:
            session.message = tr("No region is chosen yet. Press Next region.")
            self._jobs.changed.emit()
            return
        session.message = ""
        if session.painted().get(number) == color:
            self._applied(session, number, color)  # nothing to paint: Krita would make no step
            return
        self._painter.paint(session, number, color, lambda: self._applied(session, number, color))

    def apply_foreground(self) -> None:
        """Give the current region the colour picker's colour."""
        self._look()
        color = (
            None
            if self._documents.front is None
            else paint.foreground(self._documents.front.document)
        )
        if color is not None:
            self.apply(color)

    def apply_suggestion(self) -> None:
        """Give the current region the colour suggested for it."""
        self._look()
        color = None if self._documents.front is None else self._documents.front.suggested()
        if color is not None:
            self.apply(color)

    def finish(self) -> None:
        """Give all regions that are left the colours suggested for them, one undo step each."""
        if self._documents.front is not None and self._documents.front.current is not None:
            self._finishing = True
            self._finish_one()

    def zoom(self) -> None:
        """Show the current region in the middle of Krita's view."""
        session = self._documents.front
        shape = None if session is None else session.shapes.get(session.current or 0)
        if shape is not None:
            zoom_to(shape.bbox)

    def _walk(self, step: Callable[[Guide], Any]) -> None:
        self._look()
        session = self._documents.front
        if session is None or session.opening or self._painter.filling:
            return
        session.message = ""
        if session.page is None or session.guide is None:
            self._opening.open(session)
            return
        step(session.guide)
        session.save()
        self.show(session)

    def opened(self, session: Session) -> None:
        """Go on where the walk stopped, on a page that was opened."""
        self.follow(session)
        if session.guide is not None and session.current in session.guide.hints:
            session.guide.next()
        session.save()
        self.show(session)
        self._pictures.update(session)

    # Showing and painting

    def show(self, session: Session) -> None:
        """Select the current region and fetch what is needed for it and for the next."""
        guide = session.guide
        while guide is not None and session.empty:
            guide.skip()  # a correction took all of it
        self._jobs.changed.emit()
        number, page = session.current, session.page
        if page is None or session.scribbling:
            return
        if number is None:
            self._finishing = False
            session.document.deselect()
            return
        shape = session.shapes.get(number)
        if shape is not None:
            session.document.select(shape.bbox, shape.unpack())
            QtCore.QTimer.singleShot(0, self._finish_one)
            return

        def took(shapes: dict[int, Shape]) -> None:
            session.shapes.update(shapes)
            if session.current in shapes and session.page is page:
                self.show(session)

        def work(progress: object) -> dict[int, Shape]:
            return self._jobs.engine.shapes(page, [number], number)

        self._jobs.post(session, "shape", work, took)

    def _applied(self, session: Session, number: int, color: Color) -> None:
        guide = session.guide
        if guide is None:
            return
        if guide.current != number:
            guide.go_to(number)
        guide.apply(color)
        session.save()
        self.show(session)
        self._pictures.update(session)

    def follow(self, session: Session) -> None:
        """Take over what happened to the picture: undo, redo, a colour painted over."""
        if session.guide is None or session.opening:
            return
        if follow(session.guide, session.painted()):
            session.save()
            self.show(session)
            self._pictures.update(session)

    def _stop(self) -> None:
        self._finishing = False

    def _finish_one(self) -> None:
        session = self._documents.front
        if not self._finishing or session is None or self._painter.filling:
            return
        if session.current is None:
            self._finishing = False
        elif session.current in session.shapes:  # else its shape is on its way, and brings us back
            self.apply_suggestion()
