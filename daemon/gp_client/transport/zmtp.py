"""A ZeroMQ DEALER in plain sockets: ZMTP 3.0 (rfc.zeromq.org/spec/23) with NULL and PLAIN.

Compiled pyzmq does not fit every editor's Python, so the client speaks the wire itself: unix
sockets (``ipc://path``) and TCP (``tcp://host:port``), one connection, no background thread.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Sequence

from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, NO_DAEMON, TIMEOUT, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.codec import (
    COMMAND,
    MORE,
    FrameReader,
    decode_command,
    decode_metadata,
    encode_command,
    encode_message,
    encode_metadata,
    greeting,
    violation,
)
from gp_client.wire import MAX_FRAME, MAX_FRAMES, Buffer

_HANDSHAKE_LIMIT = 4096  # bytes of a handshake command
# An editor does not ignore SIGPIPE as Python does: a write to a dead daemon would kill the editor.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
_SO_NOSIGPIPE = 0x1022  # macOS has it as an option of the socket, and Python no name for it
_QUEUE_LOOK = 0.02  # seconds between two looks whether a full queue of newcomers has room


class Dealer:
    """One DEALER connection to one peer (a ROUTER). Not thread-safe."""

    def __init__(self, sock: socket.socket, max_frame: int = MAX_FRAME) -> None:
        self._socket: socket.socket | None = sock
        if sys.platform == "darwin":
            sock.setsockopt(socket.SOL_SOCKET, _SO_NOSIGPIPE, 1)
        self._reader = FrameReader(max_frame)
        self._parts: list[memoryview] = []

    @classmethod
    def connect(
        cls, endpoint: str, username: str = "", password: str = "", timeout: float = 10.0
    ) -> Dealer:
        """Connect and shake hands; PLAIN where a password is given, else NULL.

        Args:
            endpoint: ``ipc://path`` or ``tcp://host:port``.
            username: PLAIN's user name, at most 255 bytes.
            password: PLAIN's password, at most 255 bytes.
            timeout: seconds for all of it.

        Raises:
            GuidingPainterError: NO_DAEMON where nobody answers or the key is refused, TIMEOUT,
                BAD_REQUEST for an endpoint of another form.
        """
        deadline = time.monotonic() + timeout
        dealer = cls(_open(endpoint, timeout))
        try:
            dealer._shake_hands(username.encode(), password.encode(), deadline)
        except GPError as error:
            dealer.close()
            if error.code == CONNECTION_LOST:
                raise GPError(NO_DAEMON, f"No daemon of ours answers at {endpoint}.") from error
            raise
        except BaseException:
            dealer.close()
            raise
        return dealer

    def send(self, parts: Sequence[Buffer], timeout: float) -> None:
        """Write one message.

        Raises:
            GuidingPainterError: CONNECTION_LOST, or TIMEOUT; the connection is closed after either,
                for half a message cannot be taken back.
        """
        for buffer in encode_message(parts):
            self._write(buffer, time.monotonic() + timeout)

    def recv(self, timeout: float) -> list[memoryview]:
        """Return the next message's parts; PINGs are answered on the way.

        Raises:
            GuidingPainterError: TIMEOUT (what has arrived is kept and the next call goes on),
                CONNECTION_LOST or TOO_LARGE (the connection is closed).
        """
        deadline = time.monotonic() + timeout
        while True:
            flags, body = self._frame(deadline)
            if flags & COMMAND:
                self._answer(body, deadline)
                continue
            self._parts.append(body)
            if not flags & MORE:
                parts, self._parts = self._parts, []
                return parts
            if len(self._parts) > MAX_FRAMES:
                self.close()
                raise GPError(TOO_LARGE, "The daemon sent a message of too many frames.")

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def closed(self) -> bool:
        """Whether the connection is gone; then nothing can be sent or received."""
        return self._socket is None

    def _shake_hands(self, username: bytes, password: bytes, deadline: float) -> None:
        if len(username) > 255 or len(password) > 255:
            raise GPError(BAD_REQUEST, "A user name or a key is longer than 255 bytes.")
        mechanism = b"PLAIN" if password else b"NULL"
        self._write(greeting(mechanism), deadline)
        self._check_greeting(self._exactly(64, deadline), mechanism)
        about_us = encode_metadata([(b"Socket-Type", b"DEALER"), (b"Identity", b"")])
        if password:
            login = bytes((len(username),)) + username + bytes((len(password),)) + password
            self._write(encode_command(b"HELLO", login), deadline)
            self._expect(b"WELCOME", deadline)
            self._write(encode_command(b"INITIATE", about_us), deadline)
        else:
            self._write(encode_command(b"READY", about_us), deadline)
        about_peer = decode_metadata(self._expect(b"READY", deadline))
        if about_peer.get(b"socket-type") not in (b"ROUTER", b"DEALER", b"REP"):
            raise violation("a socket of another kind")

    def _check_greeting(self, data: bytes, mechanism: bytes) -> None:
        if data[0] != 0xFF or data[9] != 0x7F or data[10] < 3:
            raise violation("no ZeroMQ 3 greeting")
        theirs = data[12:32].rstrip(b"\0")
        if theirs != mechanism:
            raise GPError(
                NO_DAEMON,
                "The daemon asks for a key." if theirs == b"PLAIN" else "The keys do not fit.",
                "Connect without an endpoint, so that the connection file's key is used.",
            )

    def _expect(self, name: bytes, deadline: float) -> bytes:
        flags, body = self._frame(deadline)
        if not flags & COMMAND or len(body) > _HANDSHAKE_LIMIT:
            raise violation("no handshake")
        found, rest = decode_command(body)
        if found == b"ERROR":
            raise GPError(NO_DAEMON, "The daemon refused this client's key.", "Start it again.")
        if found != name:
            raise violation("an unexpected handshake")
        return rest

    def _answer(self, body: memoryview, deadline: float) -> None:
        try:
            name, rest = decode_command(body)
        except GPError:
            self.close()
            raise
        if name == b"PING":  # two bytes of time to live, then up to 16 bytes to send back
            self._write(encode_command(b"PONG", rest[2:18]), deadline)
        elif name == b"ERROR":
            self.close()
            raise violation("an error")

    def _frame(self, deadline: float) -> tuple[int, memoryview]:
        while (frame := self._reader.pop()) is None:
            count = self._read_into(self._reader.get_buffer(), deadline)
            try:
                self._reader.buffer_updated(count)
            except GPError:
                self.close()
                raise
        return frame

    def _exactly(self, size: int, deadline: float) -> bytes:
        data = bytearray(size)
        filled = 0
        while filled < size:
            filled += self._read_into(memoryview(data)[filled:], deadline)
        return bytes(data)

    def _read_into(self, buffer: memoryview, deadline: float) -> int:
        sock = self._timed(deadline)
        try:
            count = sock.recv_into(buffer)
        except (socket.timeout, BlockingIOError):
            raise GPError(TIMEOUT, "The daemon has not answered in time.") from None
        except OSError as error:
            self.close()
            raise _lost() from error
        if count == 0:
            self.close()
            raise _lost()
        return count

    def _write(self, buffer: Buffer, deadline: float) -> None:
        sock = self._timed(deadline)
        try:
            sock.sendall(buffer, _NO_SIGNAL)
        except (socket.timeout, BlockingIOError):
            self.close()
            raise GPError(TIMEOUT, "The daemon takes no more data.") from None
        except OSError as error:
            self.close()
            raise _lost() from error

    def _timed(self, deadline: float) -> socket.socket:
        if self._socket is None:
            raise _lost()
        # Never 0: that would mean non-blocking, and data that is already here would be missed.
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        return self._socket


def _open(endpoint: str, timeout: float) -> socket.socket:
    scheme, _, address = endpoint.partition("://")
    host, _, port = address.rpartition(":")
    try:
        if scheme == "tcp" and host and port.isdigit() and 0 < int(port) < 65536:
            sock = socket.create_connection((host.strip("[]"), int(port)), timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        if scheme == "ipc" and address and hasattr(socket, "AF_UNIX"):
            # A leading @ means Linux's abstract names, as in libzmq.
            name = "\0" + address[1:] if address.startswith("@") else address
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                sock.settimeout(timeout)
                _queue_up(sock, name, time.monotonic() + timeout)
            except BaseException:
                sock.close()
                raise
            return sock
    except OSError as error:
        raise GPError(
            NO_DAEMON, f"No daemon answers at {endpoint}.", "Start it with gp-daemon."
        ) from error
    raise GPError(
        BAD_REQUEST,
        f"{endpoint!r} is no endpoint.",
        "Write ipc:///path/to/socket or tcp://127.0.0.1:port.",
    )


def _queue_up(sock: socket.socket, name: str, deadline: float) -> None:
    """Connect to a path; waits while the queue of newcomers there is full."""
    while True:
        try:
            sock.connect(name)
            return
        except BlockingIOError as error:  # Linux does not wait for us here
            if time.monotonic() > deadline:
                raise GPError(TIMEOUT, "The daemon takes no newcomers in time.") from error
            time.sleep(_QUEUE_LOOK)


def _lost() -> GPError:
    return GPError(
        CONNECTION_LOST, "The connection to the daemon broke.", "Try again; start it if need be."
    )
