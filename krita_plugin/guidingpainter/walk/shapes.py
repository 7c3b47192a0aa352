"""Pictures and probes made of what the daemon answers; on the client's thread, no Krita."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

from gp_client import ClientPage, Mask
from gp_guide.probes import probes

from ..editor.compat import QtCore, QtGui
from ..editor.document import LineArt

PICTURE = 768  # pixels of the docker's picture: its lines stay sharp on a screen of high density


@dataclass(frozen=True)
class Shape:
    """A region's shape.

    Attributes:
        bbox: (x, y, width, height) in canvas pixels.
        packed: its mask, one byte a pixel of bbox, 0 or 255, compressed: most are large and plain.
        probes: a few (x, y) inside it, canvas pixels.
        lit: the mask at grid size, for the page picture.
    """

    bbox: tuple[int, int, int, int]
    packed: bytes
    probes: tuple[tuple[int, int], ...]
    lit: QtGui.QImage

    def unpack(self) -> bytes:
        """Return the mask; it stays unpacked until another one is. From any thread."""
        return _unpacked(self.packed)


@lru_cache(maxsize=1)  # shown, then painted
def _unpacked(packed: bytes) -> bytes:
    return zlib.decompress(packed)


def shape_of(page: ClientPage, mask: Mask) -> Shape:
    """Return what the docker needs of a region's mask."""
    x, y, width, height = mask.bbox
    image = QtGui.QImage(mask.data, width, height, width, QtGui.QImage.Format.Format_Grayscale8)
    across, down = page.grid[0] / page.width, page.grid[1] / page.height
    lit = QtGui.QImage(*page.grid, QtGui.QImage.Format.Format_Grayscale8)
    lit.fill(0)
    painter = QtGui.QPainter(lit)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(
        QtCore.QRectF(x * across, y * down, width * across, height * down), _shrunk(image, across)
    )
    painter.end()
    return Shape(mask.bbox, zlib.compress(mask.data, 1), probes(mask), lit)


def with_lines(
    data: bytes, grid: tuple[int, int], sketch: QtGui.QImage, lines: float = 1.0
) -> QtGui.QImage:
    """Return RGBA8 pixels of grid size on white with the line art over them, as large as that.

    Args:
        data: the pixels.
        grid: (width, height).
        sketch: the line art on white.
        lines: how strong the lines are, 0..1.
    """
    width, height = grid
    colors = QtGui.QImage(data, width, height, 4 * width, QtGui.QImage.Format.Format_RGBA8888)
    image = QtGui.QImage(sketch.size(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QtGui.QColor(255, 255, 255))
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(image.rect(), colors)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Multiply)
    painter.setOpacity(lines)
    painter.drawImage(0, 0, sketch)
    painter.end()
    return image


def sketch_of(art: LineArt) -> QtGui.QImage:
    """Return the line art on white, as large as the docker shows it at most."""
    scale = min(1.0, PICTURE / max(art.width, art.height))
    size = (max(1, round(art.width * scale)), max(1, round(art.height * scale)))
    formats = QtGui.QImage.Format
    data, width, height = art.pixels, art.width, art.height
    if art.format == "BGRA8":
        image = QtGui.QImage(data, width, height, 4 * width, formats.Format_ARGB32)
    elif art.format == "BGRA16":
        image = QtGui.QImage(data, width, height, 8 * width, formats.Format_RGBA64).rgbSwapped()
    else:
        step = 1 if art.format == "GRAYA8" else 2
        # The upper byte of a 16-bit sample is the second.
        gray, alpha = data[step - 1 :: 2 * step], data[2 * step - 1 :: 2 * step]
        image = QtGui.QImage(gray, width, height, width, formats.Format_Grayscale8)
        image = image.convertToFormat(formats.Format_ARGB32)
        image.setAlphaChannel(QtGui.QImage(alpha, width, height, width, formats.Format_Grayscale8))
    white = QtGui.QImage(*size, formats.Format_ARGB32_Premultiplied)
    white.fill(QtGui.QColor(255, 255, 255))
    painter = QtGui.QPainter(white)
    small = image.scaled(
        *size,
        QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )
    painter.drawImage(0, 0, small)
    painter.end()
    return white


def _shrunk(image: QtGui.QImage, scale: float) -> QtGui.QImage:
    """Scale down with all pixels counted; drawImage alone would skip thin parts."""
    if scale >= 1:
        return image
    return image.scaled(
        max(1, round(image.width() * scale)),
        max(1, round(image.height() * scale)),
        QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )
