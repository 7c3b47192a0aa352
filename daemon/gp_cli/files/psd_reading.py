"""Reading the layers of PSD and PSB files: put together where there is no merged picture, or one.

Hidden layers, opacity, masks of layers and groups, and groups of their own count as in the editor.
What is not known here (outlines as masks, clipping, adjustments, other ways to blend) is refused,
not left out.
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
_DRAWN = ("pixel", "type", "shape", "smartobject")  # kinds whose pixels are in the file
_MOST_APART = 4  # groups in groups that are put together by themselves: each takes a canvas

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
    layers = root if lines is None else [root]
    for layer in layers:
        _lay(canvas, layer, name, check, forced=layer is root)
    return canvas


def _named(psd: Any, name: str, lines: str) -> Any:
    layers = list(psd.descendants())
    for layer in layers:
        if layer.name == lines:
            return layer
    names = ", ".join(layer.name for layer in layers[:_NAMES])
    raise GuidingPainterError(BAD_REQUEST, f"{name} has no layer {lines!r}.", f"It has: {names}.")


def _lay(
    canvas: NDArray[np.uint8],
    layer: Any,
    name: str,
    check: Check,
    forced: bool = False,
    depth: int = 0,
) -> None:
    """Puts a layer, or what is in a group, onto the canvas, in place.

    Args:
        canvas: uint8 [H, W, 4], straight alpha.
        layer: of psd_tools.
        name, check: see `read`.
        forced: it was asked for by its name: laid by itself, hidden or not.
        depth: how many groups around it are put together by themselves.
    """
    from psd_tools.constants import BlendMode

    if not (layer.visible or forced):
        return
    opacity = layer.opacity / 255
    ways = (BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.PASS_THROUGH)
    known = layer.blend_mode in ways or forced
    masked = layer.has_mask() and not layer.mask.disabled
    multiply = layer.blend_mode == BlendMode.MULTIPLY and not forced
    if not known or layer.has_vector_mask() or layer.clipping:
        raise _unknown(layer, name)
    if layer.is_group():
        passes = layer.blend_mode == BlendMode.PASS_THROUGH or forced
        if passes and opacity == 1 and not masked:
            for child in layer:
                _lay(canvas, child, name, check, depth=depth)
            return
        if depth >= _MOST_APART:
            raise _unknown(layer, name)
        own = np.zeros_like(canvas)
        for child in layer:
            _lay(own, child, name, check, depth=depth + 1)
        if masked:
            shown = np.asarray(_shown(layer, own.shape[1::-1], (0, 0), check))
            own[..., 3] = (own[..., 3].astype(np.uint16) * shown + 127) // 255
        for top, bottom in raster.strips(*own.shape[:2]):
            blend(canvas[top:bottom], own[top:bottom], opacity, multiply)
        return
    left, top, right, bottom = layer.bbox
    if layer.kind == "solidcolorfill":  # such as white paper
        left, top, right, bottom = 0, 0, canvas.shape[1], canvas.shape[0]
        image: Image.Image | None = _filled(layer, (right, bottom), name)
    elif layer.kind in _DRAWN:
        check(right - left, bottom - top)
        _check_packed(layer, max((right - left) * (bottom - top), _mask_size(layer, check)))
        image = layer.topil() if layer.has_pixels() else None
    else:
        raise _unknown(layer, name)
    if image is None:
        return
    if masked:
        image = image.convert("RGBA")
        shown = _shown(layer, image.size, (left, top), check)
        image.putalpha(ImageChops.multiply(image.getchannel("A"), shown))
    box = (max(0, left), max(0, top), min(canvas.shape[1], right), min(canvas.shape[0], bottom))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    for first, last in raster.strips(box[3] - box[1], box[2] - box[0]):
        rows = (box[1] + first - top, box[1] + last - top)
        part = image.crop((box[0] - left, rows[0], box[2] - left, rows[1])).convert("RGBA")
        place = canvas[box[1] + first : box[1] + last, box[0] : box[2]]
        blend(place, np.asarray(part), opacity, multiply)


def _unknown(layer: Any, name: str) -> GuidingPainterError:
    return GuidingPainterError(
        UNSUPPORTED_FORMAT,
        f"The layer {layer.name!r} of {name} is clipped, adjusts others, or is blended in a way "
        "not known here.",
        _HINT,
    )


def _filled(layer: Any, size: tuple[int, int], name: str) -> Image.Image:
    """A layer that is one colour all over."""
    from psd_tools.terminology import Key

    parts = [layer.data.get(key) for key in (Key.Red, Key.Green, Key.Blue)]
    if None in parts:
        raise _unknown(layer, name)
    return Image.new("RGBA", size, (*(round(float(part)) for part in parts), 255))


def _shown(layer: Any, size: tuple[int, int], at: tuple[int, int], check: Check) -> Image.Image:
    """What a layer's mask shows, of this size and from this point of the canvas on."""
    _check_packed(layer, max(1, _mask_size(layer, check)))
    mask = Image.new("L", size, int(layer.mask.background_color))
    drawn = layer.mask.topil()
    if drawn is not None:
        mask.paste(drawn, (layer.mask.left - at[0], layer.mask.top - at[1]))
    return mask


def _mask_size(layer: Any, check: Check) -> int:
    """Pixels of a layer's mask; 0 where it has none."""
    if not layer.has_mask():
        return 0
    wide, high = layer.mask.right - layer.mask.left, layer.mask.bottom - layer.mask.top
    check(wide, high)
    return wide * high


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
