"""Tasks of a plug-in, one after the other in the order in which they were asked for. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from gp_client.errors import CANCELLED, GuidingPainterError

from gp_guide.tasks import Ask, Task, drive

Begin = Callable[[], "Task[Any] | None"]
Done = Callable[[], None]
Failed = Callable[[GuidingPainterError], None]


class Turns:
    """Runs tasks, never two at a time.

    An error ends the tasks that wait too: they were meant for what did not come about.

    Args:
        ask: see ``tasks.drive``.
        pause: see ``tasks.drive``.
        rested: called when nothing runs or waits any more.
    """

    def __init__(
        self,
        ask: Callable[[Ask, Callable[[Any], None], Failed], None],
        pause: Callable[[Any, Callable[[], None]], None],
        rested: Callable[[], None],
    ) -> None:
        self._ask, self._pause, self._rested = ask, pause, rested
        self._line: deque[tuple[Begin, Done, Failed]] = deque()
        self._task: Task[Any] | None = None
        self._asking = False  # the task waits for an answer

    @property
    def waiting(self) -> bool:
        """Whether another task waits for its turn."""
        return bool(self._line)

    @property
    def busy(self) -> bool:
        """Whether a task runs or waits."""
        return self._task is not None or self.waiting

    def do(self, begin: Begin, done: Done, failed: Failed) -> None:
        """Run a task after those that were asked for before; at once where there are none.

        Args:
            begin: called when it is its turn; returns the task, or None where there is nothing to
                do any more: then neither ``done`` nor ``failed`` is called.
            done: called at its end.
            failed: called with its error, or that of ``begin``; with CANCELLED where it was dropped
                and no other one has begun.
        """
        self._line.append((begin, done, failed))
        self._go_on()

    def clear(self) -> None:
        """Forget what waits; what runs comes to its end."""
        self._line.clear()

    def drop(self) -> None:
        """Forget what waits, and what runs at its next pause.

        A task that waits for an answer goes on with that; cancel the call, and its error ends it.
        """
        self.clear()
        if not self._asking:
            self._task = None

    def _go_on(self) -> None:
        while self._line and self._task is None:
            begin, done, failed = self._line.popleft()
            try:
                task = begin()
            except GuidingPainterError as error:
                self.clear()
                failed(error)
            else:
                if task is not None:
                    self._run(task, done, failed)
        if not self.busy:
            self._rested()

    def _run(self, task: Task[Any], done: Done, failed: Failed) -> None:
        self._task = task

        def ask(asked: Ask, *ends: Callable[[Any], None]) -> None:
            def answered(end: Callable[[Any], None]) -> Callable[[Any], None]:
                def go_on(outcome: Any) -> None:
                    self._asking = False
                    end(outcome)

                return go_on

            self._asking = True
            self._ask(asked, *(answered(end) for end in ends))

        def over(outcome: object) -> None:
            self._task = None
            done()
            self._go_on()

        def broken(error: GuidingPainterError) -> None:
            self._task = None
            self.clear()
            failed(error)
            self._go_on()

        def dropped() -> None:
            if self._task is None:  # else a newer one will say how it went
                broken(GuidingPainterError(CANCELLED, "Cancelled."))

        drive(task, ask, self._pause, lambda: self._task is task, over, broken, dropped)
