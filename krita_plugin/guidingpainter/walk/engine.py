"""What is asked of the daemon, and what is made of its answers; on the client's thread only."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gp_client import Client, ClientPage, Layer, Mask, Region
from gp_client.answers import canvas_mask
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Box, Color
from gp_guide.asking import tell_hints
from gp_guide.correction import Correction
from gp_guide.opening import open_page
from gp_guide.saved import Saved
from gp_guide.strokes import strokes

from ..editor.compat import QtGui, tr
from ..editor.document import LineArt
from .shapes import Shape, shape_of, sketch_of, with_lines
from .worker import Progress

TIMEOUT = 10.0  # seconds without a sign of life
TURN = 0.618034  # of the colour circle: neighbours in the list get colours that differ
Strokes = dict[Color, tuple[int, int]]  # by colour: checksum, the scribble's number


@dataclass(frozen=True)
class Opened:
    """A page that the daemon knows, with what the docker shows of it."""

    page: ClientPage
    regions: list[Region]
    sketch: QtGui.QImage  # the line art on white, see sketch_of
    fingerprint: str  # changes whenever the regions may, but for corrections
    corrections: tuple[Correction, ...]  # those that were made again


@dataclass(frozen=True)
class Corrected:
    """What a correction changed; ``correction`` is None where it was taken back or changed nothing.

    Attributes:
        regions: as they are now.
        changed: whether anything is new.
        correction: what the document should keep.
    """

    regions: list[Region]
    changed: bool
    correction: Correction | None = None


class Engine:
    """The connection to the daemon, which is made on first use.

    Args:
        hand_over: runs a callback on the GUI thread.
    """

    def __init__(self, hand_over: Callable[[Callable[[], None]], object]) -> None:
        self.client = Client(None, True, TIMEOUT, None, None, None, dispatch=hand_over)

    @property
    def running(self) -> bool:
        """Whether a daemon answered when it was last heard of; from any thread."""
        return self.client.alive

    @property
    def about(self) -> str:
        """What runs, for the user: device and bundle."""
        bundle = self.client.info.get("bundle")
        name = f"{bundle.get('name')} {bundle.get('version')}" if isinstance(bundle, dict) else ""
        return f"{self.client.info.get('device', '')}, {name}".strip(", ")

    def connect(self) -> None:
        """Start a daemon where none runs."""
        self.client.ensure_connected()

    def shut_down(self) -> None:
        """End the daemon, for everybody."""
        self.client.shutdown()

    def close(self) -> None:
        """Say goodbye to the daemon."""
        self.client.close()

    def open(self, art: LineArt, saved: Saved, progress: Progress) -> Opened:
        """Open line art as a page, with the corrections that were made of these very regions.

        Raises:
            GuidingPainterError: see ``gp_client.connect`` and ``Client.open``.
        """
        progress(tr("Starting"), 0.0)
        opening = open_page(
            self.client, art.pixels, art.width, art.height, art.format, saved, progress
        )
        page, kept = opening.page, opening.corrections
        return Opened(page, page.regions, sketch_of(art), opening.fingerprint, kept)

    def map_of(
        self, art: LineArt, gap: float | None, ink: int | None, sketch: QtGui.QImage
    ) -> QtGui.QImage:
        """Return a picture of the regions that these options would give, each in its own colour."""
        page = self._open(art, gap, ink, _silent)
        try:
            for region in page.regions:
                hue = region.number * TURN % 1.0
                red, green, blue = colorsys.hls_to_rgb(hue, 0.7, 0.6)
                color = (round(255 * red), round(255 * green), round(255 * blue))
                page.hint(region.number, color)
            data = page.render("hints", format="RGBA8", preview=True)
            return with_lines(data, page.grid, sketch, 0.6)
        finally:
            page.close()

    def shapes(
        self, page: ClientPage, numbers: Iterable[int], shown: int | None
    ) -> dict[int, Shape]:
        """Fetch the shapes of regions; that of the one to be shown stays unpacked."""
        found = {number: shape_of(page, page.mask(number)) for number in numbers}
        if shown in found:
            found[shown].unpack()  # here, not on the GUI thread, where it is needed next
        return found

    def recolor(self, page: ClientPage, hints: Mapping[int, Color]) -> None:
        """Make the daemon's hints these."""
        tell_hints(page, hints)

    def preview(self, page: ClientPage, kind: str, sketch: QtGui.QImage) -> QtGui.QImage:
        """Return the coloured page with its lines, as large as the sketch."""
        data = page.render(kind, format="RGBA8", preview=True)
        return with_lines(data, page.grid, sketch)

    def layer(self, page: ClientPage, layer: Layer, format: str) -> tuple[int, bytes]:
        """Return a colour's own layer, as large as its box, with a checksum of its shape."""
        data = page.layer(layer, format)
        return zlib.crc32(data), data

    def correct(self, page: ClientPage, number: int, mask: bytes) -> Corrected:
        """Give a region another shape, one byte a pixel of the canvas."""
        shape = mask.translate(_SOLID)
        if not shape.strip(b"\0"):
            raise GuidingPainterError(
                BAD_REQUEST,
                tr("Nothing is selected."),
                tr("Select what the region should be, with any of Krita's tools, and try again."),
            )
        changed = canvas_mask(page.mask(number), page.width, page.height) != shape
        if not changed:
            return Corrected(page.regions, False)
        page.correct(number, shape)
        return Corrected(page.regions, True, Correction.of(number, shape, page.width))

    def uncorrect(self, page: ClientPage) -> Corrected:
        """Take the last correction back."""
        undone = page.uncorrect()
        return Corrected(page.regions, undone)

    def scribble(
        self, page: ClientPage, pixels: bytes, box: Box, format: str, known: Strokes
    ) -> Strokes:
        """Tell the daemon what is painted on the hint layer.

        Args:
            page: whose hint layer.
            pixels: of the box.
            box: (x, y, width, height) in canvas pixels.
            format: of the pixels.
            known: what was told before; what is gone from it is taken back.

        Returns:
            What the daemon knows now.
        """
        told: Strokes = {}
        masks = strokes(pixels, format) if pixels else {}
        for color, data in masks.items():
            check = zlib.crc32(data, zlib.crc32(repr(box).encode()))
            before = known.get(color)
            if before is not None and before[0] == check:
                told[color] = before
                continue
            told[color] = (check, page.scribble(Mask(box, data), color))
        numbers = {number for _, number in told.values()}
        for _, number in known.values():
            if number not in numbers:
                page.unscribble(number)
        return told

    def _open(
        self, art: LineArt, gap: float | None, ink: int | None, progress: Progress
    ) -> ClientPage:
        return self.client.open(art.pixels, art.width, art.height, art.format, gap, ink, progress)


_SOLID = bytes(255 if value >= 128 else 0 for value in range(256))


def _silent(stage: str, fraction: float) -> None:
    """Nobody waits for it."""
