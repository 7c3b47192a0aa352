"""What the tests of the client do with a daemon, in few words."""

from __future__ import annotations

from collections.abc import Callable

import gp_client
import pytest
from gp_client import Client, GuidingPainterError
from gp_client.connection import read_connection

DIE = 202  # tests/daemon/fake_daemon.py
Kill = Callable[[], None]


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        action()
    return caught.value.code


def open_page(client: Client, **options: float) -> gp_client.ClientPage:
    return client.open(bytes(32 * 16), 32, 16, **options)  # type: ignore[arg-type]


def pixel(page: gp_client.ClientPage, number: int) -> tuple[int, ...]:
    at = 4 * (number - 1) * page.width // 4
    return tuple(page.render("flats")[at : at + 4])


def daemon_pid() -> int:
    connection = read_connection()
    assert connection is not None
    return connection.pid
