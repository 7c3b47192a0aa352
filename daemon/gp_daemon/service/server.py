"""The daemon's sockets: one thread that answers at once and hands the work to the workers."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from gp_client import wire
from gp_client.errors import BAD_REQUEST, INTERNAL
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer

from gp_daemon.pages.opener import Opener
from gp_daemon.pages.store import PageStore
from gp_daemon.service.delivery import Delivery
from gp_daemon.service.dispatch import Dispatch
from gp_daemon.service.endpoints import Listen, parse_listen
from gp_daemon.service.jobs import JobQueue, ending
from gp_daemon.service.local_sockets import LocalSockets
from gp_daemon.service.operations import Operations
from gp_daemon.service.sessions import Session, Sessions
from gp_daemon.service.state import Backend, Options, State
from gp_daemon.service.status import Record
from gp_daemon.service.traffic import Guard, Received, Traffic
from gp_daemon.service.upkeep import Upkeep
from gp_daemon.service.workers import Workers

__all__ = ["Backend", "Guard", "Options", "Server"]

log = logging.getLogger(__name__)

_BATCH = 64  # messages taken before all else gets its turn
_REPORT = "Please report it with the daemon's log."
_STOP_SECONDS = 5.0  # for the running jobs to end
_LAST_SECONDS = 1.0  # for clients to read what they were told last
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
        self._sockets = _open_sockets(parse_listen(listen), guard or Guard(), options.memory)
        sessions = Sessions(options.clients, options.page_grace, options.silence)
        pages = PageStore(options.memory, options.pages_per_client)
        self._jobs = JobQueue(options.jobs_per_client, options.memory, max(1, options.workers - 1))
        record = Record()
        delivery = Delivery(self._sockets, sessions, self._drop_jobs, options.memory)
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
        owned = guard is None or not guard.secret
        self._dispatch = Dispatch(state, self._asked_to_end if owned else None)
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

    def reachable(self) -> bool:
        """Mend what keeps clients from finding our sockets; False where another's are in place.

        The socket thread's own: ``tick`` may call it.
        """
        return self._sockets.reachable()

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
        if self._sockets.poll(self._wake_read, int(1000 * self._upkeep.patience)):
            self._drain_wake()
        self._drain_outbox()
        for _ in range(_BATCH):
            received = self._sockets.receive()
            if received is None:
                break
            self._handle(received)
        looked = self._upkeep.look()
        clients = len(self._state.sessions.connected)
        if looked and self._tick is not None and self._tick(clients):
            self.stop()
        self._look_at_drain()

    def _handle(self, received: Received) -> None:
        identity, user, control = received.identity, received.user, received.control
        request_id, version = None, 1
        try:
            if received.refused is not None:
                request_id, version = _read_refused(received.parts)
                why = received.refused
                # A new one: an error that is raised twice keeps all that it went through.
                raise GPError(why.code, why.message, why.hint)
            request = wire.decode_request(received.parts)
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
            self._sockets.send(identity, reply, control)

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
        end = time.monotonic() + _LAST_SECONDS
        while self._state.delivery.retry() and time.monotonic() < end:
            self._sockets.poll(self._wake_read, 20)
        self._sockets.close()
        self._wake_read.close()
        self._wake_write.close()


def _open_sockets(listen: Listen, guard: Guard, memory: int) -> Traffic:
    if listen.remote and not guard.secret:
        raise GPError(
            BAD_REQUEST,
            f"Listening at {listen.main} would open the daemon to other machines unencrypted.",
            "Make keys first: gp-daemon keys",
        )
    if guard.secret:
        from gp_daemon.service.sockets import CurveSockets  # libzmq, which nobody else needs

        return CurveSockets(listen, guard, memory)
    if listen.tcp and not guard.token:
        raise GPError(BAD_REQUEST, "A tcp endpoint needs a key.")
    return LocalSockets(listen, guard.token, memory)


def _read_refused(parts: Sequence[Buffer]) -> tuple[int | None, int]:
    """The id, None where there is none, and the version of a header whose frames were dropped."""
    try:
        request = wire.decode_request(parts)
        return request.id, request.version
    except wire.BadMessage as error:
        return error.request_id, 1
