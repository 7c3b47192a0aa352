"""A region gets the shape that the artist selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gp_guide.saved import widen

from ..editor.compat import tr
from .engine import Corrected
from .jobs import Jobs
from .session import Session
from .shapes import Shape


class Corrections:
    """Corrects the current region from Krita's selection, and takes that back.

    Args:
        jobs: asks the daemon.
        corrected: called with the session and the region, None where one was taken back.
    """

    def __init__(self, jobs: Jobs, corrected: Callable[[Session, int | None], None]) -> None:
        self._jobs, self._corrected = jobs, corrected

    def from_selection(self, session: Session) -> None:
        """Make the current region what is selected."""
        number, page = session.current, session.page
        if number is None or page is None:
            self._say(session, tr("No region is chosen yet. Press Next region."))
            return
        engine = self._jobs.engine

        def read(mask: bytes) -> None:
            if not mask:
                self._say(session, tr("Nothing is selected. Select what the region should be."))
                return
            self._jobs.post(
                session,
                "correct",
                lambda progress: engine.correct(page, number, mask),
                lambda answer: self._took(session, answer, number),
            )

        self._jobs.steps(session, "correct", session.document.read_selection(), read)

    def undo(self, session: Session) -> None:
        """Take the last correction back."""
        page, engine = session.page, self._jobs.engine
        if page is not None:
            self._jobs.post(
                session,
                "correct",
                lambda progress: engine.uncorrect(page),
                lambda answer: self._took(session, answer, None),
            )

    def _took(self, session: Session, answer: Corrected, number: int | None) -> None:
        page, guide = session.page, session.guide
        if page is None or guide is None:
            return
        if not answer.changed:
            self._say(
                session,
                tr("There is no correction to take back.")
                if number is None
                else tr("The region has this shape already. Change the selection and try again."),
            )
            return
        session.regions = answer.regions
        session.guide = widen(guide, max(guide.count, len(answer.regions)))
        kept = session.saved.corrections
        kept = kept[:-1] if answer.correction is None else (*kept, answer.correction)
        session.saved = replace(session.saved, corrections=kept)
        current = session.current
        wanted = {*session.guide.hints, current} - {None}
        there = [region.number for region in answer.regions if region.pixels]
        numbers = [number for number in there if number in wanted]
        engine = self._jobs.engine

        def took(shapes: dict[int, Shape]) -> None:
            if session.page is page:
                session.shapes = shapes
                self._corrected(session, number)

        def work(progress: Any) -> dict[int, Shape]:
            return engine.shapes(page, numbers, current)

        self._jobs.post(session, "shapes", work, took)

    def _say(self, session: Session, text: str) -> None:
        session.message = text
        self._jobs.changed.emit()
