"""The merged picture of PSD and PSB files, 8 and 16 bits a channel.

Pillow reads 8-bit PSD only and takes the merged picture's transparency as straight alpha, while
Photoshop blends that picture with white. The layout is Adobe's "Photoshop File Formats
Specification"; the layers are not looked at.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAGIC = b"8BPS"
_GRAY, _RGB, _CMYK, _DUOTONE = 1, 3, 4, 8
_COLORS = {_GRAY: 1, _RGB: 3, _CMYK: 4, _DUOTONE: 1}
_RAW, _PACKBITS = 0, 1


@dataclass(frozen=True)
class Header:
    """What stands at the start of the file.

    Attributes:
        large: a PSB, whose lengths are wider.
        channels: colours, alpha and spare ones.
        height, width: canvas pixels.
        depth: bits a channel.
        mode: the file's number for its colour model.
    """

    large: bool
    channels: int
    height: int
    width: int
    depth: int
    mode: int

    @property
    def readable(self) -> bool:
        """Whether `read` knows this colour model and depth."""
        return (
            self.mode in _COLORS
            and self.depth in (8, 16)
            and _COLORS[self.mode] <= self.channels <= 56
        )


def read_header(data: bytes) -> Header:
    """Reads the first 26 bytes.

    Raises:
        ValueError: they are no PSD's.
    """
    if len(data) < 26 or data[:4] != MAGIC:
        raise ValueError("no PSD header")
    version, channels, height, width, depth, mode = struct.unpack(">H6xHIIHH", data[4:26])
    if version not in (1, 2):
        raise ValueError("unknown PSD version")
    return Header(version == 2, channels, height, width, depth, mode)


def read(data: bytes) -> tuple[NDArray[Any], str]:
    """Reads the merged picture; check the header's size and `readable` first.

    Args:
        data: the file.

    Returns:
        uint8 or uint16 [H, W, channels] and its order, "GRAY", "GRAYA", "RGB" or "RGBA"; straight
        alpha.

    Raises:
        ValueError, struct.error: the file is damaged or ends too early.
    """
    header = read_header(data)
    at = 26
    # Colour mode data and resources have 4-byte lengths; the layers' is 8 bytes in a PSB.
    for wide in (False, False, header.large):
        (length,) = struct.unpack_from(">Q" if wide else ">I", data, at)
        start = at + (8 if wide else 4)
        at = start + length
    # A negative number of layers says that the merged picture's first spare channel is its alpha.
    layers = 0
    if length >= (10 if header.large else 6):
        (layers,) = struct.unpack_from(">h", data, start + (8 if header.large else 4))
    (compression,) = struct.unpack_from(">H", data, at)
    colors = _COLORS[header.mode]
    has_alpha = layers < 0 and header.channels > colors
    planes = _planes(data, at + 2, compression, header, colors + int(has_alpha))
    if header.mode == _CMYK:
        planes = _cmyk_to_rgb(planes)
    if has_alpha:
        planes = np.concatenate([_unblend(planes[..., :-1], planes[..., -1:]), planes[..., -1:]], 2)
    order = "GRAY" if planes.shape[2] < 3 else "RGB"
    return np.ascontiguousarray(planes), order + ("A" if has_alpha else "")


def _planes(
    data: bytes, at: int, compression: int, header: Header, count: int
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The first `count` channels, [H, W, count]."""
    sample: Literal[1, 2] = 1 if header.depth == 8 else 2
    row = header.width * sample
    if compression == _RAW:
        raw = data[at : at + row * header.height * count]
    elif compression == _PACKBITS:
        lengths = np.dtype(">u4" if header.large else ">u2")
        rows = header.height * header.channels
        table = np.frombuffer(data, lengths, rows, at)
        start = at + rows * lengths.itemsize
        size = int(table[: header.height * count].sum(dtype=np.int64))
        if start + size > len(data):
            raise ValueError("the picture ends too early")
        shape = (row, header.height * count)
        packed = data[start : start + size]
        raw = Image.frombytes("L", shape, packed, "packbits", "L").tobytes()
    else:
        raise ValueError("unknown compression")
    if len(raw) != row * header.height * count:
        raise ValueError("the picture ends too early")
    samples = np.frombuffer(raw, np.dtype(f">u{sample}"))
    planes = samples.reshape(count, header.height, header.width)
    return np.moveaxis(planes, 0, 2).astype(np.dtype(f"<u{sample}"))


def _cmyk_to_rgb(planes: NDArray[Any]) -> NDArray[Any]:
    """Inks, stored as 0 = full, to RGB; a fifth channel stays."""
    top = np.iinfo(planes.dtype).max
    black = planes[..., 3:4].astype(np.uint32)
    rgb = (planes[..., :3] * black + top // 2) // top
    return np.concatenate([rgb.astype(planes.dtype), planes[..., 4:]], 2)


def _unblend(colors: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Takes the white out that the merged picture was blended with."""
    top = int(np.iinfo(colors.dtype).max)
    wide = colors.astype(np.int64)
    cover = alpha.astype(np.int64)
    straight = (wide - (top - cover)) * top // np.maximum(cover, 1)
    return np.where(cover > 0, np.clip(straight, 0, top), top).astype(colors.dtype)
