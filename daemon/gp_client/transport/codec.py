"""The bytes of ZMTP 3.0 (rfc.zeromq.org/spec/23): greeting, frames, commands; no socket inside."""

from __future__ import annotations

import contextlib
import mmap
from collections import deque
from collections.abc import Iterable, Sequence

from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import MAX_FRAME, Buffer

MORE, LONG, COMMAND = 1, 2, 4  # flag bits of a frame
_SCRATCH = 64 * 1024  # bytes read at once; frames up to this are copied, larger ones are not
_LARGE = 1024 * 1024  # bodies from this on get memory of their own from the system
_SMALL = 16 * 1024  # parts up to this are joined into one write


def greeting(mechanism: bytes, server: bool = False) -> bytes:
    """Return the 64 bytes that open a connection (spec 23, "Greeting")."""
    opening = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + mechanism.ljust(20, b"\0")
    return opening + bytes((server,)) + bytes(31)


def frame_header(size: int, flags: int = 0) -> bytes:
    """Return a frame's flag byte and its size: one byte up to 255, else eight."""
    if size < 256:
        return bytes((flags, size))
    return bytes((flags | LONG,)) + size.to_bytes(8, "big")


def encode_message(parts: Sequence[Buffer]) -> list[Buffer]:
    """Return the buffers to write for one message; large parts are passed on, not copied."""
    if not parts:
        raise GPError(BAD_REQUEST, "A message has at least one part.")
    buffers: list[Buffer] = []
    small = bytearray()
    for index, part in enumerate(parts):
        view = memoryview(part)
        small += frame_header(view.nbytes, MORE if index + 1 < len(parts) else 0)
        if view.nbytes <= _SMALL:
            small += view
        else:
            buffers += [bytes(small), view.cast("B")]
            small = bytearray()
    if small:
        buffers.append(bytes(small))
    return buffers


def encode_command(name: bytes, body: bytes = b"") -> bytes:
    """Return a command frame, such as READY or PONG."""
    content = bytes((len(name),)) + name + body
    return frame_header(len(content), COMMAND) + content


def decode_command(content: Buffer) -> tuple[bytes, bytes]:
    """Split a command frame's content into name and body.

    Raises:
        GuidingPainterError: CONNECTION_LOST where the content is no command.
    """
    data = bytes(content)
    if not data or not 1 <= data[0] <= len(data) - 1:
        raise violation("a broken command")
    return data[1 : 1 + data[0]], data[1 + data[0] :]


def encode_metadata(items: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return READY's or INITIATE's properties."""
    return b"".join(
        bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value for name, value in items
    )


def decode_metadata(body: bytes) -> dict[bytes, bytes]:
    """Read READY's properties; names are lower-cased, as they are case-insensitive.

    Raises:
        GuidingPainterError: CONNECTION_LOST where a length points outside the body.
    """
    found, at = {}, 0
    while at < len(body):
        name = body[at + 1 : at + 1 + body[at]]
        start = at + 1 + body[at] + 4
        size = int.from_bytes(body[start - 4 : start], "big")
        at = start + size
        if at > len(body):
            raise violation("broken metadata")
        found[name.lower()] = body[start:at]
    return found


class FrameReader:
    """Cuts a byte stream into frames, in whatever slices the bytes come; no socket inside.

    Write up to ``len(get_buffer())`` bytes into ``get_buffer()``, then call ``buffer_updated``. The
    body of a large frame is read straight into its own buffer.
    """

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._max_frame = max_frame
        self._scratch = bytearray(_SCRATCH)
        self._held = 0  # bytes of an incomplete frame header at the start of the scratch
        self._body: memoryview | None = None
        self._flags = 0
        self._filled = 0
        self._frames: deque[tuple[int, memoryview]] = deque()

    def get_buffer(self) -> memoryview:
        """Return where the next bytes belong; never empty."""
        if self._body is not None:
            return self._body[self._filled :]
        return memoryview(self._scratch)[self._held :]

    def buffer_updated(self, count: int) -> None:
        """Take note of ``count`` bytes written into ``get_buffer()``.

        Raises:
            GuidingPainterError: CONNECTION_LOST for a frame that breaks the protocol, TOO_LARGE for
                one over ``max_frame``, before anything is allocated for it.
        """
        if self._body is not None:
            self._filled += count
            if self._filled == len(self._body):
                self._frames.append((self._flags, self._body))
                self._body = None
            return
        data = memoryview(self._scratch)[: self._held + count]
        at = 0
        while (start := self._parse_header(data, at)) is not None:
            size = self._size(data, at, start)
            body = room(size)
            have = min(size, len(data) - start)
            body[:have] = data[start : start + have]
            at = start + have
            if have < size:
                self._body, self._filled = body, have
                break
            self._frames.append((self._flags, body))
        rest = bytes(data[at:])
        self._held = len(rest)
        self._scratch[: len(rest)] = rest

    def pop(self) -> tuple[int, memoryview] | None:
        """Return the next complete frame as (flags, body), or None."""
        return self._frames.popleft() if self._frames else None

    def _parse_header(self, data: memoryview, at: int) -> int | None:
        """Return where the body starts, or None while the header is incomplete."""
        if at >= len(data):
            return None
        flags = data[at]
        if flags & ~(MORE | LONG | COMMAND) or flags & (MORE | COMMAND) == MORE | COMMAND:
            raise violation("unknown frame flags")
        start = at + (9 if flags & LONG else 2)
        if start > len(data):
            return None
        self._flags = flags
        return start

    def _size(self, data: memoryview, at: int, start: int) -> int:
        size = int.from_bytes(data[at + 1 : start], "big")
        if size > self._max_frame:
            raise GPError(TOO_LARGE, f"The daemon announced a frame of {size} bytes.")
        return size


def room(size: int) -> memoryview:
    """Memory for a frame's body.

    A bytearray is filled with zeros first, which for a canvas takes longer than receiving it: its
    pages are mapped one by one. Large bodies get pages that are not touched before they are
    written, as few and large ones as the system has.
    """
    if size < _LARGE:
        return memoryview(bytearray(size))
    if not hasattr(mmap, "MAP_PRIVATE"):  # Windows
        return memoryview(mmap.mmap(-1, size))
    made = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without: slower, no more
            made.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(made)


def violation(what: str) -> GPError:
    """Return the error for a peer that breaks the protocol."""
    return GPError(CONNECTION_LOST, f"The other side is no GuidingPainter daemon: it sent {what}.")
