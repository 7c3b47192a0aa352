"""`gp stop` and `gp log`: the end of the daemon, and what it wrote.

`gp` may have daemons of its own beside the usual one, each in a folder of its own in the runtime
folder (see `own_folder`): networks or a device that the command line asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gp_client.connection import (
    LOCK_FILE,
    RUNTIME,
    Connection,
    is_alive,
    read_connection,
    runtime_folder,
)
from gp_client.errors import BAD_REQUEST, TIMEOUT, GuidingPainterError
from gp_client.launch import LOG_FILE

from gp_cli import asking

_OWN = "own-"
_PATIENCE = 30.0  # seconds for a daemon to end its work and itself
_FORGOTTEN = 86400.0  # seconds after which the folder of a daemon that ended is removed
_MAX_READ = 4 << 20  # bytes of log that are looked at; two full files are half of it


@contextlib.contextmanager
def at(folder: Path | None) -> Iterator[None]:
    """Let the client look for its daemon in this runtime folder; None: in the usual one."""
    before = os.environ.get(RUNTIME)
    if folder is not None:
        os.environ[RUNTIME] = str(folder)
    try:
        yield
    finally:
        if folder is not None:
            if before is None:
                del os.environ[RUNTIME]
            else:
                os.environ[RUNTIME] = before


def own_folder(bundle: Path | None, device: str | None) -> Path | None:
    """Return the runtime folder of a daemon with these options; None: the usual one.

    Args:
        bundle: networks of one's own. Files that changed make it another daemon.
        device: "cpu" or "gpu:N".

    Raises:
        GuidingPainterError: UNWRITABLE where the runtime folder cannot be made.
    """
    if bundle is None and device is None:
        return None
    given: list[object] = [device]
    if bundle is not None:
        given.append(str(bundle.absolute()))
        with contextlib.suppress(OSError):  # no such folder: the daemon says so
            for file in sorted(bundle.iterdir()):
                state = file.stat()
                given.append((file.name, state.st_size, state.st_mtime_ns, state.st_ino))
    base = runtime_folder(create=True).absolute()
    folder = base / f"{_OWN}{hashlib.sha256(repr(given).encode()).hexdigest()[:8]}"
    _remove_forgotten(base, folder)
    return folder


def stop(say: Callable[[str], None]) -> None:
    """End this user's daemons and wait until they are gone.

    Args:
        say: called with a sentence for each.

    Raises:
        GuidingPainterError: TIMEOUT for one that does not end, NO_DAEMON for a connection file that
            cannot be used.
    """
    found = False
    for folder in _folders():
        running = read_connection(folder)
        if running is None or (_ended_by_signal(running) and not _is_served(folder)):
            continue  # nobody, or one that was killed: its process number may be another's now
        found = True
        others = _shut_down(folder, running)
        say(f"The daemon (process {running.pid}) has ended." + others)
    if not found:
        say("No daemon runs.")


def last_lines(count: int) -> list[str]:
    """Return the end of the log, an older file's lines first where the present one is short.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is no log, or something else has its name.
    """
    path = runtime_folder() / LOG_FILE
    lines: list[str] = []
    missing = None
    for file in (path.with_name(path.name + ".1"), path):
        try:
            # Should it be a pipe, nobody waits for what comes out of it.
            descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as stream:
                about = os.fstat(descriptor)
                if not stat.S_ISREG(about.st_mode):
                    raise GuidingPainterError(
                        BAD_REQUEST, f"{file} is no plain file, so no log.", "Remove it."
                    )
                stream.seek(max(0, about.st_size - _MAX_READ))
                lines += stream.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            missing = error
    if not lines and missing is not None:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"There is no log {path}.",
            "A daemon writes there when a plug-in or gp starts it; of one that systemd started: "
            "journalctl --user -u guidingpainter",
        )
    return lines[-count:] if count else []


def _folders() -> list[Path]:
    base = runtime_folder()
    return [base, *sorted(folder for folder in base.glob(f"{_OWN}*") if folder.is_dir())]


def _shut_down(folder: Path, running: Connection) -> str:
    """End a daemon; return what to add about its other clients."""
    hint = f"End it with: kill {running.pid}"
    try:
        with at(folder):
            if _ended_by_signal(running):
                others = 0
                os.kill(running.pid, signal.SIGTERM)
            else:
                others = int(asking.ask(running, "status").get("clients", 0))
                asking.ask(running, "shutdown")
    except GuidingPainterError as error:
        if error.code != TIMEOUT:
            raise
        raise GuidingPainterError(
            TIMEOUT, f"The daemon (process {running.pid}) does not answer.", hint
        ) from error
    deadline = time.monotonic() + _PATIENCE
    while _lives(folder, running.pid):
        if time.monotonic() > deadline:
            raise GuidingPainterError(
                TIMEOUT, f"The daemon (process {running.pid}) does not end.", hint
            )
        time.sleep(0.05)
    return " Who was connected starts it again when there is work." if others > 0 else ""


def _ended_by_signal(running: Connection) -> bool:
    """Whether a daemon takes no request to end: who ends one for other machines is its owner."""
    return running.curve and os.name == "posix"


def _is_served(folder: Path) -> bool:
    """Whether a daemon holds the folder's lock."""
    import fcntl  # of POSIX, as signals are

    try:
        with (folder / LOCK_FILE).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _lives(folder: Path, pid: int) -> bool:
    if os.name == "posix":
        return is_alive(pid)
    found = read_connection(folder)
    return found is not None and found.pid == pid


def _remove_forgotten(base: Path, wanted: Path) -> None:
    """Remove what ended daemons of our own left: a lock and a log, for each bundle once tried."""
    for folder in base.glob(f"{_OWN}*"):
        try:
            age = time.time() - max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if folder != wanted and age > _FORGOTTEN and read_connection(folder) is None:
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, GuidingPainterError):
            continue  # another gp was faster, or it is not as we left it: not ours to remove
