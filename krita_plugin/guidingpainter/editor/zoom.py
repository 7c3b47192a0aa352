"""The view moved to a region. Krita's scripting has a zoom, but no way to scroll."""

from __future__ import annotations

from krita import Krita

from .compat import QtWidgets

ROOM = 0.7  # of the view that the region fills
LARGEST = 4.0  # view pixels a canvas pixel: a speck is not blown up further


def zoom_to(bbox: tuple[int, int, int, int]) -> None:
    """Show a box of the document in front, in the middle of its view.

    Args:
        bbox: (x, y, width, height) in canvas pixels.
    """
    window = Krita.instance().activeWindow()
    scroll = None if window is None else _controller(window)
    if window is None or scroll is None:
        return
    x, y, width, height = bbox
    across, down = scroll.viewport().width(), scroll.viewport().height()
    scale = min(ROOM * across / max(1, width), ROOM * down / max(1, height), LARGEST)
    window.activeView().canvas().setZoomLevel(scale)
    # The bars count view pixels from the canvas's corner.
    scroll.horizontalScrollBar().setValue(round(scale * (x + width / 2) - across / 2))
    scroll.verticalScrollBar().setValue(round(scale * (y + height / 2) - down / 2))


def _controller(window: object) -> QtWidgets.QAbstractScrollArea | None:
    """Krita's own scroll area around the canvas in front."""
    main = window.qwindow()  # type: ignore[attr-defined]
    for area in main.findChildren(QtWidgets.QAbstractScrollArea):
        if area.metaObject().className() == "KisCanvasController" and area.isVisible():
            return area
    return None
