"""Sessions from hello to farewell, whose pages are whose, and how the server ends."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from gp_client.errors import ENDING, NO_SESSION, NO_SUCH_PAGE
from gp_daemon.service import server as servers
from serving import Rig, code, picture, wait_until


def test_a_page_belongs_to_the_client_that_opened_it(rig: Rig) -> None:
    page = rig.client().open()
    assert code(rig.client().ask("mask", page=page, region=1)) == NO_SUCH_PAGE


def test_a_session_is_resumed_on_a_new_connection_by_its_key(rig: Rig) -> None:
    first = rig.client()
    page = first.open()
    first.socket.close()
    second = rig.peer()
    result = second.ask("hello", session=first.session).result
    assert result is not None
    assert result["resumed"] is True
    assert second.ask("hint", page=page, region=1, color=[0, 0, 0]).result == {}


def test_pages_of_a_client_that_left_are_dropped_after_the_grace_time(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1)
    leaver, watcher = rig.client(), rig.peer(control=True)
    leaver.open()
    leaver.socket.close()
    wait_until(lambda: not (watcher.ask("status").result or {})["pages"])
    assert (watcher.ask("status").result or {})["clients"] == 0


def test_a_client_that_left_is_noticed_though_another_stays(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1)
    leaver, stayer, watcher = rig.client(), rig.client(), rig.peer(control=True)
    leaver.open()
    page = stayer.open()
    leaver.socket.close()
    wait_until(lambda: (watcher.ask("status").result or {})["pages"] == 1)
    assert (watcher.ask("status").result or {})["clients"] == 1
    assert stayer.ask("mask", page=page, region=1).result


def test_the_least_recently_used_page_goes_when_memory_runs_short(make_rig: Any) -> None:
    peer = make_rig(memory=1000).client()
    first, second = peer.open(20, 20), peer.open(20, 20)
    peer.ask("mask", page=first, region=1)
    third = peer.open(20, 20)
    assert code(peer.ask("mask", page=second, region=1)) == NO_SUCH_PAGE
    assert peer.ask("mask", page=first, region=1).result is not None
    assert peer.ask("mask", page=third, region=1).result is not None


def test_work_before_hello_is_refused(rig: Rig) -> None:
    assert code(rig.peer().ask("open", (picture(),))) == NO_SESSION


def test_a_client_whose_promised_heartbeats_stay_away_has_gone(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1, silence=2.0)
    peer, control = rig.peer(), rig.peer(control=True)
    session = (peer.ask("hello", heartbeats=True).result or {})["session"]
    page = peer.open()
    for _ in range(10):  # longer than the silence that is endured
        assert control.ask("ping", session=session).result == {"known": True}
        time.sleep(0.25)
    assert peer.ask("mask", page=page, region=1).result
    wait_until(lambda: not (control.ask("status").result or {})["clients"])
    assert control.ask("ping", session=session).result == {"known": False}
    assert code(peer.ask("mask", page=page, region=1)) == NO_SESSION


def test_a_client_that_leaves_a_thousand_replies_unread_keeps_its_session(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    ids = [peer.send("ping") for _ in range(1000)]
    time.sleep(0.3)
    last = peer.send("mask", page=page, region=1)
    replies = peer.replies(1001)
    assert replies[last].result == {"bbox": [0, 0, 8, 16]}
    assert set(ids) < set(replies)


def test_draining_finishes_the_work_that_is_here_and_takes_no_more(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    waiting = [rig.keep_busy(peer), peer.send("mask", page=page, region=1)]
    peer.arrived()
    rig.server.drain()
    wait_until(lambda: rig.server._dispatch.draining)
    refused = peer.send("mask", page=page, region=2)
    assert code(peer.replies(1)[refused]) == ENDING
    rig.let_go()
    replies = peer.replies(2)
    assert all(replies[number].error is None for number in waiting)
    assert rig.joined()


def test_the_second_call_to_drain_ends_it_at_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "DRAIN_SECONDS", 600.0)
    rig.keep_busy(rig.client())
    rig.server.drain()
    rig.server.drain()
    assert rig.joined()


def test_shutdown_ends_the_server_and_removes_its_sockets(rig: Rig) -> None:
    path = rig.server.main.removeprefix("ipc://")
    assert rig.peer(control=True).ask("shutdown").result == {}
    assert rig.joined()
    assert not os.path.exists(path)


def test_what_waits_at_the_end_hears_that_the_daemon_ends(rig: Rig) -> None:
    peer = rig.client()
    rig.keep_busy(peer)
    waiting = peer.send("open", (picture(),))
    peer.arrived()
    rig.server.stop()
    replies = peer.replies(2)
    assert waiting in replies
    assert {code(reply) for reply in replies.values()} == {ENDING}


def test_the_server_counts_connected_clients_for_its_companion(make_rig: Any) -> None:
    counts: list[int] = []

    def tick(clients: int) -> bool:
        counts.append(clients)
        return 2 in counts and clients == 0

    rig = make_rig(tick=tick)
    one, two = rig.client(), rig.client()
    wait_until(lambda: 2 in counts)
    one.socket.close()
    two.socket.close()
    assert rig.joined()


def test_a_socket_file_is_its_owners_alone(rig: Rig) -> None:
    path = rig.server.main.removeprefix("ipc://")
    assert os.stat(path).st_mode & 0o077 == 0
    assert os.stat(path + ".ctl").st_mode & 0o077 == 0
