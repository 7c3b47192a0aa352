"""Drops a coloured pencil from under the ink, as a coloured filter before a camera does."""

from __future__ import annotations

import colorsys
import re
from dataclasses import replace

import numpy as np
from gp_canvas.lines import raster
from gp_client.types import Color
from numpy.typing import NDArray

from gp_cli.files.picture import Picture

NAMES: dict[str, Color] = {
    "blue": (0, 110, 255), "cyan": (0, 255, 255), "green": (0, 200, 0), "red": (255, 0, 0),
    "orange": (255, 128, 0), "magenta": (255, 0, 255), "violet": (150, 0, 255),
}  # fmt: skip
_WHOLE, _NONE = 40.0, 60.0  # degrees of hue: up to here all of it goes, from there on nothing


def parse(text: str) -> Color:
    """A colour by its name or as #rrggbb.

    Raises:
        ValueError: it is neither, or a gray, which would be the ink.
    """
    color = NAMES.get(text.lower())
    if color is None:
        if re.fullmatch(r"#[0-9a-fA-F]{6}", text) is None:
            raise ValueError(f"{text!r} is neither #rrggbb nor one of {', '.join(NAMES)}")
        color = (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))
    if max(color) - min(color) < 32:
        raise ValueError(f"{text!r} is a gray, and so may the ink be")
    return color


def drop(picture: Picture, color: Color) -> Picture:
    """A picture without strokes in one colour; ink over them and all other colours stay.

    Args:
        picture: any; a gray one is given back as it is.
        color: its hue alone counts, within 40 degrees; it fades out up to 60.
    """
    if picture.format.startswith("GRAY"):
        return picture
    hue = colorsys.rgb_to_hsv(*(part / 255 for part in color))[0] * 360
    pixels = picture.pixels.copy()
    for top, bottom in raster.strips(picture.height, picture.width):
        colors = pixels[top:bottom, :, :3]
        light = colors.max(axis=2, keepdims=True).astype(np.float32)
        share = _share(colors.astype(np.float32), hue)[..., None]
        colors[...] = np.round(colors + share * (light - colors)).astype(pixels.dtype)
    return replace(picture, pixels=pixels)


def _share(colors: NDArray[np.float32], hue: float) -> NDArray[np.float32]:
    """How much of each pixel has a hue, 0..1, [h, w]; of a gray one it is all the same."""
    red, green, blue = np.moveaxis(colors, 2, 0)
    across = np.sqrt(np.float32(3)) * (green - blue)
    angle = np.degrees(np.arctan2(across, 2 * red - green - blue))
    far = np.abs((angle - hue + 180) % 360 - 180)
    return np.clip((_NONE - far) / (_NONE - _WHOLE), 0, 1).astype(np.float32)
