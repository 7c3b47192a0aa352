"""Pictures made of what the daemon answers; on any thread, no Krita."""

from __future__ import annotations

from dataclasses import dataclass

from gp_client.types import Box
from gp_guide.page_view import PageView
from gp_guide.pixels import LineArt, fitted, rgba8
from gp_guide.places import Places

from ..editor.compat import QtCore, QtGui

EDGE = QtGui.QColor(255, 255, 255)
PICTURE = 1200  # pixels of the docker's picture: its lines stay sharp, and when it is zoomed too


@dataclass(frozen=True)
class Lit:
    """Some pieces in the docker's picture.

    Attributes:
        box: around them, (x, y, width, height) in pixels of that picture.
        mask: gray, as large as the box, 255 inside.
    """

    box: Box
    mask: QtGui.QImage


def lit(places: Places, pieces: list[int]) -> Lit | None:
    """Return where pieces are in the docker's picture; None where they are too small to be seen."""
    box, data = places.lit(pieces)
    if not data:
        return None
    _, _, width, height = box
    gray = QtGui.QImage.Format.Format_Grayscale8
    return Lit(box, QtGui.QImage(data, width, height, width, gray).copy())


def colored(view: PageView, sketch: QtGui.QImage) -> QtGui.QImage:
    """Return the page in its colours with its lines, proposals paler, as large as the sketch."""
    return with_lines(view.places.paint(view.picture), view.places.picture, sketch)


def with_lines(
    data: bytes, grid: tuple[int, int], sketch: QtGui.QImage, lines: float = 1.0
) -> QtGui.QImage:
    """Return RGBA8 pixels on white with the line art over them, as large as that.

    Args:
        data: the pixels.
        grid: (width, height) of them.
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
    size = fitted(art.width, art.height, PICTURE)
    formats = QtGui.QImage.Format
    data, width, height = art.pixels, art.width, art.height
    if art.format == "BGRA8":
        image = QtGui.QImage(data, width, height, 4 * width, formats.Format_ARGB32)
    elif art.format == "BGRA16":
        image = QtGui.QImage(data, width, height, 8 * width, formats.Format_RGBA64).rgbSwapped()
    else:
        pixels = rgba8(data, art.format)
        image = QtGui.QImage(pixels, width, height, 4 * width, formats.Format_RGBA8888)
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


def edge_of(mask: QtGui.QImage) -> QtGui.QImage:
    """Return a line around what is lit, a pixel wider on each side than its mask."""
    inside = QtGui.QImage(mask.size(), QtGui.QImage.Format.Format_ARGB32)
    inside.fill(EDGE)
    inside.setAlphaChannel(mask)
    size = QtCore.QSize(mask.width() + 2, mask.height() + 2)
    edge = QtGui.QImage(size, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    edge.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(edge)
    for across in (0, 1, 2):
        for down in (0, 1, 2):
            painter.drawImage(across, down, inside)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.drawImage(1, 1, inside)
    painter.end()
    return edge
