"""The two ROUTER sockets, their key check and their monitor: all that is libzmq's."""

from __future__ import annotations

import errno
import hmac
import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import zmq
from gp_client.connection import USERNAME
from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import MAX_FRAME, Buffer
from zmq.utils.monitor import recv_monitor_message

from gp_daemon.endpoints import Listen, control_path

log = logging.getLogger(__name__)

_ZAP = "inproc://zeromq.zap.01"  # rfc.zeromq.org/spec/27
_HIGH_WATER = 64  # messages a connection; beyond it a client that does not read loses replies
_COPY_BELOW = 64 * 1024  # bytes; larger frames are sent from where they lie
_LINGER_MS = 1000
_TIMEOUTS_MS = 10_000  # for a connection that never says who it is


class Sockets:
    """Bound sockets. All methods belong to one thread.

    Args:
        listen: where to bind.
        token: PLAIN's password, for tcp.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(self, listen: Listen, token: str) -> None:
        self._context = zmq.Context()
        self._token = token.encode()
        self._path: Path | None = None  # of the main unix socket, once it is ours
        self._keys: zmq.Socket[bytes] | None = None
        if listen.tcp:
            if not token:
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

    def receive(self, router: zmq.Socket[bytes]) -> tuple[bytes, int, list[memoryview]] | None:
        """Return (identity, file descriptor, parts) of the next message, or None; never waits."""
        try:
            frames = router.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        identity = frames[0].bytes
        if len(frames) < 2:
            return identity, -1, []
        descriptor = frames[1].get(zmq.SRCFD)
        return identity, int(descriptor), [frame.buffer for frame in frames[1:]]

    def send(self, router: zmq.Socket[bytes], identity: bytes, parts: Sequence[Buffer]) -> bool:
        """Send without waiting; False where the client has gone or does not read."""
        try:
            router.send(identity, zmq.SNDMORE | zmq.NOBLOCK)
            for index, part in enumerate(parts):
                more = zmq.SNDMORE if index + 1 < len(parts) else 0
                small = memoryview(part).nbytes < _COPY_BELOW
                router.send(part, more | zmq.NOBLOCK, copy=small)
        except zmq.Again:
            log.warning("a client does not read its replies; one was dropped")
            return False
        except zmq.ZMQError as error:
            if error.errno != errno.EHOSTUNREACH:
                raise
            return False
        return True

    def departures(self) -> list[int]:
        """Return the file descriptors of main connections that closed since the last call."""
        gone = []
        while self._monitor.poll(0):
            gone.append(int(recv_monitor_message(self._monitor)["value"]))
        return gone

    def answer_keys(self) -> None:
        """Answer libzmq's questions whether a key is right (ZAP)."""
        while self._keys is not None and self._keys.poll(0):
            frames = self._keys.recv_multipart()
            request_id = frames[1] if len(frames) > 1 else b""
            fits = (
                len(frames) == 8
                and frames[5] == b"PLAIN"
                and hmac.compare_digest(frames[6], USERNAME.encode())
                and hmac.compare_digest(frames[7], self._token)
            )
            code, text = (b"200", b"OK") if fits else (b"400", b"refused")
            self._keys.send_multipart([b"1.0", request_id, code, text, b"", b""])

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
        if listen.tcp:
            router.plain_server = True
            router.ipv6 = "[" in listen.main
        return router


def _endpoint(router: zmq.Socket[bytes]) -> str:
    return router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
