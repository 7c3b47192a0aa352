"""Standard streams, and what programs of ours do about those that are closed, full, or a terminal.

Whatever a program prints passes through here. A file's name may hold characters that act upon a
terminal (erase a line, change its title, turn the writing round); they are shown as escapes.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

from gp_client.errors import TOO_LARGE, GuidingPainterError
from gp_client.files import reason

_NAMES = ("stdin", "stdout", "stderr")
_muting = threading.RLock()  # held while a descriptor leads nowhere
_BROKEN_PIPE = 128 + 13  # what a shell gives for SIGPIPE
# Of a write to a stream, without a file's name.
_NO_OUTPUT = (errno.EBADF, errno.EFBIG, errno.EIO, errno.ENOSPC, getattr(errno, "EDQUOT", -1))
# Controls, and what turns the direction of writing or ends a line though it is not its end.
_ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def run(program: str, job: Callable[[], int]) -> int:
    """Run a program's work; what goes wrong with its output, and errors of ours, are one sentence.

    Args:
        program: its name, which such a sentence begins with.
        job: does the work and returns the exit code.

    Returns:
        The exit code; 2 after a sentence, 130 after an interrupt, 141 where nobody reads the output
        any more.

    Raises:
        SystemExit: argparse's, after a mistake or ``--help``.
    """
    prepare()
    try:
        code = _guarded(program, job)
    except KeyboardInterrupt as end:
        code = 128 + getattr(end, "number", signal.SIGINT)  # another signal may end a program so
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
        if isinstance(end.__context__, BrokenPipeError):  # rich's answer to one
            code = _BROKEN_PIPE
        sys.exit(_last_words(program, code))
    return _last_words(program, code)


def _guarded(program: str, job: Callable[[], int]) -> int:
    try:
        return job()
    except GuidingPainterError as error:
        complain(f"{program}: {error}")
    except MemoryError:
        error = GuidingPainterError(TOO_LARGE, "The memory is full.", "Close other programs.")
        complain(f"{program}: {error}")
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            return _BROKEN_PIPE
        if error.filename is None and error.errno in _NO_OUTPUT:
            return _no_output(program, error)  # a stream that is not buffered
        if error.errno == errno.ENOENT and error.filename is None:  # what os.getcwd says
            complain(
                f"{program}: The folder in which {program} was started is gone. Go to another one."
            )
            return 2
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{program}: {where}{reason(error)}.")
    return 2


def _last_words(program: str, code: int) -> int:
    """Write out what is left of the output; return the exit code."""
    error = flush()
    if isinstance(error, BrokenPipeError):
        return _BROKEN_PIPE  # as of `gp log | head`: nobody reads on, and nothing is wrong
    if error is None or code:
        return code
    return _no_output(program, error)


def _no_output(program: str, error: OSError) -> int:
    complain(f"{program}: The output cannot be written ({(error.strerror or '').lower()}).")
    return 2


def shown(text: str) -> str:
    """Return a text in which what would act upon a terminal is an escape, such as ``\\x1b``."""
    return _ACTING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def readable(text: object) -> str:
    """Return a name in which bytes that are no UTF-8 are escapes, such as ``\\xff``."""
    return os.fsencode(str(text)).decode("utf-8", "backslashreplace")


def one_line(text: str) -> str:
    """Return a text as `shown`, line ends and tabs as escapes too."""
    return shown(text.replace("\n", "\\n").replace("\t", "\\t"))


class _Shown:
    """A stream whose texts pass through `shown`.

    Attributes:
        raw: the stream itself.
        failed: why a text could not be written; argparse, for one, tells nobody.
    """

    def __init__(self, stream: IO[str]) -> None:
        self.raw = stream
        self.failed: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text, escaped."""
        try:
            return self.raw.write(shown(text))
        except OSError as error:
            self.failed = error
            raise

    def writelines(self, lines: list[str]) -> None:
        """Write several, escaped."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def raw(stream: IO[str]) -> IO[str]:
    """Return a stream for who writes terminal codes on purpose, and texts that were `shown`."""
    return stream.raw if isinstance(stream, _Shown) else stream


def prepare() -> None:
    """Make all three streams usable; call first thing in a program.

    A closed descriptor would become that of the next file or socket that is opened, into which
    libraries then print. It gets the null device, open for reading only: writing to it fails as it
    did. What a stream's encoding lacks is shown as an escape, such as ``\\xfc``, and so is what
    would act upon a terminal.
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
        if number and not isinstance(stream, _Shown):
            setattr(sys, name, cast("IO[str]", _Shown(stream)))


def flush() -> OSError | None:
    """Write out what standard output still holds; return why that, or a text before it, failed.

    After a failure the stream leads nowhere, or Python would complain once more at its end.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _abandon(sys.stdout)
        return error
    if not isinstance(sys.stdout, _Shown):
        return None
    failed, sys.stdout.failed = sys.stdout.failed, None
    return failed


def say(text: object) -> None:
    """Print a line on standard output, whatever names are in it."""
    print(one_line(str(text)))


def complain(text: str) -> None:
    """Print a line on standard error; where that cannot be written, nobody can be told.

    What another thread mutes it waits for.
    """
    with _muting:
        try:
            print(one_line(text), file=sys.stderr, flush=True)
        except OSError:
            _abandon(sys.stderr)


@contextlib.contextmanager
def muted(number: int = 2) -> Iterator[None]:
    """Lead a descriptor to the null device: what C libraries print goes nowhere.

    Args:
        number: 1 or 2. Python's own stream of it is muted too, but for `complain` in other threads,
            which waits.
    """
    with _muting:
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
