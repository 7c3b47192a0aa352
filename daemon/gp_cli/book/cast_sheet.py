"""A picture of a cast: each colour beside the figures that it came from."""

from __future__ import annotations

import math
from io import BytesIO

import numpy as np
from gp_client.cast import MOST_PICTURE, Cast, CastColor
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gp_cli import writing
from gp_cli.colors import to_hex
from gp_cli.sheet import counted

MOST = 120  # colours that are shown; those that cover least are left out
_SIDE = 96  # pixels of a picture and of a swatch
_TEXT_WIDTH, _GAP, _MARGIN, _HEAD = 200, 12, 20, 64
_GROUND, _INK, _FAINT, _FRAME = (245, 245, 243), (32, 32, 32), (110, 110, 110), (170, 170, 168)


def draw(cast: Cast, title: str) -> tuple[NDArray[np.uint8], str]:
    """Draws a cast, the colours that cover most first.

    Args:
        cast: what is shown.
        title: above it.

    Returns:
        uint8 [H, W, 3]; and the characters that no font here has: each is a "?" there.
    """
    colors = cast.colors()
    shown = colors[:MOST]
    columns = max(1, min(3, math.ceil(len(shown) / 6)))
    rows = max(1, math.ceil(len(shown) / columns))
    cell = (2 * _SIDE + _TEXT_WIDTH + 3 * _GAP, _SIDE + _GAP)
    size = (2 * _MARGIN + columns * cell[0], _HEAD + _MARGIN + rows * cell[1])
    image = Image.new("RGB", size, _GROUND)
    canvas = ImageDraw.Draw(image)
    about = f"{counted(len(cast.pages), 'page')}, {counted(len(colors), 'colour')}"
    if len(shown) < len(colors):
        about += f", {len(shown)} of them shown"
    title = _fitting(title, 24, size[0] - 2 * _MARGIN)
    writing.draw(canvas, (_MARGIN, 22), title, _INK, 24)
    writing.draw(canvas, (_MARGIN, 48), about, _FAINT, 16)
    texts = [title]
    for place, one in enumerate(shown):
        x = _MARGIN + place // rows * cell[0]
        y = _HEAD + place % rows * cell[1]
        texts += _draw_one(image, canvas, one, x, y)
    return np.asarray(image), writing.unknown("".join(texts))


def _draw_one(
    image: Image.Image, canvas: ImageDraw.ImageDraw, one: CastColor, x: int, y: int
) -> list[str]:
    """Draws a colour; returns the lines of text beside it."""
    canvas.rectangle((x, y, x + _SIDE - 1, y + _SIDE - 1), one.color, _FRAME)
    at = x + _SIDE + _GAP
    picture = _decoded(one.picture)
    if picture is not None:
        image.paste(picture, (at, y))
    canvas.rectangle((at, y, at + _SIDE - 1, y + _SIDE - 1), None, _FRAME)
    at += _SIDE + _GAP
    name = one.name or to_hex(one.color)
    pages = ", ".join(one.pages)
    lines = [
        (name, 18, _INK),
        *([(to_hex(one.color), 14, _FAINT)] if one.name else []),
        (f"{counted(one.pieces, 'piece')}, {100 * one.share:.1f} % of a page", 14, _FAINT),
        (pages, 14, _FAINT),
    ]
    shown = [(_fitting(text, size, _TEXT_WIDTH), size, ink) for text, size, ink in lines]
    for row, (text, size, ink) in enumerate(shown):
        writing.draw(canvas, (at, y + 14 + 23 * row), text, ink, size)
    return [text for text, _, _ in shown]


def _decoded(png: bytes) -> Image.Image | None:
    """The picture at its size on the sheet; None where there is none that can be read."""
    if not 0 < len(png) <= MOST_PICTURE:
        return None
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as picture:
            return picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    except Exception:  # a decoder's own errors for damaged bytes: the colour is shown without it
        return None


def _fitting(text: str, size: float, width: int) -> str:
    """The text, its end left out where it would be too wide."""
    most = 2 * width  # characters; measuring takes time for each
    if len(text) <= most and writing.length(text, size) <= width:
        return text
    fits, too_many = 0, min(len(text), most) + 1
    while too_many - fits > 1:
        half = (fits + too_many) // 2
        if writing.length(text[:half] + "…", size) <= width:
            fits = half
        else:
            too_many = half
    return text[:fits] + "…"
