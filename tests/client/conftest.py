"""Fixtures: a private runtime folder, and a real daemon process whose pages need no networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import kill_daemon, private_runtime, write_fake_program


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder of one test; what was started in it is ended after it."""
    with private_runtime(monkeypatch) as folder:
        yield folder


@pytest.fixture
def fake_daemon(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes ``connect(start=True)`` start the daemon without networks."""
    return write_fake_program(runtime, monkeypatch)


@pytest.fixture
def kill() -> object:
    """The function that kills the daemon."""
    return kill_daemon
