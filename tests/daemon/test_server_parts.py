"""The server's parts on their own: queue, page store, sessions."""

from __future__ import annotations

import time
from typing import Any

import pytest
from gp_client.errors import CANCELLED, NO_SUCH_PAGE, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Frame, Request
from gp_daemon.jobs import Job, JobQueue
from gp_daemon.pages import PageStore
from gp_daemon.sessions import Sessions


class Sized:
    """A page that has a size and nothing else."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def page(nbytes: int = 1) -> Any:
    return Sized(nbytes)


def job(number: int, session: str = "a", slot: tuple[str, ...] | None = None, size: int = 0) -> Job:
    frames = (Frame(bytes(size), (size,), "u1"),) if size else ()
    return Job(session, Request(number, "open", {}, frames), slot)


def code_of(action: Any) -> str:
    with pytest.raises(GPError) as caught:
        action()
    return caught.value.code


def test_jobs_come_out_in_their_order() -> None:
    queue = JobQueue(10, 100)
    for number in (1, 2, 3):
        queue.put(job(number))
    taken = [queue.take() for _ in range(3)]
    assert [one.request.id for one in taken if one] == [1, 2, 3]


def test_a_slot_is_per_session() -> None:
    queue = JobQueue(10, 100)
    first = job(1, "a", ("p", "flats"))
    queue.put(first)
    assert queue.put(job(2, "b", ("p", "flats"))) is None
    assert queue.put(job(3, "a", ("p", "flats"))) is first


def test_bytes_that_wait_are_bounded_but_one_request_always_fits() -> None:
    queue = JobQueue(10, 100)
    queue.put(job(1, size=500))
    assert code_of(lambda: queue.put(job(2, size=1))) == TOO_LARGE
    queue.take()
    queue.put(job(3, size=60))
    assert code_of(lambda: queue.put(job(4, "b", size=60))) == TOO_LARGE


def test_a_session_that_left_waits_for_nothing() -> None:
    queue = JobQueue(10, 100)
    running = job(1)
    queue.put(running)
    queue.take()
    queue.put(job(2))
    queue.put(job(3, "b"))
    queue.drop_session("a")
    assert running.cancelled.is_set()
    assert (queue.waiting, code_of(running.check)) == (1, CANCELLED)


def test_a_closed_queue_gives_back_what_waited_and_takes_no_more() -> None:
    queue = JobQueue(10, 100)
    queue.put(job(1))
    assert [one.request.id for one in queue.close()] == [1]
    assert queue.take() is None
    assert code_of(lambda: queue.put(job(2))) == CANCELLED


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


def test_an_identity_without_its_connection_is_nobody() -> None:
    sessions = Sessions(5, 10)
    session, _ = sessions.hello(b"me", 7, "")
    assert sessions.find(b"me", 7) is session
    assert sessions.find(b"me", 8) is None


def test_a_taken_identity_gets_a_session_of_its_own() -> None:
    sessions = Sessions(5, 10)
    first, _ = sessions.hello(b"me", 7, "")
    second, resumed = sessions.hello(b"me", 8, "")
    assert (second is first, resumed) == (False, False)
    assert first.left_at is not None


def test_hello_again_on_one_connection_is_the_same_session() -> None:
    sessions = Sessions(1, 10)
    first, _ = sessions.hello(b"me", 7, "")
    assert sessions.hello(b"me", 7, "wrong key") == (first, True)


def test_sessions_are_bounded_and_expire() -> None:
    sessions = Sessions(1, 5)
    first, _ = sessions.hello(b"me", 7, "")
    assert code_of(lambda: sessions.hello(b"you", 8, "")) == TOO_LARGE
    assert sessions.disconnected(7) is first
    assert sessions.expire(time.monotonic()) == []
    assert sessions.expire(time.monotonic() + 6) == [first]
    assert sessions.hello(b"you", 8, first.key)[1] is False
