"""Who is served when: turns, progress, cancelling, superseding, deadlines, limits."""

from __future__ import annotations

from typing import Any

import fake_daemon
from gp_client.errors import BAD_REQUEST, BUSY, CANCELLED, SUPERSEDED, TIMEOUT
from serving import Rig, code, picture, wait_until


def test_work_over_200_ms_reports_progress_before_its_reply(rig: Rig) -> None:
    peer = rig.client()
    rig.hold()
    peer.send("open", (picture(),), gap=fake_daemon.HELD)
    first = peer.receive()
    assert first.progress is not None
    assert first.progress.stage.startswith("step")
    assert 0 <= first.progress.fraction < 1


def test_the_control_socket_answers_while_work_runs(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    busy = rig.keep_busy(worker)  # without end, so that an answer is one that came meanwhile
    assert control.ask("ping").result == {}
    assert (control.ask("status").result or {})["running"] == "open"
    rig.let_go()
    assert worker.replies(1)[busy].error is None


def test_a_client_is_served_while_another_opens_a_large_page(rig: Rig) -> None:
    slow, quick = rig.client(), rig.client()
    page = quick.open()
    busy = rig.keep_busy(slow)
    assert quick.ask("render", page=page, kind="flats").frames
    rig.let_go()
    assert slow.replies(1)[busy].error is None


def test_a_client_with_many_requests_does_not_starve_the_others(make_rig: Any) -> None:
    rig = make_rig(workers=2)
    greedy, modest = rig.client(), rig.client()
    theirs, mine = greedy.open(32), modest.open(64)
    rig.hold()
    for turn in range(20):
        for kind in ("soft", "flats", "hints"):
            greedy.send("render", page=theirs, kind=kind, crop=[0, 0, 1 + turn, 1])
    greedy.arrived()
    wanted = modest.send("render", page=mine, kind="flats")
    modest.arrived()
    rig.let_go()
    assert modest.replies(1)[wanted].error is None
    greedy.replies(60)
    assert 64 in fake_daemon.rendered[:4]  # of 61 pictures; the greedy one's first had begun


def test_a_running_job_is_cancelled_over_the_control_socket(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    request_id = rig.keep_busy(worker)
    reply = control.ask("cancel", session=worker.session, request=request_id)
    assert reply.result == {"state": "running"}
    assert code(worker.replies(1)[request_id]) == CANCELLED


def test_a_waiting_job_is_cancelled_at_once(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    busy = rig.keep_busy(worker)
    waiting = worker.send("open", (picture(),))
    worker.arrived()
    reply = control.ask("cancel", session=worker.session, request=waiting)
    assert reply.result == {"state": "waiting"}
    assert code(worker.replies(1)[waiting]) == CANCELLED  # before its turn came
    rig.let_go()
    assert worker.replies(1)[busy].error is None


def test_a_cancel_without_the_session_key_does_nothing(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    request_id = rig.keep_busy(worker)
    reply = control.ask("cancel", session="0" * 32, request=request_id)
    assert reply.result == {"state": "unknown"}
    rig.let_go()
    assert worker.replies(1)[request_id].result is not None


def test_a_render_is_cancelled_while_it_runs(rig: Rig) -> None:
    peer, control = rig.client(), rig.peer(control=True)
    page = peer.open()
    rig.hold()
    request_id = peer.send("render", page=page, kind="soft")
    wait_until(lambda: rig.running() == "render")
    control.ask("cancel", session=peer.session, request=request_id)
    assert code(peer.replies(1)[request_id]) == CANCELLED


def test_a_newer_render_of_the_same_kind_supersedes_the_waiting_one(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    busy = rig.keep_busy(peer)
    sent = [peer.send("render", page=page, kind="soft") for _ in range(3)]
    replies = peer.replies(2)
    assert [code(replies[number]) for number in sent[:2]] == [SUPERSEDED, SUPERSEDED]
    rig.let_go()
    replies = peer.replies(2)
    assert replies[busy].error is replies[sent[2]].error is None


def test_renders_of_other_kinds_pages_and_sizes_do_not_supersede(rig: Rig) -> None:
    peer = rig.client()
    one, two = peer.open(), peer.open()
    rig.keep_busy(peer)
    wanted = [
        (one, "flats", False),
        (one, "hints", False),
        (one, "flats", True),
        (two, "flats", False),
    ]
    for page, kind, preview in wanted:
        peer.send("render", page=page, kind=kind, preview=preview)
    peer.arrived()
    rig.let_go()
    replies = peer.replies(1 + len(wanted)).values()
    assert all(reply.error is None for reply in replies)


def test_a_render_that_runs_already_is_not_superseded(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    rig.hold()
    first = peer.send("render", page=page, kind="soft")
    wait_until(lambda: rig.running() == "render")
    second = peer.send("render", page=page, kind="soft")
    peer.arrived()
    rig.let_go()
    replies = peer.replies(2)
    assert replies[first].error is replies[second].error is None


def test_a_request_past_its_deadline_ends_with_timeout(rig: Rig) -> None:
    peer = rig.client()
    rig.hold()
    reply = peer.ask("open", (picture(),), gap=fake_daemon.HELD, deadline=0.1)
    assert code(reply) == TIMEOUT
    assert code(peer.ask("open", (picture(),), deadline=-1)) == BAD_REQUEST


def test_a_request_that_waits_past_its_deadline_is_answered_before_its_turn(rig: Rig) -> None:
    peer = rig.client()
    busy = rig.keep_busy(peer)
    late = peer.send("open", (picture(8, 8),), deadline=0.05)
    assert code(peer.replies(1)[late]) == TIMEOUT
    rig.let_go()
    assert peer.replies(1)[busy].error is None


def test_too_many_waiting_requests_are_refused(make_rig: Any) -> None:
    rig = make_rig(jobs_per_client=2)
    peer = rig.client()
    page = peer.open()
    rig.hold()
    for _ in range(6):
        peer.send("open", (picture(),), gap=fake_daemon.HELD)
    refused = list(peer.replies(3).values())
    assert {code(reply) for reply in refused} == {BUSY}
    rig.let_go()
    assert all(reply.error is None for reply in peer.replies(3).values())
    assert peer.ask("mask", page=page, region=1).result is not None


def test_status_shows_times_errors_and_jobs_and_no_pixels(rig: Rig) -> None:
    peer, control = rig.client(), rig.peer(control=True)
    peer.open()
    peer.ask("open", (picture(),), ink=fake_daemon.FAIL)
    rig.keep_busy(peer)
    status = control.ask("status").result or {}
    assert status["jobs"][0]["stage"].startswith("step")
    assert status["times"]["open"]["count"] == 1
    assert status["errors"][0]["op"] == "open"
    assert status["failures"] == 1
