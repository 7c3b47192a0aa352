"""Where the daemon listens: endpoints checked before anything is bound."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.socket_path import check_path, control_path, main_path


@dataclass(frozen=True)
class Listen:
    """What to bind.

    Attributes:
        main, control: endpoints.
        tcp: asks for a key; ipc is guarded by its file's mode.
        path: of the main unix socket.
        remote: other machines can reach it, so nothing but CURVE will do.
    """

    main: str
    control: str
    tcp: bool
    path: Path | None
    remote: bool = False


def default_listen(folder: Path) -> str:
    """Return the usual endpoint: a unix socket in the runtime folder; TCP where there are none."""
    return f"ipc://{main_path(folder)}" if os.name == "posix" else "tcp://127.0.0.1:*"


def parse_listen(endpoint: str) -> Listen:
    """Check an endpoint to listen at.

    Raises:
        GuidingPainterError: BAD_REQUEST for another form, a name instead of an address, or a path
            that is too long or holds something that is not a socket.
    """
    scheme, _, address = endpoint.partition("://")
    if scheme == "ipc" and address:
        return _parse_path(endpoint, address)
    host, _, port = address.rpartition(":")
    number = 0 if port == "*" else int(port) if port.isascii() and port.isdigit() else -1
    if scheme != "tcp" or not host or not 0 <= number < 65536:
        raise GPError(
            BAD_REQUEST,
            f"{endpoint!r} is no endpoint to listen at.",
            "Write ipc:///path/to/socket or tcp://127.0.0.1:port.",
        )
    host = "127.0.0.1" if host == "localhost" else "0.0.0.0" if host == "*" else host.strip("[]")
    shown = f"[{host}]" if ":" in host else host
    remote = not _is_loopback(host)
    # Other machines reach the second socket at the next port, so that a firewall can be told.
    beside = number + 1 if remote and 0 < number < 65535 else "*"
    return Listen(f"tcp://{shown}:{number or '*'}", f"tcp://{shown}:{beside}", True, None, remote)


def _parse_path(endpoint: str, address: str) -> Listen:
    path = Path(address)
    if os.name != "posix":
        raise GPError(BAD_REQUEST, "There are no unix sockets here.", "Use tcp://127.0.0.1:port.")
    if not path.is_absolute():
        raise GPError(
            BAD_REQUEST, f"{endpoint!r} has no absolute path.", "Write ipc:///path/to/socket."
        )
    check_path(path)
    control = control_path(path)
    return Listen(f"ipc://{path}", f"ipc://{control}", False, path)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise GPError(
            BAD_REQUEST,
            f"{host[:64]!r} is no address of this machine to listen at.",
            "Write numbers, as in tcp://192.168.1.2:5570, or tcp://0.0.0.0:5570 for all of them.",
        ) from error
