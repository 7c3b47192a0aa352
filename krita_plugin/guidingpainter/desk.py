"""The open documents and the worker that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import CANCELLED, SUPERSEDED, GuidingPainterError

from .compat import QtCore, Signal
from .document import Document
from .engine import Engine
from .session import Session
from .state import Saved
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
        self.worker, self.engine = Worker(), Engine()
        self.session: Session | None = None
        self._sessions: list[Session] = []

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
        """Do ``work(progress)`` for a session in the worker's thread, then ``done(result)`` here.

        A newer job of the same kind and session replaces one that waits.
        """

        def finish(result: Any) -> None:
            if session.document.is_open:
                done(result)

        self.worker.post((kind, id(session)), work, finish, lambda e: self.fail(session, e))

    def fail(self, session: Session, error: GuidingPainterError) -> None:
        """Say in the docker what went wrong."""
        session.opening = False
        if error.code not in (CANCELLED, SUPERSEDED):
            session.message = str(error)
        self.changed.emit()

    def close(self) -> None:
        """Krita ends: say goodbye to the daemon."""
        self.engine.cancel()
        self.worker.cancel()
        self.worker.post(("close",), lambda progress: self.engine.close(), _ignore, _ignore)


def _ignore(outcome: Any) -> None:
    """Nobody is left to be told."""
