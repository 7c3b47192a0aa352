"""The daemon's listening sockets, and what is done about a file in the place of one."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError

_BACKLOG = 128
_PATIENCE = 1.0  # seconds for whoever listens at a path already to take a connection


class Door:
    """One listening socket.

    Args:
        endpoint: ``ipc:///path`` or ``tcp://address:port``, the port a number or ``*``.
        control: whether it is the control socket's.

    Attributes:
        endpoint: with the port that was chosen.

    Raises:
        GuidingPainterError: BAD_REQUEST where somebody listens there, or the system refuses.
    """

    def __init__(self, endpoint: str, control: bool) -> None:
        self.control = control
        scheme, _, address = endpoint.partition("://")
        self._path = Path(address) if scheme == "ipc" else None
        self._file: tuple[int, int] | None = None
        try:
            if self._path is None:
                self.socket = _listen_tcp(address)
                host, port = self.socket.getsockname()[:2]
                self.endpoint = f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
            else:
                self.endpoint = endpoint
                self.socket = self._listen_path(self._path)
        except OSError as error:
            raise GPError(
                BAD_REQUEST,
                f"The daemon cannot listen at {endpoint} ({error.strerror}).",
                "Choose another endpoint with --listen.",
            ) from error
        self.socket.setblocking(False)

    @property
    def taken(self) -> bool:
        """Whether another program takes connections in its place."""
        path = self._path
        return path is not None and not self.ours and _is_socket(path) and _is_answered(path)

    @property
    def ours(self) -> bool:
        """Whether whoever comes to the endpoint comes to us."""
        return self._path is None or _identity(self._path) == self._file

    def open_again(self) -> None:
        """Make the socket anew where its file is missing, or one that nobody listens at any more.

        Raises:
            GuidingPainterError: BAD_REQUEST where something else is in the way.
            OSError: the system refuses.
        """
        if self._path is None:
            return
        made = self._listen_path(self._path)
        self.socket.close()
        self.socket = made
        self.socket.setblocking(False)

    def close(self) -> None:
        """Listen no more; the file goes where it is ours."""
        self.socket.close()
        if self._path is not None and self.ours:
            self._path.unlink(missing_ok=True)

    def _listen_path(self, path: Path) -> socket.socket:
        if _identity(path) is not None:
            if not _is_socket(path):
                raise GPError(
                    BAD_REQUEST,
                    f"{path} is in the way of the daemon's socket.",
                    "Remove it, or choose another endpoint with --listen.",
                )
            if _is_answered(path):
                raise GPError(
                    BAD_REQUEST,
                    f"Somebody else listens at {path}.",
                    "End that program, or choose another endpoint with --listen.",
                )
            path.unlink()  # left behind by a daemon that was killed
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The file appears here: nobody else may connect, not even for a moment.
        mask = os.umask(0o177)
        try:
            made.bind(str(path))
            made.listen(_BACKLOG)
        except BaseException:
            made.close()
            raise
        finally:
            os.umask(mask)
        self._file = _identity(path)
        return made


def _listen_tcp(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # a daemon that follows another one need not wait for its port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, 0 if port == "*" else int(port)))
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def _identity(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        info = path.lstat()
        return info.st_dev, info.st_ino
    return None


def _is_socket(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISSOCK(path.lstat().st_mode)
    return False


def _is_answered(path: Path) -> bool:
    """Whether a program takes connections there, be it busy or stopped."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(_PATIENCE)
        try:
            one.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # such as a full queue of those who wait
    return True
