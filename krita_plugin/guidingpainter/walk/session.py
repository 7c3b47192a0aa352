"""One document being coloured, as the plug-in knows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gp_client import GuidedPage
from gp_client.types import Box, Color, GuidedRegion
from gp_guide.options import last_focus
from gp_guide.page_view import PageView
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from gp_guide.shown import Shown
from gp_guide.steps import Steps
from gp_guide.strokes import Strokes
from gp_guide.study import StudyLog

from ..editor import layers, paint
from ..editor.compat import QtGui
from ..editor.document import Document, LayerName
from .engine import Opened


@dataclass
class Session:
    """Everything about one document; lives as long as the document is open.

    Attributes:
        document: which one.
        saved: what its annotation says.
        line_art: the id of the layer.
        names: of the layers that can be line art.
        page: the daemon's page, None before Start; asked on the client's thread only.
        shown: what it shows, and which region of it.
        steps: Krita's undo and the page's, in step.
        point: where the artist clicked last, canvas pixels.
        joining: whether the next click names a region to be joined with the one shown.
        art: the line art as it was read.
        gap, ink: how its pieces were found, see ``Saved``.
        sketch: the line art on white, for the docker.
        preview: the page in its colours, as large as the sketch.
        panels: of a comic page, in the order of reading; none where it is one picture.
        focus: the part of the canvas in which the guide asks and proposes, None for all of it.
        map: the regions that a slider's present place would give, while it moves.
        strokes: what was made of the hint layer.
        colors: box and checksum of each colour's own layer, by its name.
        scribbling: whether the artist paints on the hint layer.
        before: the layer that she painted on before.
        offered: whether the page was to begin by itself; it does so once.
        gray: whether the document was gray when its page was opened.
        refused: whether the message says why Krita would not fill.
        opening: whether the daemon is looking at the line art just now.
        message: what the user should know, with what to do.
        compared: the piece at which the next comparison with the flats begins.
        differed: what differed when the flats were compared last.
        log: of a study, None where there is none.
        faint: the proposals that the document shows, RGBA of each piece.
        hints_seen: what the hint layer looked like at the last look.
        hints_read: what it looked like when it was read; False before.
    """

    document: Document
    saved: Saved
    line_art: str
    names: list[LayerName] = field(default_factory=list)
    page: GuidedPage | None = None
    shown: Shown = field(default_factory=Shown)
    steps: Steps | None = None
    point: tuple[int, int] | None = None
    joining: bool = False
    art: LineArt | None = None
    gap: float | None = None
    ink: int | None = None
    sketch: QtGui.QImage | None = None
    preview: QtGui.QImage | None = None
    panels: tuple[Box, ...] = ()
    focus: Box | None = None
    map: QtGui.QImage | None = None
    strokes: Strokes = field(default_factory=dict)
    colors: dict[str, tuple[Box, int]] = field(default_factory=dict)
    scribbling: bool = False
    before: Any = None
    offered: bool = False
    gray: bool = False
    refused: bool = False
    opening: bool = False
    message: str = ""
    compared: int = 0
    differed: dict[int, bytes] = field(default_factory=dict)
    log: StudyLog | None = None
    faint: bytes = b""
    hints_seen: Any = None
    hints_read: Any = False
    _natives: dict[Color, bytes] = field(default_factory=dict)
    _exact: dict[Color, Any] = field(default_factory=dict)

    @property
    def view(self) -> PageView | None:
        """What the page shows."""
        return self.shown.view

    @property
    def region(self) -> GuidedRegion | None:
        """The region that is shown."""
        return self.shown.region

    @property
    def color(self) -> Color | None:
        """What the artist gave the region that is shown, None where she gave it no colour."""
        region = self.region
        return region.color if region is not None and region.state == "colored" else None

    @property
    def opaque(self) -> bool:
        """Whether the line art hides what lies under it."""
        return self.art is None or self.art.opaque

    @property
    def recent(self) -> tuple[Color, ...]:
        """The colours of this document, newest first."""
        return self.saved.recent

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

    def take(self, opened: Opened, art: LineArt, mark: int) -> None:
        """Hold a page that was opened, in place of the one before."""
        self.page, self.art = opened.page, art
        self.sketch, self.preview = opened.sketch, opened.preview
        self.panels = opened.panels
        self.steps = Steps(opened.view, mark)
        self.shown.take(opened.view, opened.view.next)
        self._take_acts(opened.acts)
        self.opening, self.map, self.strokes, self.joining = False, None, {}, False
        self.hints_read = False
        self._natives = {}

    def _take_acts(self, acts: bytes) -> None:
        self.saved = replace(self.saved, acts=acts)
        self.gap, self.ink = self.saved.found
        self.focus = last_focus(acts, self.saved.area)

    def use(self, color: Color) -> None:
        """Put a colour first among those of this document."""
        self.saved = self.saved.using(color)

    def save(self, acts: bytes | None = None) -> None:
        """Write the document's annotation where something changed.

        Args:
            acts: the page's, None where they are as before.
        """
        self.saved = replace(self.saved, line_art=self.line_art)
        if acts is not None and acts != self.saved.acts:
            self._take_acts(acts)
        data = self.saved.to_bytes()
        if data != self.document.read_annotation():
            self.document.write_annotation(data)

    # What colours are in this document, which the page knows in 8 bits

    def foreground(self) -> Color | None:
        """Return the colour picker's colour as the page is to know it; None: no view shows it."""
        exact = paint.foreground(self.document)
        if exact is None:
            return None
        color = paint.seen(self.document, exact)
        # What no screen shows apart, as beyond sRGB in floats, is two colours all the same.
        while self._another(color, exact):
            red, green, blue = color
            color = (red, green, blue - 1) if blue else (red, (green + 1) % 256, 255)
        self._exact[color] = exact
        return color

    def exact(self, color: Color) -> Any:
        """Return a colour as the artist picked it, a ManagedColor: what was painted of it first."""
        pixel = self._natives.get(color)
        painted = None if pixel is None else paint.managed_pixel(self.document, pixel)
        return painted or self._exact.get(color) or paint.managed(self.document, color)

    def picked(self, stroke: Color) -> Color:
        """Return the colour that a stroke was painted with, of which the upper bytes are known."""
        if self.document.krita.colorDepth() != "U16":
            return stroke

        def apart(color: Color) -> int:
            return max(abs(a - b) for a, b in zip(color, stroke))  # noqa: B905

        nearest = min(self._exact, key=apart, default=stroke)
        return nearest if apart(nearest) <= 1 else stroke

    def exactly(self, color: Color, pixels: bytes, format: str) -> bytes:
        """Return a layer of one colour with that as the flats have it, which may be finer."""
        known = self._natives.get(color)
        if format != "BGRA16" or known is None:
            return pixels
        red, green, blue = color
        coarse = b"".join((257 * part).to_bytes(2, "little") for part in (blue, green, red, 255))
        return pixels.replace(coarse, known)

    def _another(self, color: Color, exact: Any) -> bool:
        """Whether a colour of the page's stands for something else than this already."""
        pixel, doc = self._natives.get(color), self.document
        if pixel is None or doc.krita.colorDepth() not in ("F16", "F32"):
            return False
        painted = paint.managed_pixel(doc, pixel)
        return painted is not None and not paint.alike(doc, painted, exact)

    def remember(self, color: Color, pixel: bytes) -> None:
        """Note what a colour looks like in this document, which may be gray."""
        if pixel:
            self._natives[color] = pixel

    def shows(self, layer: Any, pixel: bytes, color: Color) -> bool:
        """Whether a pixel of the flats, b"" for a transparent one, is what a colour is there."""
        known = self._natives.get(color)
        if not pixel:
            return False
        if known is not None and paint.same_pixel(self.document, pixel, known):
            return True
        found = paint.shows(self.document, layer, pixel, color)
        alike = known is None if found is None else found
        if alike and known is None:
            self.remember(color, pixel)  # in a document that was opened again
        return alike

    def color_of(self, layer: Any, pixel: bytes) -> Color:
        """Return the colour of a pixel of the flats.

        Raises:
            GuidingPainterError: it cannot be read back.
        """
        for color, known in self._natives.items():
            if paint.same_pixel(self.document, known, pixel):
                return color
        return paint.decode(self.document, layer, pixel)

    def flats(self) -> Any | None:
        """Return the flats layer."""
        return layers.find(self.document, layers.FLATS)
