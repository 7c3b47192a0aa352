"""A region's shape as the artist drew it, small enough to be kept in the document. Pure."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

from gp_client.answers import box_of
from gp_client.types import Box, Mask

_MOST = 100_000_000  # pixels: of the largest canvas


@dataclass(frozen=True)
class Correction:
    """One correction.

    Attributes:
        number: the region.
        box: (x, y, width, height) in canvas pixels.
        packed: its mask, one byte a pixel of the box, zlib in base64.
    """

    number: int
    box: Box
    packed: str

    @classmethod
    def of(cls, number: int, data: bytes, width: int) -> Correction:
        """Keep a shape of canvas size, one byte a pixel, of which at least one is not 0.

        Args:
            number: the region.
            data: rows from the top, tightly packed.
            width: of the canvas, in pixels.
        """
        top = (len(data) - len(data.lstrip(b"\0"))) // width
        bottom = (len(data.rstrip(b"\0")) - 1) // width + 1
        rows = data[top * width : bottom * width]
        packed = base64.b64encode(zlib.compress(rows, 6)).decode()
        return cls(number, (0, top, width, bottom - top), packed)

    @property
    def mask(self) -> Mask:
        """The shape.

        Raises:
            ValueError: the kept data is damaged.
        """
        size = self.box[2] * self.box[3]
        unpack = zlib.decompressobj()
        try:
            data = unpack.decompress(base64.b64decode(self.packed, validate=True), max(1, size))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if not 0 < size <= _MOST or len(data) != size or unpack.unconsumed_tail:
            raise ValueError("a mask of another size")
        return Mask(self.box, data)

    def to_json(self) -> list[Any]:
        """Return what ``from_json`` takes, as JSON can say it."""
        return [self.number, list(self.box), self.packed]

    @classmethod
    def from_json(cls, value: Any) -> Correction:
        """Read what ``to_json`` gave.

        Raises:
            ValueError, TypeError: it is something else.
        """
        number, box, packed = value
        return cls(int(number), box_of(box), str(packed))
