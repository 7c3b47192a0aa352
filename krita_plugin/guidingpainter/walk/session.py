"""One document being coloured, as the plug-in knows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gp_client import ClientPage, Region
from gp_client.types import Box, Color
from gp_guide.guide import Guide
from gp_guide.saved import Saved

from ..editor import layers, paint
from ..editor.compat import QtGui
from ..editor.document import Document, LayerName, LineArt
from .engine import Opened, Strokes
from .shapes import Shape


@dataclass
class Session:
    """Everything about one document; lives as long as the document is open.

    Attributes:
        document: which one.
        saved: what its annotation says.
        page: the daemon's page, None before the first "Next region".
        shapes: of the regions that were looked at.
        names: of the layers that can be line art.
        art: the line art as it was read.
        sketch: the line art on white, for the docker.
        preview: the page in its colours, as large as the sketch.
        map: the regions that a slider's present place would give, while it moves.
        suggestion: (region, colour), newer than the region's own.
        strokes: what the daemon knows of the hint layer.
        colors: box and checksum of each colour's own layer, by its name.
        scribbling: whether the artist paints on the hint layer.
        opening: whether the daemon is looking at the line art just now.
        message: what the user should know, with what to do.
    """

    document: Document
    saved: Saved
    line_art: str
    names: list[LayerName] = field(default_factory=list)
    page: ClientPage | None = None
    guide: Guide | None = None
    regions: list[Region] = field(default_factory=list)
    shapes: dict[int, Shape] = field(default_factory=dict)
    art: LineArt | None = None
    sketch: QtGui.QImage | None = None
    preview: QtGui.QImage | None = None
    map: QtGui.QImage | None = None
    suggestion: tuple[int, Color] | None = None
    strokes: Strokes = field(default_factory=dict)
    colors: dict[str, tuple[Box, int]] = field(default_factory=dict)
    scribbling: bool = False
    fingerprint: str = ""
    opening: bool = False
    message: str = ""
    _natives: dict[tuple[int, bytes], Color] = field(default_factory=dict)

    @property
    def current(self) -> int | None:
        """The region being shown."""
        return None if self.guide is None else self.guide.current

    @property
    def share(self) -> float:
        """The current region's share of the canvas, 0..1."""
        current, whole = self.current, sum(region.pixels for region in self.regions)
        return 0.0 if current is None else self.regions[current - 1].pixels / max(1, whole)

    @property
    def empty(self) -> bool:
        """Whether the current region has lost all its pixels to a correction."""
        current = self.current
        return current is not None and not self.regions[current - 1].pixels

    def suggested(self) -> Color | None:
        """Return the colour suggested for the current region."""
        current = self.current
        if current is None:
            return None
        if self.suggestion is not None and self.suggestion[0] == current:
            return self.suggestion[1]
        return self.regions[current - 1].suggestion

    @property
    def opaque(self) -> bool:
        """Whether the line art hides what lies under it."""
        return self.art is None or self.art.opaque

    def read_layers(self) -> bool:
        """Read which layers there are; until line art is chosen or used, guess it anew.

        Returns:
            Whether anything changed.
        """
        before = (self.names, self.line_art)
        self.names = self.document.layers()
        gone = self.line_art not in [layer.id for layer in self.names]
        if self.page is None and not self.opening and (gone or not self.saved.line_art):
            self.line_art = self.document.guess_line_art()
        return before != (self.names, self.line_art)

    def take(self, opened: Opened, guide: Guide, art: LineArt) -> None:
        """Hold a page that was opened, in place of the one before."""
        self.page, self.regions, self.sketch = opened.page, opened.regions, opened.sketch
        self.fingerprint, self.guide, self.art = opened.fingerprint, guide, art
        self.shapes, self.suggestion, self.preview = {}, None, opened.sketch
        self.opening, self.map, self.strokes = False, None, {}
        self.saved = replace(self.saved, corrections=opened.corrections)
        self._natives = {}

    def save(self) -> None:
        """Write the document's annotation where something changed."""
        saved = self.saved
        if self.guide is not None:
            saved = replace(saved, guide=self.guide.to_json(), fingerprint=self.fingerprint)
        self.saved = replace(saved, line_art=self.line_art)
        data = self.saved.to_bytes()
        if data != self.document.read_annotation():
            self.document.write_annotation(data)

    def remember(self, number: int, pixel: bytes, color: Color) -> None:
        """Note what a hint's colour looks like in this document, which may be gray."""
        self._natives[number, pixel] = color

    def trust_hints(self) -> None:
        """Take what hinted regions show for their hints' colours, in a reopened document."""
        layer = layers.find(self.document, layers.FLATS)
        if self.guide is None or layer is None or layer.colorModel() == "RGBA":
            return
        for number, color in self.guide.hints.items():
            pixel = self._pixel(layer, number)
            if pixel:
                self.remember(number, pixel, color)

    def painted(self) -> dict[int, Color | None]:
        """Return what the flats layer shows in each region whose shape is known."""
        layer = layers.find(self.document, layers.FLATS)
        if layer is None:
            return dict.fromkeys(self.shapes)
        found: dict[int, Color | None] = {}
        for number in self.shapes:
            pixel = self._pixel(layer, number)
            if pixel is None:
                continue  # the artist has painted there: it says nothing about the hint
            known = self._natives.get((number, pixel))
            if not pixel:
                found[number] = None
            else:
                found[number] = known or paint.decode(self.document, layer, pixel)
        return found

    def _pixel(self, layer: Any, number: int) -> bytes | None:
        shape = self.shapes.get(number)
        return None if shape is None else paint.native(layer, shape.probes)
