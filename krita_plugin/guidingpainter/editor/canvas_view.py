"""Krita's view of the document in front: what lies where on it, and a click there.

Krita's scripting tells zoom, rotation and mirroring, but neither where the canvas is nor how to
scroll: that is read from the scroll bars of Krita's own area around it.
"""

from __future__ import annotations

from math import floor
from typing import Any, Protocol

from krita import Krita

from .compat import QtCore, QtGui, QtWidgets

ROOM = 0.7  # of the view that a region fills when zoomed to
LARGEST = 4.0  # view pixels a canvas pixel: a speck is not blown up further
FOLLOW = 40  # milliseconds between two looks where the view is
TINT = QtGui.QColor(120, 180, 255, 60)
EDGES = ((3, QtGui.QColor(0, 0, 0, 150)), (2, QtGui.QColor(255, 255, 255, 255)))


_known: dict[QtWidgets.QMainWindow, QtWidgets.QMdiArea] = {}  # Krita's windows


def area() -> QtWidgets.QAbstractScrollArea | None:
    """Krita's own scroll area around the canvas in front."""
    window = Krita.instance().activeWindow()
    view = None if window is None else _views(window.qwindow()).currentSubWindow()
    for found in () if view is None else view.findChildren(QtWidgets.QAbstractScrollArea):
        if found.metaObject().className() == "KisCanvasController" and found.isVisible():
            return found
    return None


def _views(window: QtWidgets.QMainWindow) -> QtWidgets.QMdiArea:
    """What holds a window's views. Looked for once: PyQt wraps all of the thousands of objects."""
    if window not in _known:
        _known[window] = window.findChild(QtWidgets.QMdiArea)
    return _known[window]


def zoom_to(bbox: tuple[int, int, int, int]) -> None:
    """Show a box of the document in front, in the middle of its view.

    Args:
        bbox: (x, y, width, height) in canvas pixels.
    """
    scroll, canvas = area(), _canvas()
    if scroll is None or canvas is None:
        return
    x, y, width, height = bbox
    view = scroll.viewport()
    scale = min(ROOM * view.width() / max(1, width), ROOM * view.height() / max(1, height), LARGEST)
    canvas.setZoomLevel(scale)
    document = Krita.instance().activeDocument()
    placed = transform(document.width(), document.height())
    if placed is None:
        return
    middle = placed.map(QtCore.QPointF(x + width / 2, y + height / 2))
    across, down = scroll.horizontalScrollBar(), scroll.verticalScrollBar()
    across.setValue(across.value() + round(middle.x() - view.width() / 2))
    down.setValue(down.value() + round(middle.y() - view.height() / 2))


def transform(width: int, height: int) -> QtGui.QTransform | None:
    """Return where pixels of the canvas are in the view; None where there is no view.

    Args:
        width, height: of the canvas, in pixels.
    """
    scroll, canvas = area(), _canvas()
    if scroll is None or canvas is None:
        return None
    # Set to 1, the zoom reads as the document's resolution over 72.
    shown = canvas.zoomLevel() * 72 / Krita.instance().activeDocument().resolution()
    scale = shown / scroll.viewport().devicePixelRatioF()
    turned = QtGui.QTransform()
    if canvas.mirror():
        turned.scale(-1, 1)
    turned.rotate(canvas.rotation())
    turned.scale(scale, scale)
    # The bars count from the corner of the box around the turned canvas.
    box = turned.mapRect(QtCore.QRectF(0, 0, width, height))
    left = -scroll.horizontalScrollBar().value() - box.left()
    top = -scroll.verticalScrollBar().value() - box.top()
    return turned * QtGui.QTransform.fromTranslate(left, top)


def _canvas() -> Any | None:
    window = Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    return None if view is None or view.document() is None else view.canvas()


class Still:
    """Keeps Krita from drawing the canvas in front again, until ``end``.

    A selection that is there for a moment is drawn with its ants, and the whole page with it, again
    and again: most of the time of a fill, and a flicker.
    """

    def __init__(self) -> None:
        scroll = area()
        canvas = None if scroll is None else _drawn_on(scroll)
        self._canvas = canvas if canvas is not None and canvas.updatesEnabled() else None
        if self._canvas is not None:
            self._canvas.destroyed.connect(self._forget)
            self._canvas.setUpdatesEnabled(False)

    def end(self) -> None:
        """Draw it, and from now on as ever; nothing where that is so already."""
        canvas, self._canvas = self._canvas, None
        if canvas is not None:
            canvas.destroyed.disconnect(self._forget)
            canvas.setUpdatesEnabled(True)

    def _forget(self) -> None:
        self._canvas = None


class Pointer(Protocol):
    """Is told of the left button on the page, where clicks are taken; in canvas pixels."""

    def press(self, x: int, y: int, held: QtCore.Qt.KeyboardModifiers) -> None:
        """The button goes down on the page, with these keys held."""

    def move(self, x: int, y: int) -> None:
        """The pointer moves while it is down, beside the page too."""

    def release(self) -> None:
        """The button comes up."""


class Overlay(QtCore.QObject):
    """Shows a region over Krita's canvas: nothing is selected, and nothing in the document changes.

    Args:
        pointer: is told what the mouse or the pen does, where clicks are taken.
    """

    def __init__(self, pointer: Pointer) -> None:
        super().__init__()
        self._pointer = pointer
        self._sheet: _Sheet | None = None  # Krita deletes it with the canvas that it lies on
        self._picture: QtGui.QImage | None = None
        self._box = QtCore.QRectF()
        self._size = (0, 0)
        self._taking = False
        self._placed: QtGui.QTransform | None = None
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FOLLOW)
        self._timer.timeout.connect(self.follow)

    @property
    def taking(self) -> bool:
        """Whether clicks on the canvas are ours."""
        return self._taking

    def take_clicks(self, on: bool) -> None:
        """Take clicks on the canvas from now on, or leave them to Krita's tools again."""
        self._taking = on
        self.follow()

    def show_region(
        self, mask: QtGui.QImage | None, box: QtCore.QRectF, size: tuple[int, int]
    ) -> None:
        """Show a region.

        Args:
            mask: gray, 255 inside; None shows nothing.
            box: where it is, in canvas pixels.
            size: (width, height) of the canvas; (0, 0) where there is no page.
        """
        self._picture = None if mask is None else _tinted(mask)
        self._box, self._size = box, size
        if size == (0, 0):
            self._timer.stop()
        else:
            self._timer.start()
        self.follow()
        if self._sheet is not None:
            self._sheet.update()

    def follow(self) -> None:
        """Lie over the canvas in front, as it is scrolled and zoomed now."""
        scroll = area()
        home = None if scroll is None else _drawn_on(scroll)
        placed = None if home is None or self._size == (0, 0) else transform(*self._size)
        if home is None or placed is None or (self._picture is None and not self._taking):
            if self._sheet is not None:
                self._sheet.hide()
            return
        sheet = self._sheet_on(home)
        sheet.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents, not self._taking)
        if sheet.size() != home.size():
            sheet.resize(home.size())
        if sheet.isHidden():
            sheet.show()
            sheet.raise_()
        if placed != self._placed:
            self._placed = placed
            sheet.update()

    def _sheet_on(self, home: QtWidgets.QWidget) -> _Sheet:
        sheet = self._sheet
        if sheet is not None and sheet.parentWidget() is home:
            return sheet
        if sheet is not None:
            sheet.hide()
            sheet.deleteLater()
        made = _Sheet(home, self)
        made.destroyed.connect(lambda: self._gone(made))
        self._sheet = made
        return made

    def _gone(self, sheet: _Sheet) -> None:
        if self._sheet is sheet:
            self._sheet = None

    def paint(self, painter: QtGui.QPainter) -> None:
        """Tint the region."""
        if self._picture is not None and self._placed is not None:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.setTransform(self._placed)
            painter.drawImage(self._box, self._picture)

    def press(self, point: QtCore.QPointF, held: QtCore.Qt.KeyboardModifiers) -> bool:
        """Take a press at a point of the view; whether it was on the page."""
        place = self._canvas_at(point)
        if place is None or not (0 <= place[0] < self._size[0] and 0 <= place[1] < self._size[1]):
            return False
        self._pointer.press(*place, held)
        return True

    def move(self, point: QtCore.QPointF) -> None:
        """The pointer moves after such a press."""
        place = self._canvas_at(point)
        if place is not None:
            self._pointer.move(*place)

    def release(self) -> None:
        """The button comes up after such a press."""
        self._pointer.release()

    def pixel_under(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """The pixel of the page that is seen at a point of the screen; None: none is seen there."""
        scroll = area()
        home = None if scroll is None else _drawn_on(scroll)
        seen = QtWidgets.QApplication.widgetAt(point)
        if home is None or seen is None or seen not in (home, self._sheet):
            return None
        place = self.pixel_near(point)
        if place is None or not (0 <= place[0] < self._size[0] and 0 <= place[1] < self._size[1]):
            return None
        return place

    def pixel_near(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """The pixel at a point of the screen, whatever lies over it, or one beside the page."""
        scroll = area()
        if scroll is None:
            return None
        return self._canvas_at(QtCore.QPointF(scroll.viewport().mapFromGlobal(point)))

    def _canvas_at(self, point: QtCore.QPointF) -> tuple[int, int] | None:
        """The pixel of the canvas at a point of the view."""
        placed = transform(*self._size)
        if placed is None:
            return None
        point = placed.inverted()[0].map(point)
        return floor(point.x()), floor(point.y())


class _Sheet(QtWidgets.QWidget):
    """Lies on Krita's canvas. What it ignores goes on to the canvas below, as always in Qt."""

    def __init__(self, home: QtWidgets.QWidget, overlay: Overlay) -> None:
        super().__init__(home)
        self.setObjectName("guidingpainterOverlay")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._overlay = overlay
        self._pressed = False

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Take a click with the left button on the page."""
        self._press(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        """Two quick clicks are two clicks."""
        self._press(event)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """What was pressed is no stroke of Krita's."""
        self._move(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """The end of a click or a drag; other buttons may come and go meanwhile."""
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            self._release(event)
        else:
            event.setAccepted(self._pressed)

    def tabletEvent(self, event: QtGui.QTabletEvent) -> None:
        """The same by a pen."""
        kind = event.type()
        if kind == QtCore.QEvent.Type.TabletPress:
            self._press(event)
        elif kind == QtCore.QEvent.Type.TabletRelease:
            self._release(event)
        else:
            self._move(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw what the overlay shows."""
        painter = QtGui.QPainter(self)
        self._overlay.paint(painter)
        painter.end()

    def _press(self, event: Any) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            point = QtCore.QPointF(event.pos())
            self._pressed = self._overlay.press(point, event.modifiers())
        event.setAccepted(self._pressed)

    def _move(self, event: Any) -> None:
        event.setAccepted(self._pressed)
        if self._pressed:
            self._overlay.move(QtCore.QPointF(event.pos()))

    def _release(self, event: Any) -> None:
        event.setAccepted(self._pressed)
        pressed, self._pressed = self._pressed, False
        if pressed:
            self._overlay.release()


def _drawn_on(scroll: QtWidgets.QAbstractScrollArea) -> QtWidgets.QWidget | None:
    """The widget that Krita paints the canvas on, with OpenGL or without."""
    for child in scroll.viewport().findChildren(QtWidgets.QWidget):
        if child.metaObject().className() in ("KisOpenGLCanvas2", "KisQPainterCanvas"):
            return child
    return None


def _tinted(mask: QtGui.QImage) -> QtGui.QImage:
    """Return a mask as a faint tint with an edge that is seen on any colour."""
    formats, modes = QtGui.QImage.Format, QtGui.QPainter.CompositionMode
    picture = colored_mask(mask, TINT)
    for width, color in EDGES:
        ring = colored_mask(mask, color)
        inner = QtGui.QImage(ring.size(), formats.Format_ARGB32_Premultiplied)
        inner.fill(QtGui.QColor(0, 0, 0, 255))
        painter = QtGui.QPainter(inner)  # what lies inside whichever way the mask is moved
        painter.setCompositionMode(modes.CompositionMode_DestinationIn)
        solid = colored_mask(mask, QtGui.QColor(0, 0, 0))
        for across, down in ((width, 0), (-width, 0), (0, width), (0, -width)):
            moved = QtGui.QImage(ring.size(), formats.Format_ARGB32_Premultiplied)
            moved.fill(QtGui.QColor(0, 0, 0, 0))
            mover = QtGui.QPainter(moved)
            mover.drawImage(across, down, solid)
            mover.end()
            painter.drawImage(0, 0, moved)
        painter.end()
        painter = QtGui.QPainter(ring)
        painter.setCompositionMode(modes.CompositionMode_DestinationOut)
        painter.drawImage(0, 0, inner)
        painter.end()
        painter = QtGui.QPainter(picture)
        painter.drawImage(0, 0, ring)
        painter.end()
    return picture


def colored_mask(mask: QtGui.QImage, color: QtGui.QColor) -> QtGui.QImage:
    """Return a mask in a colour."""
    formats = QtGui.QImage.Format
    plain = QtGui.QImage(mask.size(), formats.Format_ARGB32)
    plain.fill(QtGui.QColor(color.red(), color.green(), color.blue()))
    plain.setAlphaChannel(mask)
    found = QtGui.QImage(mask.size(), formats.Format_ARGB32_Premultiplied)
    found.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(found)
    painter.setOpacity(color.alpha() / 255)
    painter.drawImage(0, 0, plain)
    painter.end()
    return found
