"""Sockets for other machines: CURVE, which libzmq does; the one place of the daemon that needs it.

What libzmq cannot limit is limited around it: it ends the process where descriptors run out, so
connections are counted and the doors shut before; it bounds a part's size and not a message's, so
what comes in over each connection is counted by `inflow`.
"""

from __future__ import annotations

import errno
import logging
import socket
import struct
from collections.abc import Sequence

import zmq
from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import MAX_FRAME, MAX_HEADER, Buffer

from gp_daemon.service.endpoints import Listen
from gp_daemon.service.inflow import Inflow
from gp_daemon.service.limits import most_connections
from gp_daemon.service.traffic import Guard, Received, Sent

log = logging.getLogger(__name__)

_ZAP = "inproc://zeromq.zap.01"  # rfc.zeromq.org/spec/27
_HIGH_WATER = 2  # messages a connection; beyond it the daemon keeps, and counts, the replies itself
_COPY_BELOW = 64 * 1024  # bytes; larger frames are sent from where they lie
_LINGER_MS = 1000
_TIMEOUTS_MS = 10_000  # for a connection that never says who it is
_BEAT_MS = 5_000  # between libzmq's own heartbeats to other machines
_AGAIN = 0.75  # of the most connections: the doors open again when so few are left


class CurveSockets:
    """Bound sockets. All methods belong to one thread.

    Args:
        listen: where to bind.
        guard: who may come in.
        memory: bytes of messages that may be on their way in at once; one always may.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(self, listen: Listen, guard: Guard, memory: int) -> None:
        self._context = zmq.Context()
        self._guard = guard
        self._most = most_connections() // 2  # libzmq holds more than one descriptor for some
        self._inflow, self._gone, self._shut = Inflow(memory), list[bytes](), False
        self._keys = self._context.socket(zmq.REP)
        self._keys.linger = 0
        self._keys.bind(_ZAP)  # before the others: libzmq asks it at the first connection
        self._main = self._router(listen, MAX_FRAME)
        self._control = self._router(listen, MAX_HEADER)
        events = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
        self._monitors = [one.get_monitor_socket(events) for one in (self._main, self._control)]
        try:
            self._main.bind(listen.main)
            self._control.bind(listen.control)
        except zmq.ZMQError as error:
            self.close()
            raise GPError(
                BAD_REQUEST,
                f"The daemon cannot listen at {listen.main} ({error.strerror}).",
                "Choose another endpoint with --listen.",
            ) from error
        self.main_endpoint = _endpoint(self._main)
        self.control_endpoint = _endpoint(self._control)

    def poll(self, wake: socket.socket, milliseconds: int) -> bool:
        """Wait until a message is here or ``wake`` can be read: then True."""
        poller = zmq.Poller()
        for one in (self._main, self._control, self._keys, wake, *self._monitors):
            poller.register(one, zmq.POLLIN)
        ready = {descriptor for descriptor, _ in poller.poll(milliseconds)}
        self._answer_keys()
        self._count_connections()
        self._inflow.look()
        return wake.fileno() in ready  # plain sockets come back as their descriptors

    def receive(self) -> Received | None:
        """Return the next message, or None; never waits."""
        for control, router in ((True, self._control), (False, self._main)):
            try:
                frames = router.recv_multipart(zmq.NOBLOCK, copy=False)
                while not self._inflow.came(int(frames[-1].get(zmq.SRCFD)), frames[0].bytes):
                    frames = router.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                continue
            user = str(frames[1].get("User-Id")) if len(frames) > 1 else ""
            parts = [frame.buffer for frame in frames[1:]]
            return Received(frames[0].bytes, user, control, parts)
        return None

    def send(self, identity: bytes, parts: Sequence[Buffer], control: bool) -> Sent:
        """Send without waiting."""
        router = self._control if control else self._main
        try:
            router.send(identity, zmq.SNDMORE | zmq.NOBLOCK)
            for index, part in enumerate(parts):
                more = zmq.SNDMORE if index + 1 < len(parts) else 0
                small = memoryview(part).nbytes < _COPY_BELOW
                router.send(part, more | zmq.NOBLOCK, copy=small)
        except zmq.Again:
            return Sent.FULL
        except zmq.ZMQError as error:
            if error.errno != errno.EHOSTUNREACH:
                raise
            return Sent.GONE
        return Sent.YES

    def admit(self, identity: bytes, known: bool) -> None:
        """Let a connection send pictures from now on, once it has a session, or no more."""
        self._inflow.admit(identity, known)

    def unsent(self, identity: bytes) -> int:
        """Nothing that libzmq would tell."""
        return 0

    def drop(self, identity: bytes) -> None:
        """Close a connection."""
        self._inflow.drop(identity)

    def departed(self) -> list[bytes]:
        """Return which main connections have closed since the last call."""
        gone, self._gone = self._gone, []
        return gone

    def reachable(self) -> bool:
        """Nobody can take a bound port from us."""
        return True

    def close(self) -> None:
        """Close the sockets, replies on their way first, then the context."""
        for router, monitor in zip((self._main, self._control), self._monitors, strict=True):
            router.disable_monitor()
            monitor.close(0)
            router.close(_LINGER_MS)
        self._keys.close(0)
        self._context.term()

    def _count_connections(self) -> None:
        """Listen no more while there are too many, before descriptors run out."""
        for monitor in self._monitors:
            while monitor.poll(0):
                event, descriptor = struct.unpack("=Hi", monitor.recv_multipart()[0][:6])
                if event == zmq.EVENT_ACCEPTED:
                    self._inflow.opened(descriptor, monitor is self._monitors[1])
                elif identity := self._inflow.closed(descriptor):
                    self._gone.append(identity)
        count = len(self._inflow)
        if self._shut and count < self._most * _AGAIN:
            self._open_again()
        elif not self._shut and count >= self._most:
            log.warning("%d connections; newcomers have to wait", count)
            self._main.unbind(self.main_endpoint)
            self._control.unbind(self.control_endpoint)
            self._shut = True

    def _open_again(self) -> None:
        try:
            self._main.bind(self.main_endpoint)
            self._control.bind(self.control_endpoint)
            self._shut = False
        except zmq.ZMQError as error:  # the system keeps a port for a moment; the next look tries
            log.debug("the doors stay shut (%s)", error.strerror)

    def _answer_keys(self) -> None:
        """Answer libzmq's questions whether a key is right (ZAP)."""
        while self._keys.poll(0):
            frames = self._keys.recv_multipart()
            request_id = frames[1] if len(frames) > 1 else b""
            known = len(frames) == 7 and frames[5] == b"CURVE" and self._guard.name is not None
            user = self._guard.name(frames[6]) if known and self._guard.name is not None else None
            code, text = (b"400", b"refused") if user is None else (b"200", b"OK")
            name = (user or "").encode()
            self._keys.send_multipart([b"1.0", request_id, code, text, name, b""])

    def _router(self, listen: Listen, largest: int) -> zmq.Socket[bytes]:
        router = self._context.socket(zmq.ROUTER)
        router.router_mandatory = True  # so that a send to a client that left is an error
        router.maxmsgsize = largest
        router.rcvhwm = router.sndhwm = _HIGH_WATER
        router.handshake_ivl = _TIMEOUTS_MS
        router.curve_server = True
        router.curve_secretkey = self._guard.secret
        router.heartbeat_ivl = _BEAT_MS
        router.ipv6 = "[" in listen.main
        return router


def _endpoint(router: zmq.Socket[bytes]) -> str:
    return router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
