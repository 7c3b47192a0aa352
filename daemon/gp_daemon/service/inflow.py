"""Bytes that came in over each of libzmq's connections since its last whole message.

libzmq bounds one part of a message and not their number, and keeps a whole part of somebody who has
shown no key yet. But it says which descriptor a connection is, and the system counts what came in
there. So who sends more than a message can have is cut off, by shutting that descriptor.

Where the system does not count (only Linux does) nothing is bounded here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gp_client.wire import MAX_FRAME, MAX_HEADER

log = logging.getLogger(__name__)

STRANGER = 2 * 1024 * 1024  # bytes of who has no session: handshake, hello, signs of life
CLIENT = MAX_FRAME + MAX_HEADER + STRANGER  # bytes of who has one: a message and its wrapping
_LOOK = 0.1  # seconds between two looks, where the socket thread comes by so often
_RECEIVED = 128  # where tcp_info(7) has bytes_received


@dataclass(eq=False)
class _Connection:
    """One connection: its descriptor, which system object that is, and what had come by when."""

    descriptor: int
    inode: int
    control: bool
    identity: bytes = b""
    known: bool = False
    before: int = 0  # bytes that had come when its last message was handed over


class Inflow:
    """Counts connections' bytes. Not thread-safe: the socket thread's own.

    Args:
        memory: bytes that all of them together may have on their way in; one always may have a
            message.
    """

    def __init__(self, memory: int) -> None:
        self._memory, self._looked = memory, 0.0
        self._open: dict[int, _Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, descriptor: int, control: bool) -> None:
        """Note a new connection to the main or to the control socket."""
        with contextlib.suppress(OSError):  # closed since
            self._open[descriptor] = _Connection(descriptor, os.fstat(descriptor).st_ino, control)

    def closed(self, descriptor: int) -> bytes:
        """Note that a connection is gone; return its name on the main socket, else nothing."""
        gone = self._open.pop(descriptor, None)
        return b"" if gone is None or gone.control else gone.identity

    def came(self, descriptor: int, identity: bytes) -> bool:
        """Note that a connection's message was handed over; False where it is gone already."""
        one = self._open.get(descriptor)
        if one is None:
            return False
        one.identity, one.before = identity, _received(one)
        return True

    def admit(self, identity: bytes, known: bool) -> None:
        """Let a main connection send pictures from now on, or no more."""
        for one in self._named(identity):
            one.known = known

    def drop(self, identity: bytes) -> None:
        """Cut a main connection off."""
        for one in self._named(identity):
            _shut(one)

    def look(self) -> None:
        """Cut off who has sent more than a message, or most where all have too much together."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        held = {one: _received(one) - one.before for one in self._open.values()}
        for one, nbytes in held.items():
            if nbytes > (CLIENT if one.known else STRANGER):
                log.warning("a message does not end; its connection is closed")
                _shut(one)
        held = {one: nbytes for one, nbytes in held.items() if one.known and nbytes > STRANGER}
        if len(held) > 1 and sum(held.values()) > self._memory:
            log.warning("messages on their way in take too much memory; the largest is cut off")
            _shut(max(held, key=lambda one: held[one]))

    def _named(self, identity: bytes) -> list[_Connection]:
        return [one for one in self._open.values() if one.identity == identity and not one.control]


@contextlib.contextmanager
def _ours(one: _Connection) -> Iterator[socket.socket | None]:
    """The connection for a moment; None where libzmq has closed it and its number is another's."""
    with contextlib.ExitStack() as stack:
        copy = None
        with contextlib.suppress(OSError):
            number = os.dup(one.descriptor)
            if os.fstat(number).st_ino == one.inode:
                copy = stack.enter_context(socket.socket(fileno=number))
            else:
                os.close(number)
        yield copy


def _received(one: _Connection) -> int:
    """Bytes that have come in over a connection, as the system counts them; 0 where it does not."""
    with _ours(one) as sock, contextlib.suppress(OSError, struct.error):
        if sock is not None and sys.platform.startswith("linux"):
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            (count,) = struct.unpack_from("=Q", info, _RECEIVED)
            return count
    return 0


def _shut(one: _Connection) -> None:
    with _ours(one) as sock, contextlib.suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
