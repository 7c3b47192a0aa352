"""The open documents, and the one in front."""

from __future__ import annotations

from gp_client.errors import GuidingPainterError
from gp_guide.older import with_recent
from gp_guide.saved import Saved

from ..editor.document import Document, active_document
from .jobs import Jobs
from .session import Session


class Documents:
    """Holds a session for each open document.

    Args:
        jobs: closes pages, and tells the docker.

    Attributes:
        front: the session of the document in front, None where there is none.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self.front: Session | None = None
        self._sessions: list[Session] = []
        self._running = False

    def look(self) -> None:
        """See which document is in front, what its layers are, and whether the daemon runs."""
        self._forget_closed()
        document = active_document()
        session = None if document is None else self._find(document)
        changed = session is not None and session.read_layers()
        running = self._jobs.engine.running
        if session is not self.front or changed or running != self._running:
            self.front, self._running = session, running
            self._jobs.changed.emit()

    def _find(self, document: Document) -> Session:
        """Return a document's session; a new one reads what the document keeps."""
        for session in self._sessions:
            if session.document == document:
                return session
        message = ""
        try:
            saved = Saved.from_bytes(document.read_annotation())
        except GuidingPainterError as error:
            saved, message = Saved(), str(error)
        session = Session(document, with_recent(saved), saved.line_art, message=message)
        session.gap, session.ink = saved.gap, saved.ink
        session.read_layers()
        self._sessions.append(session)
        return session

    def _forget_closed(self) -> None:
        """Drop the sessions of closed documents, and their pages."""
        for session in [each for each in self._sessions if not each.document.is_open]:
            self._sessions.remove(session)
            if session is self.front:
                self.front = None
                self._jobs.changed.emit()
            if session.page is not None:
                self._jobs.later(("close", id(session)), session.page.close)
