"""Tasks in their order, one at a time; an error ends what waits behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import BAD_REQUEST, CANCELLED, GuidingPainterError
from gp_guide.tasks import Ask, Task
from gp_guide.turns import Turns


class Editor:
    """An editor whose loop does one thing after the other when it is told to."""

    def __init__(self) -> None:
        self.queue: list[Callable[[], None]] = []
        self.said: list[str] = []
        self.turns = Turns(
            lambda asked, done, failed: self.queue.append(
                lambda: self._answer(asked, done, failed)
            ),
            lambda given, go: self.queue.append(go),
            lambda: self.said.append("rest"),
        )

    def do(self, name: str, task: Callable[[], Task[Any] | None]) -> None:
        self.turns.do(
            task,
            lambda: self.said.append(f"{name} done"),
            lambda error: self.said.append(f"{name} {error.code}"),
        )

    def step(self) -> None:
        self.queue.pop(0)()

    def run(self) -> None:
        while self.queue:
            self.step()

    def asks(self, name: str, work: Callable[[Any], Any] = lambda tell: None) -> Task[None]:
        self.said.append(f"{name} begins")
        yield Ask(work)

    def pauses(self, name: str) -> Task[None]:
        self.said.append(f"{name} begins")
        try:
            yield
            yield
        finally:
            self.said.append(f"{name} tidies")

    @staticmethod
    def _answer(asked: Ask, done: Callable[[Any], None], failed: Callable[[Any], None]) -> None:
        try:
            result = asked.work(lambda stage, fraction: None)
        except GuidingPainterError as error:
            failed(error)
        else:
            done(result)


def refuse(tell: object = None) -> Any:
    raise GuidingPainterError(BAD_REQUEST, "No.")


def test_each_begins_when_the_one_before_is_through() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.asks("one"))
    editor.do("two", lambda: editor.pauses("two"))
    assert (editor.turns.busy, editor.turns.waiting) == (True, True)
    assert editor.said == ["one begins"]
    editor.run()
    assert editor.said == ["one begins", "one done", "two begins", "two tidies", "two done", "rest"]
    assert not editor.turns.busy


def test_what_has_become_needless_ends_without_a_word_and_the_line_goes_on() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.asks("one"))
    editor.do("two", lambda: None)
    editor.do("three", lambda: editor.asks("three"))
    editor.do("four", lambda: None)
    editor.run()
    assert editor.said == ["one begins", "one done", "three begins", "three done", "rest"]


def test_an_error_ends_what_waits_but_not_what_is_asked_for_then() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.asks("one", refuse))
    editor.do("two", lambda: editor.asks("two"))
    editor.run()
    editor.do("three", lambda: editor.asks("three"))
    editor.run()
    expected = ["one begins", f"one {BAD_REQUEST}", "rest", "three begins", "three done", "rest"]
    assert editor.said == expected


def test_a_task_that_cannot_begin_is_an_error_too() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.asks("one"))
    editor.do("two", refuse)
    editor.do("three", lambda: editor.asks("three"))
    editor.run()
    assert editor.said == ["one begins", "one done", f"two {BAD_REQUEST}", "rest"]


def test_clearing_lets_what_runs_come_to_its_end() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.pauses("one"))
    editor.do("two", lambda: editor.asks("two"))
    editor.turns.clear()
    editor.run()
    assert editor.said == ["one begins", "one tidies", "one done", "rest"]


def test_a_dropped_task_ends_at_its_next_pause_and_says_so() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.pauses("one"))
    editor.do("two", lambda: editor.asks("two"))
    editor.turns.drop()
    editor.run()
    assert editor.said == ["one begins", "one tidies", f"one {CANCELLED}", "rest"]


def test_a_task_that_waits_for_an_answer_ends_by_that() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.asks("one", refuse))
    editor.turns.drop()
    assert editor.turns.busy
    editor.run()
    assert editor.said == ["one begins", f"one {BAD_REQUEST}", "rest"]


def test_a_newer_task_speaks_for_a_dropped_one() -> None:
    editor = Editor()
    editor.do("one", lambda: editor.pauses("one"))
    editor.turns.drop()
    editor.do("two", lambda: editor.asks("two"))
    editor.run()
    assert editor.said == ["one begins", "two begins", "one tidies", "two done", "rest"]
