"""A lock for one at a time, which the system takes back when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from gp_client import files
from gp_client.errors import BUSY, GuidingPainterError

PATIENCE = 30.0  # seconds; what is done under a lock takes less than one
_PAUSE = 0.02


def try_lock(descriptor: int) -> bool:
    """Lock an open file; False where another holds it. Closing the file gives the lock back."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def held(path: Path, patience: float | None = None) -> Iterator[None]:
    """Keep others that ask from changing a file within the block; threads of one process, too.

    The lock is a file beside it, ``.NAME.lock``, which is gone afterwards.

    Args:
        path: the file, which need not be there.
        patience: seconds to wait for whoever holds it; None: `PATIENCE`.

    Raises:
        GuidingPainterError: BUSY after that; UNWRITABLE.
    """
    patience = PATIENCE if patience is None else patience
    path = Path(os.path.realpath(path))  # whichever name it is called by
    beside = path.with_name(f".{path.name}.lock")
    deadline = time.monotonic() + patience
    while True:
        descriptor = _open(beside, path)
        if descriptor is not None:
            if try_lock(descriptor) and _is(descriptor, beside):
                break
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise GuidingPainterError(
                BUSY,
                f"Another program has been changing {path} for {patience:.0f} seconds.",
                "Try again when it has ended.",
            )
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        # Windows removes no open file, and elsewhere the name must go while the lock is held.
        if os.name == "nt":
            os.close(descriptor)
        with contextlib.suppress(OSError):  # another waits and has it open: it removes it
            beside.unlink()
        if os.name != "nt":
            os.close(descriptor)


def _open(beside: Path, path: Path) -> int | None:
    """The lock's file, open; None where Windows is just removing it."""
    try:
        return os.open(beside, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError as error:
        if os.name == "nt" and path.parent.is_dir():
            return None
        raise files.unwritable(path, error) from error
    except OSError as error:
        raise files.unwritable(path, error) from error


def _is(descriptor: int, beside: Path) -> bool:
    """Whether the file has its name still: its holder removes it, and who comes then makes anew."""
    if os.name == "nt":
        return True
    try:
        return os.path.samestat(os.fstat(descriptor), beside.stat())
    except OSError:
        return False
