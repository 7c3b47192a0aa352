"""Fixtures: a private runtime folder, and a real daemon process whose pages need no networks."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gp_client import launch
from gp_client.connection import read_connection

FAKE = Path(__file__).parents[1] / "daemon" / "fake_daemon.py"


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder of one test; what was started in it is ended after it."""
    # Short: a unix socket's path has about 100 characters.
    base = Path(tempfile.mkdtemp(prefix="gp"))
    folder = base / "r"
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(folder))
    before = list(launch._started)
    yield folder
    started = [process for process in launch._started if process not in before]
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(10)
    launch.reap()
    shutil.rmtree(base)


@pytest.fixture
def fake_daemon(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes ``connect(start=True)`` start the daemon without networks."""
    program = runtime.parent / "gp-daemon"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("GUIDINGPAINTER_DAEMON", str(program))
    return program


def kill_daemon() -> None:
    """Kill the runtime folder's daemon as hard as the system can, and see it dead."""
    connection = read_connection()
    assert connection is not None
    os.kill(connection.pid, signal.SIGKILL)
    while read_connection() is not None:
        time.sleep(0.01)


@pytest.fixture
def kill() -> object:
    """The function that kills the daemon."""
    return kill_daemon
