"""How a page's line art lies over its colours."""

from __future__ import annotations

import cv2
import numpy as np
from gp_canvas.lines import ink, raster
from numpy.typing import NDArray

from gp_cli.files.picture import Picture


class LineArt:
    """A page's lines: dark ones are multiplied, light strokes lie over the colours as they are.

    Args:
        picture: as it came out of its file.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        # Strokes that were drawn to stand on something dark: multiplied they would vanish.
        gray = picture.gray()
        self._opacity = ink.light_strokes(gray, picture.pixels, picture.format)
        self._inverted = self._opacity is None and raster.is_inverted(gray)

    @property
    def multiplied(self) -> bool:
        """Whether the lines are multiplied onto what is below; else they lie over it."""
        return self._opacity is None

    def paper(self, first: int = 0, last: int | None = None) -> NDArray[np.uint8]:
        """Dark lines on white, uint8 [H, W, 3], the rows from ``first`` to before ``last``.

        White lines on black or on transparency are turned, as the daemon does it.
        """
        if self._opacity is not None:
            return np.repeat(255 - self._opacity[first:last, :, None], 3, axis=2)
        rgb = self._picture.rgb(first, last)
        return 255 - rgb if self._inverted else rgb

    def layer(self) -> NDArray[np.uint8]:
        """The lines as a layer of their own, uint8 [H, W, 4] RGBA, straight alpha."""
        if self._inverted:  # its own pixels would multiply everything to black
            paper = self.paper()
            return np.dstack([paper, np.full(paper.shape[:2], 255, np.uint8)])
        return self._picture.rgba()

    def over(self, colors: NDArray[np.uint8], first: int = 0) -> NDArray[np.uint8]:
        """A colour layer on white with the lines over it.

        Args:
            colors: uint8 [h, W, 4], RGBA.
            first: the layer's first row on the page.

        Returns:
            uint8 [h, W, 3].
        """
        last = first + len(colors)
        if self._opacity is None:
            return under_lines(colors, self.paper(first, last))
        below = raster.encode(colors, "RGB8")
        strokes = self._picture.rgba(first, last)
        share = strokes[..., 3:].astype(np.uint16)
        mixed = strokes[..., :3] * share + below * (255 - share)
        return ((mixed + 127) // 255).astype(np.uint8)


def under_lines(layer: NDArray[np.uint8], paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A colour layer on white with dark lines multiplied on top.

    Args:
        layer: uint8 [H, W, 4], RGBA.
        paper: uint8 [H, W, 3], the line art on white.

    Returns:
        uint8 [H, W, 3].
    """
    colors = raster.encode(layer, "RGB8")
    return np.asarray(cv2.multiply(colors, paper, scale=1 / 255), np.uint8)
