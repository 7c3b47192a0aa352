"""A picture in memory, as it came out of its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gp_canvas.lines import raster
from numpy.typing import NDArray

from gp_cli.files.metadata import Metadata


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it came out of its file, turned upright.

    Attributes:
        pixels: uint8 or uint16 [H, W, channels], contiguous, rows from the top, straight alpha.
        format: its pixel format, a key of `gp_client.wire.FORMATS`, e.g. "GRAY8" or "RGBA16".
        about: what else its file says.
        pages: how many pages the file has.
    """

    pixels: NDArray[Any]
    format: str
    about: Metadata = field(default_factory=Metadata)
    pages: int = 1

    @property
    def width(self) -> int:
        """Pixels."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.pixels.shape[0]

    @property
    def empty(self) -> bool:
        """Whether it has one colour all over, or is transparent: nobody drew on it."""
        if self.format.startswith(("GRAYA", "RGBA")) and not self.pixels[..., -1].any():
            return True
        first = self.pixels[0, 0]
        strips = raster.strips(self.height, self.width)
        return all((self.pixels[top:bottom] == first).all() for top, bottom in strips)

    def gray(self) -> NDArray[np.uint8]:
        """Luminance on white, uint8 [H, W]."""
        return raster.to_gray(self.pixels, self.format)

    def rgba(self, first: int = 0, last: int | None = None) -> NDArray[np.uint8]:
        """uint8 [H, W, 4], straight alpha; 255 where the file has none. Rows as for `rgb`."""
        last = self.height if last is None else last
        out = np.empty((last - first, self.width, 4), np.uint8)
        for top, bottom in raster.strips(last - first, self.width):
            out[top:bottom] = self._rgba(first + top, first + bottom)
        return out

    def rgb(self, first: int = 0, last: int | None = None) -> NDArray[np.uint8]:
        """Composited on white, uint8 [H, W, 3]; the rows from ``first`` to before ``last``."""
        last = self.height if last is None else last
        out = np.empty((last - first, self.width, 3), np.uint8)
        for top, bottom in raster.strips(last - first, self.width):
            out[top:bottom] = raster.encode(self._rgba(first + top, first + bottom), "RGB8")
        return out

    def _rgba(self, top: int, bottom: int) -> NDArray[np.uint8]:
        strip = self.pixels[top:bottom]
        channels = strip.shape[2]
        if strip.dtype == np.uint16:
            strip = ((strip.astype(np.uint32) + 128) // 257).astype(np.uint8)
        out = np.full((bottom - top, self.width, 4), 255, np.uint8)
        out[..., :3] = strip[..., :3] if channels >= 3 else strip[..., :1]
        if channels in (2, 4):
            out[..., 3] = strip[..., -1]
        return out
