"""Colours in and out of Krita; flats painted by Krita's own actions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, CANCELLED, GuidingPainterError
from gp_client.types import Color, Mask
from gp_guide.by_hand import one_pixel
from krita import Krita, ManagedColor

from .canvas_view import Still
from .compat import QtCore, QtGui, tr
from .document import Document
from .hers import Borrowed
from .steps import POLL, Steps

FILL = "fill_selection_foreground_color"
CLEAR = "clear"
PATIENCE = 15000  # milliseconds until a fill that changes nothing counts as refused
STILL = 500  # milliseconds without drawing, at most: the artist may have begun a stroke
NEAR = 1 / 500  # in a component of 0..1: less is rounding
# A sample's format in a pixel, and its largest number, where Krita's components are plain shares.
NUMBERS = {
    ("RGBA", "U8"): ("B", 255),
    ("RGBA", "U16"): ("H", 65535),
    ("RGBA", "F16"): ("e", 1),
    ("RGBA", "F32"): ("f", 1),
    ("CMYKA", "U8"): ("B", 255),
    ("CMYKA", "U16"): ("H", 65535),
}
PAINTED = 150  # milliseconds until a fill counts as done whose colour was there already


def foreground(document: Document) -> Any | None:
    """Return the colour picker's colour, a ManagedColor; None where no view shows the document.

    In RGB with whole numbers it is in the document's own space, elsewhere as Krita has it: a gray
    document's page keeps the artist's colour, not its tone.
    """
    view = _view()
    if view is None or not document.is_active:
        return None
    color, doc = view.foregroundColor(), document.krita
    if _whole_rgb(doc):
        color.setColorSpace("RGBA", doc.colorDepth(), doc.colorProfile())
    return color


def seen(document: Document, exact: Any) -> Color:
    """Return a ManagedColor as the page knows it: the document's own numbers, where it has such."""
    doc, view = document.krita, _view()
    if _whole_rgb(doc):
        blue, green, red = (round(part * 255) for part in exact.components()[:3])
        return (red, green, blue)
    shown = exact.colorForCanvas(view.canvas())  # type: ignore[union-attr]
    return (shown.red(), shown.green(), shown.blue())


def managed(document: Document, color: Color) -> Any:
    """Return a page's colour as a ManagedColor, in the document's own space where that is RGB."""
    doc = document.krita
    if _whole_rgb(doc):
        made = ManagedColor(doc.colorModel(), doc.colorDepth(), doc.colorProfile())
        red, green, blue = color
        made.setComponents(_shares((blue, green, red, 255), 255))  # Krita's order
        return made
    return ManagedColor.fromQColor(QtGui.QColor(*color), _view().canvas())  # type: ignore[union-attr]


def managed_pixel(document: Document, pixel: bytes) -> Any | None:
    """Return what a layer's opaque pixel holds as a ManagedColor, to the last digit.

    Returns:
        None in other models than RGB and CMYK, whose numbers Krita scales in ways of its own.
    """
    doc = document.krita
    depth = doc.colorDepth()
    number = NUMBERS.get((doc.colorModel(), depth))
    if number is None:
        return None
    kind, whole = number
    parts = _samples(pixel, kind)
    made = ManagedColor(doc.colorModel(), depth, doc.colorProfile())
    made.setComponents(list(parts) if whole == 1 else _shares(parts, whole))
    return made


def same_pixel(document: Document, one: bytes, other: bytes) -> bool:
    """Whether two pixels of a layer are one colour: in floats a fill over another one rounds."""
    depth = document.krita.colorDepth()
    if one == other or not depth.startswith("F") or len(one) != len(other):
        return one == other
    kind, _ = NUMBERS["RGBA", depth]  # of samples so deep in any model
    pairs = zip(_samples(one, kind), _samples(other, kind))  # noqa: B905 (Python 3.10)
    return all(abs(a - b) < NEAR for a, b in pairs)


def alike(document: Document, one: Any, other: Any) -> bool:
    """Whether two ManagedColors would be one colour in the document, by less than 1/500."""
    doc, parts = document.krita, []
    for color in (one, other):
        twin = ManagedColor(color.colorModel(), color.colorDepth(), color.colorProfile())
        twin.setComponents(color.components())
        twin.setColorSpace(doc.colorModel(), doc.colorDepth(), doc.colorProfile())
        parts.append(twin.components())
    return all(abs(a - b) < NEAR for a, b in zip(*parts))  # noqa: B905 (Python 3.10 of both)


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


def shows(document: Document, layer: Any, pixel: bytes, color: Color) -> bool | None:
    """Whether an opaque pixel of a layer is a page's colour; None where only Krita knows it."""
    if layer.colorModel() != "RGBA" or layer.colorDepth() not in ("U8", "U16"):
        return None
    return decode(document, layer, pixel) == color


def _samples(pixel: bytes, kind: str) -> tuple[float, ...]:
    return struct.unpack(f"<{len(pixel) // struct.calcsize(kind)}{kind}", pixel)


def _shares(parts: Sequence[float], whole: int) -> list[float]:
    """Return whole numbers as shares from which Krita, which cuts them off, makes the same."""
    return [min(1.0, (part + 0.25) / whole) for part in parts]


def _whole_rgb(krita_document: Any) -> bool:
    model, depth = krita_document.colorModel(), krita_document.colorDepth()
    return model == "RGBA" and depth in ("U8", "U16")


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


def fill(document: Document, layer: Any, one: Fill, exact: Any = None) -> Steps[bytes]:
    """Fill a part of a layer, or clear it: one native undo step.

    The artist's selection, active layer and colour are hers again at the end, and those that she
    chooses meanwhile stay.

    Args:
        document: must be the one in front.
        layer: what to paint on.
        one: where and what.
        exact: its colour as the artist picked it, a ManagedColor; None: as the page knows it.

    Returns:
        The pixel that is there now, b"" where it was cleared.

    Raises:
        GuidingPainterError: Krita refused.
    """
    borrowed = Borrowed(document, _view())
    before, still = _look(layer, one), Still()
    try:
        borrowed.select(one.mask)
        yield  # Krita's selection and its colour docks take their time each
        borrowed.select(one.mask)  # once more where she has selected something just now
        borrowed.activate(layer)
        if one.color is not None:
            borrowed.take(exact or managed(document, one.color))
        Krita.instance().action(CLEAR if one.color is None else FILL).trigger()
        return (yield from _painted(document, layer, one, before, still))
    finally:
        if document.is_open:
            borrowed.give_back()
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


def set_foreground(document: Document, exact: Any) -> None:
    """Make a ManagedColor that of the colour picker, where a view shows the document."""
    view = _view()
    if view is not None and document.is_active:
        view.setForeGroundColor(exact)


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
