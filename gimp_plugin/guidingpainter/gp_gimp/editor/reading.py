"""The line art's pixels out of GIMP, as they look; nothing of the image is changed by it."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from typing import TypeVar

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide.pixels import LineArt

from .host import Gegl, Gimp, GLib, tr

# The wire's format, GIMP's name for the same bytes, and how many a pixel has.
RGBA = ("RGBA8", "R'G'B'A u8", 4)
GRAYA = ("GRAYA8", "Y'A u8", 2)
BAND = 1 << 20  # pixels read or written at once: some 20 ms, so that a dialog can draw in between
THUMB = 1024  # pixels a side of the picture that tells whether a layer has changed
T = TypeVar("T")


def checked(drawables: Sequence[Gimp.Drawable]) -> Gimp.Layer:
    """Return the one layer that the user chose.

    Raises:
        GuidingPainterError: BAD_REQUEST where it is none or more.
    """
    if len(drawables) != 1:
        raise GuidingPainterError(
            BAD_REQUEST, tr("One layer at a time."), tr("Select the layer with the line art.")
        )
    layer = drawables[0]
    if not isinstance(layer, Gimp.Layer) or isinstance(layer, Gimp.LayerMask):
        raise GuidingPainterError(
            BAD_REQUEST,
            tr("A mask or a channel is no line art."),
            tr("Select the layer with the line art."),
        )
    return layer


def reading(image: Gimp.Image, layer: Gimp.Layer) -> Generator[float, None, LineArt]:
    """Read a layer band by band: its mask and filters applied, at its place on the canvas.

    Opacity, mode and visibility do not count: a faint or hidden drawing is a drawing.

    Args:
        image: the layer's image.
        layer: a layer or a group, anywhere, of any size and offset.

    Yields:
        The fraction that is done, 0..1.

    Returns:
        The line art (a generator's value).
    """
    width, height = image.get_width(), image.get_height()
    scratch, source = _flattened(image, layer)
    try:
        _, left, top = source.get_offsets()
        kind, babl, size = GRAYA if source.is_gray() else RGBA
        buffer = source.get_buffer()
        rows = max(1, BAND // width)
        bands: list[bytes] = []
        for start in range(0, height, rows):
            count = min(rows, height - start)
            box = Gegl.Rectangle.new(-left, start - top, width, count)
            bands.append(bytes(buffer.get(box, 1.0, babl, Gegl.AbyssPolicy.NONE)))
            yield (start + count) / height
        # Alpha is the last sample. Only a layer that hides all of the canvas is opaque.
        clear = (len(band) // size - band[size - 1 :: size].count(255) for band in bands)
        opaque = not any(clear)
    finally:
        if scratch is not None:
            scratch.delete()
    return LineArt(b"".join(bands), width, height, kind, opaque)


def state_of(image: Gimp.Image, layer: Gimp.Layer) -> tuple[object, ...]:
    """Return what changes when a layer is painted on, moved, turned or scaled; it is quick."""
    small = layer.get_thumbnail_data(THUMB, THUMB)
    data = small[0] if isinstance(small, (tuple, list)) else small
    pixels = data.get_data() if isinstance(data, GLib.Bytes) else bytes(data)
    size = (image.get_width(), image.get_height(), layer.get_width(), layer.get_height())
    return (*size, *layer.get_offsets()[1:], zlib.crc32(pixels or b""))


def drain(steps: Generator[float, None, T]) -> T:
    """Do all bands at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _flattened(image: Gimp.Image, layer: Gimp.Layer) -> tuple[Gimp.Image | None, Gimp.Layer]:
    """Return a layer to read, in an image of its own where mask or filters must be applied."""
    mask = layer.get_mask()
    if mask is None and not layer.get_filters():
        return None, layer
    base = Gimp.ImageBaseType.GRAY if layer.is_gray() else Gimp.ImageBaseType.RGB
    scratch = Gimp.Image.new_with_precision(
        image.get_width(), image.get_height(), base, image.get_precision()
    )
    scratch.undo_disable()
    twin = Gimp.Layer.new_from_drawable(layer, scratch)
    scratch.insert_layer(twin, None, 0)
    twin.merge_filters()
    if twin.get_mask() is not None:
        modes = Gimp.MaskApplyMode
        twin.remove_mask(modes.APPLY if twin.get_apply_mask() else modes.DISCARD)
    return scratch, twin
