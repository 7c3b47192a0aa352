"""Points and scribbles: colours given by stroke instead of by region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

from gp_canvas.lines.cells import box_of
from gp_canvas.lines.raster import GridMap

# Of a stroke's pixels: a segment that holds fewer was only brushed in passing.
_MEANT = 0.2


@dataclass(frozen=True)
class Scribble:
    """One stroke.

    Attributes:
        box: its rows and columns on the canvas.
        bits: uint8, its pixels within the box, packed.
        cells: int64, flat indices of the grid's cells that it touches.
        color: RGB 0..255.
    """

    box: tuple[slice, slice]
    bits: NDArray[np.uint8]
    cells: NDArray[np.int64]
    color: Color

    @classmethod
    def draw(cls, mask: NDArray[np.bool_], grid: GridMap, color: Color) -> Scribble:
        """A stroke from its mask, bool [H, W] with at least one pixel."""
        box = box_of(mask)
        rows, columns = np.nonzero(mask[box])
        rows = grid.cells(0)[box[0]][rows]
        columns = grid.cells(1)[box[1]][columns]
        cells = np.unique(rows * grid.content[1] + columns)
        return cls(box, np.packbits(mask[box]), cells, color)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Its pixels within the box, bool."""
        height, width = (span.stop - span.start for span in self.box)
        count = height * width
        return np.unpackbits(self.bits, count=count).reshape(height, width).view(np.bool_)

    def segments(self, segments: NDArray[np.int32]) -> NDArray[np.int64]:
        """The segments that it means, of int32 [H, W] segments on the canvas."""
        counts = np.bincount(segments[self.box][self.mask])
        return np.flatnonzero((counts >= _MEANT * counts.sum()) & (counts > 0))


def for_network(
    scribbles: Sequence[Scribble], grid: GridMap
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What g is told: `scribble_rgb` float32 [3, h, w] in 0..1, `scribble_mask` [h, w]; padded."""
    rgb = np.zeros((3, *grid.padded), np.float32)
    mask = np.zeros(grid.padded, np.float32)
    for scribble in scribbles:
        rows, columns = np.divmod(scribble.cells, grid.content[1])
        for channel, value in enumerate(scribble.color):
            rgb[channel, rows, columns] = value / 255
        mask[rows, columns] = 1
    return rgb, mask


def segment_colors(scribbles: Sequence[Scribble], segments: NDArray[np.int32]) -> dict[int, Color]:
    """The colour of each segment that a stroke means; a later stroke wins."""
    return {
        int(segment): scribble.color
        for scribble in scribbles
        for segment in scribble.segments(segments)
    }
