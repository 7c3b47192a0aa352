"""An editor's pixels, selections and masks in the forms that the daemon takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gp_client.types import Box, Mask

# Bytes a sample, and where red, green, blue and alpha are among a pixel's samples.
_ORDER = {
    "BGRA8": (1, (2, 1, 0, 3)),
    "BGRA16": (2, (2, 1, 0, 3)),
    "RGBA8": (1, (0, 1, 2, 3)),
    "RGBA16": (2, (0, 1, 2, 3)),
    "GRAYA8": (1, (0, 0, 0, 1)),
    "GRAYA16": (2, (0, 0, 0, 1)),
}
_SOLID = bytes(255 if value >= 128 else 0 for value in range(256))


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


def placed(mask: bytes, box: Box, size: tuple[int, int]) -> bytes:
    """Return a mask of a box in one of canvas size, a byte a pixel."""
    (x, y, width, height), (across, down) = box, size
    whole = bytearray(across * down)
    for row in range(height):
        at = (y + row) * across + x
        whole[at : at + width] = mask[row * width : (row + 1) * width]
    return bytes(whole)


def cropped(mask: bytes, width: int) -> Mask | None:
    """Return a mask of canvas size, of 0 and 255, without the empty rows over and under it.

    Args:
        mask: a byte a pixel, rows from the top.
        width: of the canvas.

    Returns:
        None where the mask is empty.
    """
    first = mask.find(b"\xff")
    if first < 0:
        return None
    top, bottom = first // width, mask.rfind(b"\xff") // width + 1
    return Mask((0, top, width, bottom - top), mask[top * width : bottom * width])


def bounds(mask: Mask) -> Box:
    """Return the smallest box, in canvas pixels, that holds all that is not 0 of a mask.

    Args:
        mask: not empty.
    """
    left, top, width, _ = mask.bbox
    rows = [mask.data[at : at + width] for at in range(0, len(mask.data), width)]
    filled = [place for place, row in enumerate(rows) if row.strip(b"\0")]
    first = min(width - len(rows[place].lstrip(b"\0")) for place in filled)
    last = max(len(rows[place].rstrip(b"\0")) for place in filled)
    return (left + first, top + filled[0], last - first, filled[-1] - filled[0] + 1)


def solid(selection: bytes) -> bytes:
    """Return a selection, a byte a pixel of 0..255, as a mask: 255 from half of it on, else 0."""
    return selection.translate(_SOLID)


def rgba8(pixels: bytes, format: str) -> bytes:
    """Return pixels as RGBA8.

    Args:
        pixels: straight alpha; samples of 16 bits have their upper byte second.
        format: BGRA8, BGRA16, RGBA8, RGBA16, GRAYA8 or GRAYA16.
    """
    if format == "RGBA8":
        return pixels
    depth, order = _ORDER[format]
    step = depth * (1 + max(order))
    found = bytearray(4 * (len(pixels) // step))
    for place, sample in enumerate(order):
        found[place::4] = pixels[depth * sample + depth - 1 :: step]
    return bytes(found)
