"""Work that must not hold up the dialog: the daemon's on a thread, GIMP's in small bites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import gp_client
from gp_client import Call, Client, GuidingPainterError
from gp_client.calls import Calls
from gp_client.types import Tell
from gp_guide.tasks import Ask
from gp_guide.turns import Begin, Turns

from ..editor.host import GLib, tr

T = TypeVar("T")
Failed = Callable[[GuidingPainterError], None]
LATE = 500  # milliseconds of silence after which the user is told that there is work


class Worker:
    """Runs tasks one after the other, and reports on the dialog's thread.

    Args:
        progress: called with a stage and its fraction, 0..1, and with ("", 1.0) at the end of all.
        failed: called with what went wrong.
    """

    def __init__(self, progress: Tell, failed: Failed) -> None:
        self._progress, self._failed = progress, failed
        self._client: Client | None = None
        self._calls = Calls(self._interrupt, _on_this_thread)
        self._open: list[Call] = []
        self._turns = Turns(self._ask, self._pause, self._rest)
        self._closed = False

    @property
    def waiting(self) -> bool:
        """Whether another task waits for its turn."""
        return self._turns.waiting

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._open) or self._turns.busy

    def connected(self) -> Client:
        """Return the connection, made (with a daemon) where there is none; on the thread only.

        Raises:
            GuidingPainterError: see ``gp_client.connect``.
        """
        if self._client is None:
            self._client = gp_client.connect(start=True)
        return self._client

    @property
    def about(self) -> str:
        """The device that the daemon works on."""
        return "" if self._client is None else str(self._client.info.get("device", ""))

    def do(self, begin: Begin, done: Callable[[], None]) -> None:
        """Run a task here after those that were asked for before, then ``done``.

        Args:
            begin: called when it is its turn; returns the task, None where there is nothing to do.
                The task yields what it asks the daemon, or the fraction, 0..1, that is through.
            done: called at its end.
        """
        if not self._closed:
            self._turns.do(begin, done, self._failed)

    def post(self, slot: Hashable, work: Callable[[Tell], T], done: Callable[[T], None]) -> None:
        """Do ``work(tell)`` on the thread, then ``done(result)`` here.

        A newer job of the same slot takes the place of one that waits.
        """
        self._ask(Ask(work), done, self._failed, slot)

    def cancel(self) -> None:
        """Give up all that runs or waits; what is being painted is painted."""
        self._turns.drop()
        for call in self._open[:]:
            call.cancel()
        self._rest()

    def close(self) -> None:
        """Start nothing any more. The connection ends with the process."""
        self._closed = True
        self.cancel()
        self._calls.close()

    def _pause(self, fraction: Any, go: Callable[[], None]) -> None:
        def bite() -> bool:
            go()
            return GLib.SOURCE_REMOVE

        self._progress(tr("Working"), fraction)
        GLib.idle_add(bite)

    def _ask(
        self, asked: Ask, done: Callable[[Any], None], failed: Failed, slot: Hashable = None
    ) -> None:
        def finish(callback: Callable[[Any], None]) -> Callable[[Any], None]:
            def ended(outcome: Any) -> None:
                self._open.remove(call)
                if not self._closed:
                    callback(outcome)
                self._rest()

            return ended

        heard = False

        def tell(stage: str, fraction: float) -> None:
            nonlocal heard
            heard = True
            self._progress(stage, fraction)

        def late() -> bool:
            if call in self._open and not (heard or self._closed):
                self._progress(tr("Working"), 0.0)
            return GLib.SOURCE_REMOVE

        call = self._calls.start(asked.work, finish(done), finish(failed), tell, slot)
        self._open.append(call)
        GLib.timeout_add(LATE, late)

    def _rest(self) -> None:
        if not self.busy:
            self._progress("", 1.0)

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
