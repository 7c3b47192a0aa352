"""What the daemon remembers of its own work: times, last errors; and how far a job probably is."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from gp_client.errors import CANCELLED, ENDING, INTERNAL, SUPERSEDED
from gp_client.errors import GuidingPainterError as GPError

_LAST_ERRORS = 10
_LAST_TIMES = 200  # an operation
_ORDINARY = frozenset({CANCELLED, SUPERSEDED, ENDING})  # part of the work, no error to show


class Record:
    """Times and errors of the jobs. Thread-safe; holds texts and numbers, never pixels."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._counts: dict[str, int] = {}
        self._errors: deque[dict[str, Any]] = deque(maxlen=_LAST_ERRORS)
        self.failures = 0  # faults of ours since the start

    def done(self, op: str, seconds: float) -> None:
        """Note that a job was done."""
        with self._lock:
            self._times.setdefault(op, deque(maxlen=_LAST_TIMES)).append(seconds)
            self._counts[op] = self._counts.get(op, 0) + 1

    def failed(self, op: str, error: GPError) -> None:
        """Note that a job ended in an error."""
        if error.code in _ORDINARY:
            return
        with self._lock:
            self.failures += error.code == INTERNAL
            self._errors.append(
                {"time": time.time(), "op": op, "code": error.code, "message": error.message}
            )

    def progress(self, op: str, seconds: float) -> float:
        """Guess how far a job is after ``seconds``, from how long its like took: 0..0.95."""
        with self._lock:
            times = self._times.get(op)
            usual = sum(times) / len(times) if times else 1.0
        return min(seconds / (usual + 1e-9), 0.95) if times else seconds / (seconds + usual)

    def describe(self) -> dict[str, Any]:
        """Return counts and times in milliseconds by operation, and the last errors."""
        with self._lock:
            times = {}
            for op, latest in sorted(self._times.items()):
                ordered = sorted(latest)
                middle, slow = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
                times[op] = {
                    "count": self._counts[op],
                    "p50_ms": round(1000 * middle, 1),
                    "p95_ms": round(1000 * slow, 1),
                }
            return {"times": times, "errors": list(self._errors), "failures": self.failures}
