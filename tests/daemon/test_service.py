"""The server with several clients at once: turns, deadlines, slow readers, draining."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gp_client.errors import BAD_REQUEST, CANCELLED, ENDING, NO_SESSION, TIMEOUT
from gp_client.wire import Frame


def _load(name: str) -> Any:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{name}_for_service", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rigs = _load("test_server")
picture, code, Rig = rigs.picture, rigs.code, rigs.Rig


@pytest.fixture
def make_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("s")
    made: list[Any] = []

    def make(tick: Any = None, **limits: Any) -> Any:
        made.append(Rig(f"ipc://{folder}/{len(made)}", rigs.Options(**limits), tick))
        return made[-1]

    yield make
    for rig in made:
        rig.end()


@pytest.fixture
def rig(make_rig: Any) -> Any:
    return make_rig()


def test_a_client_is_served_while_another_opens_a_large_page(rig: Any) -> None:
    slow, quick = rig.client(), rig.client()
    page = quick.open()
    slow.send("open", (picture(),), gap=100)
    slow.receive()
    started = time.monotonic()
    assert quick.ask("render", page=page, kind="flats").frames
    assert time.monotonic() - started < 0.3


def test_a_client_with_many_requests_does_not_starve_the_others(make_rig: Any) -> None:
    rig = make_rig(workers=2)
    greedy, modest = rig.client(), rig.client()
    mine, theirs = modest.open(), greedy.open()
    for _ in range(20):
        for kind in ("soft", "flats", "hints"):
            greedy.send("render", page=theirs, kind=kind, crop=[0, 0, 1 + _, 1])
    started = time.monotonic()
    assert modest.ask("render", page=mine, kind="soft").frames
    assert time.monotonic() - started < 1.0  # one "soft" takes 0.15 s, the greedy one's all 3 s


def test_a_request_past_its_deadline_ends_with_timeout(rig: Any) -> None:
    peer = rig.client()
    started = time.monotonic()
    assert code(peer.ask("open", (picture(),), gap=500, deadline=0.1)) == TIMEOUT
    assert time.monotonic() - started < 1.5
    assert code(peer.ask("open", (picture(),), deadline=-1)) == BAD_REQUEST


def test_a_request_that_waits_past_its_deadline_is_answered_before_its_turn(rig: Any) -> None:
    peer = rig.client()
    busy = rigs.keep_busy(peer)
    late = peer.send("open", (picture(8, 8),), deadline=0.05)
    replies = peer.replies(2)
    assert list(replies) == [late, busy]
    assert code(replies[late]) == TIMEOUT


def test_a_render_is_cancelled_while_it_runs(rig: Any) -> None:
    peer, control = rig.client(), rig.peer(control=True)
    page = peer.open()
    request_id = peer.send("render", page=page, kind="soft")
    while (control.ask("status").result or {})["running"] != "render":
        continue
    control.ask("cancel", session=peer.session, request=request_id)
    assert code(peer.replies(1)[request_id]) == CANCELLED


def test_a_client_that_leaves_a_thousand_replies_unread_keeps_its_session(rig: Any) -> None:
    peer, page = rig.client(), None
    page = peer.open()
    ids = [peer.send("ping") for _ in range(1000)]
    time.sleep(0.3)
    last = peer.send("mask", page=page, region=1)
    replies = peer.replies(1001)
    assert replies[last].result == {"bbox": [0, 0, 8, 16]}
    assert set(ids) < set(replies)


def test_a_client_that_left_is_noticed_though_another_stays(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1)
    leaver, stayer, watcher = rig.client(), rig.client(), rig.peer(control=True)
    leaver.open()
    page = stayer.open()
    leaver.socket.close()
    deadline = time.monotonic() + 5
    while (status := watcher.ask("status").result or {})["pages"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status["clients"] == 1
    assert stayer.ask("mask", page=page, region=1).result


def test_a_client_whose_promised_heartbeats_stay_away_has_gone(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1, silence=0.5)
    peer, control = rig.peer(), rig.peer(control=True)
    session = (peer.ask("hello", heartbeats=True).result or {})["session"]
    page = peer.open()
    for _ in range(4):
        assert control.ask("ping", session=session).result == {"known": True}
        time.sleep(0.25)
    assert peer.ask("mask", page=page, region=1).result
    deadline = time.monotonic() + 5
    while (control.ask("status").result or {})["clients"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert control.ask("ping", session=session).result == {"known": False}
    assert code(peer.ask("mask", page=page, region=1)) == NO_SESSION


def test_draining_finishes_the_work_that_is_here_and_takes_no_more(rig: Any) -> None:
    peer = rig.client()
    page = peer.open()
    waiting = [rigs.keep_busy(peer), peer.send("mask", page=page, region=1)]
    request_id = peer.send("ping")
    while peer.receive().id != request_id:
        continue
    rig.server.drain()
    time.sleep(0.05)
    refused = peer.send("mask", page=page, region=2)
    replies = peer.replies(3)
    assert all(replies[number].error is None for number in waiting)
    assert code(replies[refused]) == ENDING
    rig.thread.join(5)
    assert not rig.thread.is_alive()


def test_the_second_call_to_drain_ends_it_at_once(rig: Any) -> None:
    peer = rig.client()
    peer.send("open", (picture(),), gap=500)
    peer.receive()
    rig.server.drain()
    rig.server.drain()
    rig.thread.join(3)
    assert not rig.thread.is_alive()


def test_corrections_and_scribbles_go_over_the_wire(rig: Any) -> None:
    peer = rig.client()
    page = peer.open()
    mask = bytearray(32 * 16)
    mask[0] = 255
    frame = Frame(bytes(mask), (16, 32), "u1")
    assert len((peer.ask("correct", (frame,), page=page, region=2).result or {})["regions"]) == 4
    assert pixel(peer, page) == (2, 0, 0, 255)
    scribble = peer.ask("scribble", (frame,), page=page, color=[9, 8, 7]).result
    assert scribble is not None
    assert pixel(peer, page) == (9, 8, 7, 255)
    assert peer.ask("unscribble", page=page, **scribble).result == {}
    assert code(peer.ask("unscribble", page=page, **scribble)) == BAD_REQUEST
    assert (peer.ask("uncorrect", page=page).result or {})["undone"] is True
    assert (peer.ask("uncorrect", page=page).result or {})["undone"] is False
    assert pixel(peer, page) == (0, 0, 0, 0)


def pixel(peer: Any, page: str) -> tuple[int, ...]:
    return tuple(peer.ask("render", page=page, kind="flats").frames[0].data[:4])


def test_a_mask_of_another_size_than_the_canvas_is_refused(rig: Any) -> None:
    peer = rig.client()
    page = peer.open()
    frame = Frame(bytes(16), (4, 4), "u1")
    assert code(peer.ask("correct", (frame,), page=page, region=2)) == BAD_REQUEST
    assert code(peer.ask("scribble", (), page=page, color=[0, 0, 0])) == BAD_REQUEST


def test_a_crop_is_cut_from_the_whole_picture(rig: Any) -> None:
    peer = rig.client()
    page = peer.open()
    peer.ask("hint", page=page, region=2, color=[1, 2, 3])
    whole = peer.ask("render", page=page, kind="flats").frames[0]
    part = peer.ask("render", page=page, kind="flats", crop=[6, 2, 4, 3]).frames[0]
    assert part.shape == (3, 4)
    rows = [bytes(whole.data[(y * 32 + 6) * 4 : (y * 32 + 10) * 4]) for y in range(2, 5)]
    assert bytes(part.data) == b"".join(rows)
    assert code(peer.ask("render", page=page, kind="flats", crop=[30, 0, 4, 4])) == BAD_REQUEST
    assert code(peer.ask("render", page=page, kind="flats", crop="all")) == BAD_REQUEST


def test_status_shows_times_errors_and_jobs_and_no_pixels(rig: Any) -> None:
    peer, control = rig.client(), rig.peer(control=True)
    peer.open()
    peer.ask("open", (picture(),), ink=rigs.fake.FAIL)
    peer.send("open", (picture(),), gap=30)
    peer.receive()
    status = control.ask("status").result or {}
    assert status["jobs"][0]["stage"].startswith("step")
    assert status["times"]["open"]["count"] == 1
    assert status["errors"][0]["op"] == "open"
    assert status["failures"] == 1
