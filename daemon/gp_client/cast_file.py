"""The file of a cast: read whole, written in one step, changed by one at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gp_client import file_lock, files
from gp_client.cast import MOST_BYTES, Cast
from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError


def read_cast(path: Path) -> Cast:
    """Read a cast's file.

    Raises:
        GuidingPainterError: BAD_REQUEST where it is missing or none, TOO_LARGE, VERSION.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "there is no such file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise GPError(
            BAD_REQUEST,
            f"The cast {path} cannot be read ({files.reason(error)}).",
            "Check the name.",
        ) from error
    return Cast.unpack(data, path.name)


def write_cast(path: Path, cast: Cast) -> None:
    """Write a cast's file in one step: whoever reads it finds the old one or the new one.

    Raises:
        GuidingPainterError: UNWRITABLE, TOO_LARGE.
    """
    files.write_bytes(path, cast.pack())


def change_cast(path: Path, change: Callable[[Cast], Cast], new: bool = False) -> Cast:
    """Change a cast's file; what others change at the same time comes before or after it.

    Args:
        path: the file.
        change: given the cast as the file has it now, returns what it becomes. It is quick: others
            wait for it.
        new: a file that is missing is a cast without pages.

    Returns:
        The cast as it is now.

    Raises:
        GuidingPainterError: BUSY where another does not come to an end; see ``read_cast`` and
            ``write_cast``; what ``change`` raises.
    """
    if not (new or path.exists()):
        read_cast(path)  # says so, before a lock is laid beside it
    with file_lock.held(path):
        cast = change(Cast() if new and not path.exists() else read_cast(path))
        write_cast(path, cast)
    return cast
