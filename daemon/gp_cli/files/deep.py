"""Pictures with 16 bits a channel: Pillow looks at them, OpenCV decodes them.

Pillow keeps only 8 of the bits where there are colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gp_canvas.lines import raster
from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from numpy.typing import NDArray
from PIL import Image

from gp_cli.files.picture import Picture
from gp_cli.files.source import Source

_ORIENTATION, _PHOTOMETRIC, _BITS, _PLANAR, _EXTRA = 274, 262, 258, 284, 338  # TIFF tags


@dataclass(frozen=True)
class Deep:
    """What Pillow finds out about a file of 16 bits a channel.

    Attributes:
        format: "PNG" or "TIFF".
        tags: of a TIFF.
        orientation: EXIF's, 1 to 8.
        transparent: the gray that is transparent, or None.
    """

    format: str
    tags: dict[int, Any]
    orientation: int
    transparent: int | None


def look(image: Image.Image, name: str) -> Deep:
    """What is to be known before decoding; the whole file is read, so that damage is seen.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT; what Pillow raises for damage.
    """
    tags = dict(getattr(image, "tag_v2", {}))
    if tags.get(_PLANAR, 1) != 1:
        raise unsupported(name, "keeps its 16-bit channels apart from each other")
    orientation = image.getexif().get(_ORIENTATION, 1)
    transparent = image.info.get("transparency")
    # OpenCV returns half a picture for some damaged files, Pillow notices.
    image.load()
    known = transparent if isinstance(transparent, int) else None
    return Deep(image.format or "", tags, orientation, known)


def decode(source: Source, about: Deep, name: str, place: int) -> Picture:
    """Decodes a picture by OpenCV.

    Args:
        source: the file.
        about: of `look`.
        name: of the file, for messages.
        place: of the picture in the file, from 0 on.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT.
    """
    if place and about.format != "TIFF":
        raise unsupported(name, "moves in 16 bits a channel")
    found = source.opencv(place)
    if found is None or found.dtype != np.uint16:
        raise unsupported(name, "has a kind of 16-bit pixels that is not supported")
    pixels: NDArray[Any] = np.asarray(found).reshape(*found.shape[:2], -1)
    order = {1: "GRAY", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    # Neither library minds a TIFF in which 0 is white.
    negative = order == "GRAY" and about.tags.get(_PHOTOMETRIC) == 0
    extra = about.tags.get(_EXTRA, (2,))[0] if order == "RGBA" else 2
    for top, bottom in raster.strips(*pixels.shape[:2]):
        strip = pixels[top:bottom]
        if negative:
            np.subtract(65535, strip, out=strip)
        if order != "GRAY":
            strip[..., :3] = strip[..., 2::-1].copy()
        if extra == 1:
            _unpremultiply(strip)
    if order == "GRAY" and about.transparent is not None:
        alpha = np.where(pixels == about.transparent, np.uint16(0), np.uint16(65535))
        pixels, order = np.concatenate([pixels, alpha], 2), "GRAYA"
    elif extra == 0:  # a spare channel, not transparency
        pixels, order = pixels[..., :3], "RGB"
    if about.format == "PNG":  # OpenCV has turned a TIFF already
        pixels = _turn(pixels, about.orientation)
    return as_picture(pixels, order)


def is_deep(image: Image.Image, head: bytes) -> bool:
    """Whether the file has 16 bits a channel, whatever Pillow would make of them."""
    if image.format == "PNG":
        return head[24] == 16
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS, (1,))
        return max(bits) == 16 and image.mode != "CMYK"
    return False


def _turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undoes an EXIF orientation, 1 to 8."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _unpremultiply(pixels: NDArray[Any]) -> None:
    """Brings colours back that were multiplied by alpha, in place."""
    alpha = np.maximum(pixels[..., 3:].astype(np.uint32), 1)
    straight = (pixels[..., :3] * np.uint32(65535) + alpha // 2) // alpha
    pixels[..., :3] = np.minimum(straight, 65535)


def as_picture(pixels: NDArray[Any], order: str) -> Picture:
    """Pixels of 8 or 16 bits, [H, W] or [H, W, channels], as a picture.

    Args:
        pixels: straight alpha, rows from the top.
        order: of their channels, such as "GRAYA".
    """
    pixels = np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], -1))
    return Picture(pixels, order + ("16" if pixels.dtype.itemsize == 2 else "8"))


def unsupported(name: str, problem: str) -> GuidingPainterError:
    """The error for a file that is of a kind that is not read."""
    return GuidingPainterError(
        UNSUPPORTED_FORMAT, f"{name} {problem}.", "Save it as PNG with 8 or 16 bits a channel."
    )
