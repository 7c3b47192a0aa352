"""What is answered at once by the socket thread, and what becomes a job."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import gp_client
from gp_canvas.cancellation import Token
from gp_client import wire
from gp_client.errors import BAD_REQUEST, CANCELLED, NO_SESSION, NOT_ALLOWED, SUPERSEDED, UNKNOWN_OP
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Request

from gp_daemon.service.jobs import Job, ending
from gp_daemon.service.operations import PAGE_OPS, render_slot
from gp_daemon.service.state import State

_MAX_DEADLINE = 3600.0  # seconds


class Dispatch:
    """Answers requests, or queues them.

    Args:
        state: the server's parts.
        stop: ends the server; None where that is not for its clients to say.
    """

    def __init__(self, state: State, stop: Callable[[], None] | None) -> None:
        self._state, self._stop = state, stop
        self._started = time.monotonic()  # a clock that nobody sets
        self.draining = False  # set once no new work is taken
        # Answered on both sockets, with or without a session.
        self._anywhere: dict[str, Callable[[Request], dict[str, Any]]] = {
            "ping": self._ping,
            "status": lambda _: self.status(),
            "shutdown": self._shutdown,
            "cancel": self._cancel,
        }

    def __call__(
        self, request: Request, identity: bytes, user: str, control: bool
    ) -> dict[str, Any] | None:
        """Return the result, or None where a worker will answer.

        Raises:
            GuidingPainterError: for a request that cannot be.
        """
        op = request.op
        if op in self._anywhere:
            return self._anywhere[op](request)
        if control and (op == "hello" or op in PAGE_OPS[request.version]):
            raise GPError(BAD_REQUEST, f"{op} belongs to the main socket.")
        if op == "hello":
            return self._hello(request, identity, user)
        if op not in PAGE_OPS[request.version]:
            raise GPError(UNKNOWN_OP, f"This daemon knows no {op!r}.", "Update GuidingPainter.")
        session = self._state.sessions.find(identity, user)
        if session is None:
            raise GPError(NO_SESSION, "This connection has no session.", "Send hello first.")
        job = Job(session.key, request, render_slot(request), Token(_deadline(request)))
        older = self._state.jobs.put(job)
        if older is not None:
            error = GPError(SUPERSEDED, "A newer request took this one's place.")
            self._state.fail(older, error)
        return None

    def status(self) -> dict[str, Any]:
        """Return what the daemon is doing: numbers and names, never pixels."""
        state, now = self._state, time.monotonic()
        running = state.jobs.running
        return {
            "pid": os.getpid(),
            "version": gp_client.__version__,
            "protocol": wire.PROTOCOL,
            "protocols": list(wire.PROTOCOLS),
            "uptime": now - self._started,
            "clients": len(state.sessions.connected),
            "pages": len(state.pages),
            "memory": state.pages.nbytes,
            "memory_limit": state.options.memory,
            "waiting": state.jobs.waiting,
            "running": running[0].request.op if running else None,
            "jobs": [
                {"op": job.request.op, "stage": job.token.stage, "seconds": now - job.started}
                for job in running
            ],
            "workers": state.options.workers,
            "draining": self.draining,
            **state.record.describe(),
            **state.backend.about(),
        }

    def _ping(self, request: Request) -> dict[str, Any]:
        key = request.args.get("session")
        # A heartbeat hears whether its session still is one.
        return {"known": self._state.sessions.beat(key)} if isinstance(key, str) else {}

    def _shutdown(self, request: Request) -> dict[str, Any]:
        if self._stop is None:
            raise GPError(
                NOT_ALLOWED,
                "This daemon serves others too: whoever runs it ends it.",
                "On its machine: gp stop.",
            )
        self._stop()
        return {}

    def _hello(self, request: Request, identity: bytes, user: str) -> dict[str, Any]:
        if self.draining:
            raise ending()
        key, state = request.args.get("session", ""), self._state
        if not isinstance(key, str):
            raise GPError(BAD_REQUEST, "session is no text.")
        earlier = state.sessions.by_key(key)
        old = earlier.identity if earlier is not None else identity
        session, resumed = state.sessions.hello(identity, user, key)
        if resumed and old != identity:
            state.sockets.drop(old)
        state.sockets.admit(identity, True)
        session.beats = request.args.get("heartbeats") is True
        state.pages.admit(session.key)
        limits = {
            "side": wire.MAX_SIDE,
            "pixels": wire.MAX_PIXELS,
            "header": wire.MAX_HEADER,
            "frames": wire.MAX_FRAMES,
            "frame": wire.MAX_FRAME,
            "pages": state.options.pages_per_client,
            "requests": state.options.jobs_per_client,
            "silence": state.options.silence,
        }
        return {
            "session": session.key,
            "resumed": resumed,
            "protocol": wire.PROTOCOL,
            "protocols": list(wire.PROTOCOLS),
            "version": gp_client.__version__,
            "pid": os.getpid(),
            "control": state.sockets.control_endpoint,
            "limits": limits,
            **state.backend.about(),
        }

    def _cancel(self, request: Request) -> dict[str, Any]:
        key, number = request.args.get("session"), request.args.get("request")
        if not isinstance(key, str) or not isinstance(number, int):
            raise GPError(BAD_REQUEST, "cancel takes a session and a request's id.")
        state, job = self._state.jobs.cancel(key, number)
        if state == "waiting" and job is not None:
            self._state.fail(job, GPError(CANCELLED, "The work was cancelled."))
        return {"state": state}


def _deadline(request: Request) -> float | None:
    seconds = request.args.get("deadline")
    if seconds is None:
        return None
    fits = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not fits or not 0 < seconds <= _MAX_DEADLINE:
        raise GPError(BAD_REQUEST, f"deadline is a number of seconds up to {_MAX_DEADLINE:.0f}.")
    return time.monotonic() + seconds
