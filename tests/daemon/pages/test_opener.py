"""Line art that was opened before opens at once."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from gp_client.page_options import AUTOMATIC, PageOptions
from gp_client.wire import Frame
from gp_daemon.pages.opener import Opener
from gp_daemon.pages.store import PageStore


class Sized:
    """A page that has a size and nothing else."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def page(nbytes: int = 1) -> Any:
    return Sized(nbytes)


def test_line_art_that_was_opened_before_is_not_opened_again() -> None:
    store = PageStore(1000, 10)
    made: list[int] = []

    class Twin(Sized):
        def fresh(self) -> Twin:
            return Twin(self.nbytes)

    def make(*given: Any) -> Any:
        made.append(given[4].ink)
        return Twin(10)

    opener = Opener(make, store)
    picture = Frame(b"abcd", (2, 2), "GRAY8")

    def opened(ink: int, frame: Frame = picture) -> Any:
        return opener.open(frame, PageOptions(ink=ink), lambda *_: None)

    first, second = opened(1), opened(1)
    assert first is not second
    assert made == [1]
    opened(2)
    opened(2, Frame(b"abcd", (1, 4), "GRAY8"))
    opened(2, Frame(b"abce", (2, 2), "GRAY8"))
    assert made == [1, 2, 2, 2]


def test_untouched_pages_go_before_pages_that_clients_have() -> None:
    store = PageStore(100, 10)
    store.admit("a")
    store.keep_pristine("x", page(40))
    mine = store.add("a", page(50))
    store.add("a", page(40))
    assert store.pristine("x") is None
    assert store.get("a", mine)


def test_what_nobody_has_open_any_more_is_forgotten_when_a_client_leaves() -> None:
    store = PageStore(1000, 10)

    class Twin(Sized):
        def fresh(self) -> Twin:
            return Twin(self.nbytes)

    opener = Opener(lambda *_: cast(Any, Twin(10)), store)
    for owner, drawings in {"stays": "a", "goes": "abc"}.items():
        store.admit(owner)
        for drawing in drawings:
            picture = Frame(drawing.encode(), (1, 1), "GRAY8")
            store.add(owner, opener.open(picture, AUTOMATIC, lambda *_: None))
    assert store.nbytes == 10 * (1 + 3 + 3)
    store.drop("goes")
    assert store.nbytes == 10 * (1 + 1)
    store.drop("stays")
    assert store.nbytes == 0


def test_two_clients_that_open_one_page_at_once_wait_for_one_opening() -> None:
    store = PageStore(1000, 10)
    made: list[int] = []

    class Twin(Sized):
        def fresh(self) -> Twin:
            return Twin(self.nbytes)

    def make(*_: Any) -> Any:
        made.append(1)
        time.sleep(0.1)
        return Twin(10)

    opener = Opener(make, store)
    picture = Frame(b"abcd", (2, 2), "GRAY8")
    threads = [
        threading.Thread(target=lambda: opener.open(picture, AUTOMATIC, lambda *_: None))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert made == [1]
