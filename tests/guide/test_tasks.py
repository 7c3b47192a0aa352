"""Tasks between daemon and editor: each part in its turn, errors where they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide.tasks import Ask, Task, drive


class Loop:
    """An editor's loop: answers and pauses wait in a queue until it is their turn."""

    def __init__(self) -> None:
        self.queue: list[Callable[[], None]] = []
        self.wanted = True
        self.ends: list[Any] = []
        self.pauses: list[Any] = []

    def start(self, task: Task[Any]) -> None:
        drive(
            task,
            self._ask,
            self._pause,
            lambda: self.wanted,
            lambda result: self.ends.append(("done", result)),
            lambda error: self.ends.append(("failed", error.code)),
            lambda: self.ends.append("dropped"),
        )

    def run(self) -> None:
        while self.queue:
            self.queue.pop(0)()

    def _ask(self, asked: Ask, done: Callable[[Any], None], failed: Callable[..., None]) -> None:
        def later() -> None:
            try:
                result = asked.work(lambda stage, fraction: None)
            except GuidingPainterError as error:
                failed(error)
            else:
                done(result)

        self.queue.append(later)

    def _pause(self, given: Any, go: Callable[[], None]) -> None:
        self.pauses.append(given)
        self.queue.append(go)


def test_answers_come_back_where_they_were_asked_for_and_pauses_take_turns() -> None:
    def task() -> Task[int]:
        first = yield Ask(lambda tell: 20)
        yield 5
        second = yield Ask(lambda tell: first + 1)
        yield
        return first + second

    loop = Loop()
    loop.start(task())
    assert not loop.ends
    loop.run()
    assert loop.ends == [("done", 41)]
    assert loop.pauses == [5, None]


def refuse(tell: object) -> None:
    raise GuidingPainterError(BAD_REQUEST, "No.")


def test_an_error_is_raised_where_the_task_asked_and_may_be_mended_there() -> None:
    def mends() -> Task[str]:
        try:
            yield Ask(refuse)
        except GuidingPainterError:
            return "mended"
        return "never"

    def leaves() -> Task[None]:
        yield Ask(refuse)

    loop = Loop()
    loop.start(mends())
    loop.start(leaves())
    loop.run()
    assert loop.ends == [("done", "mended"), ("failed", BAD_REQUEST)]


def test_what_is_not_wanted_any_more_is_not_done_and_tidies_up() -> None:
    said: list[str] = []

    def task() -> Task[None]:
        try:
            yield
            said.append("never")
        finally:
            said.append("tidy")

    loop = Loop()
    loop.start(task())
    loop.wanted = False
    loop.run()
    assert (loop.ends, said) == (["dropped"], ["tidy"])
