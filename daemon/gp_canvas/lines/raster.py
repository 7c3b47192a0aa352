"""Pixel formats to and from line art, and canvas to grid.

Pages reach 100 MP, so conversions work strip by strip and never hold a second copy in a wide type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.page_options import check_size
from gp_client.wire import FORMATS, Buffer
from numpy.typing import NDArray

from gp_canvas import cancellation

_STRIP = 1 << 20  # pixels converted at a time
# Half of a cell's darkness comes from its darkest pixel, so that a hairline on a 4000-pixel page
# survives on the grid while hatching stays lighter than solid black.
_DARKEST_SHARE = 0.5
_DARK = 80  # luminance: a ground up to this is black
_MIDDLE = 176  # and up to this, mid-gray: paper is lighter, as a rule
_CHALK = 32  # luminance by which a line stands out from such a ground
_LINES = 0.004  # of the page: so much is covered by lines, at least
STRIP = 2.0  # sides: what is longer is no page but a strip of them

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class PixelFormat:
    """How a pixel lies in memory: `order` names its channels, e.g. "BGRA"; `bits` is 8 or 16."""

    order: str
    bits: int

    @property
    def channels(self) -> int:
        return len(self.order)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype("<u2" if self.bits == 16 else "u1")


_ORDERS = {"GRAY": "Y", "GRAYA": "YA", "RGB": "RGB", "RGBA": "RGBA", "BGRA": "BGRA"}


def pixel_format(name: str) -> PixelFormat:
    """Looks a format up by its name, such as "RGBA8" or "GRAY16".

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT, naming those that work.
    """
    if not isinstance(name, str) or name not in FORMATS:
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            f"The pixel format {str(name)[:32]!r} is not supported.",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    bits = 16 if name.endswith("16") else 8
    return PixelFormat(_ORDERS[name.removesuffix(str(bits))], bits)


def decode(pixels: Buffer, width: int, height: int, format: str) -> NDArray[Any]:
    """Views raw bytes as a picture, after checking that they are one.

    Args:
        pixels: rows from the top, without padding; 16-bit samples are little-endian.
        width, height: canvas pixels, see `gp_client.page_options.check_size`.
        format: a key of `gp_client.wire.FORMATS`.

    Returns:
        uint8 or uint16 [height, width, channels], sharing the memory of `pixels`.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT; TOO_LARGE beyond the canvas limits; BAD_REQUEST
            where the sides are no positive whole numbers or the number of bytes is another.
    """
    layout = pixel_format(format)
    check_size(width, height)
    try:
        data = memoryview(pixels).cast("B")
    except (TypeError, ValueError) as error:
        raise GuidingPainterError(BAD_REQUEST, "The pixels are not contiguous bytes.") from error
    wanted = width * height * FORMATS[format]
    if data.nbytes != wanted:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"The picture has {data.nbytes} bytes; "
            f"{width} x {height} pixels of {format} need {wanted}.",
        )
    return np.frombuffer(data, layout.dtype).reshape(height, width, layout.channels)


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """The rows (top, bottom) of parts of a canvas, small enough for wide types beside the whole."""
    rows = max(1, _STRIP // 8 // max(1, width))
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def to_gray(picture: NDArray[Any], format: str) -> NDArray[np.uint8]:
    """Composites a picture on white and takes its luminance.

    Args:
        picture: uint8 or uint16 [H, W, channels] as `decode` gives it; alpha is straight.
        format: its format.

    Returns:
        uint8 [H, W], 255 = paper.
    """
    layout = pixel_format(format)
    height, width = picture.shape[:2]
    gray = np.empty((height, width), np.uint8)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        strip = np.ascontiguousarray(picture[top : top + rows])
        if layout.bits == 16:
            strip = cv2.convertScaleAbs(strip.astype(np.uint16, copy=False), alpha=1 / 257)
            strip = strip.reshape(-1, width, layout.channels)
        gray[top : top + rows] = _strip_to_gray(strip, layout.order)
    return gray


def to_tint(picture: NDArray[Any], format: str) -> NDArray[np.uint8]:
    """How much darker a picture's darkest channel is than its luminance, composited on white.

    Args:
        picture: uint8 or uint16 [H, W, 3 or 4] as `decode` gives it; alpha is straight.
        format: its format, one with colours.

    Returns:
        uint8 [H, W], 0 = gray.
    """
    layout = pixel_format(format)
    height, width = picture.shape[:2]
    tint = np.empty((height, width), np.uint8)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        strip = picture[top : top + rows]
        if layout.bits == 16:
            strip = (strip >> 8).astype(np.uint8)
        colors = np.ascontiguousarray(strip[..., :3])
        darkest = np.minimum(np.minimum(colors[..., 0], colors[..., 1]), colors[..., 2])
        light = _strip_to_gray(colors, layout.order[:3])
        part = cv2.subtract(np.asarray(light), darkest)
        if layout.order.endswith("A"):
            part = cv2.multiply(part, np.ascontiguousarray(strip[..., -1]), scale=1 / 255)
        tint[top : top + rows] = np.asarray(part).reshape(darkest.shape)
    return tint


def _strip_to_gray(strip: NDArray[Any], order: str) -> NDArray[Any]:
    if order in ("Y", "YA"):
        light = strip[..., 0]
    else:
        code = cv2.COLOR_BGR2GRAY if order.startswith("B") else cv2.COLOR_RGB2GRAY
        light = cv2.cvtColor(np.ascontiguousarray(strip[..., :3]), code)
    if not order.endswith("A"):
        return light
    alpha = np.ascontiguousarray(strip[..., -1])
    dark = cv2.multiply(255 - light, alpha, scale=1 / 255)
    return 255 - np.asarray(dark).reshape(light.shape)


def page_side(height: int, width: int) -> float:
    """Pixels of the long side of a page; of a strip, however long, that of a page as wide as it.

    What a hand draws is in proportion to this: lines, the gaps between them, panels.
    """
    return min(float(max(height, width)), STRIP * min(height, width))


def is_inverted(gray: NDArray[np.uint8]) -> bool:
    """Whether a page is light lines on black or on mid-gray: the light parts are thin strokes.

    A night scene with light shapes is not: its light parts survive an opening. Nor is tinted paper
    with dark lines and a few highlights.

    Args:
        gray: uint8 [H, W].
    """
    scale = 512 / page_side(*gray.shape)
    small = gray
    if scale < 1:
        size = [max(1, round(side * scale)) for side in gray.shape[::-1]]
        small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    ground = float(np.median(small))
    if max(ground, float(np.median(border))) <= _DARK:
        split, _ = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return _are_strokes(small > max(split, 48))
    if not _DARK < ground <= _MIDDLE or abs(float(np.median(border)) - ground) > _CHALK / 2:
        return False
    light, dark = small > ground + _CHALK, small < ground - _CHALK
    enough = np.count_nonzero(light) > max(_LINES * small.size, 4 * np.count_nonzero(dark))
    return bool(enough) and _are_strokes(light)


def _are_strokes(light: NDArray[np.bool_]) -> bool:
    """Whether a mask, about 512 pixels across, is thin strokes, and not empty."""
    count = np.count_nonzero(light)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    broad = np.asarray(cv2.morphologyEx(light.view(np.uint8), cv2.MORPH_OPEN, ball))
    return bool(count > 0 and np.count_nonzero(broad) < 0.3 * count)


@dataclass(frozen=True)
class GridMap:
    """Where the canvas lies on the grid.

    Attributes:
        canvas: (height, width) in canvas pixels.
        content: (height, width) of the part of the grid that shows the canvas, at its top left.
        padded: (height, width) of the whole grid; the rest is paper.
    """

    canvas: tuple[int, int]
    content: tuple[int, int]
    padded: tuple[int, int]

    @classmethod
    def fit(cls, height: int, width: int, grid_side: int, grid_multiple: int) -> GridMap:
        """The map of a canvas whose long side becomes `grid_side`, padded to the multiple."""
        scale = grid_side / max(height, width)
        content = (max(1, round(height * scale)), max(1, round(width * scale)))
        rows, columns = (-(-side // grid_multiple) * grid_multiple for side in content)
        return cls((height, width), content, (rows, columns))

    def cells(self, axis: int) -> NDArray[np.intp]:
        """The grid row (axis 0) or column (axis 1) of each canvas row or column."""
        return np.arange(self.canvas[axis]) * self.content[axis] // self.canvas[axis]

    def points(self, axis: int, offset: float = 0.5) -> NDArray[np.intp]:
        """The canvas row or column at this part, 0 to under 1, of each grid row or column."""
        canvas, content = self.canvas[axis], self.content[axis]
        edges = -(np.arange(content + 1) * -canvas // content)  # first pixel of each cell
        inside = edges[:-1] + (np.maximum(np.diff(edges), 1) * offset).astype(np.intp)
        return np.minimum(inside, canvas - 1)

    def sample(self, values: NDArray[_T], down: float = 0.5, right: float = 0.5) -> NDArray[_T]:
        """Canvas values [H, W] at this place, 0 to under 1, of each cell: [h, w]."""
        return values[self.points(0, down)[:, None], self.points(1, right)]

    def crop(self, values: NDArray[_T]) -> NDArray[_T]:
        """The part of a padded grid [H, W, ...] that shows the canvas; a view."""
        return values[: self.content[0], : self.content[1]]

    def pad(self, values: NDArray[_T]) -> NDArray[_T]:
        """A grid [h, w] padded with its own edge."""
        below, right = (whole - part for whole, part in zip(self.padded, self.content, strict=True))
        return np.pad(values, ((0, below), (0, right)), mode="edge")


def to_grid(
    gray: NDArray[np.uint8], grid_side: int, grid_multiple: int
) -> tuple[NDArray[np.float32], GridMap]:
    """Brings line art to the grid on which the networks work.

    Paper becomes exactly 1 whatever its tone, and lines thinner than a cell stay visible.

    Args:
        gray: uint8 [H, W], 255 = paper.
        grid_side: long side of the grid in pixels.
        grid_multiple: the grid's sides are multiples of this.

    Returns:
        The sketch, float32 [h, w] in 0..1, 1 = paper, and the map from canvas to grid.
    """
    height, width = gray.shape
    grid = GridMap.fit(height, width, grid_side, grid_multiple)
    size = (grid.content[1], grid.content[0])
    scale = max(gray.shape) / grid_side
    if scale > 1:
        mean = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))
        kernel = np.ones((int(np.ceil(scale)),) * 2, np.uint8)
        darkest = grid.sample(np.asarray(cv2.erode(gray, kernel)))
        values = np.asarray(cv2.addWeighted(mean, 1 - _DARKEST_SHARE, darkest, _DARKEST_SHARE, 0))
    else:
        values = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR))
    sketch = np.ones(grid.padded, np.float32)
    content = values.reshape(grid.content).astype(np.float32) / max(1, _paper_level(gray))
    grid.crop(sketch)[:] = np.minimum(content, 1)
    return sketch, grid


def _paper_level(gray: NDArray[np.uint8]) -> int:
    """The most frequent tone of the light part: white, or the tone of scanned paper."""
    step = max(1, int(np.sqrt(gray.size / 1e6)))
    sample = np.ascontiguousarray(gray[::step, ::step])
    split, _ = cv2.threshold(sample, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    histogram = np.bincount(sample.ravel(), minlength=256)
    start = max(128, int(split) + 1)
    # Darker than that is no paper tone but a page without paper.
    return start + int(histogram[start:].argmax()) if histogram[start:].any() else 255


def encode(rgba: NDArray[np.uint8], format: str) -> NDArray[Any]:
    """Brings a layer to any format.

    Args:
        rgba: uint8 [H, W, 4], straight alpha.
        format: a key of `gp_client.wire.FORMATS`; formats without alpha composite on white.

    Returns:
        uint8 or uint16 [H, W, channels], contiguous; `rgba` itself for "RGBA8".

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT.
    """
    layout = pixel_format(format)
    if format == "RGBA8":
        return rgba
    height, width = rgba.shape[:2]
    out = np.empty((height, width, layout.channels), layout.dtype)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        cancellation.check()
        strip = _reorder(np.ascontiguousarray(rgba[top : top + rows]), layout.order)
        if layout.bits == 16:
            np.multiply(strip, 257, out=out[top : top + rows], dtype=np.uint16)
        else:
            out[top : top + rows] = strip
    return out


def _reorder(strip: NDArray[np.uint8], order: str) -> NDArray[Any]:
    if order == "RGBA":
        return strip
    if order == "BGRA":
        return np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGBA2BGRA))
    if order == "YA":
        gray = np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGBA2GRAY))
        return np.dstack([gray, strip[..., 3]])
    opaque = np.ascontiguousarray(strip[..., :3])
    if int(strip[..., 3].min()) < 255:
        alpha = strip[..., 3:].astype(np.uint16)
        opaque = (opaque * alpha + 255 * (255 - alpha) + 127) // 255
        opaque = opaque.astype(np.uint8)
    if order == "Y":
        return np.asarray(cv2.cvtColor(opaque, cv2.COLOR_RGB2GRAY)).reshape(*strip.shape[:2], 1)
    return opaque
