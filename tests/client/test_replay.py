"""A daemon that died or forgot is told again, and the artist notices nothing."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import gp_client
import gp_client.link
import pytest
from client_steps import Kill, open_page, pixel
from fake_daemon import DIE
from gp_client import GuidingPainterError, connect
from gp_client.connection import read_connection
from gp_client.errors import (
    BAD_REQUEST,
    CONNECTION_LOST,
    NO_DAEMON,
)
from serving import PATIENCE, code_of, daemon_pid, wait_until

pytestmark = pytest.mark.usefixtures("fake_daemon")


def test_a_daemon_killed_between_two_hints_is_not_noticed_in_the_picture(kill: Kill) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(1, (10, 20, 30))
        before = daemon_pid()
        kill()
        page.hint(3, (40, 50, 60))
        assert daemon_pid() != before
        assert pixel(page, 1) == (10, 20, 30, 255)
        assert pixel(page, 3) == (40, 50, 60, 255)
        assert page.hints == {1: (10, 20, 30), 3: (40, 50, 60)}


def test_corrections_and_scribbles_survive_a_killed_daemon(kill: Kill) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.correct(2, gp_client.Mask((0, 0, 1, 1), b"\xff"))
        page.correct(3, gp_client.Mask((1, 0, 1, 1), b"\xff"))
        assert page.uncorrect()
        page.correct(3, bytes(512))  # changes nothing, so there is nothing to undo
        page.hint(2, (5, 6, 7))
        taken = page.scribble(bytes(3) + b"\xff" + bytes(508), (1, 1, 1))
        kept = page.scribble(bytes(2) + b"\xff" + bytes(509), (8, 9, 10))
        page.unscribble(taken)
        kill()
        start = page.render("flats")[:16]
        assert [tuple(start[at : at + 4]) for at in range(0, 16, 4)] == [
            (5, 6, 7, 255),
            (0, 0, 0, 0),
            (8, 9, 10, 255),
            (0, 0, 0, 0),
        ]
        kill()
        page.unscribble(kept)
        assert page.render("flats")[8:12] == bytes(4)
        assert code_of(lambda: page.unscribble(kept)) == BAD_REQUEST
        assert page.uncorrect()
        assert not page.uncorrect()


def test_a_draining_daemon_is_replaced_and_the_page_told_again() -> None:
    with connect(start=True) as client, connect() as other:
        page = open_page(client)
        page.hint(1, (1, 2, 3))
        running = threading.Thread(
            target=lambda: other.open(bytes(512), 32, 16, gap=300), daemon=True
        )
        running.start()
        wait_until(lambda: client.status()["running"] == "open")
        before = daemon_pid()
        os.kill(before, signal.SIGTERM)
        wait_until(lambda: read_connection() is None)
        assert pixel(page, 1) == (1, 2, 3, 255)
        assert daemon_pid() != before
        running.join(PATIENCE)


def test_a_daemon_killed_while_it_works_is_restarted_and_the_work_repeated(kill: Kill) -> None:
    with connect(start=True) as client:
        killed: list[str] = []

        def progress(stage: str, fraction: float) -> None:
            if not killed:
                killed.append(stage)
                kill()

        page = client.open(bytes(512), 32, 16, gap=40, progress=progress)
        assert killed
        assert len(page.regions) == 4


@pytest.mark.parametrize("code", [NO_DAEMON, CONNECTION_LOST])
def test_a_death_that_shows_on_the_control_socket_first_is_a_lost_connection_too(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gp_client.link, "PING_AFTER", 0.02)
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(1, (1, 2, 3))
        ask, failures = client._session.link.control.ask, [code]

        def fail_once(op: str, args: dict[str, Any]) -> dict[str, Any]:
            if op == "ping" and "session" not in args and failures:
                raise GuidingPainterError(failures.pop(), "Nobody is there.")
            return ask(op, args)

        monkeypatch.setattr(client._session.link.control, "ask", fail_once)
        assert page.render("soft")[:4] == bytes([1, 2, 3, 255])  # takes 0.15 s
        assert failures == []


def test_a_page_that_kills_every_daemon_is_not_tried_for_ever() -> None:
    with connect(start=True) as client:
        assert code_of(lambda: open_page(client, ink=DIE)) == CONNECTION_LOST
        assert open_page(client).regions


def test_a_page_dropped_by_the_daemon_is_opened_and_hinted_again() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(2, (7, 8, 9))
        client.call("close", {"page": page._id})
        assert pixel(page, 2) == (7, 8, 9, 255)


def test_a_broken_connection_to_a_living_daemon_costs_no_reopening() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(2, (7, 8, 9))
        before = page._id
        assert client._session.link.dealer is not None
        client._session.link.dealer.close()
        assert pixel(page, 2) == (7, 8, 9, 255)
        assert page._id == before
        assert client.status()["pages"] == 1
