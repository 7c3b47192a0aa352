"""The daemon's sockets: one thread that answers at once and hands the work to the worker."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gp_client
from gp_client import wire
from gp_client.errors import BAD_REQUEST, CANCELLED, SUPERSEDED, UNKNOWN_OP
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer, Request

from gp_daemon.endpoints import parse_listen
from gp_daemon.jobs import Job, JobQueue
from gp_daemon.operations import PAGE_OPS, Worker, render_slot
from gp_daemon.pages import PageFactory, PageStore
from gp_daemon.sessions import Session, Sessions
from gp_daemon.sockets import Sockets

log = logging.getLogger(__name__)

_TICK_MS = 500  # how often sessions and the daemon's own life are looked at
_BATCH = 32  # messages taken from one socket before the other gets its turn
_STOP_SECONDS = 5.0  # for the running job to end
_CONTROL_OPS = frozenset({"ping", "cancel", "status", "shutdown"})


@dataclass(frozen=True)
class Backend:
    """What the server serves: a maker of pages, and what hello and status say about it."""

    open_page: PageFactory
    info: Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """Limits of a server.

    Attributes:
        memory: bytes of pages, and of requests that wait.
        pages_per_client: open pages of one client.
        jobs_per_client: waiting requests of one client.
        clients: sessions at once.
        page_grace: seconds for which the pages of a client without connection are kept.
    """

    memory: int = 4 * 1024**3
    pages_per_client: int = 32
    jobs_per_client: int = 64
    clients: int = 64
    page_grace: float = 10.0


class Server:
    """Serves protocol version 1.

    Args:
        backend: makes the pages.
        listen: endpoint, see ``endpoints.parse_listen``; bound at once.
        token: PLAIN's password for tcp.
        options: limits.
        tick: called twice a second with the number of connected clients; True ends the server.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(
        self,
        backend: Backend,
        listen: str,
        token: str = "",
        options: Options | None = None,
        tick: Callable[[int], bool] | None = None,
    ) -> None:
        options = options or Options()
        self._backend, self._options, self._tick = backend, options, tick
        self._sockets = Sockets(parse_listen(listen), token)
        self._sessions = Sessions(options.clients, options.page_grace)
        self._pages = PageStore(options.memory, options.pages_per_client)
        self._jobs = JobQueue(options.jobs_per_client, options.memory)
        self._worker = Worker(self._jobs, self._pages, backend.open_page, self._post)
        self._outbox: deque[tuple[str, list[Buffer]]] = deque()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._stopping = threading.Event()
        self._started = time.time()

    @property
    def main(self) -> str:
        """Endpoint of the work socket, with the port that was chosen."""
        return self._sockets.main_endpoint

    @property
    def control(self) -> str:
        """Endpoint of the control socket."""
        return self._sockets.control_endpoint

    def serve(self) -> None:
        """Serve until ``stop``, a client's shutdown or ``tick`` ends it; then close everything."""
        self._worker.start()
        try:
            while not self._stopping.is_set():
                self._turn(_TICK_MS)
                for session in self._sessions.expire(time.monotonic()):
                    self._pages.drop(session.key)
                    log.debug("a client's pages were dropped")
                if self._tick is not None and self._tick(self._sessions.connected):
                    self.stop()
        finally:
            self._close()

    def stop(self) -> None:
        """End ``serve``. May be called from any thread and from a signal handler."""
        self._stopping.set()
        self._wake()

    def _turn(self, milliseconds: int) -> None:
        ready = self._sockets.poll(self._wake_read, milliseconds)
        if self._wake_read in ready:
            self._drain_wake()
        self._drain_outbox()
        self._sockets.answer_keys()
        for _ in range(_BATCH):
            received = self._sockets.receive(self._sockets.main)
            # In this order: a descriptor that was closed may be in use again by this message.
            self._note_departures()
            if received is None:
                break
            identity, descriptor, parts = received
            self._handle(identity, descriptor, parts, control=False)
        for _ in range(_BATCH):
            received = self._sockets.receive(self._sockets.control)
            if received is None:
                break
            identity, descriptor, parts = received
            self._handle(identity, descriptor, parts, control=True)

    def _note_departures(self) -> None:
        for descriptor in self._sockets.departures():
            session = self._sessions.disconnected(descriptor)
            if session is not None:
                self._jobs.drop_session(session.key)

    def _handle(
        self, identity: bytes, descriptor: int, parts: list[memoryview], control: bool
    ) -> None:
        request_id: int | None = None
        try:
            request = wire.decode_request(parts)
            request_id = request.id
            answer = self._dispatch(request, identity, descriptor, control)
            if answer is None:
                return
            reply = wire.encode_result(request_id, answer)
        except GPError as error:
            if isinstance(error, wire.BadMessage):
                request_id = error.request_id
            reply = wire.encode_error(request_id, error)
        target = self._sockets.control if control else self._sockets.main
        if not self._sockets.send(target, identity, reply):
            session = self._sessions.find(identity, descriptor)
            if session is not None and not control:
                self._lose(session)

    def _dispatch(
        self, request: Request, identity: bytes, descriptor: int, control: bool
    ) -> dict[str, Any] | None:
        """Return the result, or None where the worker will answer."""
        op = request.op
        if op == "ping":
            return {}
        if op == "status":
            return self._status()
        if op == "shutdown":
            log.info("a client asked for the end")
            self.stop()
            return {}
        if op == "cancel":
            return self._cancel(request)
        if control and (op == "hello" or op in PAGE_OPS):
            raise GPError(BAD_REQUEST, f"{op} belongs to the main socket.")
        if op == "hello":
            return self._hello(request, identity, descriptor)
        if op not in PAGE_OPS:
            raise GPError(UNKNOWN_OP, f"This daemon knows no {op!r}.", "Update GuidingPainter.")
        session = self._sessions.find(identity, descriptor)
        if session is None:
            raise GPError(BAD_REQUEST, "The first request of a connection is hello.")
        older = self._jobs.put(Job(session.key, request, render_slot(request)))
        if older is not None:
            error = GPError(SUPERSEDED, "A newer request took this one's place.")
            self._reply_job(older, error)
        return None

    def _hello(self, request: Request, identity: bytes, descriptor: int) -> dict[str, Any]:
        key = request.args.get("session", "")
        if not isinstance(key, str):
            raise GPError(BAD_REQUEST, "session is no text.")
        session, resumed = self._sessions.hello(identity, descriptor, key)
        self._pages.admit(session.key)
        limits = {
            "side": wire.MAX_SIDE,
            "pixels": wire.MAX_PIXELS,
            "header": wire.MAX_HEADER,
            "frames": wire.MAX_FRAMES,
            "frame": wire.MAX_FRAME,
            "pages": self._options.pages_per_client,
            "requests": self._options.jobs_per_client,
        }
        return {
            "session": session.key,
            "resumed": resumed,
            "protocol": wire.PROTOCOL,
            "version": gp_client.__version__,
            "pid": os.getpid(),
            "control": self.control,
            "limits": limits,
            **self._backend.info,
        }

    def _cancel(self, request: Request) -> dict[str, Any]:
        key, number = request.args.get("session"), request.args.get("request")
        if not isinstance(key, str) or not isinstance(number, int):
            raise GPError(BAD_REQUEST, "cancel takes a session and a request's id.")
        state, job = self._jobs.cancel(key, number)
        if state == "waiting" and job is not None:
            self._reply_job(job, GPError(CANCELLED, "The work was cancelled."))
        return {"state": state}

    def _status(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "version": gp_client.__version__,
            "protocol": wire.PROTOCOL,
            "uptime": time.time() - self._started,
            "clients": self._sessions.connected,
            "pages": len(self._pages),
            "memory": self._pages.nbytes,
            "memory_limit": self._options.memory,
            "waiting": self._jobs.waiting,
            "running": self._jobs.running,
            **self._backend.info,
        }

    def _reply_job(self, job: Job, error: GPError) -> None:
        self._deliver(job.session, wire.encode_error(job.request.id, error))

    def _deliver(self, key: str, parts: list[Buffer]) -> None:
        session = self._sessions.by_key(key)
        if session is None or session.left_at is not None:
            return
        if not self._sockets.send(self._sockets.main, session.identity, parts):
            self._lose(session)

    def _lose(self, session: Session) -> None:
        self._sessions.unreachable(session)
        self._jobs.drop_session(session.key)

    def _post(self, key: str, parts: list[Buffer]) -> None:
        """Hand a reply to the socket thread; the worker calls this."""
        self._outbox.append((key, parts))
        self._wake()

    def _wake(self) -> None:
        # Full: it is awake already. Closed: the worker was late, and nobody waits for it.
        with contextlib.suppress(OSError):
            self._wake_write.send(b"\0")

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                continue

    def _drain_outbox(self) -> None:
        while self._outbox:
            key, parts = self._outbox.popleft()
            self._deliver(key, parts)

    def _close(self) -> None:
        ending = GPError(CANCELLED, "The daemon is ending.", "Start it again.")
        for job in self._jobs.close():
            self._reply_job(job, ending)
        self._worker.join(_STOP_SECONDS)
        self._drain_outbox()
        self._sockets.close()
        self._wake_read.close()
        self._wake_write.close()
