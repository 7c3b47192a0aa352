"""What the docker and the actions do; no widgets here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from gp_guide import acts
from gp_guide.colors import to_hex

from ..editor import paint
from ..editor.closing import Closing
from ..editor.compat import QtCore, QtWidgets
from .acts import Acts
from .book import Book
from .carrying import Carrying
from .documents import Documents
from .following import Following
from .jobs import Jobs
from .on_canvas import OnCanvas
from .opening import Opening
from .picker import Picker
from .pictures import Pictures
from .scribbles import Scribbles
from .session import Session
from .starting import Starting
from .study import Study
from .walk import Walk

LOOK = 200  # milliseconds between two comparisons of page and picture


class Controller:
    """The walk, and what an artist can do beside it.

    Attributes:
        jobs: work under way; tells the docker when there is something new to show.
        documents: the open documents.
        walk: the walk through the page in front.
        book: the document's cast.
        picker: Krita's colour picker.
        overlay: shows the region on Krita's canvas, and takes clicks there.
        carrying: colours that are dragged onto the page.
        starting: begins by itself, where that is wanted.
        study: keeps a log, where that is wanted.
        closing: holds closes back until our last change is shown.
    """

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.documents = Documents(self.jobs)
        self._pictures = Pictures(self.jobs)
        self.study = Study(self.jobs)
        self._acts = Acts(self.jobs, self.study, self._show)
        self._opening = Opening(self.jobs, self._opened)
        self._following = Following(self.jobs, self._acts)
        self.walk = Walk(
            self.jobs, self.documents, self._acts, self._pictures, self._opening, self.study,
            self.look,
        )  # fmt: skip
        self.book = Book(self.jobs, self.documents, self._acts)
        self.starting = Starting(self.walk.next)
        self._scribbles = Scribbles(self.jobs, self._acts)
        on_canvas = OnCanvas(lambda: self.session, self.walk)
        self.overlay = on_canvas.overlay
        self.carrying = Carrying(lambda: self.session, self.walk)
        self.carrying.surfaces.append(on_canvas)
        self.jobs.changed.connect(on_canvas.show)
        self.picker = Picker()
        self.closing = Closing(self._at_work, lambda: self.jobs.painting, self._stop, self._stopped)
        self._stopping = False
        self._behind: Session | None = None  # its pictures were given up for a close
        self._timer = QtCore.QTimer()
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @property
    def session(self) -> Session | None:
        """That of the document in front."""
        return self.documents.front

    def look(self) -> None:
        """Follow the document in front, its hint layer and the colour picker."""
        if self._stopping or QtWidgets.QApplication.activeModalWidget() is not None:
            return  # Krita closes a document, or asks whether to: nothing may change meanwhile
        self.documents.look()
        session = self.session
        if self._behind is not None:
            self._behind, behind = None, self._behind
            if behind is session:
                self._show(session)
        if session is None or session.opening or self.jobs.painting:
            return
        self.starting.look(session)
        self._read_refusals(session)
        if session.opening:
            return
        # Under a resting pen, and while Krita still paints behind it, half a stroke looks like a
        # whole one: the rest would be an act of its own, and whatever was undone before it gone.
        if paint.idle(session.document):
            self._following.look(session)
            self._scribbles.look(session)
        color = self.picker.look(session)
        if color is not None:
            self.walk.apply(color)

    def convert(self) -> None:
        """Make a gray document RGB, so that colours are colours."""
        session = self.session
        if session is not None and session.document.gray:
            self.jobs.act(session, session.document.to_rgb)

    def _read_refusals(self, session: Session) -> None:
        """See whether what was refused would be done now."""
        if session.page is not None and session.gray != session.document.gray:
            if not self.jobs.acting:
                self._opening.open(session, repaint=True)
        elif session.refused and paint.refusal(session.document, session.flats()) is None:
            session.refused, session.message = False, ""
            self.jobs.changed.emit()

    def scribble(self) -> None:
        """Begin to paint on the hint layer, or end it."""
        session = self.session
        if session is None or session.page is None:
            return
        session.message = ""
        if session.scribbling:
            self._scribbles.end(session)
        else:
            self._scribbles.begin(session)
        self.jobs.changed.emit()

    def switch_clicks(self) -> None:
        """Take clicks on Krita's canvas from now on, or no more."""
        self.overlay.take_clicks(not self.overlay.taking)
        self.jobs.changed.emit()

    # Options

    def set_line_art(self, layer_id: str) -> None:
        """Choose the line art; an open page is opened again."""
        session = self.session
        if session is None:
            return
        another, session.line_art = layer_id != session.line_art, layer_id
        session.saved = replace(session.saved, line_art=layer_id)  # no guess any more
        if session.page is not None and another:
            session.save()
            self._opening.open(session)

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
            self._pictures.update(session)

    def set_palette(self, colors: Mapping[Color, str]) -> None:
        """Keep a loaded palette, colours and their names, with the document; {}: none any more."""
        session = self.session
        if session is not None:
            names = {to_hex(color): name for color, name in colors.items() if name}
            session.saved = replace(session.saved, palette=tuple(colors), names=names)
            session.save()
            self.jobs.changed.emit()

    def try_out(self, gap: float | None, ink: int | None) -> None:
        """Show what regions these options would give, while a slider moves."""
        if self.session is not None:
            self._opening.try_out(self.session, gap, ink)

    def say(self, error: GuidingPainterError) -> None:
        """Show an error that has nothing to do with the daemon."""
        if self.session is not None:
            self.jobs.fail(self.session, error)

    # The daemon

    def start_daemon(self) -> None:
        """Start the daemon; the first page would do it too."""
        self._ask_daemon(self.jobs.engine.connect)

    def stop_daemon(self) -> None:
        """End the daemon, which frees its memory; the next step starts it again."""
        self.jobs.cancel()
        self._ask_daemon(self.jobs.engine.shut_down)

    def close(self) -> None:
        """Krita ends."""
        self._timer.stop()
        self.jobs.close()

    # Closing

    def _at_work(self) -> bool:
        return self.session is not None and self.session.page is not None

    def _stop(self) -> None:
        """Finish what Krita paints, and give all else up: it would change layers."""
        self._stopping, self._behind = True, self.session
        self.jobs.cancel()

    def _stopped(self) -> None:
        self._stopping = False

    def _ask_daemon(self, work: Callable[[], None]) -> None:
        def failed(error: GuidingPainterError) -> None:
            if self.session is not None:
                self.jobs.fail(self.session, error)

        def done(outcome: Any) -> None:
            self.jobs.changed.emit()

        self.jobs.worker.post(("daemon",), lambda progress: work(), done, failed)

    def _slide(self, **changed: Any) -> None:
        session = self.session
        if session is None:
            return
        session.map = None
        gap, ink = changed.get("gap", session.gap), changed.get("ink", session.ink)
        if (gap, ink) == (session.gap, session.ink):  # back where it was
            self.jobs.changed.emit()
            return
        session.gap, session.ink = gap, ink
        if session.page is None:
            session.saved = replace(session.saved, gap=gap, ink=ink)
        else:
            self._acts.do(session, acts.find(gap, ink))

    def _opened(self, session: Session) -> None:
        """Show the first region; a study's clock runs from here."""
        self._show(session)
        self.study.begin(session)

    def _show(self, session: Session) -> None:
        self.jobs.changed.emit()
        self._pictures.update(session)
