"""The page picture of the dialog: what the daemon paints, the lines over it, the region lit.

Only GdkPixbuf and slices of bytes: not every GIMP brings a Python with numpy or cairo. It may all
run on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from gp_client.types import Box, Color
from gp_guide.pixels import LineArt, placed, rgba8

from ..editor.host import GdkPixbuf, GLib

Size = tuple[int, int]

_SHADE = (20, 22, 30)  # over all but the current region
_RIM = (255, 170, 40)  # round it
_LIGHT = (60, 150, 255)  # on the region under the mouse
_FAINT = bytes(70 if inside else 0 for inside in range(256))
PICTURE = 1000  # pixels a side
_DARK = bytes(round(140 * (255 - inside) / 255) for inside in range(256))
_INVERTED = bytes(255 - tone for tone in range(256))
_BEST = GdkPixbuf.InterpType.BILINEAR
_THUMB = (44, 32)  # pixels
_NO_COLOR = (120, 120, 120)


def pixbuf(rgba: bytes, width: int, height: int) -> GdkPixbuf.Pixbuf:
    """Return a picture of RGBA bytes."""
    space = GdkPixbuf.Colorspace.RGB
    data = GLib.Bytes.new(rgba)
    return GdkPixbuf.Pixbuf.new_from_bytes(data, space, True, 8, width, height, 4 * width)


def ink_of(art: LineArt, size: Size) -> GdkPixbuf.Pixbuf:
    """Return the line art at this size as black of varying strength, to lay over colours.

    Black over a colour is what multiplying with a gray line gives.
    """
    small = pixbuf(rgba8(art.pixels, art.format), art.width, art.height).scale_simple(*size, _BEST)
    paper = small.composite_color_simple(*size, _BEST, 255, 8, 0xFFFFFF, 0xFFFFFF)
    green = _samples(paper, 1)
    ink = bytearray(4 * len(green))
    ink[3::4] = green.translate(_INVERTED)
    return pixbuf(bytes(ink), *size)


def shade_of(box: Box, lit: bytes, size: Size) -> GdkPixbuf.Pixbuf:
    """Return what darkens all but a region, and rims it.

    Args:
        box: where the region is in the picture.
        lit: a byte a pixel of the box, 255 in the region.
        size: of the picture.
    """
    inside = placed(lit, box, size)
    rim = _rim(inside, size[0])
    shade = bytearray(4 * len(inside))
    for at, (dark, bright) in enumerate(zip(_SHADE, _RIM, strict=True)):
        shade[at::4] = rim.translate(bytes([dark]) * 255 + bytes([bright]))
    alpha = int.from_bytes(inside.translate(_DARK), "big") | int.from_bytes(rim, "big")
    shade[3::4] = alpha.to_bytes(len(inside), "big")
    return pixbuf(bytes(shade), *size)


def light_of(box: Box, lit: bytes, size: Size) -> GdkPixbuf.Pixbuf:
    """Return what lights the region under the mouse; see ``shade_of``."""
    inside = placed(lit, box, size)
    light = bytearray(4 * len(inside))
    for at, part in enumerate(_LIGHT):
        light[at::4] = bytes([part]) * len(inside)
    alpha = int.from_bytes(inside.translate(_FAINT), "big")
    alpha |= int.from_bytes(_rim(inside, size[0]), "big")
    light[3::4] = alpha.to_bytes(len(inside), "big")
    return pixbuf(bytes(light), *size)


def compose(
    colors: GdkPixbuf.Pixbuf | None,
    ink: GdkPixbuf.Pixbuf,
    over: Sequence[GdkPixbuf.Pixbuf | None],
    room: Size,
    part: Box | None = None,
) -> GdkPixbuf.Pixbuf:
    """Return the page or a part of it as large as there is room, in its own proportions.

    Args:
        colors: the page's colours, None for bare paper.
        ink: from ``ink_of``.
        over: from ``shade_of`` and ``light_of``; None: nothing.
        room: (width, height) in pixels.
        part: of the picture ``ink``, None for all of it.
    """
    width, height = ink.get_width(), ink.get_height()
    page = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, width, height)
    page.fill(0xFFFFFFFF)
    for layer in (colors, ink, *over):
        if layer is not None:
            across, down = width / layer.get_width(), height / layer.get_height()
            layer.composite(page, 0, 0, width, height, 0, 0, across, down, _BEST, 255)
    if part is not None:
        page = page.new_subpixbuf(*part)
        _, _, width, height = part
    scale = min(room[0] / width, room[1] / height)
    return page.scale_simple(max(1, int(width * scale)), max(1, int(height * scale)), _BEST)


def thumbnail(box: Box, lit: bytes, color: Color | None, size: Size) -> GdkPixbuf.Pixbuf:
    """Return a small picture of where a region is on the page, in its colour, gray for none.

    Args:
        box, lit, size: see ``shade_of``.
        color: the region's.
    """
    scale = min(_THUMB[0] / size[0], _THUMB[1] / size[1])
    across, down = max(4, int(size[0] * scale)), max(4, int(size[1] * scale))
    made = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, *_THUMB)
    made.fill(0)
    left, top = (_THUMB[0] - across) // 2, (_THUMB[1] - down) // 2
    made.new_subpixbuf(left, top, across, down).fill(0x808080FF)
    paper = made.new_subpixbuf(left + 1, top + 1, across - 2, down - 2)
    paper.fill(0xFAFAFAFF)
    x, y, width, height = box
    if lit:
        shape = bytearray(4 * len(lit))
        for at, part in enumerate(color or _NO_COLOR):
            shape[at::4] = bytes([part]) * len(lit)
        shape[3::4] = lit
        wide, high = (across - 2) / size[0], (down - 2) / size[1]
        # At least a pixel, so that every region is to be seen.
        from_x, from_y = min(int(x * wide), across - 3), min(int(y * high), down - 3)
        to_x = min(across - 2, max(from_x + 1, round((x + width) * wide)))
        to_y = min(down - 2, max(from_y + 1, round((y + height) * high)))
        place = (from_x, from_y, to_x - from_x, to_y - from_y)
        small = (place[2] / width, place[3] / height)
        pixbuf(bytes(shape), width, height).composite(
            paper, *place, from_x, from_y, *small, _BEST, 255
        )
    return made


def swatch(color: Color | None, side: int) -> GdkPixbuf.Pixbuf:
    """Return a square of a colour with a thin frame; a mere frame for None."""
    made = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, side, side)
    made.fill(0x808080FF)
    inner = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, side - 2, side - 2)
    inner.fill(0 if color is None else int.from_bytes(bytes((*color, 255)), "big"))
    inner.copy_area(0, 0, side - 2, side - 2, made, 1, 1)
    return made


def _rim(inside: bytes, width: int) -> bytes:
    """Return 255 where a region of 0 and 255 begins or ends, two pixels wide, else 0.

    All pixels at once: as one large number, moved by a pixel and by a row.
    """
    number, whole = int.from_bytes(inside, "big"), (1 << 8 * len(inside)) - 1
    rim = 0
    for step in (8, 8 * width):
        edge = number ^ (number >> step)
        rim |= edge | edge << step
    # The first row and the first pixel have nothing before them.
    first = (1 << 8 * (len(inside) - width)) - 1
    return (rim & whole & first).to_bytes(len(inside), "big")


def _samples(picture: GdkPixbuf.Pixbuf, at: int) -> bytes:
    """Return one channel, tightly packed; a pixbuf's rows may be padded."""
    data, stride = picture.read_pixel_bytes().get_data(), picture.get_rowstride()
    wide, step = picture.get_width(), picture.get_n_channels()
    return b"".join(
        data[row * stride : row * stride + wide * step][at::step]
        for row in range(picture.get_height())
    )
