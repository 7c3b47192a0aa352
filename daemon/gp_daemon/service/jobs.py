"""The queue between the socket thread and the workers: order, fairness, latest wins, cancel.

One job of a session runs at a time, in the order in which they came, so a page is never worked on
twice at once. Sessions take turns: one that sends a hundred requests delays the others by one.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from gp_canvas.cancellation import Token
from gp_client.errors import BUSY, ENDING
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Request

# Seconds of canvas work: one worker is always left for short jobs.
_HEAVY = frozenset({"open", "find", "play"})


@dataclass(eq=False)
class Job:
    """One request that waits for a worker or runs on one.

    Attributes:
        session: key of the client's session.
        request: what is asked.
        slot: what a newer job must have in common with this one to take its place; None: nothing.
        token: tells it to stop.
        arrived, started, told: time.monotonic() seconds; ``started`` is 0 while it waits, ``told``
            is when its client last heard how far it is.
    """

    session: str
    request: Request
    slot: tuple[str, ...] | None = None
    token: Token = field(default_factory=Token)
    arrived: float = field(default_factory=time.monotonic)
    started: float = 0.0
    told: float = 0.0

    @property
    def nbytes(self) -> int:
        """Bytes of the frames that it holds while it waits."""
        return sum(frame.nbytes for frame in self.request.frames)

    @property
    def heavy(self) -> bool:
        """Whether it may take seconds."""
        return self.request.op in _HEAVY


class JobQueue:
    """Fair between sessions, first in, first out within one, one place per slot. Thread-safe.

    Args:
        max_jobs: waiting jobs per session.
        max_bytes: bytes of frames that wait, of all sessions together.
        heavy: heavy jobs that run at once.
    """

    def __init__(self, max_jobs: int, max_bytes: int, heavy: int = 1) -> None:
        self._max_jobs, self._max_bytes, self._max_heavy = max_jobs, max_bytes, heavy
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()  # whose turn is next first
        self._running: dict[str, Job] = {}
        self._draining = self._closed = False
        self._changed = threading.Condition()

    def put(self, job: Job) -> Job | None:
        """Append a job; return the older job whose slot it takes, if one was waiting.

        Raises:
            GuidingPainterError: BUSY when too much waits, ENDING once closed.
        """
        with self._changed:
            if self._draining:
                raise ending()
            mine = self._waiting.get(job.session, deque())
            older = self._find_slot(mine, job)
            held = sum(one.nbytes for queue in self._waiting.values() for one in queue)
            held -= older.nbytes if older is not None else 0
            count = len(mine) - (older is not None)
            if count >= self._max_jobs or (held and held + job.nbytes > self._max_bytes):
                raise GPError(
                    BUSY,
                    "Too many requests wait for the daemon.",
                    "Wait for the answers before you ask for more.",
                )
            if older is not None:
                mine.remove(older)
            mine.append(job)
            self._waiting.setdefault(job.session, mine)
            self._changed.notify()
            return older

    def take(self) -> Job | None:
        """Wait for the next job, which counts as running until ``done``; None once closed."""
        with self._changed:
            while not self._closed:
                job = self._next()
                if job is not None:
                    job.started = job.told = time.monotonic()
                    self._running[job.session] = job
                    return job
                self._changed.wait()
            return None

    def done(self, job: Job) -> None:
        """Note that a taken job has ended, so that its session's next one may start."""
        with self._changed:
            if self._running.get(job.session) is job:
                del self._running[job.session]
            self._changed.notify_all()

    def cancel(self, session: str, request_id: int) -> tuple[str, Job | None]:
        """Cancel a session's job.

        Returns:
            ("waiting", the job, now out of the queue), ("running", the job, now marked) or
            ("unknown", None).
        """
        with self._changed:
            queue = self._waiting.get(session, deque())
            for job in queue:
                if job.request.id == request_id:
                    self._remove(job)
                    return "waiting", job
            running = self._running.get(session)
        if running is None or running.request.id != request_id:
            return "unknown", None
        running.token.cancel()
        return "running", running

    def overdue(self) -> list[Job]:
        """Return the waiting jobs whose deadline has passed, now out; stop those that run."""
        with self._changed:
            late = [job for queue in self._waiting.values() for job in queue if job.token.overdue]
            for job in late:
                self._remove(job)
            running = [job for job in self._running.values() if job.token.overdue]
        for job in running:
            job.token.cancel()
        return late

    def drop_session(self, session: str) -> None:
        """Forget what a session waits for and stop what runs for it: nobody wants the answer."""
        with self._changed:
            self._waiting.pop(session, None)
            running = self._running.get(session)
        if running is not None:
            running.token.cancel()

    def drain(self) -> None:
        """Take no more jobs, and finish those that are here."""
        with self._changed:
            self._draining = True

    def close(self) -> list[Job]:
        """Take no more jobs; return those that waited, and stop the running ones."""
        with self._changed:
            self._draining = self._closed = True
            waiting = [job for queue in self._waiting.values() for job in queue]
            self._waiting.clear()
            running = list(self._running.values())
            self._changed.notify_all()
        for job in running:
            job.token.cancel(ending())
        return waiting

    @property
    def waiting(self) -> int:
        """Number of jobs that wait."""
        with self._changed:
            return sum(len(queue) for queue in self._waiting.values())

    @property
    def running(self) -> list[Job]:
        """The jobs that run now, the longest first."""
        with self._changed:
            return sorted(self._running.values(), key=lambda job: job.started)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        with self._changed:
            return not self._waiting and not self._running

    def _next(self) -> Job | None:
        full = sum(job.heavy for job in self._running.values()) >= self._max_heavy
        for session, queue in self._waiting.items():
            if session in self._running or (full and queue[0].heavy):
                continue
            job = queue.popleft()
            del self._waiting[session]
            if queue:
                self._waiting[session] = queue  # at the end: the others come first
            return job
        return None

    def _remove(self, job: Job) -> None:
        queue = self._waiting[job.session]
        queue.remove(job)
        if not queue:
            del self._waiting[job.session]

    def _find_slot(self, queue: deque[Job], job: Job) -> Job | None:
        if job.slot is None:
            return None
        return next((waiting for waiting in queue if waiting.slot == job.slot), None)


def ending() -> GPError:
    """Return the error for a request to a daemon that is on its way out."""
    return GPError(ENDING, "The daemon is ending.", "Connect again in a moment.")
