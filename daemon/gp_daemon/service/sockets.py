"""The two ROUTER sockets, their key check and their monitor: all that is libzmq's."""

from __future__ import annotations

import enum
import errno
import hmac
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import zmq
from gp_client.connection import USERNAME
from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import MAX_FRAME, Buffer

from gp_daemon.service.endpoints import Listen, control_path

_ZAP = "inproc://zeromq.zap.01"  # rfc.zeromq.org/spec/27
_HIGH_WATER = 64  # messages a connection; beyond it the daemon keeps the replies itself
_COPY_BELOW = 64 * 1024  # bytes; larger frames are sent from where they lie
_LINGER_MS = 1000
_TIMEOUTS_MS = 10_000  # for a connection that never says who it is
_BEAT_MS = 5_000  # between libzmq's own heartbeats to other machines


class Sent(enum.Enum):
    """What became of a message: on its way, the client does not read, or it has gone."""

    YES = enum.auto()
    FULL = enum.auto()
    GONE = enum.auto()


@dataclass(frozen=True)
class Guard:
    """Who may come in over tcp.

    Attributes:
        token: PLAIN's password, for this machine's own address.
        secret: CURVE's secret key of this daemon, Z85; with it every tcp endpoint asks for CURVE.
        name: says to whom a client's public key (32 bytes) belongs; None: to nobody we know.
    """

    token: str = ""
    secret: bytes = b""
    name: Callable[[bytes], str | None] | None = None


class Sockets:
    """Bound sockets. All methods belong to one thread.

    Args:
        listen: where to bind.
        guard: who may come in, for tcp.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(self, listen: Listen, guard: Guard) -> None:
        self._context = zmq.Context()
        self._guard, self._tcp = guard, listen.tcp
        self._path: Path | None = None  # of the main unix socket, once it is ours
        self._keys: zmq.Socket[bytes] | None = None
        if listen.remote and not guard.secret:
            raise GPError(
                BAD_REQUEST,
                f"Listening at {listen.main} would open the daemon to other machines unencrypted.",
                "Make keys first: gp-daemon keys",
            )
        if listen.tcp:
            if not guard.token and not guard.secret:
                raise GPError(BAD_REQUEST, "A tcp endpoint needs a key.")
            self._keys = self._context.socket(zmq.REP)
            self._keys.linger = 0
            self._keys.bind(_ZAP)  # before the others: libzmq asks it at the first connection
        self.main = self._router(listen)
        self.control = self._router(listen)
        self._monitor = self.main.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        # The sockets' files appear here: nobody else may connect, not even for a moment.
        mask = os.umask(0o177) if listen.path is not None else None
        try:
            self.main.bind(listen.main)
            self.control.bind(listen.control)
        except zmq.ZMQError as error:
            self.close()
            raise GPError(
                BAD_REQUEST,
                f"The daemon cannot listen at {listen.main} ({error.strerror}).",
                "Choose another endpoint with --listen.",
            ) from error
        finally:
            if mask is not None:
                os.umask(mask)
        self._path = listen.path
        self.main_endpoint = _endpoint(self.main)
        self.control_endpoint = _endpoint(self.control)

    def poll(self, wake: socket.socket, milliseconds: int) -> set[object]:
        """Wait until a socket or ``wake`` can be read; return those that can."""
        poller = zmq.Poller()
        for one in (self.main, self.control, self._monitor, self._keys, wake):
            if one is not None:
                poller.register(one, zmq.POLLIN)
        ready = {descriptor for descriptor, _ in poller.poll(milliseconds)}
        if wake.fileno() in ready:  # plain sockets come back as their descriptors
            ready.add(wake)
        return ready

    def receive(self, router: zmq.Socket[bytes]) -> tuple[bytes, str, list[memoryview]] | None:
        """Return (identity, user, parts) of the next message, or None; never waits."""
        try:
            frames = router.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        identity = frames[0].bytes
        if len(frames) < 2:
            return identity, "", []
        user = str(frames[1].get("User-Id")) if self._tcp else ""
        return identity, user, [frame.buffer for frame in frames[1:]]

    def send(self, router: zmq.Socket[bytes], identity: bytes, parts: Sequence[Buffer]) -> Sent:
        """Send without waiting."""
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

    def departures(self) -> int:
        """Return how many main connections closed since the last call."""
        gone = 0
        while self._monitor.poll(0):
            self._monitor.recv_multipart()
            gone += 1
        return gone

    def answer_keys(self) -> None:
        """Answer libzmq's questions whether a key is right (ZAP)."""
        while self._keys is not None and self._keys.poll(0):
            frames = self._keys.recv_multipart()
            request_id = frames[1] if len(frames) > 1 else b""
            user = self._user(frames)
            code, text = (b"400", b"refused") if user is None else (b"200", b"OK")
            name = (user or "").encode()
            self._keys.send_multipart([b"1.0", request_id, code, text, name, b""])

    def _user(self, frames: list[bytes]) -> str | None:
        """Return who asks to come in, or None for a stranger."""
        guard, mechanism = self._guard, frames[5] if len(frames) > 5 else b""
        if guard.secret:
            known = mechanism == b"CURVE" and len(frames) == 7 and guard.name is not None
            return guard.name(frames[6]) if known and guard.name is not None else None
        fits = (
            mechanism == b"PLAIN"
            and len(frames) == 8
            and hmac.compare_digest(frames[6], USERNAME.encode())
            and hmac.compare_digest(frames[7], guard.token.encode())
        )
        return USERNAME if fits else None

    def close(self) -> None:
        """Close the sockets, replies on their way first, then the context."""
        self.main.disable_monitor()
        self._monitor.close(0)
        for router in (self.main, self.control):
            router.close(_LINGER_MS)
        if self._keys is not None:
            self._keys.close(0)
        self._context.term()
        if self._path is not None:  # libzmq leaves the files of sockets that it did not name
            for path in (self._path, control_path(self._path)):
                path.unlink(missing_ok=True)

    def _router(self, listen: Listen) -> zmq.Socket[bytes]:
        router = self._context.socket(zmq.ROUTER)
        router.router_mandatory = True  # so that a send to a client that left is an error
        router.maxmsgsize = MAX_FRAME
        router.rcvhwm = router.sndhwm = _HIGH_WATER
        router.handshake_ivl = _TIMEOUTS_MS
        if listen.tcp and self._guard.secret:
            router.curve_server = True
            router.curve_secretkey = self._guard.secret
            router.heartbeat_ivl = _BEAT_MS
            router.ipv6 = "[" in listen.main
        elif listen.tcp:
            router.plain_server = True
            router.ipv6 = "[" in listen.main
        return router


def _endpoint(router: zmq.Socket[bytes]) -> str:
    return router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
