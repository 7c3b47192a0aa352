"""The strokes of a painted layer, one mask for each of its colours. Pure."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from gp_client.types import Box, Color, Mask

from gp_guide.pixels import cropped, placed

MOST = 16  # colours; more are not meant, but the soft edges between strokes
ALIKE = 40  # largest difference of a channel at which two colours are one
SHARE = 0.02  # of the painted pixels that a colour must have to be meant
Strokes = Mapping[Color, bytes]  # what is painted of each colour: a mask of canvas size, packed
_CHUNK = 1 << 15  # pixels: between two of them other threads get their turn
_NATIVE: dict[str, tuple[Literal["I", "H"], int]] = {
    "BGRA8": ("I", 1),
    "BGRA16": ("I", 2),
    "RGBA8": ("I", 1),
    "GRAYA8": ("H", 1),
    "GRAYA16": ("H", 2),
}  # how a pixel is read as one number, and bytes a sample


def strokes(pixels: bytes, format: str) -> dict[Color, bytes]:
    """Divide what is painted by colour.

    Args:
        pixels: a layer, straight alpha.
        format: BGRA8, BGRA16, RGBA8, GRAYA8 or GRAYA16.

    Returns:
        For each colour, the commonest first, one byte a pixel, 255 where it is painted with more
        than half of its strength. Each such pixel is in one mask.
    """
    kind, depth = _NATIVE[format]
    if depth == 2:
        pixels = pixels[1::2]  # the upper byte of each sample
    view = memoryview(pixels).cast(kind)
    counts: Counter[int] = Counter()
    for start in range(0, len(view), _CHUNK):
        counts.update(view[start : start + _CHUNK])
    half = 1 << (8 * view.itemsize - 1)  # alpha is the last byte
    opaque = {value: count for value, count in counts.items() if value >= half}
    kept = _meant(opaque, kind)
    table = dict.fromkeys(counts, 0)
    table.update({value: 1 + _nearest(kept, _color(value, kind)) for value in opaque})
    index = bytearray()
    for start in range(0, len(view), _CHUNK):
        index += bytes(map(table.__getitem__, view[start : start + _CHUNK]))
    masks = {}
    for number, color in enumerate(kept, 1):
        only = bytearray(256)
        only[number] = 255
        masks[color] = bytes(index.translate(bytes(only)))
    if format == "RGBA8":  # read as if red and blue had each other's place
        return {(blue, green, red): mask for (red, green, blue), mask in masks.items()}
    return masks


def painted(
    pixels: bytes, format: str, box: Box, size: tuple[int, int], known: Strokes
) -> tuple[Strokes, dict[Color, Mask]]:
    """Return what is painted on a layer, and of that what was not there before.

    Args:
        pixels: of a box of the layer, see ``strokes``; empty where nothing is painted.
        format: see ``strokes``.
        box: where the pixels are on the canvas.
        size: (width, height) of the canvas.
        known: what was painted before.

    Returns:
        What is painted now, and the shape of what is new of each colour.
    """
    found = strokes(pixels, format) if pixels else {}
    now = {color: placed(mask, box, size) for color, mask in found.items()}
    new = {color: _added(mask, known.get(color), size) for color, mask in now.items()}
    kept = {color: zlib.compress(mask, 1) for color, mask in now.items()}
    return kept, {color: mask for color, mask in new.items() if mask is not None}


def _added(mask: bytes, packed: bytes | None, size: tuple[int, int]) -> Mask | None:
    """Return what a mask of canvas size has that an earlier, packed one had not; None: nothing."""
    fresh = mask
    if packed is not None:
        new = int.from_bytes(mask, "little")
        old = int.from_bytes(zlib.decompress(packed), "little")
        fresh = (new & ~old).to_bytes(len(mask), "little")
    return cropped(fresh, size[0])


def _meant(painted: dict[int, int], kind: str) -> list[Color]:
    whole = sum(painted.values())
    kept: list[Color] = []
    for value, count in sorted(painted.items(), key=lambda item: (-item[1], item[0])):
        if kept and (count < SHARE * whole or len(kept) == MOST):
            break
        color = _color(value, kind)
        if all(_apart(color, other) > ALIKE for other in kept):
            kept.append(color)
    return kept


def _nearest(kept: Iterable[Color], color: Color) -> int:
    return min(enumerate(kept), key=lambda item: _apart(item[1], color))[0]


def _apart(one: Color, other: Color) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _color(value: int, kind: str) -> Color:
    if kind == "H":
        return (value & 255, value & 255, value & 255)
    return (value >> 16 & 255, value >> 8 & 255, value & 255)
