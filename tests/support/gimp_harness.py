"""The real GIMP 3, driven by scripts that run in its own Python."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from debian13 import debian13, inside
from gp_client import Client
from platformdirs import user_cache_path
from scripted import WAIT_TIMEOUT, OwnDaemon, Scripts

DRIVER = Path(__file__).with_name("gimp_driver")
START_TIMEOUT = 300.0  # seconds: a first start, which asks a hundred plug-ins, on a busy machine
_NATIVE = ("gimp-3.0", "gimp-console-3.0", "Xvfb", "xdotool", "import")


class Place:
    """Where GIMP 3 runs: this system, or a Debian 13 root; with a home of its own.

    Attributes:
        base: a folder whose path holds outside and inside.
    """

    def __init__(self) -> None:
        native = all(shutil.which(program) for program in _NATIVE)
        self._root = None if native else debian13("gimp")
        parent = None if self._root is None else self._root / "tmp"
        self.base = Path(tempfile.mkdtemp(prefix="gpg", dir=parent))
        self.home, self.runtime = self.base / "home", self.base / "run"
        self.home.mkdir()
        self.runtime.mkdir(mode=0o700)
        shutil.copytree(DRIVER, self.base / "driver")
        # What GIMP found out about its own hundred plug-ins; it checks each by date.
        self._kept = user_cache_path("guidingpainter") / "gimp-pluginrc"
        self._known = self.home / "gimp" / "pluginrc"
        self._known.parent.mkdir()
        if self._kept.exists():
            shutil.copyfile(self._kept, self._known)
        self._daemon = OwnDaemon(self.runtime)

    @property
    def environment(self) -> dict[str, str]:
        """What GIMP and its plug-ins run with."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "GIMP3_DIRECTORY": str(self.home / "gimp"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "GUIDINGPAINTER_RUNTIME": str(self.runtime),
            "GP_TEST_DRIVER": str(self.base / "driver"),
            "NO_AT_BRIDGE": "1",  # no accessibility bus here
            "OMP_NUM_THREADS": "1",
        }

    def command(self, *words: str) -> list[str]:
        """Return the command that runs a program where GIMP is."""
        return list(words) if self._root is None else inside(self._root, words)

    def install(self) -> None:
        """Install the plug-in as a user would."""
        command = [sys.executable, "-m", "gp_cli.main", "install", "gimp"]
        environment = {**os.environ, **self.environment}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    def forget_options(self) -> None:
        """Let dialogs begin as at the first time: GIMP remembers each one's options in a file."""
        for kept in (self.home / "gimp" / "plug-in-settings").glob("*.last"):
            kept.unlink()

    def start_daemon(self) -> Client:
        """Start the daemon that GIMP's plug-in will find; return a connection to it."""
        return self._daemon.start()

    def connected(self) -> Client:
        """Return a connection to the daemon that runs now, whoever started it."""
        return self._daemon.connected()

    def stop_daemon(self) -> None:
        """End it."""
        self._daemon.stop()

    def daemon_held(self) -> contextlib.AbstractContextManager[None]:
        """The daemon answers nobody meanwhile."""
        return self._daemon.held()

    @contextlib.contextmanager
    def without_daemon(self) -> Iterator[None]:
        """No daemon runs meanwhile."""
        self.stop_daemon()
        try:
            yield
        finally:
            self.start_daemon()

    def close(self) -> None:
        """End the daemon and remove the home."""
        self.stop_daemon()
        if self._known.exists():
            part = self._kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(self._known, part)
            part.replace(self._kept)
        shutil.rmtree(self.base, ignore_errors=True)


class GimpProcess:
    """A running GIMP that takes scripts.

    Args:
        place: where it runs.
        program: ``gimp-console-3.0`` or ``gimp-3.0``.
        options: more of its options.
        display: for a GIMP with a window, such as ":7".
    """

    def __init__(self, place: Place, program: str, options: list[str], display: str = "") -> None:
        self.place = place
        self.drop = Path(tempfile.mkdtemp(prefix="drop", dir=place.base))
        self._scripts = Scripts("GIMP", self.drop, self.log)
        self._log = self.drop.with_suffix(".log")
        code = f"exec(open({str(place.base / 'driver/server.py')!r}).read())"
        batch = ["--batch-interpreter=python-fu-eval", "-b", code]
        environment = {**place.environment, "GP_TEST_DROP": str(self.drop)}
        if display:
            environment["DISPLAY"] = display
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                place.command(program, "--no-splash", "--quit", *options, *batch),
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.run("result = 1", timeout=START_TIMEOUT)
        except AssertionError:
            self.kill()
            raise

    def run(self, code: str, timeout: float = WAIT_TIMEOUT) -> Any:
        """Run a script in GIMP's Python.

        Returns:
            What it left in ``result``.

        Raises:
            EditorDied: GIMP crashed.
            AssertionError: the script raised, or GIMP did not answer.
        """
        return self._scripts.run(self._process, code, timeout)

    def until(self, code: str, timeout: float = WAIT_TIMEOUT) -> Any:
        """Run a script again and again until its ``result`` is true; return it."""
        return self._scripts.until(self._process, code, timeout)

    def bytes(self, expression: str) -> bytes:
        """Return the bytes that an expression gives in GIMP's Python."""
        path = self.drop / "bytes"
        self.run(f"keep_bytes({str(path)!r}, {expression})")
        return path.read_bytes()

    def log(self) -> str:
        """Return the end of what GIMP said."""
        return self._log.read_text(errors="replace")[-4000:]

    def close(self) -> None:
        """End GIMP, and its plug-ins where they do not end with it."""
        (self.drop / "stop").touch()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self.kill()

    def kill(self) -> None:
        """End GIMP at once, with everything that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)
