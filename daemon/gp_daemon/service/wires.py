"""One connection to the daemon: ZMTP's handshake, what comes in, what goes out (spec 23)."""

from __future__ import annotations

import hmac
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence

from gp_client.connection import USERNAME
from gp_client.transport.codec import (
    decode_command,
    decode_metadata,
    encode_command,
    encode_message,
    encode_metadata,
    greeting,
    violation,
)
from gp_client.wire import Buffer

from gp_daemon.service.intake import CONTROL, STRANGER, Intake, Message

_GREETING = 64  # bytes
_AT_ONCE = 4 * 1024 * 1024  # bytes read of one connection before the others get their turn
_MOST_PONGS = 1000  # signs of life that wait to be read; a slow client asks every few seconds
_MOST_UNREAD = 1024 * 1024  # bytes of answers to somebody without a session


class Wire:
    """A connection. All methods belong to the socket thread; those that read or write raise OSError
    or GuidingPainterError where it is over.

    Args:
        sock: accepted; never waits from now on.
        control: whether it came to the control socket.
        token: the key that it must show; empty where the socket's file guards the door.
        take: see `Intake`.

    Attributes:
        identity: our name for it; clients have no say in that.
        user: who its key says it is, empty on a unix socket.
        heard: time.monotonic() seconds of its last byte, or of its coming.
        ready: whether hands are shaken.
        held: bytes of a message on its way in, as last counted.
        unsent: bytes that it has not taken yet.
        waiting: messages of its that nobody has looked at.
        received: bytes that have come.
        seen: when the pace of its large message was looked at, and what had been received then.
    """

    def __init__(
        self,
        sock: socket.socket,
        identity: bytes,
        control: bool,
        token: str,
        take: Callable[[Wire, int], bool],
    ) -> None:
        sock.setblocking(False)
        self.socket, self.identity, self.control = sock, identity, control
        self.user = USERNAME if token else ""
        self.heard = time.monotonic()
        self.ready, self.held, self.unsent, self.waiting, self.received = False, 0, 0, 0, 0
        self.seen: tuple[float, int] = (self.heard, 0)
        self._token = token.encode()
        self._login = bool(token)  # whether PLAIN's HELLO is still to come
        self._greeting = bytearray()
        allowance = CONTROL if control else STRANGER
        self.intake = Intake(self._take_command, allowance, lambda size: take(self, size))
        self._out: deque[memoryview] = deque()
        self._queue([greeting(b"PLAIN" if token else b"NULL", server=bool(token))])

    def read(self, scratch: memoryview) -> list[Message]:
        """Read what has come; return the messages that are complete now."""
        found: list[Message] = []
        done = 0
        while done < _AT_ONCE:
            target = self.intake.target()
            try:
                count = self.socket.recv_into(scratch if target is None else target)
            except BlockingIOError:
                return found
            if count == 0:
                raise violation("its farewell")
            done += count
            self.received += count
            self.heard = time.monotonic()
            found += self._feed(scratch[:count]) if target is None else self.intake.filled(count)
            if target is None and count < len(scratch) and self.intake.target() is None:
                return found  # that was all, and a second look costs as much as the first
            if self.intake.waits or (found and target is None):
                return found
        return found

    def resume(self) -> list[Message]:
        """Go on with what waited for room."""
        return self.intake.feed(b"")

    def send(self, parts: Sequence[Buffer]) -> None:
        """Send a message as far as the connection takes it now; the rest is kept."""
        self._queue(encode_message(parts))
        self.flush()

    def flush(self) -> None:
        """Send what was kept, as far as it goes."""
        while self._out:
            try:
                count = self.socket.send(self._out[0])
            except BlockingIOError:
                return
            self.unsent -= count
            if count == len(self._out[0]):
                self._out.popleft()
            else:
                self._out[0] = self._out[0][count:]

    @property
    def deaf(self) -> bool:
        """Whether somebody without a session leaves more unread than is good."""
        return self.unsent > _MOST_UNREAD and self.intake.allowance in (CONTROL, STRANGER)

    def _queue(self, buffers: Sequence[Buffer]) -> None:
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            if len(view):
                self._out.append(view)
                self.unsent += len(view)

    def _feed(self, data: memoryview) -> list[Message]:
        if len(self._greeting) < _GREETING:
            missing = _GREETING - len(self._greeting)
            self._greeting += data[:missing]
            self._check_greeting()
            data = data[missing:]
        messages = self.intake.feed(data)
        if messages and not self.ready:
            raise violation("a message before its handshake")
        return messages

    def _check_greeting(self) -> None:
        """Refuse whoever speaks something else as soon as that shows."""
        seen = self._greeting
        fits = seen[0] == 0xFF and (len(seen) < 10 or seen[9] == 0x7F)
        fits = fits and (len(seen) < 11 or seen[10] >= 3)
        if not fits:
            raise violation("no ZeroMQ 3 greeting")
        if len(seen) == _GREETING:
            mechanism = bytes(seen[12:32].rstrip(b"\0"))
            if mechanism != (b"PLAIN" if self._token else b"NULL"):
                raise violation("another mechanism")
            if not self._token:
                self._queue([encode_command(b"READY", _ABOUT_US)])

    def _take_command(self, content: bytes) -> None:
        name, body = decode_command(content)
        if self.ready:
            if name == b"PING":  # two bytes of time to live, then up to 16 bytes to send back
                if len(self._out) > _MOST_PONGS:
                    raise violation("questions whose answers are not read")
                self._queue([encode_command(b"PONG", body[2:18])])
            elif name == b"ERROR":
                raise violation("an error")
        elif self._login:
            if name != b"HELLO" or not self._knows(body):
                self._queue([encode_command(b"ERROR", b"\x03400")])
                self.flush()
                raise violation("no key of ours")
            self._login = False
            self._queue([encode_command(b"WELCOME")])
        elif name == (b"INITIATE" if self._token else b"READY"):
            kind = decode_metadata(body).get(b"socket-type", b"")
            if kind not in (b"DEALER", b"REQ", b"ROUTER"):
                raise violation("a socket of another kind")
            if self._token:
                self._queue([encode_command(b"READY", _ABOUT_US)])
            self.ready = True
        else:
            raise violation("an unexpected handshake")

    def _knows(self, body: bytes) -> bool:
        """Whether a HELLO shows the user name and the key."""
        size = body[0] if body else 0
        user, rest = body[1 : 1 + size], body[1 + size :]
        password = rest[1 : 1 + rest[0]] if rest else b""
        right_user = hmac.compare_digest(user, USERNAME.encode())
        return hmac.compare_digest(password, self._token) and right_user


_ABOUT_US = encode_metadata([(b"Socket-Type", b"ROUTER"), (b"Identity", b"")])
