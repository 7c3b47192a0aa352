"""A line in a result that says what it was made of, by which a later run knows what has changed.

It holds digests alone: of the page, the options, the colours to take, the networks, and of the
file itself, so that what somebody changed by hand is told from what we wrote. It stands where
others leave it alone: in a PNG's text, a PSD's resources, an OpenRaster file's comment.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO

from gp_cli.files import sizes

DIGITS = 16  # of a digest
PNG_KEYWORD = b"GuidingPainter\0"
_LINE = re.compile(
    rb"Made by GuidingPainter of page=(\w{16}) options=(\w{16}) colours=(\w{16}) "
    rb"networks=(\w{16}); whole=(?=\w{16})"
)
_NEAR = 4096  # bytes from an end of the file in which the line lies
_CHUNK = 1 << 20
UNKNOWN = "0" * DIGITS  # of what cannot be read twice, such as a pipe


@dataclass(frozen=True)
class MadeOf:
    """What a result was made of, each a digest of `DIGITS` hexadecimal digits.

    Attributes:
        page: the picture.
        options: how it was coloured.
        colors: the cast, the references, hints, or the picture of the same drawing.
        networks: the bundle.
    """

    page: str
    options: str
    colors: str
    networks: str

    @property
    def line(self) -> bytes:
        """The line, to be put into a file that `seal` then sees to."""
        return (
            f"Made by GuidingPainter of page={self.page} options={self.options} "
            f"colours={self.colors} networks={self.networks}; whole={UNKNOWN}"
        ).encode()

    def changed(self, now: MadeOf) -> list[str]:
        """The attributes that are others now, or may be."""
        pairs = zip(vars(self), astuple(self), astuple(now), strict=True)
        return [name for name, before, after in pairs if before != after or after == UNKNOWN]


def digest(*parts: bytes) -> str:
    """A digest of parts, each told from the next."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(struct.pack("<Q", len(part)) + part)
    return whole.hexdigest()[:DIGITS]


def of_file(path: Path) -> str:
    """A digest of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            whole.update(data)
    return whole.hexdigest()[:DIGITS]


def seal(file: BinaryIO) -> None:
    """Puts the digest of all else into a file's line, if it has one.

    Args:
        file: complete, seekable, to be read and written; where it stands is changed.
    """
    found = _find(file)
    if found is None:
        return
    at, _ = found
    digits = _whole(file, at).encode()
    file.seek(at)
    file.write(digits)
    if _is_png(file):
        _mend_checksum(file, at)


def read(path: Path) -> MadeOf | None:
    """What a result was made of; None where it has no line, or is not as it was written.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        found = _find(file)
        if found is None:
            return None
        at, made = found
        file.seek(at)
        return made if file.read(DIGITS).decode("ascii", "replace") == _whole(file, at) else None


def _find(file: BinaryIO) -> tuple[int, MadeOf] | None:
    """Where the file's own digest stands, and what the line says else."""
    end = file.seek(0, io.SEEK_END)
    for start in (0, max(0, end - _NEAR)):
        file.seek(start)
        found = _LINE.search(file.read(_NEAR))
        if found:
            return start + found.end(), MadeOf(*(part.decode() for part in found.groups()))
    return None


def _whole(file: BinaryIO, at: int) -> str:
    """A digest of the file but for its own digits, and a PNG's checksum of them."""
    left_out = DIGITS + (4 if _is_png(file) else 0)
    whole = hashlib.sha256()
    for data in _parts(file, at, left_out):
        whole.update(data)
    return whole.hexdigest()[:DIGITS]


def _parts(file: BinaryIO, at: int, left_out: int) -> Iterator[bytes]:
    file.seek(0)
    left = at
    while left and (data := file.read(min(left, _CHUNK))):
        left -= len(data)
        yield data
    file.seek(at + left_out)
    while data := file.read(_CHUNK):
        yield data


def _is_png(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(len(sizes.PNG)) == sizes.PNG


def _mend_checksum(file: BinaryIO, at: int) -> None:
    """The checksum of the chunk whose text ends with the digits."""
    file.seek(at - _NEAR if at > _NEAR else 0)
    before = file.read(min(at, _NEAR))
    kind = before.rindex(b"tEXt" + PNG_KEYWORD)
    data = before[kind:] + file.read(DIGITS)
    file.write(struct.pack(">I", zlib.crc32(data)))
