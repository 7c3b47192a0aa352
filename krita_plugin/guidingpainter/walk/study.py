"""The log of a study, where somebody wants one: off until it is switched on."""

from __future__ import annotations

from gp_client.errors import GuidingPainterError
from gp_guide.acts import Note
from gp_guide.page_view import PageView
from gp_guide.study import StudyLog, folder
from krita import Krita

from .jobs import Jobs
from .session import Session
from .starting import GROUP

SWITCH = "study_log"


class Study:
    """Keeps a log of what is done to each page, from its Start or from the switch.

    Args:
        jobs: says what went wrong, and tells the docker.

    Attributes:
        on: whether it does.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self.on = Krita.instance().readSetting(GROUP, SWITCH, "") == "on"

    def switch(self, on: bool, session: Session | None) -> None:
        """Keep logs from now on, or no more.

        Args:
            on: whether.
            session: of the document in front.
        """
        self.on = on
        Krita.instance().writeSetting(GROUP, SWITCH, "on" if on else "")
        if on and session is not None:
            self.begin(session)
        self._jobs.changed.emit()

    def begin(self, session: Session) -> None:
        """Begin a page's log, where there is to be one; one that was opened again goes on."""
        log, view = self._log(session), session.view
        if not self.on or view is None:
            return
        try:
            if log is None:
                session.log = StudyLog(folder(), view, session.shown.number)
            else:
                log.note(Note("open again"), view, view, session.shown.number)
        except GuidingPainterError as error:
            self._give_up(session, error)

    def note(self, session: Session, note: Note, before: PageView, times: int = 1) -> None:
        """Write down what was done to a page, if it has a log.

        Args:
            session: shows the page after it.
            note: what was done.
            before: the page before it.
            times: how often.
        """
        log, view = self._log(session), session.view
        if log is None or view is None:
            return
        try:
            for _ in range(times):
                log.note(note, before, view, session.shown.number)
        except GuidingPainterError as error:
            self._give_up(session, error)

    def went(self, session: Session) -> None:
        """Write down that another region is shown, without an act."""
        if session.view is not None:
            self.note(session, Note("go", session.shown.number), session.view)

    def _log(self, session: Session) -> StudyLog | None:
        if not self.on:
            session.log = None  # switched on again, another one begins
        return session.log

    def _give_up(self, session: Session, error: GuidingPainterError) -> None:
        """A log with gaps is none: say so, and keep none."""
        session.log = None
        self.switch(False, None)
        self._jobs.fail(session, error)
