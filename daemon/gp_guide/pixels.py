"""An editor's pixels in the form that the daemon takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Bytes a sample, and where red, green, blue and alpha are among a pixel's samples.
_ORDER = {
    "BGRA8": (1, (2, 1, 0, 3)),
    "BGRA16": (2, (2, 1, 0, 3)),
    "RGBA8": (1, (0, 1, 2, 3)),
    "RGBA16": (2, (0, 1, 2, 3)),
    "GRAYA8": (1, (0, 0, 0, 1)),
    "GRAYA16": (2, (0, 0, 0, 1)),
}


@dataclass(frozen=True)
class LineArt:
    """The line-art layer's pixels, of canvas size.

    Attributes:
        pixels: rows from the top, tightly packed.
        width, height: pixels.
        format: see ``wire.FORMATS``.
        opaque: whether paper is painted, so that colours under it would not be seen.
    """

    pixels: bytes
    width: int
    height: int
    format: str
    opaque: bool


def fitted(width: int, height: int, most: int) -> tuple[int, int]:
    """Return how large a picture of a canvas is that has at most so many pixels a side."""
    scale = min(1.0, most / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def rgba8(pixels: bytes, format: str) -> bytes:
    """Return pixels as RGBA8.

    Args:
        pixels: straight alpha; samples of 16 bits have their upper byte second.
        format: BGRA8, BGRA16, RGBA8, RGBA16, GRAYA8 or GRAYA16.
    """
    depth, order = _ORDER[format]
    step = depth * (1 + max(order))
    found = bytearray(4 * (len(pixels) // step))
    for place, sample in enumerate(order):
        found[place::4] = pixels[depth * sample + depth - 1 :: step]
    return bytes(found)
