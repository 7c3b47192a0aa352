"""Ink, gap closing and areas: what the line art alone says about where colours may end.

Flats and selections are made of areas (DESIGN section 6). What the segmenter decides over, the
pieces of the grid, is `gp_daemon.pieces`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_daemon.pieces import find_pieces, nearest_labels, trapped_balls

__all__ = ["Areas", "default_gap", "find_areas", "find_ink", "find_pieces"]

# Growing over ink one pixel a pass costs a few ms a megapixel; lines are rarely wider than this,
# and what is left (solid blacks) is done at reduced size.
_SPREAD_PASSES = 8
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_BOX = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True)
class Areas:
    """A partition of the canvas into areas.

    Attributes:
        labels: int32 [H, W], 0..count-1 for every pixel; ink pixels carry the nearest area's.
        ink: bool [H, W].
        sizes: int64 [count], pixels of each area, ink under it included.
        threshold: luminance 0..255; darker pixels are ink.
        gap: gaps narrower than this many canvas pixels were closed.
    """

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    threshold: int
    gap: float

    @property
    def count(self) -> int:
        return len(self.sizes)


def default_gap(height: int, width: int) -> float:
    """Gap in canvas pixels that a hand leaves without meaning to, at this canvas size."""
    return max(3.0, max(height, width) / 250)


def find_ink(
    gray: NDArray[np.uint8], threshold: int | None = None
) -> tuple[NDArray[np.bool_], int]:
    """Splits a page into ink and paper.

    Args:
        gray: uint8 [H, W], 255 = paper.
        threshold: luminance 0..255 under which a pixel is ink; Otsu's when None.

    Returns:
        The ink, bool [H, W], and the threshold used.
    """
    if threshold is None:
        otsu, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        # On a nearly blank page Otsu splits paper grain; on a solid black one it splits nothing.
        threshold = int(np.clip(otsu + 1, 64, 224))
    return gray < threshold, threshold


def spread(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """`nearest_labels` for large canvases: exact to a pixel over lines, coarse in solid blacks.

    Neighbours advance into the unlabelled from both sides at the same speed, so a line of any
    width is shared out at its middle.

    Args:
        labels: int32 [H, W], 0 = none; labels below 2**24.

    Returns:
        int32 [H, W] without zeros, unless all are zero.
    """
    current = labels.astype(np.float32)  # OpenCV dilates float32, not int32
    for step in range(_SPREAD_PASSES):
        empty = current == 0
        if not empty.any():
            return current.astype(np.int32)
        # Cross and box in turn: an octagon, close enough to a disc over a few pixels.
        grown = cv2.dilate(current, _CROSS if step % 2 == 0 else _BOX)
        np.copyto(current, grown, where=empty)
    result = current.astype(np.int32)
    empty = result == 0
    if not empty.any():
        return result
    factor = max(1, int(np.sqrt(result.size / 1e6)))
    small = nearest_labels(np.ascontiguousarray(result[::factor, ::factor]))
    rows, columns = np.nonzero(empty)
    result[rows, columns] = small[rows // factor, columns // factor]
    return nearest_labels(result) if (result == 0).any() else result


def find_areas(gray: NDArray[np.uint8], gap: float | None = None, ink: int | None = None) -> Areas:
    """Divides a page into areas enclosed by ink, gaps closed.

    Paper that is connected at full resolution is split only where a ball of diameter `gap` cannot
    pass. The balls roll at reduced size on large canvases (they need about three pixels of
    diameter), while lines are followed at full resolution.

    Args:
        gray: uint8 [H, W], 255 = paper.
        gap: canvas pixels; gaps narrower than this are closed. 0 closes none; None: by canvas size.
        ink: luminance threshold 0..255, None: Otsu's.

    Returns:
        The areas; a page without any paper is one area.
    """
    mask, threshold = find_ink(gray, ink)
    if gap is None:
        gap = default_gap(*gray.shape)
    components = cc3d.connected_components(~mask, connectivity=4, out_dtype=np.uint32)
    labels = components.astype(np.int32)
    if gap > 0 and labels.any():
        labels = _split_at_gaps(labels, mask, gap)
    labels = spread(labels)
    # Compact, in order of first appearance: the same line art gives the same numbers.
    sizes = np.bincount(labels.ravel())
    table = np.cumsum(sizes > 0, dtype=np.int32) - 1
    return Areas(table[labels], mask, sizes[sizes > 0], threshold, float(gap))


def _split_at_gaps(
    components: NDArray[np.int32], ink: NDArray[np.bool_], gap: float
) -> NDArray[np.int32]:
    """Splits paper components where a ball of diameter `gap` cannot pass; 0 = to be spread over."""
    factor = max(1, int(gap / 4))
    small_ink = _shrink_ink(ink, factor)
    radius = gap / 2 / factor
    # A second, smaller ball keeps thin shapes (strands, frames) apart from their neighbours.
    balls = trapped_balls(~small_ink, [radius, max(1.0, radius / 2)])
    height, width = components.shape
    upscaled = cv2.resize(
        balls.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST
    ).astype(np.int32)
    # Each ball has one home, the component that it covers most; elsewhere it is a leak of the
    # coarse raster and counts for nothing.
    balls_found = int(balls.max()) + 1
    pairs = components.astype(np.int64) * balls_found + upscaled
    keys, counts = np.unique(pairs[(components > 0) & (upscaled > 0)], return_counts=True)
    owners, members = keys // balls_found, keys % balls_found
    order = np.argsort(counts, kind="stable")
    home = np.zeros(balls_found, np.int64)
    home[members[order]] = owners[order]
    balls_per_component = np.bincount(home[home > 0], minlength=int(components.max()) + 1)
    split = balls_per_component >= 2
    split[0] = False
    inside = split[components]
    at_home = inside & (home[upscaled] == components) & (upscaled > 0)
    labels = np.where(inside, 0, components)
    labels[at_home] = upscaled[at_home] + int(components.max())
    return labels


def _shrink_ink(ink: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """Ink at 1/factor size; a cell with any ink is ink, so that no line opens."""
    if factor == 1:
        return ink
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % factor), (0, -width % factor)))
    rows, columns = padded.shape
    cells = padded.reshape(rows // factor, factor, columns // factor, factor)
    return np.asarray(cells.any(axis=(1, 3)))
