"""Fields of a cast's file, each checked: what is none raises ValueError or TypeError."""

from __future__ import annotations

import math
import struct
from typing import Any

from gp_client.types import Color

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_HEX = frozenset("0123456789abcdef")
# Second bytes of f2 that are no number: all bits of the exponent are set.
_NO_NUMBER = bytes(byte for byte in range(256) if byte & 0x7C == 0x7C)
_ALPHAS = frozenset((0, 255))
# msgpack: for a first byte how many bytes of a value's length follow it, and how many of the value.
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENDED = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_LISTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
_PLAIN = {
    0xC0: 0,
    0xC2: 0,
    0xC3: 0,
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
    0xD4: 2,
    0xD5: 3,
    0xD6: 5,
    0xD7: 9,
    0xD8: 17,
}


def check_values(data: bytes, most: int) -> None:
    """Count the values of a msgpack object without making any: small bytes may hold very many.

    Raises:
        ValueError: there are more, or the bytes are no such object.
    """
    at, left, seen = 0, 1, 0
    while left:
        if at >= len(data):
            raise ValueError("it ends too early")
        seen, left = seen + 1, left - 1
        first, at = data[at], at + 1
        inner = 0
        if first < 0x80 or first >= 0xE0:
            pass
        elif first < 0x90:
            inner = 2 * (first & 15)
        elif first < 0xA0:
            inner = first & 15
        elif first < 0xC0:
            at += first & 31
        elif first in _PLAIN:
            at += _PLAIN[first]
        elif first in _SIZED or first in _EXTENDED:
            wide = _SIZED.get(first) or _EXTENDED[first]
            at += wide + int.from_bytes(data[at : at + wide], "big") + (first in _EXTENDED)
        elif first in _LISTED:
            wide, each = _LISTED[first]
            inner = each * int.from_bytes(data[at : at + wide], "big")
            at += wide
        else:
            raise ValueError("no msgpack")
        left += inner
        if seen + left > most:
            raise ValueError("too many values")


def whole(value: Any, most: int, least: int = 0) -> int:
    """A whole number from ``least`` to ``most``."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError("no whole number in range")
    return value


def text(value: Any, most: int) -> str:
    """A text of at most so many characters."""
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("no text, or too long a one")
    return value


def title(value: Any, most: int) -> str:
    """A text that is not empty."""
    if not text(value, most):
        raise ValueError("an empty name")
    return value


def raw(value: Any, most: int) -> bytes:
    """Bytes, at most so many."""
    if not isinstance(value, bytes) or len(value) > most:
        raise ValueError("no bytes, or too many")
    return value


def exactly(value: Any, length: int) -> bytes:
    """Bytes, exactly so many."""
    if len(raw(value, length)) != length:
        raise ValueError("too few bytes")
    return value


def items(value: Any, most: int) -> list[Any]:
    """A list of at most so many entries."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list, or too long a one")
    return value


def pair(value: Any, most: int) -> tuple[int, int]:
    """Two whole numbers from 1 to ``most``."""
    first, second = items(value, 2)
    return whole(first, most, 1), whole(second, most, 1)


def color(value: Any) -> Color:
    """Red, green and blue."""
    red, green, blue = (whole(part, 255) for part in items(value, 3))
    return red, green, blue


def digest(value: Any) -> str:
    """A sha256, hexadecimal."""
    if len(text(value, 64)) != 64 or not _HEX.issuperset(value):
        raise ValueError("no sha256")
    return value


def tokens(value: Any, length: int) -> bytes:
    """Exactly so many bytes of f2, each a number."""
    data = exactly(value, length)
    high = data[1::2]  # looked at without a loop: there may be millions
    if len(high.translate(None, _NO_NUMBER)) != len(high):
        raise ValueError("no number in a token")
    return data


def colors(value: Any, count: int) -> bytes:
    """Four bytes for each piece; the last is 255, or 0 with nothing but 0 before it."""
    data = exactly(value, 4 * count)
    if not _ALPHAS.issuperset(data[3::4]):
        raise ValueError("neither a colour nor none")
    if any(data[at : at + 3] != bytes(3) for at in range(0, 4 * count, 4) if not data[at + 3]):
        raise ValueError("a colour of a piece that has none")
    return data


def shares(values: bytes) -> None:
    """Refuse what is no share of a canvas: each lies from 0 to 1."""
    if not all(math.isfinite(share) and 0 <= share <= 1 for share in _numbers(values, "f")):
        raise ValueError("no share of a canvas")


def points(values: bytes, size: tuple[int, int]) -> None:
    """Refuse points beside a canvas."""
    flat = _numbers(values, "i")
    inside = (0 <= x < size[0] and 0 <= y < size[1] for x, y in zip(flat[::2], flat[1::2]))  # noqa: B905
    if not all(inside):
        raise ValueError("a point beside the canvas")


def png(value: Any, most: int, side: int) -> bytes:
    """A PNG of at most so many bytes, whose sides its header says to be at most so long."""
    data = raw(value, most)
    if not data.startswith(_PNG) or len(data) < 33:
        raise ValueError("no PNG")
    width, height = struct.unpack(">II", data[16:24])
    if not 1 <= width <= side or not 1 <= height <= side:
        raise ValueError("too large a picture")
    return data


def _numbers(values: bytes, kind: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{len(values) // 4}{kind}", values)
