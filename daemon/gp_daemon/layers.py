"""Flats as a layer per colour, for artists who keep each colour apart. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from gp_daemon.ora import Group, Layer
from gp_daemon.regions import Snapped
from gp_daemon.render import NEAR, Color
from gp_daemon.tables import count, look_up

MOST_LAYERS = 64  # beyond, the least colours join those that they are most alike


@dataclass(frozen=True)
class ColorLayer:
    """All that has one colour.

    Attributes:
        name: "#rrggbb", with the numbers of the regions that were given it.
        color: RGB 0..255.
        box: (x, y, width, height).
        mask: uint8 [height, width], 0 or 255.
    """

    name: str
    color: Color
    box: tuple[int, int, int, int]
    mask: NDArray[np.uint8]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """RGBA, uint8 [height, width, 4], transparent beside the mask."""
        layer = np.zeros((*self.mask.shape, 4), np.uint8)
        layer[self.mask > 0] = (*self.color, 255)
        return layer


def color_layers(
    snapped: Snapped, colors: NDArray[np.uint8], hints: Mapping[int, Color]
) -> Iterator[ColorLayer]:
    """Divides flats into one layer a colour, the largest first; together they are the canvas.

    Args:
        snapped: the page's regions.
        colors: uint8 [segments, 3], the flat colour of each.
        hints: region (0-based) to colour; these stay exact. Others that look alike are one.
    """
    sizes = count(snapped.segments, len(colors))
    codes = colors.astype(np.int64) @ (65536, 256, 1)
    values, index = np.unique(codes, return_inverse=True)
    weights = np.bincount(index, sizes, len(values)).astype(np.int64)
    given = np.isin(
        values, [red * 65536 + green * 256 + blue for red, green, blue in hints.values()]
    )
    owner = _merge(values, weights, given)
    layer_of = owner[index].astype(np.int32)
    canvas = look_up(layer_of, snapped.segments)
    boxes: Any = cc3d.statistics((canvas + 1).astype(np.uint32))["bounding_boxes"]
    total = np.bincount(owner, weights, len(values))
    for layer in np.argsort(-total, kind="stable"):
        if total[layer] == 0:
            break
        rows, columns = boxes[layer + 1][:2]
        color = (int(values[layer] >> 16), int(values[layer] >> 8 & 255), int(values[layer] & 255))
        numbers = [str(region + 1) for region in sorted(hints) if hints[region] == color]
        name = "#{:02x}{:02x}{:02x}".format(*color)
        box = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        yield ColorLayer(
            f"{name} ({', '.join(numbers)})" if numbers else name,
            color,
            box,
            (canvas[rows, columns] == layer).view(np.uint8) * np.uint8(255),
        )


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


def color_group(layers: Iterator[ColorLayer], name: str = "Colours") -> Group:
    """The layers as a group of an OpenRaster file, each no larger than it must be."""
    return Group(
        name,
        tuple(Layer(layer.name, layer.pixels, offset=layer.box[:2]) for layer in layers),
    )
