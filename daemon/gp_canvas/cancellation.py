"""A job's token: how work is told to stop, and says how far it is, without knowing the server.

The thread that works on a job has its token in ``current``. Whatever takes long calls ``check()``
at its safe points; whatever blocks elsewhere (a network's run) registers with ``interrupts``.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from gp_client.errors import CANCELLED, TIMEOUT
from gp_client.errors import GuidingPainterError as GPError


class Token:
    """Tells one job to stop, and how far it is. Thread-safe.

    Args:
        deadline: in time.monotonic() seconds, after which the work is not wanted; None: never.

    Attributes:
        stage: what is being done, for the user; empty before the work says so.
        fraction: how much of it is done, 0..1; None where the work cannot tell.
    """

    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self.stage = ""
        self.fraction: float | None = None
        self._cancelled = threading.Event()
        self._reason: GPError | None = None
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody wants the work to stop."""
        return self._cancelled.is_set()

    @property
    def overdue(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def cancel(self, reason: GPError | None = None) -> None:
        """Ask the work to stop, and interrupt what it is blocked in.

        Args:
            reason: what ``check`` raises; None: CANCELLED.
        """
        with self._lock:
            self._reason = self._reason or reason
            self._cancelled.set()
            actions = list(self._actions)
        for action in actions:
            action()

    def check(self) -> None:
        """Go on, or end here.

        Raises:
            GuidingPainterError: TIMEOUT past the deadline, CANCELLED once cancelled.
        """
        if self.overdue:
            raise GPError(
                TIMEOUT, "The work took longer than its deadline.", "Try again, or allow more time."
            )
        if self.cancelled:
            raise self._reason or GPError(CANCELLED, "The work was cancelled.")

    @contextlib.contextmanager
    def interrupts(self, action: Callable[[], None]) -> Iterator[None]:
        """Within the block, cancelling calls ``action``, at once where it is cancelled already."""
        with self._lock:
            self._actions.append(action)
            late = self._cancelled.is_set()
        try:
            if late:
                action()
            yield
        finally:
            with self._lock:
                self._actions.remove(action)


current: ContextVar[Token | None] = ContextVar("gp_daemon_job", default=None)


def check() -> None:
    """A safe point: end here if this thread's job is to stop.

    Raises:
        GuidingPainterError: CANCELLED, TIMEOUT.
    """
    token = current.get()
    if token is not None:
        token.check()
