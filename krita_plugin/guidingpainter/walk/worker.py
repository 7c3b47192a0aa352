"""Work for the client's background thread, results back on the GUI thread."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Hashable
from typing import Any

from gp_client import Call
from gp_client.calls import Calls
from gp_client.errors import GuidingPainterError
from gp_client.types import Tell

from ..editor.compat import QtCore, Signal

Work = Callable[[Tell], Any]


class Worker(QtCore.QObject):
    """Counts what is under way; gp_client's own calls do the work, one after the other.

    Signals:
        busy(bool): whether anything is under way.
        progress(str, float): stage and fraction, 0..1, of the work that runs.
    """

    busy = Signal(bool)
    progress = Signal(str, float)
    _due = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._calls: Calls | None = None
        self._open: list[Call] = []
        self._held = 0
        self._busy = False
        self._due.connect(lambda callback: callback())

    def hand_over(self, callback: Callable[[], None]) -> None:
        """Run a callback on the GUI thread; for the client, from any thread."""
        self._due.emit(callback)

    def use(self, calls: Calls) -> None:
        """Take the client's calls, which must hand over to this worker."""
        self._calls = calls

    def post(
        self,
        slot: Hashable,
        work: Work,
        done: Callable[[Any], None],
        failed: Callable[[GuidingPainterError], None],
    ) -> None:
        """Do ``work(progress)`` in the background, then call ``done(result)`` or ``failed(error)``.

        A call that waits still fails with SUPERSEDED for a newer one of the same slot.
        """
        assert self._calls is not None

        def told(progress: Tell) -> Any:
            try:
                return work(progress)
            except GuidingPainterError:
                raise
            except Exception:
                traceback.print_exc()  # a fault of ours: where it is, for the report
                raise

        def over(callback: Callable[[Any], None]) -> Callable[[Any], None]:
            def finish(outcome: Any) -> None:
                self._open.remove(call)
                try:
                    callback(outcome)
                finally:
                    self._tell()

            return finish

        call = self._calls.start(told, over(done), over(failed), self.progress.emit, slot)
        self._open.append(call)
        self._tell()

    def hold(self) -> None:
        """Something else is under way until ``release``."""
        self._held += 1
        self._tell()

    def release(self) -> None:
        """What ``hold`` announced is over."""
        self._held -= 1
        self._tell()

    def cancel(self) -> None:
        """Give up all work; returns at once, as asking the daemon may take a while."""
        calls = list(self._open)

        def ask() -> None:
            for call in reversed(calls):  # those that wait first, so that none of them begins
                try:
                    call.cancel()
                except GuidingPainterError as error:
                    print(f"GuidingPainter: {error}")  # the call's own error tells the user

        threading.Thread(target=ask, daemon=True, name="guidingpainter-cancel").start()

    def _tell(self) -> None:
        busy = bool(self._open) or self._held > 0
        if busy != self._busy:
            self._busy = busy
            self.busy.emit(busy)
