"""Work for the open documents: the daemon's in the background, ours in steps on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import CANCELLED, SUPERSEDED, GuidingPainterError
from gp_guide.tasks import drive
from gp_guide.turns import Turns

from ..editor.compat import QtCore, Signal, tr
from ..editor.steps import Steps, soon
from .engine import Engine
from .session import Session
from .worker import Worker


class Jobs(QtCore.QObject):
    """Does work for a session and hands the outcome back, while its document is open.

    Attributes:
        worker: what is under way.
        engine: asks the daemon.
        painting: whether Krita paints for us just now.

    Signals:
        changed: what the docker shows is another now.
        stopped: work was given up, or went wrong.
    """

    changed = Signal()
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.worker = Worker()
        self.engine = Engine(self.worker.hand_over)
        self.worker.use(self.engine.client.calls)
        self.painting = False
        self._steps: dict[tuple[str, int], object] = {}  # the newest of each kind and session
        self._turns = Turns(
            lambda asked, *ends: self.worker.post(None, asked.work, *ends), soon, self.changed.emit
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

        What it asks the daemon (`gp_guide.tasks.Ask`) is done in the background.

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
        drive(
            work,
            lambda asked, *ends: self.worker.post((*key, "ask"), asked.work, *ends),
            soon,
            alive,
            over(done),
            over(lambda error: self.fail(session, error)),
            lambda: over(gone)(None),
        )

    @property
    def acting(self) -> bool:
        """Whether an act is under way, or waits for its turn."""
        return self._turns.busy

    def act(self, session: Session, begin: Callable[[], Steps[Any] | None]) -> None:
        """Do an act of the artist's, after those that she asked for before.

        Args:
            session: of which document.
            begin: called when it is its turn; gives the work, or None where there is nothing to do.
        """

        def turn() -> Steps[None] | None:
            work = begin() if session.document.is_open else None
            return None if work is None else self._held(work)

        def failed(error: GuidingPainterError) -> None:
            if session.document.is_open:
                self.fail(session, error)

        self._turns.do(turn, lambda: None, failed)

    def _held(self, work: Steps[Any]) -> Steps[None]:
        """Do work, and say so meanwhile. It is never dropped: half an act is none."""
        self.worker.hold()
        try:
            yield from work
        finally:
            self.worker.release()

    def cancel(self) -> None:
        """Give up all work, the daemon's and ours; what Krita paints comes to its end."""
        self.stopped.emit()
        self._steps.clear()
        self._turns.clear()
        self.worker.cancel()

    def fail(self, session: Session, error: GuidingPainterError) -> None:
        """Say in the docker what went wrong."""
        self.stopped.emit()
        if error.code == SUPERSEDED:
            return  # the newer one will say how it went
        session.opening = False
        if error.code != CANCELLED:
            session.message = str(error)
        self.changed.emit()

    def close(self) -> None:
        """Krita ends: say goodbye to the daemon."""
        self.cancel()
        self.later(("close",), self.engine.close)

    def later(self, slot: tuple[Any, ...], work: Callable[[], None]) -> None:
        """Do work in the background of which nobody needs to be told."""
        self.worker.post(slot, lambda progress: work(), _ignore, _ignore)


def _ignore(outcome: Any) -> None:
    """Nobody is left to be told."""
