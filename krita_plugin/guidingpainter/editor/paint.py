"""Colours in and out of Krita; flats painted by Krita's own actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, CANCELLED, GuidingPainterError
from gp_client.types import Color, Mask
from gp_guide.by_hand import one_pixel
from krita import Krita, ManagedColor

from .canvas_view import Still
from .compat import QtCore, QtGui, tr
from .document import Document
from .steps import POLL, Steps

FILL = "fill_selection_foreground_color"
CLEAR = "clear"
PATIENCE = 15000  # milliseconds until a fill that changes nothing counts as refused
STILL = (
    500  # milliseconds that the canvas is not drawn, at most: the artist may have begun a stroke
)
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


def pixel_at(layer: Any, x: int, y: int) -> bytes:
    """Return a layer's pixel, b"" where it is transparent."""
    pixel = bytes(layer.pixelData(x, y, 1, 1))
    return b"" if _transparent(pixel, layer.colorDepth()) else pixel


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


def encode(layer: Any, color: Color) -> bytes | None:
    """Return a colour as the layer's pixel; None where only Krita knows it."""
    red, green, blue = color
    if layer.colorModel() != "RGBA":
        return None
    if layer.colorDepth() == "U8":
        return bytes((blue, green, red, 255))
    if layer.colorDepth() == "U16":
        return b"".join((257 * part).to_bytes(2, "little") for part in (blue, green, red, 255))
    return None


def _transparent(pixel: bytes, depth: str) -> bool:
    size = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}.get(depth, 1)
    return not any(pixel[-size:])


def _view() -> Any | None:
    window = Krita.instance().activeWindow()
    return None if window is None else window.activeView()


@dataclass(frozen=True)
class Fill:
    """One fill of the flats.

    Attributes:
        color: what to paint, None to clear.
        mask: where, at least one pixel.
        probes: pixels inside of it.
        pieces: of the page, for whoever asked.
    """

    color: Color | None
    mask: Mask
    probes: tuple[tuple[int, int], ...]
    pieces: tuple[int, ...] = ()


def fill(document: Document, layer: Any, one: Fill) -> Steps[bytes]:
    """Fill a part of a layer, or clear it: one native undo step.

    The artist's selection, active layer and colour are hers again at the end.

    Args:
        document: must be the one in front.
        layer: what to paint on.
        one: where and what.

    Returns:
        The pixel that is there now, b"" where it was cleared.

    Raises:
        GuidingPainterError: Krita refused.
    """
    app, doc, view = Krita.instance(), document.krita, _view()
    color, active, selected = view.foregroundColor(), doc.activeNode(), doc.selection()
    before, still = _look(layer, one), Still()
    try:
        document.select(one.mask.bbox, one.mask.data)
        yield  # Krita's selection and its colour docks take their time each
        doc.setActiveNode(layer)
        if one.color is not None:
            view.setForeGroundColor(managed(document, view, one.color))
        app.action(CLEAR if one.color is None else FILL).trigger()
        return (yield from _painted(document, layer, one, before, still))
    finally:
        if document.is_open:
            if active is not None:
                doc.setActiveNode(active)
            doc.setSelection(selected)
            view.setForeGroundColor(color)
        still.end()


def _painted(
    document: Document, layer: Any, one: Fill, before: list[bytes], still: Still
) -> Steps[bytes]:
    """Wait until Krita has painted."""
    elapsed = QtCore.QElapsedTimer()
    elapsed.start()
    while True:
        yield POLL
        if not document.is_open:  # nothing of it may be touched any more
            raise GuidingPainterError(CANCELLED, tr("The document was closed."))
        pixel = one_pixel([pixel_at(layer, x, y) for x, y in one.probes])
        if pixel is not None and bool(pixel) == (one.color is not None):
            # What was there already needs more time: nothing says when Krita has begun.
            changed = _look(layer, one) != before or elapsed.elapsed() > PAINTED
            if changed and idle(document):
                return pixel
        if elapsed.elapsed() > STILL:
            still.end()
        if elapsed.elapsed() > PATIENCE:
            raise GuidingPainterError(
                BAD_REQUEST,
                tr("Krita did not fill the region."),
                tr("Is the layer Flats locked, or its alpha? Unlock it and try again."),
            )


def _look(layer: Any, one: Fill) -> list[bytes]:
    return [bytes(layer.pixelData(x, y, 1, 1)) for x, y in one.probes]


def idle(document: Document) -> bool:
    """Whether Krita has done all that it was told, and no stroke is under the artist's pen."""
    doc = document.krita
    if not doc.tryBarrierLock():
        return False
    doc.unlock()
    return True


def set_foreground(document: Document, color: Color) -> None:
    """Make a colour that of the colour picker, where a view shows the document."""
    view = _view()
    if view is not None and document.is_active:
        view.setForeGroundColor(managed(document, view, color))


def refusal(document: Document, layer: Any) -> GuidingPainterError | None:
    """Say why Krita would not fill this layer, before it keeps silent about it."""
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
