"""What one connection sends, cut into messages within limits; no socket inside.

ZeroMQ's own limit counts the bytes of one part. A message of parts without end, or of many large
ones, is within it. Here a message is counted whole: what is beyond its limits is read and thrown
away, so that its sender hears why, and what does not end is the end of the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gp_client.errors import CONNECTION_LOST, NO_SESSION, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.codec import COMMAND, LONG, MORE, room, violation
from gp_client.wire import MAX_FRAME, MAX_FRAMES, MAX_HEADER

_MOST_COMMAND = 4096  # bytes of a command
_MOST_THROWN = 64  # parts beyond the limits that are read for the sake of an answer
_LARGE = 64 * 1024  # bytes; smaller bodies come with others in one read


@dataclass(frozen=True)
class Allowance:
    """What a message may hold.

    Attributes:
        frames: parts after the header.
        nbytes: bytes of them, together.
        error: what a sender of more is told.
    """

    frames: int
    nbytes: int
    error: GPError


CONTROL = Allowance(0, 0, GPError(TOO_LARGE, "The control socket takes no frames."))
STRANGER = Allowance(
    MAX_FRAMES,
    1024 * 1024,
    GPError(NO_SESSION, "This connection has no session.", "Send hello first."),
)
CLIENT = Allowance(MAX_FRAMES, MAX_FRAME, GPError(TOO_LARGE, "The message is too large."))
_HEADER = GPError(TOO_LARGE, f"The message's header is larger than {MAX_HEADER} bytes.")
_FRAMES = GPError(TOO_LARGE, f"The message has more than {MAX_FRAMES} frames.")


@dataclass(frozen=True)
class Message:
    """One message: its parts, or of one over the limits the header alone and what is wrong."""

    parts: list[memoryview]
    refused: GPError | None = None


class Intake:
    """Frames out of a byte stream, messages out of frames.

    Args:
        command: called with the content of each command frame.
        allowance: what a message may hold.
        take: asked whether there is room for a message of so many bytes; False: not now, ask again.

    Attributes:
        room: bytes of large parts of the message that is on its way in.
        waits: whether it waits for room; nothing should be read meanwhile.
    """

    def __init__(
        self,
        command: Callable[[bytes], None],
        allowance: Allowance,
        take: Callable[[int], bool],
    ) -> None:
        self.allowance = allowance
        self._command, self._take = command, take
        self._rest = b""  # what has come of frames whose bodies have not begun
        self._parts: list[memoryview] = []
        self._nbytes = self._thrown = 0
        self._refused: GPError | None = None
        self._body: memoryview | None = None  # of a large frame, read where it will stay
        self._filled = self._skip = 0
        self._flags = 0
        self.waits, self.room = False, 0

    @property
    def begun(self) -> bool:
        """Whether a message or a part of one has come whose end has not."""
        return bool(self._parts or self._rest or self._body is not None or self._skip)

    def target(self) -> memoryview | None:
        """Where the next bytes belong, for a reader to fill; None: anywhere, then ``feed``."""
        return None if self._body is None else self._body[self._filled :]

    def filled(self, count: int) -> list[Message]:
        """Take note of ``count`` bytes read into ``target()``; return the messages complete now."""
        self._filled += count
        if self._body is None or self._filled < len(self._body):
            return []
        body, self._body = self._body, None
        return self._frame(self._flags, body)

    def feed(self, data: memoryview | bytes) -> list[Message]:
        """Take bytes as they came; return the messages complete now.

        Raises:
            GuidingPainterError: CONNECTION_LOST for bytes that are no ZMTP, or endless parts.
        """
        stream = memoryview(self._rest + bytes(data) if self._rest else data)
        found: list[Message] = []
        at, self.waits = 0, False
        while at < len(stream):
            if self._skip:
                step = min(self._skip, len(stream) - at)
                at, self._skip = at + step, self._skip - step
                if not self._skip:
                    found += self._frame(self._flags, None)
                continue
            head = self._head(stream, at)
            if head is None:
                break
            start, size = head
            if self._throws(self._flags, size):
                at, self._skip = start, size
                if not size:
                    found += self._frame(self._flags, None)
                continue
            if size > _LARGE:
                self.waits = not self._take(self.room + size)
                if self.waits:
                    break
                self.room += size
            if len(stream) - start >= size:
                body = memoryview(bytes(stream[start : start + size]))
                at = start + size
                found += self._frame(self._flags, body)
            elif size > _LARGE:
                self._body = room(size)
                self._filled = len(stream) - start
                self._body[: self._filled] = stream[start:]
                at = len(stream)
            else:
                break  # it comes whole with the next bytes
        self._rest = bytes(stream[at:])
        return found

    def _head(self, stream: memoryview, at: int) -> tuple[int, int] | None:
        """Where a frame's body starts and its size, or None while its header is incomplete."""
        flags = stream[at]
        if flags & ~(MORE | LONG | COMMAND) or flags & (MORE | COMMAND) == MORE | COMMAND:
            raise violation("unknown frame flags")
        start = at + (9 if flags & LONG else 2)
        if start > len(stream):
            return None
        self._flags = flags
        size = int.from_bytes(stream[at + 1 : start], "big")
        if size > (_MOST_COMMAND if flags & COMMAND else MAX_FRAME):
            raise violation("a frame over every limit")
        return start, size

    def _throws(self, flags: int, size: int) -> bool:
        """Whether a frame is not kept; notes why its message is refused."""
        if flags & COMMAND:
            return False
        if self._refused is None:
            if not self._parts:
                self._refused = _HEADER if size > MAX_HEADER else None
            elif len(self._parts) > self.allowance.frames:
                self._refused = _FRAMES if self.allowance.frames else self.allowance.error
            elif self._nbytes + size > self.allowance.nbytes:
                self._refused = self.allowance.error
        if self._refused is None:
            return False
        del self._parts[1:]
        self._thrown += 1
        if self._thrown > _MOST_THROWN:
            raise GPError(CONNECTION_LOST, "A message does not end.")
        return True

    def _frame(self, flags: int, body: memoryview | None) -> list[Message]:
        if flags & COMMAND:
            self._command(bytes(body or b""))
            return []
        if body is not None:
            self._nbytes += len(body) if self._parts else 0
            self._parts.append(body)
        if flags & MORE:
            return []
        message = Message(self._parts, self._refused)
        self._parts, self._refused, self._nbytes = [], None, 0
        self._thrown = self.room = 0
        return [message]
