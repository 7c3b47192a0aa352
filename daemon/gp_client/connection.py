"""The connection file: where the daemon is, its key, its protocol version.

One daemon per user keeps ``connection.json`` (0600) in the user's runtime folder (0700):
``$GUIDINGPAINTER_RUNTIME``, else ``$XDG_RUNTIME_DIR/guidingpainter``, else a folder with the user's
id in its name under the temporary folder. Whoever can read the file may use the daemon, so a
file or folder that others can open is refused, not repaired.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gp_client.errors import NO_DAEMON, UNWRITABLE, VERSION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import write_bytes
from gp_client.wire import PROTOCOL

RUNTIME = "GUIDINGPAINTER_RUNTIME"  # names another runtime folder
FILE_NAME = "connection.json"
LOCK_FILE = "daemon.lock"  # whoever serves a runtime folder holds it
USERNAME = "guidingpainter"  # PLAIN's user name; the token is the password
_MAX_FILE = 64 * 1024  # bytes
_POSIX = os.name == "posix"


@dataclass(frozen=True)
class Connection:
    """How to reach a daemon.

    Attributes:
        main: endpoint of the work socket.
        control: endpoint of the control socket.
        token: PLAIN's password, empty for ipc.
        pid: the daemon's process id.
        protocol: the wire protocol that it speaks.
        started: seconds since the epoch.
        curve: whether it asks for CURVE, that is, for a key file.
    """

    main: str
    control: str
    token: str
    pid: int
    protocol: int
    started: float
    curve: bool = False


def runtime_folder(create: bool = False) -> Path:
    """Return the folder of the connection file and of the unix sockets.

    Args:
        create: make it (0700) where it is missing, and check that it is ours alone.

    Raises:
        GuidingPainterError: UNWRITABLE where it cannot be made or belongs to somebody else, or its
            name is no text.
    """
    chosen = os.environ.get(RUNTIME)
    session = os.environ.get("XDG_RUNTIME_DIR")
    if chosen:
        folder = Path(chosen)
    elif session and os.path.isdir(session):  # False for what cannot be reached, too
        folder = Path(session) / "guidingpainter"
    else:
        user = os.getuid() if _POSIX else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"guidingpainter-{user}"
    if create:
        try:
            str(folder).encode()
        except UnicodeEncodeError as error:  # the endpoint goes out as text
            shown = os.fsencode(folder).decode(errors="replace")
            raise GPError(
                UNWRITABLE,
                f"The name of the runtime folder {shown} is not all UTF-8.",
                "Set GUIDINGPAINTER_RUNTIME to a folder whose name is.",
            ) from error
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise GPError(
                UNWRITABLE,
                f"The runtime folder {folder} cannot be made ({error.strerror}).",
                "Set GUIDINGPAINTER_RUNTIME to a folder that you can write to.",
            ) from error
        problem = not_private(folder.lstat(), folder=True)
        if problem:
            raise GPError(
                UNWRITABLE,
                f"The runtime folder {folder} {problem}.",
                f"Make it yours alone (chmod 700 {folder}) or set GUIDINGPAINTER_RUNTIME.",
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise GPError(
                UNWRITABLE,
                f"The runtime folder {folder} is not writable.",
                "Set GUIDINGPAINTER_RUNTIME to a folder that you can write to.",
            )
    return folder


def locate(endpoint: str | None, token: str | None) -> Connection:
    """Return where to connect.

    Args:
        endpoint: the user's choice; None takes the connection file's.
        token: the user's choice; None takes ``$GUIDINGPAINTER_TOKEN`` or the connection file's.

    Returns:
        A Connection; its ``control`` is empty where only the daemon's hello can tell.

    Raises:
        GuidingPainterError: NO_DAEMON, or VERSION for a daemon that speaks another protocol.
    """
    token = token or os.environ.get("GUIDINGPAINTER_TOKEN", "")
    known = read_connection() if endpoint is None or not token else None
    if endpoint is not None:
        if known is not None and known.main == endpoint:
            return known
        return Connection(
            endpoint, "", token if endpoint.startswith("tcp:") else "", 0, PROTOCOL, 0.0
        )
    if known is None:
        raise GPError(NO_DAEMON, "No GuidingPainter daemon runs.", "Start it with gp-daemon.")
    if known.protocol != PROTOCOL:
        raise GPError(
            VERSION,
            f"The running daemon speaks protocol {known.protocol}, this is {PROTOCOL}.",
            "Close it, and update GuidingPainter and the plug-in together.",
        )
    return known


def write_connection(connection: Connection, folder: Path) -> Path:
    """Write the connection file in one step, readable by its owner alone.

    Raises:
        GuidingPainterError: UNWRITABLE for a full disk or a read-only folder.
    """
    path = folder / FILE_NAME
    data = json.dumps(asdict(connection)).encode()
    hint = "Free some space, or set GUIDINGPAINTER_RUNTIME to another folder."
    write_bytes(path, data, private=True, hint=hint)
    return path


def read_connection(folder: Path | None = None) -> Connection | None:
    """Read the connection file; None where there is none or its daemon is dead.

    Raises:
        GuidingPainterError: NO_DAEMON where others may read or write it, or it is damaged.
    """
    path = (folder or runtime_folder()) / FILE_NAME
    try:
        problem = not_private(path.parent.lstat(), folder=True)
        if problem:  # it may be any folder, the user's home too: nobody should be told to remove it
            raise GPError(
                NO_DAEMON,
                f"The runtime folder {path.parent} {problem}.",
                "Make it yours alone (chmod 700), or set GUIDINGPAINTER_RUNTIME to another folder.",
            )
        problem = not_private(path.lstat(), folder=False)
        if problem:
            raise _refused(path, problem)
        # Should it have become a pipe since, nobody waits for what comes out of it.
        flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, os.O_RDONLY | flags)
        with os.fdopen(descriptor, "rb") as file:
            problem = not_private(os.fstat(descriptor), folder=False)
            text = file.read(_MAX_FILE) or b""
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    if problem:
        raise _refused(path, problem)
    connection = _parse(text)
    if connection is None:
        raise _refused(path, "is damaged")
    return connection if is_alive(connection.pid) else None


def remove_connection(folder: Path, pid: int) -> None:
    """Remove the connection file if it is still the one of process ``pid``."""
    path = folder / FILE_NAME
    try:
        connection = _parse(path.read_bytes()) if path.is_file() else None
        if connection is not None and connection.pid == pid:
            path.unlink()
    except FileNotFoundError:
        return


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs; a zombie does not. True where it cannot be told."""
    if not _POSIX:
        return True  # os.kill(pid, 0) would end the process there; connecting tells
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # The state follows the command, which is in brackets and may hold anything.
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in (b"Z", b"X")


def not_private(info: os.stat_result, folder: bool) -> str:
    """Return what is wrong with the owner or mode of a file or folder, or an empty text."""
    if not _POSIX:
        return ""
    if not (stat.S_ISDIR if folder else stat.S_ISREG)(info.st_mode):
        return "is not a folder" if folder else "is not a plain file"
    if info.st_uid != os.getuid():
        return "belongs to another user"
    if stat.S_IMODE(info.st_mode) & 0o077:
        return "is open to other users"
    return ""


def _parse(text: bytes) -> Connection | None:
    try:
        fields: Any = json.loads(text)
        connection = Connection(
            main=fields["main"],
            control=fields["control"],
            token=fields["token"],
            pid=fields["pid"],
            protocol=fields["protocol"],
            started=float(fields["started"]),
            curve=fields.get("curve") is True,
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = (connection.main, connection.control, connection.token)
    numbers = (connection.pid, connection.protocol)
    fits = all(isinstance(text, str) for text in texts) and all(
        isinstance(number, int) and 0 < number < 2**31 for number in numbers
    )
    return connection if fits else None


def _refused(path: Path, problem: str) -> GPError:
    return GPError(
        NO_DAEMON,
        f"The connection file {path} {problem}.",
        "Remove it, then start the daemon again.",
    )
