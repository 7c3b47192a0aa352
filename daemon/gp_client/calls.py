"""Asynchronous calls: one background thread waits, so that an editor's own thread never does."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from gp_client.errors import CANCELLED, INTERNAL, NO_DAEMON, SUPERSEDED
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Tell

Done = Callable[[Any], None]
Failed = Callable[[GPError], None]
Callback = Callable[[], None]
Dispatch = Callable[[Callback], object]


class Call:
    """One asynchronous call.

    Attributes:
        finished: whether its callback has been handed over; it gets one of ``done``, ``failed``.
    """

    def __init__(
        self,
        calls: Calls,
        work: Callable[[Tell], Any],
        done: Done | None,
        failed: Failed | None,
        progress: Tell | None,
        slot: Hashable,
    ) -> None:
        self._calls, self.slot = calls, slot
        self.work, self.done, self.failed, self.progress = work, done, failed, progress
        self.cancelled = False
        self.finished = False

    def cancel(self) -> None:
        """Ask for its end; ``failed`` gets CANCELLED, unless it is done all the same."""
        self.cancelled = True
        self._calls.cancel(self)


class Calls:
    """Runs calls one after the other on a thread of its own. Thread-safe.

    Args:
        interrupt: cancels the request that the thread of this id waits for.
        dispatch: runs a callback on the UI's thread (such as GLib.idle_add); None: ``poll`` does.
    """

    def __init__(self, interrupt: Callable[[int], object], dispatch: Dispatch | None) -> None:
        self._interrupt, self._dispatch = interrupt, dispatch
        self._waiting: deque[Call] = deque()
        self._callbacks: deque[Callback] = deque()
        self._running: Call | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._changed = threading.Condition()

    def start(
        self,
        work: Callable[[Tell], Any],
        done: Done | None = None,
        failed: Failed | None = None,
        progress: Tell | None = None,
        slot: Hashable = None,
    ) -> Call:
        """Queue work; a waiting call of the same slot fails with SUPERSEDED.

        Args:
            work: called with a progress callback on the background thread.
            done: called with work's result.
            failed: called with work's error.
            progress: called with a stage's name and its fraction, 0..1.
            slot: what a newer call must have in common with this one to take its place.

        Raises:
            GuidingPainterError: NO_DAEMON once the client is closed.
        """
        call = Call(self, work, done, failed, progress, slot)
        with self._changed:
            if self._closed:
                raise GPError(NO_DAEMON, "This client is closed.", "Connect again.")
            for older in [one for one in self._waiting if slot is not None and one.slot == slot]:
                self._waiting.remove(older)
                self._fail(older, GPError(SUPERSEDED, "A newer request took this one's place."))
            self._waiting.append(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gp-calls", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return call

    def cancel(self, call: Call) -> None:
        """Cancel a call that waits or runs."""
        with self._changed:
            if call in self._waiting:
                self._waiting.remove(call)
                self._fail(call, GPError(CANCELLED, "The work was cancelled."))
                return
            thread = self._thread if self._running is call else None
        if thread is not None and thread.ident is not None:
            self._interrupt(thread.ident)

    def poll(self, wait: float) -> int:
        """Run the callbacks that are due on this thread.

        Args:
            wait: seconds to wait for the first one.

        Returns:
            How many ran.
        """
        with self._changed:
            if wait > 0:
                self._changed.wait_for(lambda: bool(self._callbacks), wait)
            count = len(self._callbacks)
        for _ in range(count):
            self._callbacks.popleft()()
        return count

    @property
    def idle(self) -> bool:
        """Whether nothing waits, runs, or has a callback due."""
        with self._changed:
            return not self._waiting and self._running is None and not self._callbacks

    def close(self) -> None:
        """Start no more calls; those that wait fail with CANCELLED. A running one is finished."""
        with self._changed:
            self._closed = True
            while self._waiting:
                self._fail(self._waiting.popleft(), GPError(CANCELLED, "The client was closed."))
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._running = None
                self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
                if not self._waiting:
                    return
                call = self._running = self._waiting.popleft()
            self._do(call)
            del call

    def _do(self, call: Call) -> None:
        def tell(stage: str, fraction: float) -> None:
            if call.cancelled:
                raise GPError(CANCELLED, "The work was cancelled.")
            if call.progress is not None:
                self._hand_over(functools.partial(call.progress, stage, fraction))

        try:
            result = call.work(tell)
        except GPError as error:
            self._fail(call, error)
        except Exception as error:
            # The UI waits for an answer; a fault of ours must not leave it waiting.
            self._fail(call, GPError(INTERNAL, f"A fault in the client: {error!r}", "Report it."))
        else:
            call.finished = True
            if call.done is not None:
                self._hand_over(functools.partial(call.done, result))

    def _fail(self, call: Call, error: GPError) -> None:
        call.finished = True
        if call.failed is not None:
            self._hand_over(functools.partial(call.failed, error))

    def _hand_over(self, callback: Callback) -> None:
        if self._dispatch is not None:
            self._dispatch(callback)
            return
        with self._changed:
            self._callbacks.append(callback)
            self._changed.notify_all()
