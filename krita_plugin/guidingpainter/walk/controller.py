"""What the docker and the actions do; no widgets here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Color

from ..editor.closing import Closing
from ..editor.compat import QtCore, QtWidgets
from .corrections import Corrections
from .picker import Picker
from .scribbles import Scribbles
from .session import Session
from .walk import Walk

LOOK = 200  # milliseconds between two comparisons of guide and picture


class Controller(Walk):
    """The walk, and what an artist can do beside it.

    Attributes:
        corrections: give regions other shapes.
        scribbles: the hint layer.
        picker: Krita's colour picker.
        closing: holds closes back until our last change is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.corrections = Corrections(self, self._corrected)
        self.scribbles = Scribbles(self, self.pictures.update)
        self.picker = Picker()
        self.closing = Closing(self._at_work, lambda: self.filling, self._stop, self._stopped)
        self._stopping = False
        self._behind: Session | None = None  # its pictures were given up for a close
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Follow the document in front, its hint layer and the colour picker."""
        if self._stopping or QtWidgets.QApplication.activeModalWidget() is not None:
            return  # Krita closes a document, or asks whether to: nothing may change meanwhile
        super().look()
        session = self.session
        if self._behind is not None:
            self._behind, behind = None, self._behind
            if behind is session:
                self.show(session)
                self.pictures.update(session)
        if session is None or session.opening or self.filling:
            return
        self.scribbles.look(session)
        color = self.picker.look(session)
        if color is not None:
            self.apply(color)

    def opened(self, session: Session) -> None:
        """Go on where the walk stopped; the new page knows of no scribble yet."""
        self.scribbles.reset(session)
        super().opened(session)

    def correct(self) -> None:
        """Give the current region the shape that is selected."""
        if self.session is not None:
            self.session.message = ""
            self.corrections.from_selection(self.session)

    def undo_correction(self) -> None:
        """Take the last correction back."""
        if self.session is not None:
            self.session.message = ""
            self.corrections.undo(self.session)

    def scribble(self) -> None:
        """Begin to paint on the hint layer, or end it."""
        session = self.session
        if session is None or session.guide is None:
            return
        session.message = ""
        if session.scribbling:
            self.scribbles.end(session)
            self.show(session)
        else:
            session.document.deselect()  # the region's selection would keep the brush in
            self.scribbles.begin(session)
        self.changed.emit()

    # Options

    def set_line_art(self, layer_id: str) -> None:
        """Choose the line art; an open page is opened again."""
        session = self.session
        if session is not None and layer_id != session.line_art:
            session.line_art = layer_id
            self._options(session, line_art=layer_id)

    def set_gap(self, gap: float | None) -> None:
        """Close gaps in the lines up to so many pixels, None by canvas size."""
        self._slide(gap=gap)

    def set_ink(self, ink: int | None) -> None:
        """Take pixels darker than this tone, 0..255, for ink; None measures."""
        self._slide(ink=ink)

    def set_output(self, output: str) -> None:
        """Choose flats, soft colours or a layer for each colour."""
        session = self.session
        if session is None or output == session.saved.output:
            return
        session.saved = replace(session.saved, output=output)
        if session.page is not None:
            session.save()
            self.pictures.update(session)

    def set_palette(self, colors: tuple[Color, ...]) -> None:
        """Keep a loaded palette with the document; an empty one takes it away."""
        session = self.session
        if session is not None:
            session.saved = replace(session.saved, palette=colors)
            session.save()
            self.changed.emit()

    def try_out(self, gap: float | None, ink: int | None) -> None:
        """Show what regions these options would give, while a slider moves."""
        if self.session is not None:
            self.opening.try_out(self.session, gap, ink)

    def say(self, error: GuidingPainterError) -> None:
        """Show an error that has nothing to do with the daemon."""
        if self.session is not None:
            self.fail(self.session, error)

    # The daemon

    def start_daemon(self) -> None:
        """Start the daemon; the first page would do it too."""
        self._ask_daemon(self.engine.connect)

    def stop_daemon(self) -> None:
        """End the daemon, which frees its memory; the next step starts it again."""
        self.cancel()
        self._ask_daemon(self.engine.shut_down)

    def close(self) -> None:
        """Krita ends."""
        self._timer.stop()
        super().close()

    # Closing

    def _at_work(self) -> bool:
        return self.session is not None and self.session.page is not None

    def _stop(self) -> None:
        """Finish what Krita paints, and give all else up: it would change layers."""
        self._stopping, self._behind = True, self.session
        self.cancel()

    def _stopped(self) -> None:
        self._stopping = False

    def _ask_daemon(self, work: Callable[[], None]) -> None:
        def failed(error: GuidingPainterError) -> None:
            if self.session is not None:
                self.fail(self.session, error)

        def done(outcome: Any) -> None:
            self.changed.emit()

        self.worker.post(("daemon",), lambda progress: work(), done, failed)

    def _slide(self, **changed: Any) -> None:
        session = self.session
        if session is None:
            return
        if replace(session.saved, **changed) != session.saved:
            self._options(session, **changed)
        elif session.map is not None:  # back where it was
            session.map = None
            self.changed.emit()

    def _options(self, session: Session, **changed: Any) -> None:
        session.saved = replace(session.saved, **changed)
        session.map = None
        self.opening.again(session)

    def _corrected(self, session: Session, number: int | None) -> None:
        """Paint a hinted region's new shape, and show what is there now."""
        session.save()
        color = None if session.guide is None else session.guide.hints.get(number or 0)
        if number is None or color is None or self.filling:
            self.show(session)
            self.pictures.update(session)
        else:
            self.paint(session, number, color, lambda: self._painted_again(session))

    def _painted_again(self, session: Session) -> None:
        self.show(session)
        self.pictures.update(session)
