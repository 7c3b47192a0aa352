"""What the tests do with Krita and with GIMP alike: scripts run inside, and a daemon beside."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import gp_client
from gp_client import launch

WAIT_TIMEOUT = 60.0  # seconds
END_TIMEOUT = 30.0


class EditorDied(AssertionError):
    """The editor itself crashed."""


class Scripts:
    """Runs scripts in an editor whose test driver looks into a folder.

    ``NAME.py`` is run there, in one lasting namespace; what it leaves in ``result`` comes back as
    JSON in ``NAME.out``.

    Args:
        name: of the editor.
        drop: the folder.
        log: returns the end of what the editor said.
    """

    def __init__(self, name: str, drop: Path, log: Callable[[], str]) -> None:
        self._name, self._drop, self._log = name, drop, log
        self._numbers = itertools.count(1)

    def run(self, process: subprocess.Popen[bytes], code: str, timeout: float) -> Any:
        """Run a script.

        Returns:
            What it left in ``result``.

        Raises:
            EditorDied: the process ended.
            AssertionError: the script raised, or there was no answer in time.
        """
        name = f"{next(self._numbers):05d}"
        part = self._drop / f"{name}.new"
        part.write_text(textwrap.dedent(code))
        part.rename(self._drop / f"{name}.py")
        answer = self._drop / f"{name}.out"
        end = time.monotonic() + timeout
        while not answer.exists():
            if process.poll() is not None:
                raise EditorDied(f"{self._name} died ({process.returncode}):\n{self._log()}")
            assert time.monotonic() < end, f"{self._name} does not answer:\n{self._log()}"
            time.sleep(0.01)
        body = json.loads(answer.read_text())
        answer.unlink()
        assert body["ok"], body["error"]
        return body["result"]

    def until(self, process: subprocess.Popen[bytes], code: str, timeout: float) -> Any:
        """Run a script again and again until its ``result`` is true; return it."""
        end = time.monotonic() + timeout
        while True:
            result = self.run(process, code, WAIT_TIMEOUT)
            if result:
                return result
            assert time.monotonic() < end, f"still not true after {timeout} s: {code}"
            time.sleep(0.05)


class OwnDaemon:
    """A daemon that the tests start, for a plug-in that cannot: it is in another root.

    Args:
        runtime: the daemon's runtime folder.
    """

    def __init__(self, runtime: Path) -> None:
        self._place = {"GUIDINGPAINTER_RUNTIME": str(runtime)}
        self._client: gp_client.Client | None = None
        self._processes: list[subprocess.Popen[Any]] = []

    def start(self) -> gp_client.Client:
        """Start it; the plug-in finds it by its connection file. Return a connection to it."""
        before = list(launch._started)
        with mock.patch.dict(os.environ, self._place):
            launch.launch_daemon(device="cpu")
            self._processes = [each for each in launch._started if each not in before]
            self._client = gp_client.connect()
        return self._client

    def connected(self) -> gp_client.Client:
        """Return a connection to the daemon that runs there, whoever started it."""
        with mock.patch.dict(os.environ, self._place):
            return gp_client.connect()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """It does nothing meanwhile, as on a machine that has no time for it."""
        for process in self._processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in self._processes:
                process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, where it runs, and see it ended."""
        if self._client is not None:
            self._client.shutdown()
            self._client.close()
            self._client = None
        for process in self._processes:
            process.wait(END_TIMEOUT)
        self._processes = []
        launch.reap()
