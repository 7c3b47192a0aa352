"""Standard streams that are closed, full, or know only ASCII: what programs of ours do about it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import IO

_NAMES = ("stdin", "stdout", "stderr")


def prepare() -> None:
    """Make all three streams usable; call first thing in a program.

    A closed descriptor would become that of the next file or socket that is opened, into which
    libraries then print. It gets the null device, open for reading only: writing to it fails as it
    did. What a stream's encoding lacks is shown as an escape, such as ``\\xfc``.
    """
    for number, name in enumerate(_NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free: this one
        stream = getattr(sys, name)
        if stream is None:
            stream = open(number, "r" if number == 0 else "w", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
        if number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> OSError | None:
    """Write out what standard output still holds; return why that failed.

    After a failure the stream leads nowhere, or Python would complain once more at its end.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _abandon(sys.stdout)
        return error
    return None


def complain(text: str) -> None:
    """Print a line on standard error; where that cannot be written, nobody can be told."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _abandon(sys.stderr)


@contextlib.contextmanager
def muted(number: int = 2) -> Iterator[None]:
    """Lead a descriptor to the null device: what C libraries print goes nowhere.

    Args:
        number: 1 or 2. Python's own stream of it is muted too.
    """
    kept = os.dup(number)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(nowhere)


def _abandon(stream: IO[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
