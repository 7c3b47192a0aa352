"""Asynchronous calls: nothing blocks the caller, and callbacks come where they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fake_daemon import LONG
from gp_client import Client, ClientPage, GuidingPainterError, Layer, connect
from gp_client.calls import Calls
from gp_client.errors import CANCELLED, INTERNAL, NO_DAEMON, NO_SUCH_REGION, SUPERSEDED
from gp_client.types import Tell
from serving import PATIENCE, wait_until

pytestmark = pytest.mark.usefixtures("fake_daemon")


def finish(client: Client) -> None:
    """Poll as a UI's timer does, until nothing is left."""

    def idle() -> bool:
        client.poll(0.02)
        return client.calls.idle

    wait_until(idle)


def long(client: Client) -> Callable[[Tell], ClientPage]:
    """Work that opens a page for longer than any test waits."""
    return lambda tell: client.open(bytes(512), 32, 16, gap=LONG, progress=tell)


def test_a_page_is_opened_hinted_and_rendered_without_waiting() -> None:
    with connect(start=True) as client:
        pages: list[ClientPage] = []
        stages: list[str] = []
        pictures: list[bytes] = []
        threads: set[int] = set()

        def opened(page: ClientPage) -> None:
            threads.add(threading.get_ident())
            pages.append(page)
            client.later(lambda _: page.hint(1, (1, 2, 3)))
            client.later(lambda _: page.render("flats", crop=(0, 0, 1, 1)), pictures.append)

        client.later(
            lambda tell: client.open(bytes(512), 32, 16, gap=40, progress=tell),
            opened,
            progress=lambda *event: stages.append(event[0]),
        )
        finish(client)
        assert pictures == [bytes([1, 2, 3, 255])]
        assert stages
        assert threads == {threading.get_ident()}


def test_starting_a_call_does_not_wait_for_it() -> None:
    with connect(start=True) as client:
        codes: list[str] = []
        call = client.later(long(client), failed=lambda error: codes.append(error.code))
        assert not call.finished  # whoever waited would wait for minutes
        call.cancel()
        finish(client)
        assert codes == [CANCELLED]


def test_calls_are_done_in_their_order() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(512), 32, 16)
        got: list[Any] = []
        mask = bytes([255]) + bytes(511)
        works: list[Callable[[Any], Any]] = [
            lambda _: page.mask(2),
            lambda _: page.hint(1, (1, 2, 3)),
            lambda _: page.suggest(3),
            lambda _: page.unhint(1),
            lambda _: page.correct(2, mask),
            lambda _: page.uncorrect(),
            lambda _: page.scribble(mask, (4, 5, 6)),
            lambda _: page.unscribble(1),
            lambda _: page.close(),
        ]
        for work in works:
            client.later(work, got.append)
        finish(client)
        assert got[0].bbox == (8, 0, 8, 16)
        assert got[1:] == [None, (1, 0, 3), None, None, True, 1, None, None]


def test_layers_come_one_by_one_without_waiting() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(512), 32, 16)
        got: list[Any] = []

        def listed(layers: list[Layer]) -> None:
            for layer in layers[:2]:
                client.later(lambda _, layer=layer: page.layer(layer, "RGB8"), got.append)
                client.later(lambda _, layer=layer: page.layer_mask(layer), got.append)

        client.later(lambda _: page.hint(1, (200, 2, 3)))
        client.later(lambda _: page.layers(), listed)
        finish(client)
        assert [len(got[0]), len(got[2])] == [3 * len(got[1].data), 3 * len(got[3].data)]
        assert len(got) == 4


def test_a_failure_goes_to_its_own_callback() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(512), 32, 16)
        errors: list[GuidingPainterError] = []
        done: list[Any] = []
        client.later(lambda _: page.hint(9, (0, 0, 0)), done.append, errors.append)
        finish(client)
        assert [error.code for error in errors] == [NO_SUCH_REGION]
        assert done == []


def test_a_waiting_render_fails_for_a_newer_one_of_its_kind() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(512), 32, 16)
        codes: list[str] = []
        done: list[str] = []

        def render(name: str, preview: bool = False) -> None:
            client.later(
                lambda tell: page.render("soft", preview=preview, progress=tell),
                lambda _: done.append(name),
                lambda error: codes.append(f"{name} {error.code}"),
                slot=("soft", preview),
            )

        client.later(lambda _: page.suggest(1))
        render("old")
        render("small", preview=True)
        render("new")
        finish(client)
        assert codes in ([f"old {SUPERSEDED}"], [])
        assert done[-1] == "new"
        assert len(codes) + len(done) == 3


def test_a_running_call_is_cancelled_and_a_waiting_one_does_not_start() -> None:
    with connect(start=True) as client:
        codes: list[str] = []
        failed: Callable[[GuidingPainterError], None] = lambda error: codes.append(error.code)  # noqa: E731
        running = client.later(long(client), failed=failed)
        waiting = client.later(long(client), failed=failed)
        wait_until(lambda: client._session.link.running is not None)
        waiting.cancel()
        running.cancel()
        finish(client)
        assert codes == [CANCELLED, CANCELLED]
        assert running.finished
        assert waiting.finished


def test_callbacks_go_where_dispatch_takes_them() -> None:
    taken: list[Callable[[], None]] = []
    arrived = threading.Event()

    def dispatch(callback: Callable[[], None]) -> None:
        taken.append(callback)
        arrived.set()

    with connect(start=True, dispatch=dispatch) as client:
        done: list[Any] = []
        client.later(lambda _: client.open(bytes(512), 32, 16), done.append)
        assert arrived.wait(PATIENCE)
        assert client.poll() == 0
        assert done == []
        taken[0]()
        assert len(done[0].regions) == 4


def test_an_exception_in_a_callback_reaches_the_poller_and_the_rest_comes_later() -> None:
    calls = Calls(lambda _thread: None, None)

    class Oops(Exception):
        pass

    def bad(_result: object) -> None:
        raise Oops

    done: list[int] = []
    calls.start(lambda _tell: 1, bad)
    calls.start(lambda _tell: 2, done.append)
    with pytest.raises(Oops):
        calls.poll(5)
    while not done:
        calls.poll(0.05)
    calls.close()


def test_a_fault_in_the_work_is_an_internal_error_and_the_thread_lives_on() -> None:
    calls = Calls(lambda _thread: None, None)
    codes: list[str] = []
    done: list[int] = []
    calls.start(lambda _tell: [][1], failed=lambda error: codes.append(error.code))
    calls.start(lambda _tell: 2, done.append)
    while not done:
        calls.poll(0.05)
    assert codes == [INTERNAL]
    calls.close()


def test_a_closed_client_starts_nothing_and_fails_what_waits() -> None:
    client = connect(start=True)
    codes: list[str] = []
    client.later(lambda _: client.open(bytes(512), 32, 16, gap=20))
    opening = lambda _: client.open(bytes(512), 32, 16)  # noqa: E731
    client.later(opening, failed=lambda error: codes.append(error.code))
    client.close()
    client.poll()
    assert codes == [CANCELLED]
    with pytest.raises(GuidingPainterError) as caught:
        client.later(lambda _: client.open(bytes(512), 32, 16))
    assert caught.value.code == NO_DAEMON
