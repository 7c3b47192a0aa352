"""The merged picture of PSD and PSB files, 8 and 16 bits a channel.

Pillow reads 8-bit PSD only and takes the merged picture's transparency as straight alpha, while
Photoshop blends that picture with white. The layout is Adobe's "Photoshop File Formats
Specification"; of the layers it is only seen that there are some.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np
from gp_canvas.lines import raster
from numpy.typing import NDArray
from PIL import Image

from gp_cli.files.metadata import Metadata, of_picture

MAGIC = b"8BPS"
_RESOLUTION, _PROFILE = 1005, 1039  # image resources
_MAX_RESOURCE = 4 << 20  # bytes of one that is read
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


@dataclass(frozen=True)
class About:
    """What the file says beside its merged picture.

    Attributes:
        metadata: profile and resolution.
        layers: whether it has layers.
    """

    metadata: Metadata
    layers: bool


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


def read(file: BinaryIO) -> tuple[NDArray[Any], str, About]:
    """Reads the merged picture; check the header's size and `readable` first.

    Args:
        file: the file, at its start; seekable. Little more than the result is held in memory.

    Returns:
        uint8 or uint16 [H, W, channels], straight alpha; its order, "GRAY", "GRAYA", "RGB" or
        "RGBA"; and what else the file says.

    Raises:
        ValueError, struct.error: the file is damaged or ends too early.
    """
    header = read_header(file.read(26))
    # Colour mode data and resources have 4-byte lengths; the layers' is 8 bytes in a PSB.
    _, end = _section(file, False)
    file.seek(end)
    start, end = _section(file, False)
    found = _resources(file, end)
    file.seek(end)
    start, end = _section(file, header.large)
    # A negative number of layers says that the merged picture's first spare channel is its alpha.
    layers = 0
    if end - start >= (10 if header.large else 6):
        file.seek(start + (8 if header.large else 4))
        (layers,) = struct.unpack(">h", file.read(2))
    file.seek(end)
    (compression,) = struct.unpack(">H", file.read(2))
    colors = _COLORS[header.mode]
    has_alpha = layers < 0 and header.channels > colors
    planes = _planes(file, compression, header, colors + int(has_alpha))
    gray = colors == 1
    if header.mode == _CMYK or has_alpha:
        for top, bottom in raster.strips(header.height, header.width):
            strip = planes[top:bottom]
            if header.mode == _CMYK:
                _cmyk_to_rgb(strip)
            if has_alpha:
                _unblend(strip[..., : 1 if gray else 3], strip[..., colors : colors + 1])
    if header.mode == _CMYK:
        planes = planes[..., [0, 1, 2, 4]] if has_alpha else planes[..., :3]
    order = ("GRAY" if gray else "RGB") + ("A" if has_alpha else "")
    return np.ascontiguousarray(planes), order, About(found, layers != 0)


def _section(file: BinaryIO, wide: bool) -> tuple[int, int]:
    """Where a part of the file begins, behind its length, and ends."""
    (length,) = struct.unpack(">Q" if wide else ">I", file.read(8 if wide else 4))
    start = file.tell()
    return start, start + length


def _resources(file: BinaryIO, end: int) -> Metadata:
    """Profile and resolution; damage there costs no picture."""
    found: dict[str, object] = {}
    while file.tell() + 12 <= end:
        head = file.read(7)
        if len(head) < 7 or head[:4] != b"8BIM":
            break
        (number,) = struct.unpack(">H", head[4:6])
        file.seek(head[6] | 1, 1)  # its name, to an even number of bytes
        size = file.read(4)
        if len(size) < 4:
            break
        (length,) = struct.unpack(">I", size)
        after = file.tell() + length + length % 2
        if number in (_RESOLUTION, _PROFILE) and length <= _MAX_RESOURCE:
            data = file.read(length)
            if number == _PROFILE:
                found["icc_profile"] = data
            elif len(data) >= 16:
                # Pixels an inch as 16.16 fixed point, whatever unit is shown.
                across, down = struct.unpack(">I4xI4x", data[:16])
                found["dpi"] = (across / 65536, down / 65536)
        file.seek(after)
    return of_picture(found)


def _planes(file: BinaryIO, compression: int, header: Header, count: int) -> NDArray[Any]:
    """The first `count` channels, [H, W, count], read strip by strip."""
    sample: Literal[1, 2] = 1 if header.depth == 8 else 2
    height, row = header.height, header.width * sample
    start = file.tell()
    left = file.seek(0, 2) - start
    if compression == _RAW:
        lengths = np.full(height * count, row, np.int64)
    elif compression == _PACKBITS:
        kind = np.dtype(">u4" if header.large else ">u2")
        rows = height * header.channels
        file.seek(start)
        start, left = start + rows * kind.itemsize, left - rows * kind.itemsize
        if left < 0:
            raise ValueError("the picture ends too early")
        table = np.frombuffer(file.read(rows * kind.itemsize), kind, height * count)
        lengths = table.astype(np.int64)
    else:
        raise ValueError("unknown compression")
    # Two bytes say 128 at most: before memory is taken, see that there can be a picture.
    shortest = row if compression == _RAW else -(-row // 128) * 2
    if int(lengths.sum()) > left or int(lengths.min(initial=shortest)) < shortest:
        raise ValueError("the picture ends too early")
    planes = np.empty((height, header.width, count), np.dtype(f"<u{sample}"))
    file.seek(start)
    for channel in range(count):
        for top, bottom in raster.strips(height, header.width):
            sizes = lengths[channel * height + top : channel * height + bottom]
            raw = file.read(int(sizes.sum()))
            if compression == _PACKBITS:
                shape = (row, bottom - top)
                raw = Image.frombytes("L", shape, raw, "packbits", "L").tobytes()
            if len(raw) != row * (bottom - top):
                raise ValueError("the picture ends too early")
            values = np.frombuffer(raw, np.dtype(f">u{sample}"))
            planes[top:bottom, :, channel] = values.reshape(bottom - top, header.width)
    return planes


def _cmyk_to_rgb(planes: NDArray[Any]) -> None:
    """Inks, stored as 0 = full, to RGB in the first three channels, in place."""
    top = np.iinfo(planes.dtype).max
    black = planes[..., 3:4].astype(np.uint32)
    planes[..., :3] = (planes[..., :3] * black + top // 2) // top


def _unblend(colors: NDArray[Any], alpha: NDArray[Any]) -> None:
    """Takes the white out that the merged picture was blended with, in place."""
    top = int(np.iinfo(colors.dtype).max)
    cover = alpha.astype(np.int64)
    straight = (colors - (top - cover)) * top // np.maximum(cover, 1)
    colors[...] = np.where(cover > 0, np.clip(straight, 0, top), top)
