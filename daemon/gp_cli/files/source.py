"""A picture file to be decoded: its bytes, or where they are, so that they need not all be held."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from numpy.typing import NDArray

from gp_cli.files import sizes

STDIN = Path("-")  # stands for standard input, as elsewhere


class Source:
    """Bytes, or a file on a disk.

    Args:
        data: the whole file, or None.
        path: the file, where ``data`` is None.

    Attributes:
        head: the first bytes.
    """

    def __init__(self, data: bytes | None, path: Path | None = None) -> None:
        self._data, self._path = data, path
        with self.open() as file:
            self.head = file.read(sizes.HEAD)

    def open(self) -> BinaryIO:
        """Return a seekable binary file that stands at the start; the caller closes it.

        Raises:
            OSError: it has gone.
        """
        if self._path is not None:
            return self._path.open("rb")
        return io.BytesIO(self._data or b"")

    def opencv(self, place: int = 0) -> NDArray[Any] | None:
        """Decode a picture with OpenCV as it is; None where it cannot.

        Args:
            place: which of the file's, from 0 on.

        Returns:
            [H, W] or [H, W, BGR or BGRA].
        """
        name = str(self._path or "")
        # OpenCV takes UTF-8 names only, and not even these on Windows.
        named = bool(name) and os.name == "posix" and name.isprintable()
        if named and not place:
            return cv2.imread(name, cv2.IMREAD_UNCHANGED)
        if named:
            done, found = cv2.imreadmulti(name, place, 1, flags=cv2.IMREAD_UNCHANGED)
            return found[0] if done and found else None
        with self.open() as file:
            data = np.frombuffer(file.read(), np.uint8)
        if not place:
            return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        done, found = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, range=(place, place + 1))
        return found[0] if done and found else None


def called(path: Path) -> str:
    """What a file is called where a sentence begins with it."""
    return "Standard input" if path == STDIN else path.name


def open_source(path: Path, most: Callable[[bytes], int]) -> Source:
    """Look at a file that is to be read.

    Args:
        path: a plain file, or a pipe, which is read to its end; STDIN.
        most: how many bytes a file may have that begins with these `sizes.HEAD`, 0 where it is of
            no use; of a pipe no more is read.

    Raises:
        GuidingPainterError: BAD_REQUEST for a file that is missing or cannot be read,
            UNSUPPORTED_FORMAT for an empty one; TOO_LARGE for a pipe without end.
    """
    try:
        if path == STDIN:
            if sys.stdin.isatty():
                message = "No picture comes from standard input."
                raise GuidingPainterError(BAD_REQUEST, message, "Pipe one in: gp … - < FILE")
            source = _from_stream(sys.stdin.buffer, "Standard input", most)
        elif stat.S_ISREG(path.stat().st_mode):
            source = Source(None, path)
        else:
            with path.open("rb") as file:
                source = _from_stream(file, str(path), most)
    except FileNotFoundError as error:
        raise GuidingPainterError(
            BAD_REQUEST, f"There is no file {path}.", "Check the name."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        message = f"{path} cannot be read ({reason.lower()})."
        raise GuidingPainterError(BAD_REQUEST, message) from error
    if not source.head:
        raise GuidingPainterError(UNSUPPORTED_FORMAT, f"{called(path)} is empty.", "Save it again.")
    return source


def _from_stream(file: BinaryIO, name: str, most: Callable[[bytes], int]) -> Source:
    data = file.read(sizes.HEAD)
    allowed = most(data)
    if allowed:
        data += file.read(max(0, allowed + 1 - len(data)))
    if allowed and len(data) > allowed:
        raise GuidingPainterError(TOO_LARGE, f"{name} is larger than any picture.")
    return Source(data)
