"""What the server needs of its sockets: those of this machine and those over CURVE alike."""

from __future__ import annotations

import enum
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer


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


@dataclass(frozen=True)
class Received:
    """A message.

    Attributes:
        identity: the connection's name.
        user: who its key says it is; empty on a unix socket.
        control: whether it came to the control socket.
        parts: header and frames; the header alone where it is refused.
        refused: why it was not kept; None where it was.
    """

    identity: bytes
    user: str
    control: bool
    parts: Sequence[Buffer]
    refused: GPError | None = None


class Traffic(Protocol):
    """Bound sockets; all methods belong to one thread. See `local_sockets.LocalSockets`."""

    main_endpoint: str
    control_endpoint: str

    def poll(self, wake: socket.socket, milliseconds: int) -> bool: ...
    def receive(self) -> Received | None: ...
    def send(self, identity: bytes, parts: Sequence[Buffer], control: bool) -> Sent: ...
    def admit(self, identity: bytes, known: bool) -> None: ...
    def unsent(self, identity: bytes) -> int: ...
    def drop(self, identity: bytes) -> None: ...
    def departed(self) -> list[bytes]: ...
    def reachable(self) -> bool: ...
    def close(self) -> None: ...
