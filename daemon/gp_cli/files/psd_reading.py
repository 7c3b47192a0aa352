"""Reading the layers of PSD and PSB files: put together where there is no merged picture, or one.

What is not known here (outlines as masks, clipping, other ways to blend) is refused, not left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from gp_canvas.lines import raster
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from numpy.typing import NDArray
from PIL import Image, ImageChops

from gp_cli.files.ora_layers import blend

_HINT = 'Save it with "Maximise Compatibility", or as PNG or OpenRaster (.ora).'
_NAMES = 12  # layers that a message names

Check = Callable[[int, int], None]


def read(file: BinaryIO, name: str, lines: str | None, check: Check) -> NDArray[np.uint8]:
    """Puts layers together.

    Args:
        file: seekable binary file, whose header has been checked.
        name: of the file, for messages.
        lines: name of a layer or group, which is taken whether visible or not; None: all that can
            be seen.
        check: given a width and height in pixels; raises where they are too much.

    Returns:
        uint8 [H, W, 4], straight alpha.

    Raises:
        GuidingPainterError: BAD_REQUEST for a layer that it has not; UNSUPPORTED_FORMAT for what
            cannot be put together here; what ``check`` raises.
    """
    # Loading the library takes a quarter of a second.
    from psd_tools import PSDImage

    psd = PSDImage.open(file)
    canvas = np.zeros((psd.height, psd.width, 4), np.uint8)
    root: Any = psd if lines is None else _named(psd, name, lines)
    for layer in [root] if lines is not None and not root.is_group() else root:
        _lay(canvas, layer, 1.0, name, check, forced=layer is root)
    return canvas


def _named(psd: Any, name: str, lines: str) -> Any:
    layers = list(psd.descendants())
    for layer in layers:
        if layer.name == lines:
            return layer
    names = ", ".join(layer.name for layer in layers[:_NAMES])
    raise GuidingPainterError(BAD_REQUEST, f"{name} has no layer {lines!r}.", f"It has: {names}.")


def _lay(
    canvas: NDArray[np.uint8], layer: Any, opacity: float, name: str, check: Check, forced: bool
) -> None:
    """Puts a layer, or what is in a group, onto the canvas, in place."""
    from psd_tools.constants import BlendMode

    if not (layer.visible or forced):
        return
    opacity *= layer.opacity / 255
    if layer.is_group():
        for child in layer:
            _lay(canvas, child, opacity, name, check, forced=False)
        return
    ways = (BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.PASS_THROUGH)
    known = layer.blend_mode in ways or forced
    masked = layer.has_mask() and not layer.mask.disabled
    if not known or layer.has_vector_mask() or layer.clipping:
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            f"The layer {layer.name!r} of {name} is clipped or blended in a way not known here.",
            _HINT,
        )
    if not layer.has_pixels():
        return
    left, top, right, bottom = layer.bbox
    most = (right - left) * (bottom - top)
    check(right - left, bottom - top)
    if masked:
        wide, high = layer.mask.right - layer.mask.left, layer.mask.bottom - layer.mask.top
        check(wide, high)
        most = max(most, wide * high)
    _check_packed(layer, most)
    image = layer.topil()
    if image is None:
        return
    if masked:
        image = _masked(image.convert("RGBA"), layer)
    box = (max(0, left), max(0, top), min(canvas.shape[1], right), min(canvas.shape[0], bottom))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    multiply = layer.blend_mode == BlendMode.MULTIPLY and not forced
    for first, last in raster.strips(box[3] - box[1], box[2] - box[0]):
        rows = (box[1] + first - top, box[1] + last - top)
        part = image.crop((box[0] - left, rows[0], box[2] - left, rows[1])).convert("RGBA")
        place = canvas[box[1] + first : box[1] + last, box[0] : box[2]]
        blend(place, np.asarray(part), opacity, multiply)


def _masked(image: Image.Image, layer: Any) -> Image.Image:
    """A layer without what its mask hides."""
    mask = Image.new("L", image.size, int(layer.mask.background_color))
    drawn = layer.mask.topil()
    if drawn is not None:
        mask.paste(drawn, (layer.mask.left - layer.left, layer.mask.top - layer.top))
    image.putalpha(ImageChops.multiply(image.getchannel("A"), mask))
    return image


def _check_packed(layer: Any, pixels: int) -> None:
    """Refuses channels that unpack to more than their pixels, before the library unpacks them.

    Raises:
        ValueError: the file is damaged, or made to fill memory.
    """
    most = 4 * pixels  # bytes of a channel: 32 bits a pixel
    for channel in layer._channels:
        if int(channel.compression) < 2:  # raw, or runs, which are told how long a row is
            continue
        unpacked = zlib.decompressobj()
        left, size = channel.data, 0
        while left and not unpacked.eof:
            size += len(unpacked.decompress(left, 1 << 20))
            left = unpacked.unconsumed_tail
            if size > most:
                raise ValueError("a channel is longer than its pixels")
