"""All waiting happens here: one thread for the daemon's work, results back on the GUI thread.

Replaceable as a whole by an asynchronous client: the rest knows only ``Worker.post``.
"""

from __future__ import annotations

import itertools
import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gp_client.errors import CANCELLED, INTERNAL, GuidingPainterError

from .compat import QtCore, Signal

Progress = Callable[[str, float], None]
Work = Callable[[Progress], Any]


@dataclass(frozen=True)
class Job:
    """Something to do in the thread, and whom to tell on the GUI thread."""

    number: int
    key: tuple[Any, ...]
    work: Work
    done: Callable[[Any], None]
    failed: Callable[[GuidingPainterError], None]


class Worker(QtCore.QObject):
    """Runs jobs one after the other; a newer job with the same key replaces one that waits.

    Signals:
        busy(bool): whether anything runs or waits.
        progress(str, float): stage and fraction, 0..1, of the job that runs.
    """

    busy = Signal(bool)
    progress = Signal(str, float)
    _finished = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._waiting: dict[tuple[Any, ...], Job] = {}
        self._order: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._open = 0  # jobs posted and not yet reported; GUI thread only
        self._finished.connect(self._report)
        self._thread = threading.Thread(target=self._run, daemon=True, name="guidingpainter")
        self._thread.start()

    def post(
        self,
        key: tuple[Any, ...],
        work: Work,
        done: Callable[[Any], None],
        failed: Callable[[GuidingPainterError], None],
    ) -> None:
        """Do ``work(progress)`` in the thread, then call ``done(result)`` or ``failed(error)``."""
        job = Job(next(self._numbers), key, work, done, failed)
        with self._lock:
            replaced = self._waiting.pop(key, None)
            self._waiting[key] = job
        if replaced is None:
            self._open += 1
            self._order.put(key)
        self.busy.emit(True)

    def cancel(self) -> None:
        """Give up all jobs, the running one at its next progress; ``failed`` gets CANCELLED."""
        with self._lock:
            dropped = list(self._waiting.values())
            self._waiting.clear()
            self._cancelled.set()
        for job in dropped:
            self._report(job, _cancelled())

    def stop(self) -> None:
        """End the thread after the job that runs."""
        self.cancel()
        self._order.put(None)

    def _run(self) -> None:
        while True:
            key = self._order.get()
            if key is None:
                return
            with self._lock:
                job = self._waiting.pop(key, None)
                self._cancelled.clear()
            if job is None:
                continue  # dropped
            outcome: Any
            try:
                outcome = job.work(self._tell)
                if self._cancelled.is_set():
                    outcome = _cancelled()  # it was over before it heard of it
            except GuidingPainterError as error:
                outcome = error
            except Exception as error:
                # A fault of ours: the thread must live on, the user must hear of it.
                traceback.print_exc()
                outcome = GuidingPainterError(
                    INTERNAL, f"GuidingPainter stumbled ({error}).", "Please report this."
                )
            self._finished.emit(job, outcome)

    def _tell(self, stage: str, fraction: float) -> None:
        if self._cancelled.is_set():
            raise _cancelled()
        self.progress.emit(stage, fraction)

    def _report(self, job: Job, outcome: Any) -> None:
        self._open -= 1
        if isinstance(outcome, GuidingPainterError):
            job.failed(outcome)
        else:
            job.done(outcome)
        if not self._open:
            self.busy.emit(False)


def _cancelled() -> GuidingPainterError:
    return GuidingPainterError(CANCELLED, "Cancelled.")
