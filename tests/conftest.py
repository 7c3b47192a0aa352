"""For all tests: a daemon of their own, and hypothesis that does not look at the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn import draw_boxes
from hypothesis import HealthCheck, settings
from serving import private_runtime, write_fake_program

# What the user of this machine has set is for her daemon; those of the tests start without.
for name in ("MEMORY", "WORKERS", "DEVICE", "SPREAD"):
    os.environ.pop(f"GUIDINGPAINTER_{name}", None)
os.environ["GUIDINGPAINTER_CONFIG"] = os.devnull  # as good as an empty file

# A busy machine is no fault of the code; and everybody's run tries the same examples, so that a
# change is answerable for what fails. `pytest --hypothesis-profile=explore` tries others.
for name, fixed in (("untimed", True), ("explore", False)):
    settings.register_profile(
        name, deadline=None, derandomize=fixed, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("untimed")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder of one test; what is started in it is ended after it."""
    with private_runtime(monkeypatch) as folder:
        yield folder


@pytest.fixture
def fake_daemon(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes ``connect(start=True)`` start the daemon without networks."""
    return write_fake_program(runtime, monkeypatch)


@pytest.fixture
def boxes() -> np.ndarray:
    """`draw_boxes` at its default size."""
    return draw_boxes()
