"""Colours in and out of Krita, and one hint painted by Krita's own fill action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gp_client.errors import BAD_REQUEST, CANCELLED, GuidingPainterError
from gp_client.types import Color
from krita import Krita, ManagedColor

from .compat import QtCore, QtGui, tr
from .document import Document

FILL = "fill_selection_foreground_color"
POLL = 10  # milliseconds
PATIENCE = 15000  # milliseconds until a fill that changes nothing counts as refused
PAINTED = 150  # milliseconds until a fill counts as done whose colour was there already


def foreground(document: Document) -> Color | None:
    """Return the colour picker's colour, None where no view shows the document."""
    view = _view()
    if view is None or not document.is_active:
        return None
    color, doc = view.foregroundColor(), document.krita
    if doc.colorModel() == "RGBA" and doc.colorDepth() in ("U8", "U16"):
        color.setColorSpace("RGBA", "U8", doc.colorProfile())
        blue, green, red = (round(part * 255) for part in color.components()[:3])
        return (red, green, blue)
    shown = color.colorForCanvas(view.canvas())
    return (shown.red(), shown.green(), shown.blue())


def managed(document: Document, view: Any, color: Color) -> Any:
    """Return a colour in the document's own space, exact where it is RGB with whole numbers."""
    doc = document.krita
    if doc.colorModel() == "RGBA" and doc.colorDepth() in ("U8", "U16"):
        made = ManagedColor(doc.colorModel(), doc.colorDepth(), doc.colorProfile())
        red, green, blue = color
        made.setComponents([blue / 255, green / 255, red / 255, 1.0])  # Krita's order
        return made
    return ManagedColor.fromQColor(QtGui.QColor(*color), view.canvas())


def native(layer: Any, probes: Sequence[tuple[int, int]]) -> bytes | None:
    """Return the pixel that all probes show: b"" for transparent, None where they differ."""
    found = {bytes(layer.pixelData(x, y, 1, 1)) for x, y in probes}
    if all(_transparent(pixel, layer.colorDepth()) for pixel in found):
        return b""
    return found.pop() if len(found) == 1 else None


def decode(document: Document, layer: Any, pixel: bytes) -> Color:
    """Return a layer's pixel as (red, green, blue), 0..255."""
    model, depth = layer.colorModel(), layer.colorDepth()
    if (model, depth) == ("RGBA", "U8"):
        return (pixel[2], pixel[1], pixel[0])
    if (model, depth) == ("RGBA", "U16"):
        blue, green, red = (
            round(int.from_bytes(pixel[at : at + 2], "little") / 257) for at in (0, 2, 4)
        )
        return (red, green, blue)
    if model == "GRAYA" and depth in ("U8", "U16"):
        tone = pixel[len(pixel) // 2 - 1]
        return (tone, tone, tone)
    raise GuidingPainterError(
        BAD_REQUEST, tr("This document's colours cannot be read back."), tr("Convert it to RGB.")
    )


def _transparent(pixel: bytes, depth: str) -> bool:
    size = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}.get(depth, 1)
    return not any(pixel[-size:])


def _view() -> Any | None:
    window = Krita.instance().activeWindow()
    return None if window is None else window.activeView()


class Fill(QtCore.QObject):
    """Fills the selection on a layer with one native undo step, without waiting on the GUI thread.

    Args:
        document: must be the one in front.
        layer: what to paint on.
        probes: pixels inside the selection.
        done: called with the pixel that was painted.
        failed: called where Krita refused.
        again: whether the probes may show the colour already.
    """

    def __init__(
        self,
        document: Document,
        layer: Any,
        probes: Sequence[tuple[int, int]],
        done: Callable[[bytes], None],
        failed: Callable[[GuidingPainterError], None],
        again: bool = False,
    ) -> None:
        super().__init__()
        self._document, self._layer, self._probes = document, layer, probes
        self._done, self._failed, self._again = done, failed, again
        self._elapsed = QtCore.QElapsedTimer()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._poll)

    def start(self, color: Color) -> None:
        """Begin; the artist's own colour and layer are put back at the end."""
        problem = _refusal(self._document, self._layer)
        if problem is not None:
            self._failed(problem)
            return
        app, doc, view = Krita.instance(), self._document.krita, _view()
        self._color_before, self._layer_before = view.foregroundColor(), doc.activeNode()
        self._before = self._look()
        doc.setActiveNode(self._layer)
        view.setForeGroundColor(managed(self._document, view, color))
        app.action(FILL).trigger()
        self._elapsed.start()
        self._timer.start()

    def _look(self) -> list[bytes]:
        return [bytes(self._layer.pixelData(x, y, 1, 1)) for x, y in self._probes]

    def _poll(self) -> None:
        if not self._document.is_open:  # nothing of it may be touched any more
            self._timer.stop()
            self._failed(GuidingPainterError(CANCELLED, tr("The document was closed.")))
            return
        pixel = native(self._layer, self._probes)
        elapsed = self._elapsed.elapsed()
        same = self._again and elapsed > PAINTED and self._idle()
        if pixel and (same or self._look() != self._before):
            self._finish()
            self._done(pixel)
        elif elapsed > PATIENCE:
            self._finish()
            self._failed(
                GuidingPainterError(
                    BAD_REQUEST,
                    tr("Krita did not fill the region."),
                    tr("Is the layer Flats locked, or its alpha? Unlock it and try again."),
                )
            )

    def _idle(self) -> bool:
        """Whether Krita has done all that it was told."""
        doc = self._document.krita
        if not doc.tryBarrierLock():
            return False
        doc.unlock()
        return True

    def _finish(self) -> None:
        self._timer.stop()
        if self._layer_before is not None:
            self._document.krita.setActiveNode(self._layer_before)
        view = _view()
        if view is not None:
            view.setForeGroundColor(self._color_before)


def _refusal(document: Document, layer: Any) -> GuidingPainterError | None:
    """Say why Krita would not fill, before it keeps silent about it."""
    if not document.is_active:
        return GuidingPainterError(
            BAD_REQUEST, tr("This document is not in front."), tr("Click on its tab and try again.")
        )
    node = layer
    while node is not None and node.parentNode() is not None:
        if node.locked():
            return GuidingPainterError(
                BAD_REQUEST,
                tr("The layer {} is locked.").format(node.name()),
                tr("Unlock it in the Layers docker and try again."),
            )
        if not node.visible():
            return GuidingPainterError(
                BAD_REQUEST,
                tr("The layer {} is hidden.").format(node.name()),
                tr("Show it in the Layers docker and try again."),
            )
        node = node.parentNode()
    if layer.alphaLocked():
        return GuidingPainterError(
            BAD_REQUEST,
            tr("The alpha of the layer {} is locked.").format(layer.name()),
            tr("Unlock it in the Layers docker and try again."),
        )
    return None
