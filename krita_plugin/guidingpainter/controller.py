"""What the docker and the actions do: the walk, the hints and their daemon; no widgets here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.guide import Guide

from . import paint, state
from .compat import QtCore, tr
from .desk import Desk
from .document import FLATS, LineArt, active_document
from .engine import Color, Opened, Shape
from .pictures import Pictures
from .session import Session

LOOK = 200  # milliseconds between two comparisons of guide and picture


class Controller(Desk):
    """Follows the document in front."""

    def __init__(self) -> None:
        super().__init__()
        self._fill: paint.Fill | None = None
        self._finishing = False
        self._pictures = Pictures(self.engine, self.post, self.changed.emit, self.fail)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

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
        if session is not self.session or changed:
            self.session = session
            self.changed.emit()
        if session is not None and not self.filling:
            self._follow(session)

    # Steps of the walk

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
        self.look()
        session = self.session
        if session is None or self.filling:
            return
        number = session.current
        shape = None if number is None else session.shapes.get(number)
        if session.guide is None or number is None or shape is None:
            session.message = tr("No region is chosen yet. Press Next region.")
            self.changed.emit()
            return
        session.message = ""
        layer = session.document.ensure_layer(FLATS, session.line_art, session.opaque)
        if session.painted().get(number) == color:
            self._applied(session, number, color)  # nothing to paint: Krita would make no step
            return
        session.document.select(shape.bbox, shape.mask)

        def done(pixel: bytes) -> None:
            self._fill = None
            session.remember(number, pixel, color)
            self._applied(session, number, color)

        def failed(error: GuidingPainterError) -> None:
            self._fill = None
            self.fail(session, error)

        self._fill = paint.Fill(session.document, layer, shape.probes, done, failed)
        self._fill.start(color)

    def apply_foreground(self) -> None:
        """Give the current region the colour picker's colour."""
        if self.session is not None:
            self.apply(paint.foreground(self.session.document))

    def apply_suggestion(self) -> None:
        """Give the current region the colour suggested for it."""
        color = None if self.session is None else self.session.suggested()
        if color is not None:
            self.apply(color)

    def finish(self) -> None:
        """Give all regions that are left the colours suggested for them, one undo step each."""
        if self.session is not None and self.session.current is not None:
            self._finishing = True
            self._finish_one()

    def _finish_one(self) -> None:
        session = self.session
        if not self._finishing or session is None or self.filling:
            return
        if session.current is None:
            self._finishing = False
        elif session.current in session.shapes:  # else its shape is on its way, and brings us back
            self.apply_suggestion()

    # Options

    def set_line_art(self, layer_id: str) -> None:
        """Choose the line art; an open page is opened again."""
        session = self.session
        if session is not None and layer_id != session.line_art:
            session.line_art = layer_id
            session.saved = replace(session.saved, line_art=layer_id)
            self._reopen(session)

    def set_gap(self, gap: float | None) -> None:
        """Close gaps in the lines up to so many pixels, None by canvas size."""
        session = self.session
        if session is not None and gap != session.saved.gap:
            session.saved = replace(session.saved, gap=gap)
            self._reopen(session)

    def set_output(self, output: str) -> None:
        """Choose flats or soft colours."""
        session = self.session
        if session is None or output == session.saved.output:
            return
        session.saved = replace(session.saved, output=output)
        if session.page is not None:
            self._pictures.update(session)

    def cancel(self) -> None:
        """Stop the daemon's work."""
        self._finishing = False
        self.worker.cancel()
        self.engine.cancel()

    def close(self) -> None:
        """Krita ends."""
        self._timer.stop()
        super().close()

    def fail(self, session: Session, error: GuidingPainterError) -> None:
        """Say in the docker what went wrong, and colour no further."""
        self._finishing = False
        super().fail(session, error)

    # Opening

    def _walk(self, step: Callable[[Guide], Any]) -> None:
        self.look()
        session = self.session
        if session is None or session.opening or self.filling:
            return
        session.message = ""
        if session.page is None or session.guide is None:
            self._open(session)
            return
        step(session.guide)
        session.save()
        self._show(session)

    def _open(self, session: Session) -> None:
        try:
            art = session.document.read_line_art(session.line_art)
        except GuidingPainterError as error:
            self.fail(session, error)
            return
        session.opening = True
        gap, ink = session.saved.gap, session.saved.ink
        self.post(
            session,
            "open",
            lambda progress: self.engine.open(art, gap, ink, progress),
            lambda opened: self._opened(session, opened, art),
        )
        self.changed.emit()

    def _reopen(self, session: Session) -> None:
        if session.page is not None:
            session.save()
            self._open(session)

    def _opened(self, session: Session, opened: Opened, art: LineArt) -> None:
        try:
            guide, same = state.resume(session.saved, opened.fingerprint, len(opened.regions))
        except GuidingPainterError as error:
            guide, same = Guide(len(opened.regions)), False
            session.message = str(error)
        session.take(opened, guide, art.opaque)
        if session.document.gray:
            session.message = tr(
                "This document is gray, so colours become tones. For colours: "
                "Image > Convert Image Color Space > RGB/Alpha."
            )
        coloured = session.document.layer(FLATS) is not None
        session.document.ensure_layer(FLATS, session.line_art, session.opaque)
        if same:
            numbers = list(guide.hints)
        else:
            numbers = [region.number for region in opened.regions] if coloured else []
        self.post(
            session,
            "shapes",
            lambda progress: self.engine.shapes(opened.page, numbers),
            lambda shapes: self._resume(session, shapes, same),
        )

    def _resume(self, session: Session, shapes: dict[int, Shape], same: bool) -> None:
        session.shapes.update(shapes)
        if same:
            session.trust_hints()
        self._follow(session)
        if session.guide is not None and session.current in session.guide.hints:
            session.guide.next()
        session.save()
        self._show(session)
        self._pictures.update(session)

    # Showing and painting

    def _show(self, session: Session) -> None:
        """Select the current region and fetch what is needed for it and for the next."""
        self.changed.emit()
        number, page = session.current, session.page
        if page is None:
            return
        if number is None:
            self._finishing = False
            session.document.deselect()
            return
        shape = session.shapes.get(number)
        if shape is not None:
            session.document.select(shape.bbox, shape.mask)
            QtCore.QTimer.singleShot(0, self._finish_one)
            return

        def took(shapes: dict[int, Shape]) -> None:
            session.shapes.update(shapes)
            if session.current in shapes and session.page is page:
                self._show(session)

        self.post(session, "shape", lambda progress: self.engine.shapes(page, [number]), took)

    def _applied(self, session: Session, number: int, color: Color) -> None:
        guide = session.guide
        if guide is None:
            return
        if guide.current != number:
            guide.go_to(number)
        guide.apply(color)
        session.save()
        self._show(session)
        self._pictures.update(session)

    def _follow(self, session: Session) -> None:
        if session.guide is None or session.opening:
            return
        if state.follow(session.guide, session.painted()):
            session.save()
            self._show(session)
            self._pictures.update(session)
