"""The open documents and the worker that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import CANCELLED, SUPERSEDED, GuidingPainterError
from gp_guide.saved import Saved

from ..editor.compat import QtCore, Signal, tr
from ..editor.document import Document
from ..editor.steps import Steps, in_steps
from .engine import Engine
from .session import Session
from .worker import Worker


class Desk(QtCore.QObject):
    """Holds a session for each open document.

    Attributes:
        session: that of the document in front, None where there is none.

    Signals:
        changed: read ``session`` again.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.worker = Worker()
        self.engine = Engine(self.worker.hand_over)
        self.worker.use(self.engine.client.calls)
        self.session: Session | None = None
        self._sessions: list[Session] = []
        self._steps: dict[tuple[str, int], object] = {}  # the newest of each kind and session

    @property
    def filling(self) -> bool:
        """Whether Krita paints a hint just now."""
        return False

    def find(self, document: Document) -> Session:
        """Return a document's session; a new one reads what the document keeps."""
        for session in self._sessions:
            if session.document == document:
                return session
        message = ""
        try:
            saved = Saved.from_bytes(document.read_annotation())
        except GuidingPainterError as error:
            saved, message = Saved(), str(error)
        session = Session(document, saved, saved.line_art, message=message)
        session.read_layers()
        self._sessions.append(session)
        return session

    def forget_closed(self) -> None:
        """Drop the sessions of closed documents, and their pages."""
        for session in [each for each in self._sessions if not each.document.is_open]:
            self._sessions.remove(session)
            if session is self.session:
                self.session = None
                self.changed.emit()
            page = session.page
            if page is not None:
                self.worker.post(
                    ("close", id(session)),
                    lambda progress, page=page: page.close(),
                    _ignore,
                    _ignore,
                )

    def post(
        self,
        session: Session,
        kind: str,
        work: Callable[[Any], Any],
        done: Callable[[Any], None],
    ) -> None:
        """Do ``work(progress)`` for a session in the background, then ``done(result)`` here.

        A newer job of the same kind and session replaces one that waits.
        """

        def finish(result: Any) -> None:
            if session.document.is_open:
                done(result)

        self.worker.post((kind, id(session)), work, finish, lambda e: self.fail(session, e))

    def steps(
        self,
        session: Session,
        kind: str,
        work: Steps[Any],
        done: Callable[[Any], None],
    ) -> None:
        """Do work on a session's document here, in steps, then ``done(result)``.

        A newer one of the same kind and session takes the place of one that is not through.
        """
        key = (kind, id(session))
        token = self._steps[key] = object()

        def alive() -> bool:
            return session.document.is_open and self._steps.get(key) is token

        def over(callback: Callable[[Any], None]) -> Callable[[Any], None]:
            def finish(outcome: Any) -> None:
                self.worker.release()
                if self._steps.get(key) is token:
                    del self._steps[key]
                callback(outcome)

            return finish

        def gone(outcome: Any) -> None:
            if session.document.is_open and key not in self._steps:
                self.fail(session, GuidingPainterError(CANCELLED, tr("Cancelled.")))

        self.worker.hold()
        in_steps(
            work,
            alive,
            over(done),
            over(lambda error: self.fail(session, error)),
            lambda: over(gone)(None),
        )

    def cancel(self) -> None:
        """Give up all work, the daemon's and ours."""
        self._steps.clear()
        self.worker.cancel()

    def fail(self, session: Session, error: GuidingPainterError) -> None:
        """Say in the docker what went wrong."""
        if error.code == SUPERSEDED:
            return  # the newer one will say how it went
        session.opening = False
        if error.code != CANCELLED:
            session.message = str(error)
        self.changed.emit()

    def close(self) -> None:
        """Krita ends: say goodbye to the daemon."""
        self.cancel()
        self.worker.post(("close",), lambda progress: self.engine.close(), _ignore, _ignore)


def _ignore(outcome: Any) -> None:
    """Nobody is left to be told."""
