"""The walk over the regions of the page in front: show one, paint it, go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from gp_guide.guide import Guide
from gp_guide.saved import follow

from ..editor import layers, paint
from ..editor.compat import QtCore, tr
from ..editor.document import active_document
from ..editor.zoom import zoom_to
from .desk import Desk
from .opening import Opening
from .pictures import Pictures
from .session import Session
from .shapes import Shape


class Walk(Desk):
    """Guides through the page of the document in front.

    Attributes:
        opening: opens pages.
        pictures: what follows from the hints.
    """

    def __init__(self) -> None:
        super().__init__()
        self._fill: paint.Fill | None = None
        self._finishing = self._running = False
        self.pictures = Pictures(self)
        self.opening = Opening(self, self.opened)

    @property
    def filling(self) -> bool:
        """Whether Krita paints a hint just now."""
        return self._fill is not None

    def look(self) -> None:
        """Find the document in front, and follow what happened to its picture."""
        self.forget_closed()
        document = active_document()
        session = None if document is None else self.find(document)
        changed = session is not None and session.read_layers()
        running = self.engine.running
        if session is not self.session or changed or running != self._running:
            self.session, self._running = session, running
            self.changed.emit()
        if session is not None and not self.filling:
            self._follow(session)

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
        session = self.session
        if session is None or self.filling or session.opening:
            return
        number = session.current
        if session.guide is None or number is None or number not in session.shapes:
            session.message = tr("No region is chosen yet. Press Next region.")
            self.changed.emit()
            return
        session.message = ""
        if session.painted().get(number) == color:
            self._applied(session, number, color)  # nothing to paint: Krita would make no step
            return
        self.paint(session, number, color, lambda: self._applied(session, number, color))

    def apply_foreground(self) -> None:
        """Give the current region the colour picker's colour."""
        self.look()
        color = None if self.session is None else paint.foreground(self.session.document)
        if color is not None:
            self.apply(color)

    def apply_suggestion(self) -> None:
        """Give the current region the colour suggested for it."""
        self.look()
        color = None if self.session is None else self.session.suggested()
        if color is not None:
            self.apply(color)

    def finish(self) -> None:
        """Give all regions that are left the colours suggested for them, one undo step each."""
        if self.session is not None and self.session.current is not None:
            self._finishing = True
            self._finish_one()

    def zoom(self) -> None:
        """Show the current region in the middle of Krita's view."""
        session = self.session
        shape = None if session is None else session.shapes.get(session.current or 0)
        if shape is not None:
            zoom_to(shape.bbox)

    def cancel(self) -> None:
        """Stop the daemon's work."""
        self._finishing = False
        super().cancel()

    def fail(self, session: Session, error: GuidingPainterError) -> None:
        """Say in the docker what went wrong, and colour no further."""
        self._finishing = False
        super().fail(session, error)

    def _walk(self, step: Callable[[Guide], Any]) -> None:
        self.look()
        session = self.session
        if session is None or session.opening or self.filling:
            return
        session.message = ""
        if session.page is None or session.guide is None:
            self.opening.open(session)
            return
        step(session.guide)
        session.save()
        self.show(session)

    def opened(self, session: Session) -> None:
        """Go on where the walk stopped, on a page that was opened."""
        self._follow(session)
        if session.guide is not None and session.current in session.guide.hints:
            session.guide.next()
        session.save()
        self.show(session)
        self.pictures.update(session)

    # Showing and painting

    def show(self, session: Session) -> None:
        """Select the current region and fetch what is needed for it and for the next."""
        guide = session.guide
        while guide is not None and session.empty:
            guide.skip()  # a correction took all of it
        self.changed.emit()
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
            return self.engine.shapes(page, [number], number)

        self.post(session, "shape", work, took)

    def paint(self, session: Session, number: int, color: Color, then: Callable[[], None]) -> None:
        """Fill a region on the flats layer."""
        shape, document = session.shapes[number], session.document
        layer = layers.ensure(document, session.line_art, session.opaque)
        document.select(shape.bbox, shape.unpack())

        def done(pixel: bytes) -> None:
            self._fill = None
            session.remember(number, pixel, color)
            then()

        def failed(error: GuidingPainterError) -> None:
            self._fill = None
            self.fail(session, error)

        again = session.painted().get(number) == color
        self._fill = fill = paint.Fill(document, layer, shape.probes, done, failed, again)
        # In a turn of its own: Krita's selection and its colour docks take their time each.
        QtCore.QTimer.singleShot(0, lambda: fill.start(color))

    def _applied(self, session: Session, number: int, color: Color) -> None:
        guide = session.guide
        if guide is None:
            return
        if guide.current != number:
            guide.go_to(number)
        guide.apply(color)
        session.save()
        self.show(session)
        self.pictures.update(session)

    def _follow(self, session: Session) -> None:
        if session.guide is None or session.opening:
            return
        if follow(session.guide, session.painted()):
            session.save()
            self.show(session)
            self.pictures.update(session)

    def _finish_one(self) -> None:
        session = self.session
        if not self._finishing or session is None or self.filling:
            return
        if session.current is None:
            self._finishing = False
        elif session.current in session.shapes:  # else its shape is on its way, and brings us back
            self.apply_suggestion()
