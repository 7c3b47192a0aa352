"""Writing files in one step: a reader finds the old file or the whole new one, never a part."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from gp_client.errors import INTERNAL, UNWRITABLE, GuidingPainterError
from numpy.typing import NDArray

_PNG_LEVEL = 3  # flats shrink as well as at 9, in a third of the time


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that takes its name only once it is complete.

    Args:
        path: where it will be; an older file stays until then, and stays for good on a failure.

    Yields:
        A binary file to write to, seekable.

    Raises:
        GuidingPainterError: UNWRITABLE, where the folder is missing or read-only, or the disk full.
    """
    temporary: Path | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        descriptor, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".part", dir=path.parent
        )
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
        # mkstemp makes files for their owner only; give this one what any other new file gets.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file in one step.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    with atomic(path) as file:
        file.write(data)


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


def unwritable(path: Path, error: OSError) -> GuidingPainterError:
    """The error that says that this path cannot be written, and why."""
    reason = (error.strerror or str(error)).lower()
    return GuidingPainterError(
        UNWRITABLE,
        f"{path} cannot be written ({reason}).",
        "Choose another place with -o, or free some space.",
    )


def png(picture: NDArray[np.uint8]) -> bytes:
    """Encodes a picture as PNG.

    Args:
        picture: uint8 [H, W] gray, [H, W, 3] RGB or [H, W, 4] RGBA with straight alpha.
    """
    codes = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    data: Any = picture
    if picture.ndim == 3:
        data = cv2.cvtColor(picture, codes[picture.shape[2]])
    done, encoded = cv2.imencode(".png", data, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise GuidingPainterError(INTERNAL, "A picture could not be written as PNG.")
    return encoded.tobytes()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
