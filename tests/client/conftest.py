"""Fixtures of the client's tests, beside those of all tests."""

from __future__ import annotations

import pytest
from serving import kill_daemon


@pytest.fixture
def kill() -> object:
    """The function that kills the daemon."""
    return kill_daemon
