"""Shapes drawn by the artist, packed small enough to be kept in a list of acts. Pure functions."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.acts import Box


def pack(mask: NDArray[np.bool_]) -> tuple[Box, bytes]:
    """Packs a shape.

    Args:
        mask: bool [H, W], at least one True.

    Returns:
        Its box and its bits, see `Cut`.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    inside = mask[top:bottom, left:right]
    return (left, top, right - left, bottom - top), zlib.compress(np.packbits(inside).data, 6)


def unpack(box: Box, bits: bytes) -> NDArray[np.bool_]:
    """Unpacks a shape, allocating no more than its box needs.

    Args:
        box: (x, y, width, height).
        bits: see `Cut`.

    Returns:
        bool [height, width].

    Raises:
        ValueError: the bits are damaged, or are of another size.
    """
    size = box[2] * box[3]
    wanted = (size + 7) // 8
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(bits, wanted + 1)
    except zlib.error as error:
        raise ValueError(f"a shape's bits are damaged ({error})") from error
    if len(data) != wanted or not unpacker.eof or unpacker.unused_data:
        raise ValueError("a shape's bits do not fit its box")
    flat = np.unpackbits(np.frombuffer(data, np.uint8), count=size)
    return flat.reshape(box[3], box[2]).view(np.bool_)
