"""Flats as a layer per colour, for artists who keep each colour apart. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

from gp_canvas.lines import raster
from gp_canvas.lines.tables import count, look_up, strips
from gp_canvas.paint.render import NEAR

MOST_LAYERS = 64  # beyond, the least colours join those that they are most alike


@dataclass(frozen=True)
class ColorLayer:
    """All that has one colour.

    Attributes:
        name: "#rrggbb", with the numbers of the regions that were given it.
        color: RGB 0..255; no other layer has it.
        regions: those numbers, ascending; none where the colour is g's.
        box: (x, y, width, height) in canvas pixels.
        pixels: how many canvas pixels it covers.
    """

    name: str
    color: Color
    regions: tuple[int, ...]
    box: tuple[int, int, int, int]
    pixels: int


class ColorLayers:
    """A page's flats, divided by colour; a layer's pixels are made when they are asked for.

    Args:
        segments: int32 [H, W], the segment of each pixel, see `gp_canvas.regions.regions.Snapped`.
        colors: uint8 [n, 3], the flat colour of each segment.
        hints: region (0-based) to colour; these stay exact. Others that look alike are one.
        origin: (x, y) of the segments' top left corner on the canvas.

    Attributes:
        all: the layers, the largest first; together they are the canvas, and none overlaps another.
    """

    def __init__(
        self,
        segments: NDArray[np.int32],
        colors: NDArray[np.uint8],
        hints: Mapping[int, Color],
        origin: tuple[int, int] = (0, 0),
    ) -> None:
        self._segments, self._origin = segments, origin
        codes = colors.astype(np.int64) @ (65536, 256, 1)
        values, index = np.unique(codes, return_inverse=True)
        sizes = count(segments, len(colors))
        weights = np.bincount(index, sizes, len(values)).astype(np.int64)
        given = np.isin(
            values, [red * 65536 + green * 256 + blue for red, green, blue in hints.values()]
        )
        owner = _merge(values, weights, given)
        total = np.bincount(owner, weights, len(values)).astype(np.int64)
        order = [int(value) for value in np.argsort(-total, kind="stable") if total[value]]
        place = np.zeros(len(values), np.uint16)
        place[order] = np.arange(len(order))
        self._table = place[owner[index]]
        boxes = _boxes(self._table, segments, len(order))
        layers = []
        for value, (x, y, width, height) in zip(order, boxes, strict=True):
            code = int(values[value])
            color = (code >> 16, code >> 8 & 255, code & 255)
            numbers = tuple(region + 1 for region in sorted(hints) if hints[region] == color)
            name = "#{:02x}{:02x}{:02x}".format(*color)
            if numbers:
                name += f" ({', '.join(map(str, numbers))})"
            box = (x + origin[0], y + origin[1], width, height)
            layers.append(ColorLayer(name, color, numbers, box, int(total[value])))
        self.all = tuple(layers)

    def find(self, color: Color) -> ColorLayer | None:
        """The layer of a colour, or None where there is none."""
        return next((layer for layer in self.all if layer.color == color), None)

    def mask(self, layer: ColorLayer) -> NDArray[np.uint8]:
        """A layer's shape within its box, uint8 [height, width], 0 or 255."""
        table = np.zeros(len(self._table), np.uint8)
        table[self._table == self.all.index(layer)] = 255
        return look_up(table, self._inside(layer))

    def picture(self, layer: ColorLayer, format: str = "RGBA8") -> NDArray[Any]:
        """A layer's box in its colour, transparent (white in formats without alpha) beside it.

        Args:
            layer: one of ``all``.
            format: a key of `gp_client.wire.FORMATS`.

        Returns:
            uint8 or uint16 [height, width, channels].
        """
        table = np.zeros((len(self._table), 4), np.uint8)
        table[self._table == self.all.index(layer)] = (*layer.color, 255)
        # Four bytes move as one number, several times faster than alone.
        picture = look_up(table.view(np.uint32).ravel(), self._inside(layer))
        return raster.encode(picture.view(np.uint8).reshape(*picture.shape, 4), format)

    def _inside(self, layer: ColorLayer) -> NDArray[np.int32]:
        x, y, width, height = layer.box
        left, top = x - self._origin[0], y - self._origin[1]
        return self._segments[top : top + height, left : left + width]


def _boxes(
    table: NDArray[np.uint16], segments: NDArray[np.int32], layers: int
) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height) of each layer; strip by strip, so that no canvas of layers is held."""
    corners = np.zeros((layers, 4), np.int64)  # left, top, right, bottom
    corners[:, :2] = np.iinfo(np.int64).max
    for rows in strips(segments):
        found: Any = cc3d.statistics(look_up(table, segments[rows]) + np.uint16(1))
        boxes, sizes = found["bounding_boxes"], found["voxel_counts"]
        for layer in range(min(layers, len(boxes) - 1)):
            if sizes[layer + 1]:
                down, across = boxes[layer + 1][:2]
                least = (across.start, down.start + rows.start)
                most = (across.stop, down.stop + rows.start)
                corners[layer, :2] = np.minimum(corners[layer, :2], least)
                corners[layer, 2:] = np.maximum(corners[layer, 2:], most)
    corners[:, 2:] -= corners[:, :2]
    return [(x, y, width, height) for x, y, width, height in corners.tolist()]


def _merge(
    values: NDArray[np.int64], weights: NDArray[np.int64], given: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """For each colour the one whose layer it joins: itself, or a weightier one that is alike."""
    rgb = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    owner = np.arange(len(values))
    kept: list[int] = []
    for color in np.lexsort((-weights, ~given)).tolist():
        if kept and not given[color]:
            apart = np.sqrt(((rgb[kept] - rgb[color]) ** 2).sum(axis=1))
            nearest = int(apart.argmin())
            if apart[nearest] <= NEAR or len(kept) >= MOST_LAYERS:
                owner[color] = kept[nearest]
                continue
        kept.append(color)
    return owner
