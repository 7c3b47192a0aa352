"""What a picture's file says beside its pixels, and what of it goes on into our files.

A colour profile says what the numbers mean. They are never converted: a hint's numbers are meant
in the profile of its page, as an editor shows them.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gp_cli.files.made_of import PNG_KEYWORD

_MAX_PROFILE = 4 << 20  # bytes; those of printing presses have some 2 MB
_INCH = 0.0254  # metres
_SIGNATURE = 33  # bytes of a PNG up to the end of its first chunk


@dataclass(frozen=True)
class Metadata:
    """What is kept of a picture's file.

    Attributes:
        profile: an ICC profile of RGB colours, b"" for none.
        dpi: pixels an inch, across and down; None where the file does not say.
    """

    profile: bytes = b""
    dpi: tuple[float, float] | None = None


PLAIN = Metadata()


def of_picture(info: Mapping[Any, Any]) -> Metadata:
    """What Pillow's `Image.info` says; nothing of it is trusted."""
    return Metadata(rgb_profile(info.get("icc_profile")), _dpi(info.get("dpi")))


def rgb_profile(data: object) -> bytes:
    """A profile that may stand beside RGB pixels; b"" for one of gray or inks, or a damaged one."""
    if not isinstance(data, bytes) or not 128 <= len(data) <= _MAX_PROFILE:
        return b""
    return data if data[16:20] == b"RGB " and data[36:40] == b"acsp" else b""


def _dpi(value: object) -> tuple[float, float] | None:
    try:
        across, down = (float(part) for part in value)  # type: ignore[union-attr]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    # A camera's or a program's "1" is no resolution.
    known = all(math.isfinite(part) and 2 <= part <= 100_000 for part in (across, down))
    return (across, down) if known else None


def in_png(png: bytes, about: Metadata, note: bytes = b"") -> bytes:
    """A PNG file with the profile and the resolution put in.

    Args:
        png: a file that has neither.
        about: what to put in.
        note: a line of ours, see `gp_cli.files.made_of`; b"": none.
    """
    chunks = _chunk(b"tEXt", PNG_KEYWORD + note) if note else b""
    if about.profile:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(about.profile))
    if about.dpi is not None:
        across, down = (round(part / _INCH) for part in about.dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    return png[:_SIGNATURE] + chunks + png[_SIGNATURE:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
