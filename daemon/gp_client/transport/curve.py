"""A DEALER over CURVE, for a daemon on another machine; the one place that needs pyzmq.

Encryption is not ours to write: libzmq does it. Nobody on the daemon's own machine comes here.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from typing import Any

from gp_client.errors import CONNECTION_LOST, NO_DAEMON, TIMEOUT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.keyfile import ClientKey
from gp_client.wire import MAX_FRAME, Buffer

_BEAT_MS = 5_000  # between heartbeats, and how long one may stay unanswered


class CurveDealer:
    """``zmtp.Dealer``'s face over libzmq. Not thread-safe."""

    def __init__(self, zmq: Any, context: Any, socket: Any, monitor: Any) -> None:
        self._zmq, self._context, self._socket, self._monitor = zmq, context, socket, monitor

    @classmethod
    def connect(cls, endpoint: str, key: ClientKey, timeout: float) -> CurveDealer:
        """Connect and shake hands.

        Args:
            endpoint: ``tcp://host:port``.
            key: whom to expect there, and who we are.
            timeout: seconds.

        Raises:
            GuidingPainterError: NO_DAEMON where nobody answers, the keys do not fit, or pyzmq is
                missing.
        """
        try:
            zmq: Any = importlib.import_module("zmq")
        except ImportError as error:
            raise GPError(
                NO_DAEMON,
                "A daemon on another machine needs pyzmq, which this Python does not have.",
                "Install it with: pip install pyzmq, or use a daemon on this machine.",
            ) from error
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        socket.maxmsgsize = MAX_FRAME
        socket.reconnect_ivl = -1  # we connect again ourselves, with a hello
        socket.heartbeat_ivl = socket.heartbeat_timeout = _BEAT_MS
        monitor = None
        try:
            socket.curve_serverkey = key.server.encode()
            socket.curve_publickey, socket.curve_secretkey = (
                key.public.encode(),
                key.secret.encode(),
            )
            monitor = socket.get_monitor_socket()
            dealer = cls(zmq, context, socket, monitor)
            socket.connect(endpoint)
            dealer._await_handshake(endpoint, time.monotonic() + timeout)
        except BaseException as error:
            if monitor is not None:
                socket.disable_monitor()
                monitor.close(0)
            socket.close(0)
            context.term()
            if isinstance(error, zmq.ZMQError):
                raise GPError(NO_DAEMON, f"{endpoint!r} cannot be reached.", str(error)) from error
            raise
        return dealer

    def send(self, parts: Sequence[Buffer], timeout: float) -> None:
        """Send one message.

        Raises:
            GuidingPainterError: CONNECTION_LOST, TIMEOUT.
        """
        if self._socket is None or self._gone():
            self.close()
            raise _lost()
        self._socket.sndtimeo = int(timeout * 1000)
        try:
            self._socket.send_multipart(list(parts), copy=True)
        except self._zmq.Again:
            self.close()
            raise GPError(TIMEOUT, "The daemon takes no more data.") from None

    def recv(self, timeout: float) -> list[Buffer]:
        """Return the next message's parts.

        Raises:
            GuidingPainterError: TIMEOUT, CONNECTION_LOST.
        """
        if self._socket is None:
            raise _lost()
        poller = self._zmq.Poller()
        poller.register(self._socket, self._zmq.POLLIN)
        poller.register(self._monitor, self._zmq.POLLIN)
        deadline = time.monotonic() + timeout
        while True:
            ready = dict(poller.poll(max(0, int(1000 * (deadline - time.monotonic())))))
            if self._socket in ready:  # first: what came before a disconnection still counts
                return [frame.buffer for frame in self._socket.recv_multipart(copy=False)]
            if self._monitor in ready and self._gone():
                self.close()
                raise _lost()
            if not ready:
                raise GPError(TIMEOUT, "The daemon has not answered in time.")

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        if self._socket is not None:
            self._socket.disable_monitor()
            self._monitor.close(0)
            self._socket.close(0)
            self._context.term()
            self._socket = None

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._socket is None

    def _gone(self) -> bool:
        """Whether the monitor has seen the connection end."""
        return any(event == self._zmq.EVENT_DISCONNECTED for event in self._events())

    def _events(self) -> list[int]:
        found = []
        while self._monitor.poll(0):
            found.append(int.from_bytes(self._monitor.recv_multipart()[0][:2], "little"))
        return found

    def _await_handshake(self, endpoint: str, deadline: float) -> None:
        zmq = self._zmq
        failures = {
            zmq.EVENT_HANDSHAKE_FAILED_AUTH,
            zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
            zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
            zmq.EVENT_DISCONNECTED,
            zmq.EVENT_CLOSED,
        }
        while (left := deadline - time.monotonic()) > 0:
            if not self._monitor.poll(int(1000 * left)):
                break
            for event in self._events():
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return
                if event in failures:
                    raise GPError(
                        NO_DAEMON,
                        f"No daemon at {endpoint} that knows this client's key.",
                        "Check the address, and that the key file is for that daemon.",
                    )
        raise GPError(NO_DAEMON, f"No daemon answers at {endpoint}.", "Check the address.")


def _lost() -> GPError:
    return GPError(CONNECTION_LOST, "The connection to the daemon broke.", "Try again.")
