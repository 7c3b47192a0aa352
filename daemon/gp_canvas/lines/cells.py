"""Small operations on the grid's cells: enlarged to the canvas, filled from neighbours. Pure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.raster import GridMap


def upsample(
    values: NDArray[np.uint8], grid: GridMap, box: tuple[slice, slice]
) -> NDArray[np.uint8]:
    """Brings a part of the grid to canvas size, bilinear.

    Args:
        values: uint8 [h, w] or [h, w, channels], the grid's content.
        grid: where the canvas lies on the grid.
        box: rows and columns of the canvas.

    Returns:
        uint8 of the box's size.
    """
    rows, columns = box
    down = grid.content[0] / grid.canvas[0]
    right = grid.content[1] / grid.canvas[1]
    # Pixel centres lie at +0.5 on both rasters.
    matrix = np.array(
        [
            [right, 0, (columns.start + 0.5) * right - 0.5],
            [0, down, (rows.start + 0.5) * down - 0.5],
        ]
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    result = cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(result, np.uint8)


def fill_nearest(labels: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Gives each cell that is not known the label of the nearest one that is, if there is any.

    Args:
        labels: uint8 [h, w].
        known: bool [h, w].
    """
    if known.all() or not known.any():
        return labels.copy()
    return labels.ravel()[nearest_cells(known)]


def nearest_cells(known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The flat index of the nearest known cell, for each cell.

    Args:
        known: bool [h, w], at least one True.

    Returns:
        int64 [h, w]; known cells give themselves.
    """
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.asarray(nearest, np.int32)
    table = np.zeros(int(index.max()) + 1, np.int64)
    table[index[known]] = np.flatnonzero(known)
    return table[index]


def box_of(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns that hold a mask's True pixels; there is at least one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def cells_under(box: tuple[slice, slice], grid: GridMap) -> tuple[slice, slice]:
    """The cells that the canvas box touches, and two more around for interpolation."""
    spans = []
    for axis, span in enumerate(box):
        scale = grid.content[axis] / grid.canvas[axis]
        start = max(0, int(span.start * scale) - 2)
        spans.append(slice(start, min(grid.content[axis], int(span.stop * scale) + 3)))
    return spans[0], spans[1]
