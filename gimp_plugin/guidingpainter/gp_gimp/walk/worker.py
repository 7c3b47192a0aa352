"""Work that must not hold up the dialog: the daemon's on a thread, GIMP's in small bites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import gp_client
from gp_client import Call, Client, GuidingPainterError
from gp_client.calls import Calls
from gp_client.types import Tell
from gp_guide.tasks import Ask, Task, drive

from ..editor.host import GLib

T = TypeVar("T")
Failed = Callable[[Hashable, GuidingPainterError], None]


class Worker:
    """Runs work and reports on the dialog's thread.

    Args:
        progress: called with a stage and its fraction, 0..1, and with ("", 1.0) at the end of all.
        failed: called with a job's slot and what went wrong.
    """

    def __init__(self, progress: Tell, failed: Failed) -> None:
        self._progress, self._failed = progress, failed
        self._client: Client | None = None
        self._calls = Calls(self._interrupt, _on_this_thread)
        self._open: list[Call] = []
        self._source = 0  # GLib's, of the work that is done in bites
        self._bites: Task[Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._open) or self._bites is not None

    def connected(self) -> Client:
        """Return the connection, made (with a daemon) where there is none; on the thread only.

        Raises:
            GuidingPainterError: see ``gp_client.connect``.
        """
        if self._client is None:
            self._client = gp_client.connect(start=True)
        return self._client

    def post(self, slot: Hashable, work: Callable[[Tell], T], done: Callable[[T], None]) -> None:
        """Do ``work(tell)`` on the thread, then ``done(result)`` here.

        A newer job of the same slot takes the place of one that waits.
        """

        def finish(call: Call) -> None:
            self._open.remove(call)
            if not self.busy:
                self._progress("", 1.0)

        def succeeded(result: T) -> None:
            finish(call)
            done(result)

        def failed(error: GuidingPainterError) -> None:
            finish(call)
            self._failed(slot, error)

        call = self._calls.start(work, succeeded, failed, self._progress, slot)
        self._open.append(call)

    def in_bites(self, task: Task[T], stage: str, done: Callable[[T], None]) -> None:
        """Run a task here, a bite whenever the dialog has nothing to do, then ``done``.

        Args:
            task: yields the fraction, 0..1, that is through, or what it asks the daemon.
            stage: what to tell the user meanwhile.
            done: called with its result.
        """
        self._stop_bites()
        self._bites = task

        def ask(asked: Ask, took: Callable[[Any], None], failed: Callable[..., None]) -> None:
            self._calls.start(asked.work, took, failed, self._progress)

        def pause(fraction: float, go: Callable[[], None]) -> None:
            def bite() -> bool:
                self._source = 0
                go()
                return GLib.SOURCE_REMOVE

            self._progress(stage, fraction)
            self._source = GLib.idle_add(bite)

        def over(callback: Callable[[Any], None]) -> Callable[[Any], None]:
            def finish(outcome: Any) -> None:
                self._bites = None
                callback(outcome)
                if not self.busy:
                    self._progress("", 1.0)

            return finish

        drive(
            task,
            ask,
            pause,
            lambda: self._bites is task,
            over(done),
            over(lambda error: self._failed(stage, error)),
            lambda: None,
        )

    def cancel(self) -> None:
        """Give up all that runs or waits."""
        if self._bites is not None:
            self._stop_bites()
            self._progress("", 1.0)
        for call in self._open[:]:
            call.cancel()

    def close(self) -> None:
        """Start nothing any more. The connection ends with the process."""
        self.cancel()
        self._calls.close()

    def _stop_bites(self) -> None:
        if self._source:
            GLib.source_remove(self._source)
        if self._bites is not None:
            self._bites.close()
        self._source, self._bites = 0, None

    def _interrupt(self, thread: int) -> None:
        client = self._client
        if client is not None:
            # It asks the daemon, which may take a moment.
            threading.Thread(target=_cancel, args=(client,), daemon=True).start()


def _cancel(client: Client) -> None:
    try:
        client.cancel()
    except GuidingPainterError as error:
        print(f"GuidingPainter: {error}")  # the request's own error tells the user


def _on_this_thread(callback: Callable[[], None]) -> None:
    def once() -> bool:
        callback()
        return GLib.SOURCE_REMOVE

    GLib.idle_add(once)
