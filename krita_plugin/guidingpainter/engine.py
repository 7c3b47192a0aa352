"""What is asked of the daemon, and what is made of its answers; on the worker's thread only."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass

import gp_client
from gp_client import Client, ClientPage, GuidingPainterError, Region

from .compat import QtCore, QtGui
from .document import LineArt
from .worker import Progress

Color = tuple[int, int, int]
PROBES = 5  # pixels of a region that are compared with its hint


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

    @property
    def mask(self) -> bytes:
        """The mask, unpacked."""
        return zlib.decompress(self.packed)


@dataclass(frozen=True)
class Opened:
    """A page that the daemon knows, with what the docker shows of it."""

    page: ClientPage
    regions: list[Region]
    sketch: QtGui.QImage  # the line art on white, grid size
    bundle: str  # identity of the networks
    about: str  # daemon and device, for the user
    fingerprint: str  # changes whenever the regions may


class Engine:
    """The connection to the daemon."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def open(self, art: LineArt, gap: float | None, ink: int | None, progress: Progress) -> Opened:
        """Open line art as a page; starts a daemon where none runs.

        Raises:
            GuidingPainterError: see ``gp_client.connect`` and ``Client.open``.
        """
        progress("connect", 0.0)
        client = self._connected()
        page = client.open(art.pixels, art.width, art.height, art.format, gap, ink, progress)
        bundle = str(client.info.get("bundle"))
        return Opened(
            page,
            page.regions,
            _sketch(art, page.grid),
            bundle,
            f"{client.info.get('device', '')}",
            f"{zlib.crc32(art.pixels)} {gap} {ink} {zlib.crc32(bundle.encode())}",
        )

    def shapes(self, page: ClientPage, numbers: list[int]) -> dict[int, Shape]:
        """Fetch the shapes of regions."""
        return {number: _shape(page, number) for number in numbers}

    def recolor(self, page: ClientPage, hints: dict[int, Color]) -> None:
        """Make the daemon's hints these."""
        known = page.hints
        for number in known:
            if number not in hints:
                page.unhint(number)
        for number, color in hints.items():
            if known.get(number) != color:
                page.hint(number, color)

    def preview(self, page: ClientPage, kind: str, sketch: QtGui.QImage) -> QtGui.QImage:
        """Return the coloured page with its lines, at grid size."""
        width, height = page.grid
        data = page.render(kind, format="RGBA8", preview=True)
        image = QtGui.QImage(
            data, width, height, 4 * width, QtGui.QImage.Format.Format_RGBA8888
        ).convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
        painter = QtGui.QPainter(image)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(0, 0, sketch)
        painter.end()
        return image

    def cancel(self) -> None:
        """Cancel what runs; returns at once, from any thread."""
        client = self._client
        if client is not None:
            threading.Thread(target=_cancel, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Say goodbye to the daemon."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> Client:
        if self._client is None:
            self._client = gp_client.connect(start=True)
        return self._client


def _cancel(client: Client) -> None:
    try:
        client.cancel()
    except GuidingPainterError as error:
        print(f"GuidingPainter: {error}")  # the request's own error tells the user


def _shape(page: ClientPage, number: int) -> Shape:
    mask = page.mask(number)
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
    return Shape(mask.bbox, zlib.compress(mask.data, 1), _probes(mask), lit)


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


def _probes(mask: gp_client.Mask) -> tuple[tuple[int, int], ...]:
    """Return pixels in the middle of the longest run of some rows."""
    x, y, width, height = mask.bbox
    found = []
    for part in range(PROBES):
        row = (2 * part + 1) * height // (2 * PROBES)
        line = mask.data[row * width : (row + 1) * width]
        run = max(line.split(b"\0"), key=len)
        if run:
            found.append((x + line.find(run) + len(run) // 2, y + row))
    if not found:
        first = mask.data.find(b"\xff")
        found.append((x + first % width, y + first // width))
    return tuple(dict.fromkeys(found))


def _sketch(art: LineArt, grid: tuple[int, int]) -> QtGui.QImage:
    """Return the line art on white at grid size."""
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
    white = QtGui.QImage(*grid, formats.Format_ARGB32_Premultiplied)
    white.fill(QtGui.QColor(255, 255, 255))
    painter = QtGui.QPainter(white)
    small = image.scaled(
        *grid,
        QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )
    painter.drawImage(0, 0, small)
    painter.end()
    return white
