"""Who is served when: turns, progress, cancelling, superseding, deadlines, limits."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import fake_daemon
import pytest
from gp_client.errors import (
    BAD_REQUEST,
    BUSY,
    CANCELLED,
    INTERNAL,
    NO_SUCH_PAGE,
    SUPERSEDED,
    TIMEOUT,
)
from gp_daemon.service import workers
from gp_daemon.service.jobs import Job, JobQueue
from serving import Rig, code, picture, wait_until


def test_work_over_200_ms_reports_progress_before_its_reply(rig: Rig) -> None:
    peer = rig.client()
    rig.hold()
    peer.send("open", (picture(),), gap=fake_daemon.HELD)
    told = peer.begun()
    assert told.stage.startswith("step")
    assert 0 <= told.fraction < 1


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
    greedy, modest, other = rig.client(), rig.client(), rig.client()
    theirs, mine = greedy.open(32), modest.open(64)
    other.send("open", (picture(),), gap=fake_daemon.LONG)
    other.begun()  # one worker is left, so that pictures are made in the order of the queue
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
    assert 64 in fake_daemon.rendered[:3]  # of 61: one had begun, and one came before its turn


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
    rig.keep_busy(peer)  # what runs does not wait: only then is it known how many do
    for _ in range(5):
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


def _vanish(rig: Rig) -> None:
    client = rig.client()
    rig.keep_busy(client)
    client.socket.close()
    wait_until(lambda: not rig.running())


def _cancel(rig: Rig) -> None:
    client, control = rig.client(), rig.peer(control=True)
    request_id = rig.keep_busy(client)
    control.ask("cancel", session=client.session, request=request_id)
    assert code(client.replies(1)[request_id]) == CANCELLED


def _be_late(rig: Rig) -> None:
    args = {"gap": fake_daemon.LONG, "deadline": 0.05}
    assert code(rig.client().ask("open", (picture(),), **args)) == TIMEOUT


def _fail(rig: Rig) -> None:
    assert code(rig.client().ask("open", (picture(),), ink=fake_daemon.FAIL)) == INTERNAL


def _be_wrong(rig: Rig) -> None:
    args = {"page": "none", "region": 1}
    assert code(rig.client().ask("correct", (picture(),), **args)) == NO_SUCH_PAGE


def _supersede(rig: Rig) -> None:
    client = rig.client()
    page = client.open()
    running = rig.keep_busy(client)
    args = {"page": page, "kind": "flats"}
    older = client.send("render", (picture(),), **args)
    newer = client.send("render", (picture(),), **args)
    assert code(client.replies(1)[older]) == SUPERSEDED
    rig.let_go()
    assert client.replies(2).keys() == {running, newer}


@pytest.mark.parametrize("end", [_vanish, _cancel, _be_late, _fail, _be_wrong, _supersede])
def test_a_request_that_has_ended_leaves_its_picture_to_nobody(
    rig: Rig, end: Callable[[Rig], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to the garbage collector either: an idle daemon makes nothing that would call it."""
    held: list[weakref.ref[Any]] = []
    put = JobQueue.put

    def watch(self: JobQueue, job: Job) -> Job | None:
        held.append(weakref.ref(job))
        held.extend(weakref.ref(frame) for frame in job.request.frames)
        return put(self, job)

    monkeypatch.setattr(JobQueue, "put", watch)
    monkeypatch.setattr(workers.log, "propagate", False)  # pytest keeps errors that are logged
    gc.collect()
    gc.disable()
    try:
        end(rig)
        assert held
        wait_until(lambda: not any(one() is not None for one in held))
    finally:
        gc.enable()
