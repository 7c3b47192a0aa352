"""The server's parts on their own: queue, page store, sessions."""

from __future__ import annotations

import time
from typing import Any

from gp_canvas.cancellation import Token
from gp_client.errors import BUSY, CANCELLED, ENDING, NO_SUCH_PAGE, TIMEOUT, TOO_LARGE
from gp_client.wire import Frame, Request
from gp_daemon.pages.store import PageStore
from gp_daemon.service.jobs import Job, JobQueue
from gp_daemon.service.sessions import Sessions
from serving import code_of


class Sized:
    """A page that has a size and nothing else."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def page(nbytes: int = 1) -> Any:
    return Sized(nbytes)


def job(number: int, session: str = "a", slot: tuple[str, ...] | None = None, size: int = 0) -> Job:
    frames = (Frame(bytes(size), (size,), "u1"),) if size else ()
    return Job(session, Request(number, "open", {}, frames), slot)


def take_all(queue: JobQueue, count: int) -> list[int]:
    taken = []
    for _ in range(count):
        one = queue.take()
        assert one is not None
        taken.append(one.request.id)
        queue.done(one)
    return taken


def test_jobs_come_out_in_their_order() -> None:
    queue = JobQueue(10, 100)
    for number in (1, 2, 3):
        queue.put(job(number))
    assert take_all(queue, 3) == [1, 2, 3]


def test_sessions_take_turns() -> None:
    queue = JobQueue(10, 100, heavy=9)
    for number in (1, 2, 3):
        queue.put(job(number, "greedy"))
    queue.put(job(4, "modest"))
    queue.put(job(5, "shy"))
    assert take_all(queue, 5) == [1, 4, 5, 2, 3]


def test_a_sessions_jobs_run_one_at_a_time_and_other_sessions_beside_them() -> None:
    queue = JobQueue(10, 100, heavy=9)
    queue.put(job(1, "a"))
    queue.put(job(2, "a"))
    queue.put(job(3, "b"))
    first, second = queue.take(), queue.take()
    assert first is not None
    assert second is not None
    assert (first.request.id, second.request.id) == (1, 3)
    assert queue.waiting == 1
    queue.done(first)
    assert take_all(queue, 1) == [2]


def test_a_worker_is_left_for_short_jobs_while_others_open_pages() -> None:
    queue = JobQueue(10, 100, heavy=1)
    queue.put(job(1, "a"))
    queue.put(job(2, "b"))
    queue.put(Job("c", Request(3, "hint")))
    opening, short = queue.take(), queue.take()
    assert opening is not None
    assert short is not None
    assert (opening.request.id, short.request.id) == (1, 3)
    queue.done(opening)
    assert take_all(queue, 1) == [2]


def test_an_overdue_job_leaves_the_queue_and_an_overdue_run_is_stopped() -> None:
    queue = JobQueue(10, 100)
    running = Job("a", Request(1, "open"), token=Token(time.monotonic() + 600))
    waiting = Job("b", Request(2, "open"), token=Token(time.monotonic() - 1))
    queue.put(running)
    queue.take()
    queue.put(waiting)
    running.token.deadline = time.monotonic() - 1
    assert queue.overdue() == [waiting]
    assert code_of(running.token.check) == TIMEOUT
    assert (queue.waiting, running.token.cancelled) == (0, True)


def test_cancelling_interrupts_what_the_work_is_blocked_in() -> None:
    token, calls = Token(), []
    with token.interrupts(lambda: calls.append("inside")):
        token.cancel()
    with token.interrupts(lambda: calls.append("late")):
        assert calls == ["inside", "late"]
    token.cancel()
    assert calls == ["inside", "late"]


def test_a_slot_is_per_session() -> None:
    queue = JobQueue(10, 100)
    first = job(1, "a", ("p", "flats"))
    queue.put(first)
    assert queue.put(job(2, "b", ("p", "flats"))) is None
    assert queue.put(job(3, "a", ("p", "flats"))) is first


def test_bytes_that_wait_are_bounded_but_one_request_always_fits() -> None:
    queue = JobQueue(10, 100)
    queue.put(job(1, size=500))
    assert code_of(lambda: queue.put(job(2, size=1))) == BUSY
    queue.take()
    queue.put(job(3, size=60))
    assert code_of(lambda: queue.put(job(4, "b", size=60))) == BUSY


def test_a_session_that_left_waits_for_nothing() -> None:
    queue = JobQueue(10, 100)
    running = job(1)
    queue.put(running)
    queue.take()
    queue.put(job(2))
    queue.put(job(3, "b"))
    queue.drop_session("a")
    assert running.token.cancelled
    assert (queue.waiting, code_of(running.token.check)) == (1, CANCELLED)


def test_a_closed_queue_gives_back_what_waited_and_takes_no_more() -> None:
    queue = JobQueue(10, 100)
    queue.put(job(1))
    assert [one.request.id for one in queue.close()] == [1]
    assert queue.take() is None
    assert code_of(lambda: queue.put(job(2))) == ENDING


def test_a_pages_growth_drops_the_least_recently_used() -> None:
    store = PageStore(100, 10)
    store.admit("a")
    old, growing = store.add("a", page(40)), store.add("a", big := page(40))
    big.nbytes = 80
    store.measure(growing)
    assert code_of(lambda: store.get("a", old)) == NO_SUCH_PAGE
    assert (len(store), store.nbytes) == (1, 80)


def test_a_page_over_the_budget_stays_while_it_is_alone() -> None:
    store = PageStore(100, 10)
    store.admit("a")
    assert store.get("a", store.add("a", page(5000))).nbytes == 5000


def test_one_clients_pages_push_out_its_own_and_nobody_elses() -> None:
    store = PageStore(100, 2)
    store.admit("a")
    store.admit("b")
    other, first = store.add("b", page()), store.add("a", page())
    store.add("a", page())
    store.add("a", page())
    assert store.get("b", other)
    assert code_of(lambda: store.get("a", first)) == NO_SUCH_PAGE


def test_a_page_of_a_client_that_left_meanwhile_is_not_kept() -> None:
    store = PageStore(100, 2)
    store.admit("a")
    store.drop("a")
    assert code_of(lambda: store.add("a", page())) == CANCELLED
    assert len(store) == 0


def test_page_ids_cannot_be_guessed() -> None:
    store = PageStore(10**6, 100)
    store.admit("a")
    ids = {store.add("a", page()) for _ in range(50)}
    assert len(ids) == 50
    assert {len(one) for one in ids} == {32}


def test_an_identity_with_another_users_key_is_nobody() -> None:
    sessions = Sessions(5, 10)
    session, _ = sessions.hello(b"me", "ann", "")
    assert sessions.find(b"me", "ann") is session
    assert sessions.find(b"me", "bob") is None
    assert sessions.hello(b"you", "bob", session.key)[1] is False


def test_a_taken_identity_gets_a_session_of_its_own() -> None:
    sessions = Sessions(5, 10)
    first, _ = sessions.hello(b"me", "", "")
    second, resumed = sessions.hello(b"me", "", "wrong key")
    assert (second is first, resumed) == (False, False)
    assert first.left_at is not None


def test_hello_again_with_its_key_is_the_same_session() -> None:
    sessions = Sessions(1, 10)
    first, _ = sessions.hello(b"me", "", "")
    assert sessions.hello(b"me", "", first.key) == (first, True)


def test_a_client_that_promised_heartbeats_and_sends_none_is_gone() -> None:
    sessions = Sessions(5, 10, silence=3)
    beating, _ = sessions.hello(b"me", "", "")
    sessions.hello(b"you", "", "")
    beating.beats = True
    now = time.monotonic()
    assert sessions.silent(now + 2) == []
    assert sessions.silent(now + 4) == [beating]
    beating.heard = now + 2
    assert sessions.silent(now + 4) == []


def test_sessions_are_bounded_and_expire() -> None:
    sessions = Sessions(1, 5)
    first, _ = sessions.hello(b"me", "", "")
    assert code_of(lambda: sessions.hello(b"you", "", "")) == TOO_LARGE
    sessions.leave(first)
    assert sessions.expire(time.monotonic()) == []
    assert sessions.expire(time.monotonic() + 6) == [first]
    assert sessions.hello(b"you", "", first.key)[1] is False
