"""Starting a daemon from a client, and waiting for its own word that it is ready."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from gp_client.connection import runtime_folder
from gp_client.errors import INTERNAL, NO_DAEMON, TIMEOUT, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.setup_hint import how_to_install

LOG_FILE = "daemon.log"  # in the runtime folder
START_TIMEOUT = 90.0  # seconds: a cold disk, a large bundle and a GPU's warm-up fit in
RECORDED = "daemon_path.txt"  # beside this module; `gp install` writes the path of gp-daemon here
_ALREADY = "already_running"
# Kept so that a daemon that has ended is reaped (a zombie looks alive to everybody else).
_started: list[subprocess.Popen[Any]] = []


def launch_daemon(
    bundle: str | os.PathLike[str] | None = None,
    device: str | int | None = None,
    timeout: float = START_TIMEOUT,
    stay: bool = False,
) -> None:
    """Start a daemon and return when it serves; fine too when another one serves already.

    The daemon writes one line of JSON to an inherited pipe: that it is ready, or why not.

    Args:
        bundle: folder of the networks, None for the shipped one.
        device: "cpu", "gpu:N", N, or None for the best available.
        timeout: seconds.
        stay: let it outlive this process, as long as the next client comes within half a minute.

    Raises:
        GuidingPainterError: the daemon's own reason, NO_DAEMON where it is not installed or died,
            TIMEOUT.
    """
    reap()
    log = runtime_folder(create=True) / LOG_FILE
    reading, writing = _pipe()
    try:
        command = daemon_command()
        command += ["--while-used"] if stay else ["--parent-pid", str(os.getpid())]
        if bundle is not None:
            command += ["--bundle", os.fspath(bundle)]
        command += _device_options(device)
        process = _spawn(command, writing, log)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    _started.append(process)
    answer = _read_line(reading, timeout)
    if answer is None:
        process.kill()
        raise GPError(TIMEOUT, f"The daemon was not ready after {timeout:.0f} s.", f"See {log}.")
    if answer.get("ready"):
        return
    error = answer.get("error")
    if isinstance(error, dict):
        if error.get("code") == _ALREADY:
            return
        raise GPError(
            str(error.get("code", INTERNAL)), str(error.get("message")), str(error.get("hint", ""))
        )
    raise GPError(NO_DAEMON, "The daemon ended before it was ready.", f"See {log}.")


def daemon_command() -> list[str]:
    """Return the command that starts the daemon.

    ``$GUIDINGPAINTER_DAEMON``, else the path recorded at install, else this very Python where
    it has the daemon, else ``gp-daemon`` on the PATH.

    Raises:
        GuidingPainterError: NO_DAEMON where none is found.
    """
    recorded = Path(__file__).with_name(RECORDED)
    chosen = os.environ.get("GUIDINGPAINTER_DAEMON")
    if not chosen and recorded.is_file():
        chosen = recorded.read_text(encoding="utf-8").strip()
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise GPError(
                NO_DAEMON,
                f"There is no program {chosen} to start.",
                "Install GuidingPainter again.",
            )
        return [found]
    # In an editor sys.executable may be the editor itself: never start a second one of those.
    is_python = Path(sys.executable or "").name.lower().startswith(("python", "pypy"))
    if is_python and importlib.util.find_spec("gp_daemon") is not None:
        return [sys.executable, "-m", "gp_daemon.cli"]
    found = shutil.which("gp-daemon")
    if found is None:
        raise GPError(
            NO_DAEMON,
            "The program gp-daemon is not installed.",
            f"Install it with: {how_to_install()}",
        )
    return [found]


def open_log(path: Path) -> int:
    """Open a daemon's log, and make it (0600) where there is none; return its descriptor.

    Never emptied here: the traceback that an error names must outlive the next start, and another
    daemon may be writing there.

    Raises:
        OSError: it cannot be opened; of a pipe that nobody reads, too.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)  # a pipe: no wait
    descriptor = os.open(path, flags, 0o600)
    os.lseek(descriptor, 0, os.SEEK_END)  # where a system does not hand "append" on
    return descriptor


def reap() -> None:
    """Collect daemons of ours that have ended."""
    _started[:] = [process for process in _started if process.poll() is None]


def _device_options(device: str | int | None) -> list[str]:
    if device is None:
        return []
    text = str(device).lower()
    number = text.rpartition(":")[2] if text.startswith(("gpu:", "cuda:")) else text
    if text == "cpu":
        return ["--cpu"]
    if number.isdigit():
        return ["--gpu", number]
    raise GPError(NO_DAEMON, f"{device!r} is no device.", "Write cpu or gpu:0.")


def _spawn(command: list[str], writing: int, log: Path) -> subprocess.Popen[Any]:
    options: dict[str, Any] = {}
    if os.name == "nt":
        import msvcrt

        handle = msvcrt.get_osfhandle(writing)  # type: ignore[attr-defined]
        os.set_handle_inheritable(handle, True)  # type: ignore[attr-defined]
        startup = subprocess.STARTUPINFO()  # type: ignore[attr-defined]
        startup.lpAttributeList = {"handle_list": [handle]}
        options = {"startupinfo": startup, "close_fds": False}
        command = [*command, "--ready-fd", str(handle)]
    else:
        # Its own session: an interrupt in the editor's terminal is not meant for the daemon.
        options = {"pass_fds": (writing,), "start_new_session": True}
        command = [*command, "--ready-fd", str(writing)]
    try:
        descriptor = open_log(log)
    except OSError as error:
        raise GPError(
            UNWRITABLE,
            f"The log {log} cannot be written ({error.strerror}).",
            "Remove it, or set GUIDINGPAINTER_RUNTIME to another folder.",
        ) from error
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=environment_for(command[0]),
            **options,
        )
    except OSError as error:
        raise GPError(
            NO_DAEMON, f"{command[0]} cannot be started ({error.strerror}).", "Install it again."
        ) from error
    finally:
        os.close(descriptor)


def environment_for(program: str) -> dict[str, str]:
    """Return our environment without what an editor's own Python or AppImage put there.

    Args:
        program: that is to run in it.
    """
    environment = dict(os.environ)
    if program != sys.executable:
        for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE"):
            environment.pop(name, None)
        if "APPIMAGE" in environment or "APPDIR" in environment:
            environment.pop("LD_LIBRARY_PATH", None)
    return environment


def _pipe() -> tuple[int, int]:
    """Return a pipe's two ends, neither in the place of a standard stream that is closed here."""
    ends = os.pipe()
    if os.name == "nt" or min(ends) > 2:
        return ends
    import fcntl

    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3) for end in ends)
    for end in ends:
        os.close(end)
    return reading, writing


def _read_line(descriptor: int, timeout: float) -> dict[str, Any] | None:
    """Return the daemon's line, {} where it ended without one, None after ``timeout`` seconds."""
    lines: list[bytes] = []

    def read() -> None:
        with os.fdopen(descriptor, "rb") as pipe:
            lines.append(pipe.readline(64 * 1024))

    # A thread, as a pipe cannot be polled on every platform. It ends with the daemon at the latest.
    reader = threading.Thread(target=read, daemon=True, name="daemon-ready")
    reader.start()
    reader.join(timeout)
    if not lines:
        return None
    try:
        answer = json.loads(lines[0])
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
