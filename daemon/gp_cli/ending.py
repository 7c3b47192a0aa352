"""Signals that end `gp`: it tidies up first, as it does after an interrupt."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")  # those that this system has


class Ended(KeyboardInterrupt):
    """A signal asked for the end; whatever cleans up after an interrupt does so here too.

    Attributes:
        number: the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def on_signals() -> Iterator[None]:
    """Raise `Ended` in the main thread for the first signal; those after it change nothing.

    Does nothing in another thread, where Python hears of no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    asked = False

    def end(number: int, frame: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Ended(number)

    # One that is ignored (nohup) stays so.
    before = {number: signal.getsignal(number) for number in ours}
    before = {number: old for number, old in before.items() if old is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
