"""The queue between the socket thread and the worker: order, latest wins, cancel."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from gp_client.errors import CANCELLED, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Request


@dataclass(eq=False)
class Job:
    """One request that waits for the worker or runs on it.

    Attributes:
        session: key of the client's session.
        request: what is asked.
        slot: what a newer job must have in common with this one to take its place; None: nothing.
        cancelled: set from outside; the worker looks at it between steps.
    """

    session: str
    request: Request
    slot: tuple[str, ...] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def nbytes(self) -> int:
        """Bytes of the frames that it holds while it waits."""
        return sum(frame.nbytes for frame in self.request.frames)

    def check(self) -> None:
        """Raise CANCELLED once somebody wants this job to stop."""
        if self.cancelled.is_set():
            raise GPError(CANCELLED, "The work was cancelled.")


class JobQueue:
    """First in, first out, with one place per slot. Thread-safe.

    Args:
        max_jobs: waiting jobs per session.
        max_bytes: bytes of frames that wait, of all sessions together.
    """

    def __init__(self, max_jobs: int, max_bytes: int) -> None:
        self._max_jobs, self._max_bytes = max_jobs, max_bytes
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, job: Job) -> Job | None:
        """Append a job; return the older job whose slot it takes, if one was waiting.

        Raises:
            GuidingPainterError: TOO_LARGE when too much waits, CANCELLED once closed.
        """
        with self._changed:
            if self._closed:
                raise GPError(CANCELLED, "The daemon is ending.")
            older = self._find_slot(job)
            if older is not None:
                self._waiting.remove(older)
            mine = sum(waiting.session == job.session for waiting in self._waiting)
            held = sum(waiting.nbytes for waiting in self._waiting)
            if mine >= self._max_jobs or (held and held + job.nbytes > self._max_bytes):
                raise GPError(
                    TOO_LARGE,
                    "Too many requests wait for the daemon.",
                    "Wait for the answers before you ask for more.",
                )
            self._waiting.append(job)
            self._changed.notify()
            return older

    def take(self) -> Job | None:
        """Wait for the next job, which counts as running from then on; None once closed."""
        with self._changed:
            self._running = None
            while not self._waiting and not self._closed:
                self._changed.wait()
            self._running = self._waiting.popleft() if self._waiting else None
            return self._running

    def cancel(self, session: str, request_id: int) -> tuple[str, Job | None]:
        """Cancel a session's job.

        Returns:
            ("waiting", the job, now out of the queue), ("running", the job, now marked) or
            ("unknown", None).
        """
        with self._changed:
            for job in self._waiting:
                if job.session == session and job.request.id == request_id:
                    self._waiting.remove(job)
                    return "waiting", job
            running = self._running
            if running is None or (running.session, running.request.id) != (session, request_id):
                return "unknown", None
            running.cancelled.set()
            return "running", running

    def drop_session(self, session: str) -> None:
        """Forget what a session waits for and mark what runs for it: nobody wants the answer."""
        with self._changed:
            self._waiting = deque(job for job in self._waiting if job.session != session)
            if self._running is not None and self._running.session == session:
                self._running.cancelled.set()

    def close(self) -> list[Job]:
        """Take no more jobs; return those that waited, and mark the running one."""
        with self._changed:
            self._closed = True
            waiting, self._waiting = list(self._waiting), deque()
            if self._running is not None:
                self._running.cancelled.set()
            self._changed.notify_all()
            return waiting

    @property
    def waiting(self) -> int:
        """Number of jobs that wait."""
        with self._changed:
            return len(self._waiting)

    @property
    def running(self) -> str | None:
        """The op that runs now."""
        with self._changed:
            return self._running.request.op if self._running is not None else None

    def _find_slot(self, job: Job) -> Job | None:
        if job.slot is None:
            return None
        for waiting in self._waiting:
            if waiting.session == job.session and waiting.slot == job.slot:
                return waiting
        return None
