"""What a picture file declares of itself, read from its header before anything is unpacked.

A few bytes can ask for any amount of memory: a side, a tile, a list of strips, an archive's member.
The functions here look at such numbers; they read a bounded part of the file and decode nothing.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"
HEAD = 64  # bytes of a file's start that `declared` needs
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG's colour types
_PNG_EXTRA = 16 << 20  # bytes for colour profile, camera data and texts
_TIFF_BIG = 43
_TIFF_BYTES = (1, 2, 6, 7)  # types whose values are taken as one text
_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_MAX_ENTRIES = 4096  # tags of one picture; usual are 10 to 50
_MAX_PICTURES = 4096  # of one file
_MAX_VALUES = 1 << 20  # of one tag: strips of one row, or tiles of 16 x 16, of 100 MP are fewer
_MAX_TILE = 1 << 24  # pixels of a tile of a small picture
_MAX_DIRECTORY = 4 << 20  # bytes; some 40,000 members


class Excess(ValueError):
    """A file declares more than a picture of its size can need."""


def declared(head: bytes) -> tuple[int, int] | None:
    """The width and height in pixels that a PNG or WebP declares, None for other files.

    Args:
        head: the first `HEAD` bytes.
    """
    if head.startswith(PNG) and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
        kind, data = head[12:16], head[20:30]
        if kind == b"VP8X":
            return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:], "little")
        if kind == b"VP8L":
            bits = int.from_bytes(data[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if kind == b"VP8 ":
            width, height = struct.unpack("<HH", data[6:10])
            return width & 0x3FFF, height & 0x3FFF
    return None


def may_be_tga(head: bytes) -> bool:
    """Whether a file that begins so may be a TGA, which says nothing of its kind.

    Args:
        head: the first `HEAD` bytes.
    """
    if len(head) < 18:
        return False
    palette, kind, width, height, depth = struct.unpack_from("<xBB9xHHB", head)
    known = palette in (0, 1) and kind in (1, 2, 3, 9, 10, 11)
    return known and width > 0 and height > 0 and depth in (1, 8, 16, 24, 32)


def png_limit(head: bytes) -> int:
    """The most bytes that a PNG of its declared size can have, metadata included.

    Args:
        head: its first `HEAD` bytes.

    Raises:
        ValueError: it is no PNG.
    """
    if not head.startswith(PNG) or len(head) < 29 or head[25] not in _CHANNELS:
        raise ValueError("no PNG header")
    width, height, depth, color = struct.unpack(">IIBB", head[16:26])
    raw = height * (2 + width * depth * _CHANNELS[color] // 8)
    return raw + raw // 8 + _PNG_EXTRA


def check_tiff(file: BinaryIO) -> None:
    """Look at the tags of all pictures in a file.

    Raises:
        Excess: a list or a tile is larger than any picture needs.
        ValueError, struct.error: it is damaged.
    """
    order = {b"II": "<", b"MM": ">"}[file.read(2)]
    (version,) = struct.unpack(order + "H", file.read(2))
    big = version == _TIFF_BIG
    if big:
        file.seek(8)
    link = struct.Struct(order + ("Q" if big else "I"))
    (start,) = link.unpack(file.read(link.size))
    seen: set[int] = set()
    while start and start not in seen and len(seen) < _MAX_PICTURES:
        try:
            file.seek(start)
            _check_directory(file, order, big)
            rest = file.read(link.size)
        except (ValueError, struct.error, OverflowError) as error:
            if not seen or isinstance(error, Excess):
                raise
            return  # the pictures before are whole
        seen.add(start)
        (start,) = link.unpack(rest) if len(rest) == link.size else (0,)


def _check_directory(file: BinaryIO, order: str, big: bool) -> None:
    (entries,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
    if entries > _MAX_ENTRIES:
        raise Excess(f"{entries} tags")
    layout = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
    found: dict[int, int] = {}
    for _ in range(entries):
        tag, kind, count, value = layout.unpack(file.read(layout.size))
        if kind not in _TIFF_BYTES and count > _MAX_VALUES:
            raise Excess(f"{count} values of a tag")
        if count == 1 and kind in (3, 4, 16):
            width = {3: "H", 4: "I", 16: "Q"}[kind]
            (found[tag],) = struct.unpack_from(order + width, value)
    tile = found.get(_TILE_WIDTH, 0) * found.get(_TILE_HEIGHT, 0)
    if tile > max(_MAX_TILE, 4 * found.get(_WIDTH, 0) * found.get(_HEIGHT, 0)):
        raise Excess(f"tiles of {tile} pixels")


def check_zip(file: BinaryIO) -> None:
    """Look at the end of a ZIP archive: how long its list of members is.

    Raises:
        Excess: longer than a drawing's can be.
        ValueError, struct.error: there is no list.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 22 - 65535 - 20))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise ValueError("no end of the archive")
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":  # the 64-bit numbers count
        (place,) = struct.unpack_from("<Q", tail, at - 12)
        file.seek(place)
        (length,) = struct.unpack_from("<Q", file.read(56), 40)
    if length > _MAX_DIRECTORY:
        raise Excess(f"a list of members of {length} bytes")
    file.seek(0)
