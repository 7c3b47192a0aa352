"""The daemon's place in its user's runtime folder: the lock, the connection file, and their loss.

Folders in /tmp and /run are cleaned by others, and a file in them removed by hand. Then nobody
finds the daemon any more, and a second one may start beside it. So what is there is compared with
what was made, by identity and not by name: what is missing is made again, and where another daemon
has taken the place meanwhile, this one ends and leaves the other's files alone.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from gp_client.connection import (
    FILE_NAME,
    LOCK_FILE,
    Connection,
    read_connection,
    remove_connection,
    runtime_folder,
    write_connection,
)
from gp_client.errors import BAD_REQUEST, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.file_lock import try_lock

log = logging.getLogger(__name__)

_LOCK_SECONDS = 60.0  # for another daemon that is just starting to say where it is
_LOOK = 1.0  # seconds between two looks


class AlreadyRunning(GPError):
    """Another daemon of this user serves."""


class Place:
    """A daemon's hold on the runtime folder. Use it as a context.

    Args:
        folder: the runtime folder, absolute.

    Raises:
        GuidingPainterError: UNWRITABLE, AlreadyRunning, or BAD_REQUEST where another daemon starts
            and does not get ready.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: Connection | None = None
        self._told = ""  # what keeps the place out of reach
        self._looked = time.monotonic()
        self._descriptor = _open_lock(folder)

    def __enter__(self) -> Place:
        try:
            self._wait()
            # A killed daemon's file must not send anybody to a process that got its number since.
            _clear(self._folder / FILE_NAME)
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.withdraw()
        os.close(self._descriptor)

    def publish(self, connection: Connection) -> None:
        """Write the connection file, and see from now on that it stays.

        Raises:
            GuidingPainterError: UNWRITABLE.
        """
        write_connection(connection, self._folder)
        self._connection = connection

    def withdraw(self) -> None:
        """Remove the connection file, where it is ours: newcomers start the next daemon."""
        self._connection = None
        remove_connection(self._folder, os.getpid())

    def keep(self, reachable: Callable[[], bool]) -> bool:
        """Look, now and then, whether the place is ours still, and mend what is missing.

        Args:
            reachable: mends the sockets; False where another program's are in their place.

        Returns:
            False where another daemon has it.
        """
        now = time.monotonic()
        if self._connection is None or now - self._looked < _LOOK:
            return True
        self._looked = now
        try:
            if not self._lock_is_ours() and not self._lock_again():
                log.warning("another daemon has taken this one's place, which ends")
                return False
            if not reachable():
                log.warning("another program listens at this daemon's socket; this one ends")
                return False
            self._write_again(self._connection)
        except (GPError, OSError) as error:
            if str(error) != self._told:  # the next look may mend it
                log.warning("the runtime folder is out of reach: %s", error)
            self._told = str(error)
        else:
            self._told = ""
        return True

    def _lock_is_ours(self) -> bool:
        try:
            there = (self._folder / LOCK_FILE).stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def _lock_again(self) -> bool:
        """Lock the file that is there now, or a new one; False where another daemon holds it."""
        runtime_folder(create=True)
        made = _open_lock(self._folder)
        if not try_lock(made):
            os.close(made)
            return False
        os.close(self._descriptor)
        self._descriptor = made
        log.warning("the runtime folder was cleaned; this daemon's files are there again")
        return True

    def _write_again(self, connection: Connection) -> None:
        try:
            found = read_connection(self._folder)
        except GPError:
            found = None  # damaged, or opened to others
        if found is None or found.pid != connection.pid:
            write_connection(connection, self._folder)

    def _wait(self) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not try_lock(self._descriptor):
            other = read_connection(self._folder)
            if other is not None:
                raise AlreadyRunning(
                    BAD_REQUEST,
                    f"A daemon already runs (process {other.pid}, {other.main}).",
                    "Use that one, or end it first.",
                )
            if time.monotonic() > deadline:
                raise GPError(BAD_REQUEST, "Another daemon is starting and does not get ready.")
            time.sleep(0.05)  # it is loading its networks, or giving up: then we take its place


def _open_lock(folder: Path) -> int:
    try:
        return os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise GPError(
            UNWRITABLE,
            f"The runtime folder {folder} is not writable ({error.strerror}).",
            "Set GUIDINGPAINTER_RUNTIME to a folder that you can write to.",
        ) from error


def _clear(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GPError(
            UNWRITABLE,
            f"{path} is in the way of the connection file ({error.strerror}).",
            "Remove it, or set GUIDINGPAINTER_RUNTIME to another folder.",
        ) from error
