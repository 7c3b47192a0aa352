"""The daemon's sockets: one thread that answers at once and hands the work to the workers."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

from gp_client import wire
from gp_client.errors import INTERNAL
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer

from gp_daemon.pages.opener import Opener
from gp_daemon.pages.store import PageStore
from gp_daemon.service.delivery import Delivery
from gp_daemon.service.dispatch import Dispatch
from gp_daemon.service.endpoints import parse_listen
from gp_daemon.service.jobs import JobQueue, ending
from gp_daemon.service.operations import Operations
from gp_daemon.service.sessions import Session, Sessions
from gp_daemon.service.sockets import Guard, Sockets
from gp_daemon.service.state import Backend, Options, State
from gp_daemon.service.status import Record
from gp_daemon.service.upkeep import Upkeep
from gp_daemon.service.workers import Workers

__all__ = ["Backend", "Guard", "Options", "Server"]

log = logging.getLogger(__name__)

_BATCH = 32  # messages taken from one socket before the other gets its turn
_REPORT = "Please report it with the daemon's log."
_STOP_SECONDS = 5.0  # for the running jobs to end
DRAIN_SECONDS = 20.0  # for all that waits, once the daemon is to end


class Server:
    """Serves protocol version 1.

    Args:
        backend: makes the pages.
        listen: endpoint, see ``endpoints.parse_listen``; bound at once.
        guard: who may come in over tcp.
        options: limits.
        tick: called twice a second with the number of connected clients; True ends the server.
        leaving: called once when no new work is taken any more.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(
        self,
        backend: Backend,
        listen: str,
        guard: Guard | None = None,
        options: Options | None = None,
        tick: Callable[[int], bool] | None = None,
        leaving: Callable[[], None] | None = None,
    ) -> None:
        options = options or Options()
        self._tick, self._leaving = tick, leaving
        self._sockets = Sockets(parse_listen(listen), guard or Guard())
        sessions = Sessions(options.clients, options.page_grace, options.silence)
        pages = PageStore(options.memory, options.pages_per_client)
        self._jobs = JobQueue(options.jobs_per_client, options.memory, max(1, options.workers - 1))
        record = Record()
        delivery = Delivery(self._sockets, sessions, self._drop_jobs)
        state = State(
            backend, options, self._sockets, sessions, pages, self._jobs, record, delivery
        )
        self._state = state
        guided = backend.open_guided
        operations = Operations(
            pages,
            Opener(backend.open_page, pages),
            None if guided is None else Opener(guided, pages, "2 "),
        )
        self._workers = Workers(options.workers, self._jobs, operations, self._post, record)
        self._dispatch = Dispatch(state, self._asked_to_end)
        self._upkeep = Upkeep(state)
        self._outbox: deque[tuple[str, list[Buffer]]] = deque()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._stopping = threading.Event()
        self._drain_until: float | None = None

    @property
    def main(self) -> str:
        """Endpoint of the work socket, with the port that was chosen."""
        return self._sockets.main_endpoint

    @property
    def control(self) -> str:
        """Endpoint of the control socket."""
        return self._sockets.control_endpoint

    def serve(self) -> None:
        """Serve until ``stop``, ``drain``, a client's shutdown or ``tick`` ends it; then close."""
        self._workers.start()
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._close()

    def stop(self) -> None:
        """End ``serve`` now. May be called from any thread and from a signal handler."""
        self._stopping.set()
        self._wake()

    def drain(self) -> None:
        """Take no more work, finish what is here, then end; the second call ends it now.

        May be called from a signal handler.
        """
        if self._drain_until is not None:
            self.stop()
            return
        self._drain_until = time.monotonic() + DRAIN_SECONDS
        self._wake()

    def _turn(self) -> None:
        ready = self._sockets.poll(self._wake_read, int(1000 * self._upkeep.patience))
        if self._wake_read in ready:
            self._drain_wake()
        self._drain_outbox()
        self._sockets.answer_keys()
        for control, router in ((False, self._sockets.main), (True, self._sockets.control)):
            for _ in range(_BATCH):
                received = self._sockets.receive(router)
                if received is None:
                    break
                identity, user, parts = received
                self._handle(identity, user, parts, control)
        looked = self._upkeep.look()
        clients = len(self._state.sessions.connected)
        if looked and self._tick is not None and self._tick(clients):
            self.stop()
        self._look_at_drain()

    def _handle(self, identity: bytes, user: str, parts: list[memoryview], control: bool) -> None:
        request_id, version = None, 1
        try:
            request = wire.decode_request(parts)
            request_id, version = request.id, request.version
            answer = self._dispatch(request, identity, user, control)
            if answer is None:
                return
            reply = wire.encode_result(request_id, answer, version=version)
        except GPError as error:
            if isinstance(error, wire.BadMessage):
                request_id = error.request_id
            reply = wire.encode_error(request_id, error, version)
        except Exception:
            # Whatever one message does here is its sender's error, never everybody's end.
            log.exception("a message failed")
            failure = GPError(INTERNAL, "The daemon failed at this request.", _REPORT)
            self._state.record.failed("message", failure)
            reply = wire.encode_error(request_id, failure, version)
        session = None if control else self._state.sessions.find(identity, user)
        if session is not None:
            self._state.delivery.reply(session, reply)
        else:
            target = self._sockets.control if control else self._sockets.main
            self._sockets.send(target, identity, reply)

    def _look_at_drain(self) -> None:
        if self._drain_until is None:
            return
        if not self._dispatch.draining:
            log.info("ending once the work is done")
            self._dispatch.draining = True
            self._jobs.drain()
            if self._leaving is not None:
                self._leaving()
        done = self._jobs.idle and not self._outbox and self._upkeep.delivered
        if done or time.monotonic() > self._drain_until:
            self._stopping.set()

    def _asked_to_end(self) -> None:
        log.info("a client asked for the end")
        self.stop()

    def _drop_jobs(self, session: Session) -> None:
        self._jobs.drop_session(session.key)

    def _post(self, key: str, parts: list[Buffer]) -> None:
        """Hand a reply to the socket thread; the workers call this."""
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
            session = self._state.sessions.by_key(key)
            if session is not None:
                self._state.delivery.reply(session, parts)

    def _close(self) -> None:
        for job in self._jobs.close():
            self._state.fail(job, ending())
        self._workers.join(_STOP_SECONDS)
        self._drain_outbox()
        self._sockets.close()
        self._wake_read.close()
        self._wake_write.close()
