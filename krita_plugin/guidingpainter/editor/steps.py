"""Long work on the GUI thread, done in short steps between Krita's own events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from gp_client.errors import GuidingPainterError

from .compat import QtCore

Result = TypeVar("Result")
Steps = Generator[int | None, None, Result]  # yields ms until its next step
BAND = 1 << 20  # bytes that a step reads or writes: a few milliseconds
POLL = 10  # milliseconds between two looks whether Krita is idle


def in_steps(
    work: Steps[Any],
    alive: Callable[[], bool],
    done: Callable[[Any], None],
    failed: Callable[[GuidingPainterError], None],
    dropped: Callable[[], None],
) -> None:
    """Run a generator to its next ``yield`` in a round of the event loop of its own.

    Args:
        work: returns what ``done`` gets.
        alive: asked before each step; where it says no, the rest is not done.
        done: called with the result.
        failed: called with the work's error.
        dropped: called where the rest was not done.
    """

    def step() -> None:
        if not alive():
            work.close()
            dropped()
            return
        try:
            pause = next(work)
        except StopIteration as end:
            done(end.value)
        except GuidingPainterError as error:
            failed(error)
        else:
            QtCore.QTimer.singleShot(pause or 0, step)

    step()


def bands(width: int, height: int, size: int) -> Iterator[tuple[int, int]]:
    """Divide rows of ``width`` pixels of ``size`` bytes into bands: first row, number of rows."""
    rows = max(1, BAND // max(1, width * size))
    for top in range(0, height, rows):
        yield top, min(rows, height - top)
