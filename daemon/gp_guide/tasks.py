"""Work that alternates between the daemon and the editor, written as one function.

A task is a generator. It yields an `Ask` for what waits for the daemon, and is given the answer; it
yields anything else to let the editor see to its own events first. The editor's event loop drives
it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from gp_client.errors import GuidingPainterError
from gp_client.types import Tell

Result = TypeVar("Result")
Task = Generator[Any, Any, Result]


@dataclass(frozen=True)
class Ask:
    """What a task wants from the daemon; ``work(tell)`` waits, so it is done on another thread."""

    work: Callable[[Tell], Any]


def drive(
    task: Task[Any],
    ask: Callable[[Ask, Callable[[Any], None], Callable[[GuidingPainterError], None]], None],
    pause: Callable[[Any, Callable[[], None]], None],
    wanted: Callable[[], bool],
    done: Callable[[Any], None],
    failed: Callable[[GuidingPainterError], None],
    dropped: Callable[[], None],
) -> None:
    """Run a task to its end; the first part of it at once.

    Args:
        task: a daemon's error is raised in it, where it asked.
        ask: does an Ask elsewhere, then calls back here with its result or its error.
        pause: takes what the task yielded, and calls back after the editor's own events.
        wanted: asked before each part; where it says no, the rest is not done.
        done: called with the task's result.
        failed: called with its error.
        dropped: called where the rest was not done.
    """

    def go(answer: Any = None, error: GuidingPainterError | None = None) -> None:
        if not wanted():
            task.close()
            dropped()
            return
        try:
            given = task.send(answer) if error is None else task.throw(error)
        except StopIteration as end:
            done(end.value)
        except GuidingPainterError as problem:
            failed(problem)
        else:
            if isinstance(given, Ask):
                ask(given, go, lambda problem: go(None, problem))
            else:
                pause(given, go)

    go()
