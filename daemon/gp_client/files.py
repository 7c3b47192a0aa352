"""Files that appear whole or not at all: a reader finds the old one or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gp_client.errors import UNWRITABLE, GuidingPainterError

_PART = ".part"
_LEFT = 24 * 3600.0  # seconds: a part so old is of a program that was killed
ELSEWHERE = "Choose another place, or free some space."


@contextlib.contextmanager
def replacing(
    path: Path, *, private: bool = False, in_place: bool = False, hint: str = ELSEWHERE
) -> Iterator[Path]:
    """Gives an empty file beside the wanted one, which takes its name once the block has ended.

    Args:
        path: where it will be; an older file stays until then, and stays for good on a failure.
        private: only its owner may ever read it; else it gets what any other new file gets.
        in_place: an older file's mode stays, and a link to it stays a link; for others' files.
        hint: what a user can do where it cannot be written.

    Yields:
        The file to write to.

    Raises:
        GuidingPainterError: UNWRITABLE, where the folder is missing or read-only, the disk full, or
            something else than a plain file has the name.
    """
    part: Path | None = None
    try:
        path = path.resolve() if in_place else path
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if path.exists() and not path.is_file():  # a device or a pipe would be gone
            raise OSError(0, "it is no plain file")
        _clear_up(path)
        # Its own new file, for its owner alone: nothing is written into one that was there before.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
        os.close(descriptor)
        part = Path(name)
        yield part
        if in_place and path.exists():
            shutil.copymode(path, part)
        elif not private:
            os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    except BaseException as error:
        if part is not None:
            with contextlib.suppress(OSError):  # the first failure is the one to report
                part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error, hint) from error
        raise


@contextlib.contextmanager
def atomic(path: Path, hint: str = ELSEWHERE) -> Iterator[BinaryIO]:
    """Opens a file that takes its name only once it is complete; see `replacing`.

    Yields:
        A binary file to write to and to read again, seekable.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    with replacing(path, hint=hint) as part, part.open("w+b") as file:
        yield file


def write_bytes(path: Path, data: bytes, *, private: bool = False, hint: str = ELSEWHERE) -> None:
    """Writes a file in one step; see `replacing`.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    with replacing(path, private=private, hint=hint) as part:
        part.write_bytes(data)


def make_folder(path: Path) -> None:
    """Makes a folder, with those above it, and checks that files can be made in it.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        check_writable(path)
    except OSError as error:
        raise unwritable(path, error) from error


def check_writable(folder: Path) -> None:
    """Tries whether files can be made in a folder, before long work whose result goes there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError, hint: str = ELSEWHERE) -> GuidingPainterError:
    """The error that says that this path cannot be written, and why."""
    return GuidingPainterError(UNWRITABLE, f"{path} cannot be written ({reason(error)}).", hint)


def reason(error: OSError) -> str:
    """What the system says, in a few words.

    Of many files that were copied at once (``shutil.Error``) the first that failed.
    """
    if error.strerror:
        return error.strerror
    found = re.search(r"\[Errno \d+\] ([^:\"']+)", str(error))
    return found[1] if found else str(error)


def _clear_up(path: Path) -> None:
    """Removes what programs that were killed have left half written beside a file."""
    start, latest = f".{path.name}.", time.time() - _LEFT
    for name in os.listdir(path.parent):
        if name.startswith(start) and name.endswith(_PART):
            with contextlib.suppress(OSError):  # another may be quicker, or it is another's
                part = path.parent / name
                if part.stat().st_mtime < latest:
                    part.unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
