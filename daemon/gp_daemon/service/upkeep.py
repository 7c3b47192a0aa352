"""What the socket thread looks after between messages: late jobs, progress, clients that left."""

from __future__ import annotations

import logging
import time

from gp_client import wire
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Progress

from gp_daemon.service.limits import give_memory_back
from gp_daemon.service.state import State

log = logging.getLogger(__name__)

TICK = 0.5  # seconds between two looks at sessions and the daemon's own life
WORK_TICK = 0.1  # the same while work runs
UNREAD_TICK = 0.02  # the same while a client has to read before we can go on
_TELL_AFTER = 0.2  # seconds of work after which, and in which, its client hears how far it is
ASLEEP = 5.0  # seconds between two looks that show that we did not run


class Upkeep:
    """Looks after jobs and sessions. Not thread-safe: the socket thread's own."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._looked = 0.0
        self._awake = time.monotonic()
        self._unread = self._trim = False

    @property
    def patience(self) -> float:
        """Seconds that may pass until the next look."""
        if self._unread:
            return UNREAD_TICK
        return TICK if self._state.jobs.idle else WORK_TICK

    @property
    def delivered(self) -> bool:
        """Whether nothing is left that a client has to read."""
        return not self._unread

    def look(self) -> bool:
        """Do what is due; return whether sessions were looked at, twice a second."""
        now = time.monotonic()
        self._unread = self._state.delivery.retry()
        self._jobs(now)
        for identity in self._state.sockets.departed():
            session = self._state.sessions.of(identity)
            if session is not None:
                self._state.leave(session)
        if now - self._looked < TICK:
            return False
        self._looked = now
        gap, self._awake = now - self._awake, now
        if gap > ASLEEP:
            # We were stopped or swapped out: what clients said meanwhile is still to be read.
            self._state.sessions.forgive(gap)
        self._sessions(now)
        return True

    def _jobs(self, now: float) -> None:
        state = self._state
        for job in state.jobs.overdue():
            try:
                job.token.check()
            except GPError as error:
                state.fail(job, error)
        for job in state.jobs.running:
            session = state.sessions.by_key(job.session)
            if session is None or now - job.told < _TELL_AFTER:
                continue
            job.told = now
            fraction = job.token.fraction
            if fraction is None:
                fraction = state.record.progress(job.request.op, now - job.started)
            event = Progress(job.token.stage or job.request.op, fraction)
            parts = wire.encode_progress(job.request.id, event, job.request.version)
            state.delivery.event(session, parts)

    def _sessions(self, now: float) -> None:
        state = self._state
        for session in state.sessions.silent(now):
            log.info("a client gives no sign of life")
            state.leave(session)
        for session in state.sessions.expire(now):
            state.pages.drop(session.key)
            log.debug("a client's pages were dropped")
            self._trim = True
        if self._trim and state.jobs.idle:
            self._trim = False
            give_memory_back()
