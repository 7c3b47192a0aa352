"""Long work on the GUI thread, done in short steps between Krita's own events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from .compat import QtCore

Result = TypeVar("Result")
Steps = Generator[Any, Any, Result]  # a task of gp_guide.tasks; yields ms until its next step
BAND = 1 << 20  # bytes that a step reads or writes: a few milliseconds
POLL = 10  # milliseconds between two looks whether Krita is idle


def soon(pause: int | None, go: Callable[[], None]) -> None:
    """Go on in a round of the event loop of its own, so many milliseconds later."""
    QtCore.QTimer.singleShot(pause or 0, go)


def bands(width: int, height: int, size: int) -> Iterator[tuple[int, int]]:
    """Divide rows of ``width`` pixels of ``size`` bytes into bands: first row, number of rows."""
    rows = max(1, BAND // max(1, width * size))
    for top in range(0, height, rows):
        yield top, min(rows, height - top)
