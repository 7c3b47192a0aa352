"""What the artist sees: flats, soft colours, the hint layer. Pure functions.

Colours are measured on the grid and laid over the canvas by look-up, so that a hint costs a few
passes over the canvas whatever the number of areas.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

from gp_canvas import cancellation
from gp_canvas.lines.cells import cells_under, nearest_cells, upsample
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import look_up
from gp_canvas.paint.medians import group_medians
from gp_canvas.paint.sources import Sources
from gp_canvas.regions.regions import Snapped

NEAR = 20.0  # RGB distance under which two colours of one region are one to the eye


def clean_picture(image: NDArray[np.float32], sources: Sources) -> NDArray[np.uint8]:
    """g's picture with the ink that it painted taken out.

    Args:
        image: float32 [3, h, w] in 0..1, the grid's content.
        sources: the page's.

    Returns:
        uint8 [h, w, 3] RGB.
    """
    picture = (image.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)
    return picture.reshape(-1, 3)[sources.cells]


def obey_hints(
    picture: NDArray[np.uint8],
    regions: NDArray[np.integer],
    hints: Mapping[int, Color],
) -> NDArray[np.uint8]:
    """Moves each hinted region's colours so that their median is the hint.

    g blends a hint with what it expects there, and gives up a rare colour for a usual one. What
    it knows about light and form is in how the colours differ inside a region, and that stays.

    Args:
        picture: uint8 [h, w, 3], g's clean picture.
        regions: integers [h, w], the region of each cell, 0-based; -1 for none.
        hints: region to RGB 0..255.

    Returns:
        uint8 [h, w, 3]; regions without a hint as they were.
    """
    result = picture.copy()
    before, after, owner = picture.reshape(-1, 3), result.reshape(-1, 3), regions.ravel()
    for region, color in hints.items():
        cells = np.flatnonzero(owner == region)
        for channel in range(3) if len(cells) else ():
            values = before[cells, channel]
            moved = np.arange(256) - _median(values) + color[channel]
            after[cells, channel] = np.clip(moved, 0, 255).astype(np.uint8)[values]
    return result


def _median(values: NDArray[np.uint8]) -> int:
    """The median, rounded down; counting is several times quicker than numpy's sorting."""
    below = np.bincount(values, minlength=256).cumsum()
    middle = np.searchsorted(below, [(len(values) - 1) // 2, len(values) // 2], side="right")
    return int(middle.sum()) // 2


def region_colors(
    snapped: Snapped, sources: Sources, picture: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The median colour of each region's clean paper: what g suggests there.

    Args:
        snapped: the page's regions.
        sources: the page's.
        picture: uint8 [h, w, 3], g's clean picture.

    Returns:
        uint8 [regions, 3].
    """
    counted = sources.groups < len(snapped.segment_region)
    groups = np.where(counted, snapped.grid, snapped.count)
    colors = group_medians(picture, groups, snapped.count)
    for region in np.flatnonzero(np.bincount(groups.ravel(), minlength=snapped.count) == 0):
        # Its areas are too thin for the grid.
        anchor = snapped.anchors[np.argmax(snapped.segment_region == region)]
        colors[region] = picture.reshape(-1, 3)[anchor]
    return colors


def segment_colors(
    snapped: Snapped,
    sources: Sources,
    picture: NDArray[np.uint8],
    hints: Mapping[int, Color],
    strokes: Mapping[int, Color] | None = None,
) -> NDArray[np.uint8]:
    """The flat colour of each segment.

    Args:
        snapped: the page's regions.
        sources: the page's.
        picture: uint8 [h, w, 3], g's clean picture.
        hints: region (0-based) to colour.
        strokes: segment to colour, where scribbles say more than their region's hint.

    Returns:
        uint8 [segments, 3]: a hint exactly; elsewhere the median of g's picture, colours of one
        region that look alike made one.
    """
    count = len(snapped.segment_region)
    colors = group_medians(picture, sources.groups, count)
    cells = np.bincount(snapped.owners.ravel(), minlength=count)
    hidden = cells == 0
    colors[hidden] = picture.reshape(-1, 3)[snapped.anchors[hidden]]
    for region in range(snapped.count):
        mine = np.flatnonzero(snapped.segment_region == region)
        if region in hints:
            colors[mine] = hints[region]
        else:
            colors[mine] = _merge_near(colors[mine], cells[mine])
    for segment, color in (strokes or {}).items():
        colors[segment] = color
    return colors


def _merge_near(colors: NDArray[np.uint8], weights: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Gives colours within NEAR of a weightier one that one's value."""
    merged = colors.copy()
    order = np.argsort(-weights, kind="stable")
    left = colors[order].astype(np.int32)
    while len(order):
        same = ((left - left[0]) ** 2).sum(axis=1) <= NEAR**2
        merged[order[same]] = left[0]
        order, left = order[~same], left[~same]
    return merged


def flats(snapped: Snapped, colors: NDArray[np.uint8], preview: bool = False) -> NDArray[np.uint8]:
    """One constant colour per segment, hard edges, running under the ink.

    Args:
        snapped: the page's regions.
        colors: uint8 [segments, 3], as `segment_colors` gives them.
        preview: at grid size.

    Returns:
        uint8 [H, W, 4] RGBA, opaque.
    """
    return _look_up(colors, 255, snapped.owners if preview else snapped.segments)


def soft(
    snapped: Snapped, picture: NDArray[np.uint8], grid: GridMap, preview: bool = False
) -> NDArray[np.uint8]:
    """g's picture at canvas size; each pixel mixes only cells of its own region.

    Args:
        snapped: the page's regions.
        picture: uint8 [h, w, 3], g's clean picture.
        grid: where the canvas lies on the grid.
        preview: at grid size.

    Returns:
        uint8 [H, W, 4] RGBA, opaque.
    """
    # Four bytes move as one number: twice as fast as three.
    picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    if preview:
        return picture
    out = np.empty((*snapped.labels.shape, 4), np.uint8)
    for region, (x, y, width, height) in snapped.present():
        cancellation.check()
        box = (slice(y, y + height), slice(x, x + width))
        # Beyond its border a region goes on in its own colours: nothing bleeds over a line.
        near = cells_under(box, grid)
        filled = picture.copy()
        mine = snapped.grid[near] == region
        if mine.any():
            filled[near] = picture[near].reshape(-1, 4)[nearest_cells(mine)]
        else:
            # Its areas are too thin for the grid.
            anchor = snapped.anchors[np.argmax(snapped.segment_region == region)]
            filled[near] = picture.reshape(-1, 4)[anchor]
        inside = (snapped.labels[box] == region).view(np.uint8)
        cv2.copyTo(upsample(filled, grid, box), inside, out[box])
    return out


def hint_layer(
    snapped: Snapped, hints: Mapping[int, Color], preview: bool = False
) -> NDArray[np.uint8]:
    """Hinted regions in their exact colours, transparent elsewhere.

    Args:
        snapped: the page's regions.
        hints: region (0-based) to colour.
        preview: at grid size.

    Returns:
        uint8 [H, W, 4] RGBA.
    """
    colors = np.zeros((snapped.count, 3), np.uint8)
    alpha = np.zeros(snapped.count, np.uint8)
    for region, color in hints.items():
        colors[region] = color
        alpha[region] = 255
    return _look_up(colors, alpha, snapped.grid if preview else snapped.labels)


def _look_up(
    colors: NDArray[np.uint8], alpha: NDArray[np.uint8] | int, index: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """RGBA [H, W, 4] by index; four bytes move as one number, several times faster than alone."""
    table = np.empty((len(colors), 4), np.uint8)
    table[:, :3] = colors
    table[:, 3] = alpha
    return look_up(table.view(np.uint32).ravel(), index).view(np.uint8).reshape(*index.shape, 4)
