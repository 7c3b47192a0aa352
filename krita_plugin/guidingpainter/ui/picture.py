"""The docker's picture of the page: what lies under the mouse is lit, and a click goes there."""

from __future__ import annotations

from math import floor

from gp_guide.carried import Carried
from gp_guide.clicks import meaning
from gp_guide.drags import Drag
from gp_guide.locks import begun
from gp_guide.page_view import PageView

from ..editor.canvas_view import colored_mask
from ..editor.compat import QtCore, QtGui, QtWidgets, Signal, tr
from ..walk.shapes import Lit, edge_of, lit

SHADE = QtGui.QColor(20, 22, 30, 120)  # over all but the current region
HOVER = QtGui.QColor(60, 140, 255, 110)
DISC = 22  # pixels
LEAST = 130  # pixels of height
UNBOUND = (1 << 24) - 1  # Qt's own limit, which PyQt6 does not name
STEP = 1.25  # of zoom, for each notch of the wheel
MOST = 16.0  # times the size at which the whole page is seen
DRAG = 4  # pixels that the mouse moves until a click is a drag


class PagePicture(QtWidgets.QWidget):
    """The page in its present colours; all but the current region is shaded, and it has an edge.

    The wheel zooms, a drag moves or, where a click would fill, fills what it passes; a double click
    shows all again.

    Signals:
        clicked(int, int, str): a pixel of the canvas, and what the click means.
        filled(object): the `Drag` that shall be filled, of one piece or several.
    """

    clicked = Signal(int, int, str)
    filled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._page: QtGui.QImage | None = None
        self._view: PageView | None = None
        self._region: Lit | None = None
        self._edge: QtGui.QImage | None = None
        self._scaled: tuple[QtGui.QImage, QtGui.QImage] | None = None  # of which page, as drawn
        self._number: int | None = None
        self._joining = False
        self._hover: tuple[tuple[int, ...], Lit] | None = None
        self._drag: Drag | None = None
        self._zoom, self._middle = 1.0, QtCore.QPointF(0.5, 0.5)
        self._pressed: QtCore.QPointF | None = None
        self._dragged = False
        self.setMinimumHeight(LEAST)
        self.setObjectName("picture")
        self.setMouseTracking(True)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.MinimumExpanding)

    @property
    def hovered(self) -> tuple[int, ...]:
        """The piece under the mouse, or those that a drag has passed."""
        return () if self._hover is None else self._hover[0]

    def sizeHint(self) -> QtCore.QSize:
        """Ask for room for a page."""
        return QtCore.QSize(260, 240)

    def show_page(
        self,
        page: QtGui.QImage | None,
        view: PageView | None,
        number: int | None,
        joining: bool = False,
    ) -> None:
        """Show a page.

        Args:
            page: the picture, None for none.
            view: what lies where; None: nothing can be clicked on.
            number: the region that is shown; None lights everything.
            joining: whether the next click joins.
        """
        same = view is self._view and number == self._number
        if page is self._page and same and joining == self._joining:
            return
        if view is None or self._view is None or view.places is not self._view.places:
            self._hover = None
        self._page, self._view, self._number, self._joining = page, view, number, joining
        if not same:
            pieces = None if view is None or number is None else view.pieces.get(number)
            self._region = None if view is None or not pieces else lit(view.places, pieces)
            self._edge = None if self._region is None else edge_of(self._region.mask)
        shape = QtCore.Qt.CursorShape
        self.setCursor(shape.CrossCursor if joining else shape.ArrowCursor)
        self._fit()
        self.update()

    def place_of(self, x: float, y: float) -> QtCore.QPointF:
        """Return where a pixel of the canvas is drawn."""
        if self._page is None or self._view is None:
            return QtCore.QPointF()
        target, places = self._target(self._page), self._view.places
        return QtCore.QPointF(
            target.left() + (x + 0.5) * target.width() / places.width,
            target.top() + (y + 0.5) * target.height() / places.height,
        )

    # A colour that is carried here

    def pixel_under(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the pixel of the canvas that is seen at a point of the screen, None for none."""
        if QtWidgets.QApplication.widgetAt(point) is not self:
            return None
        return self._canvas_at(QtCore.QPointF(self.mapFromGlobal(point)))

    def pixel_near(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the same, or a pixel beside the canvas, whatever lies over it."""
        return self._canvas_near(QtCore.QPointF(self.mapFromGlobal(point)))

    def show_carried(self, carried: Carried | None) -> None:
        """Light what would have the colour; None: nothing."""
        if carried is None or self._view is None:
            self._light([])
        else:
            self._light(carried.lit(self._view), carried.drag)

    # Events

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Leave the room that the page does not need to the rest of the docker."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Zoom, with what is under the mouse staying there."""
        event.accept()
        if self._page is None:
            return
        point, before = QtCore.QPointF(event.position()), self._target(self._page)
        zoom = self._zoom * STEP ** (event.angleDelta().y() / 120)
        self._zoom = min(MOST, max(1.0, zoom))
        after = self._target(self._page)
        u = (point.x() - before.left()) / before.width()
        v = (point.y() - before.top()) / before.height()
        self._move(
            point.x() - after.left() - u * after.width(),
            point.y() - after.top() - v * after.height(),
        )

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Begin a click or a drag."""
        if self._drag is not None:
            return  # another button than that which fills
        point = QtCore.QPointF(event.pos())
        self._pressed, self._dragged = point, False
        place, left = self._canvas_at(point), QtCore.Qt.MouseButton.LeftButton
        if self._view is None or place is None or event.button() != left:
            return
        self._drag = begun(self._view, *place, self._meaning(event))
        if self._drag is not None:
            self._light(self._drag.pieces)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Move the page, fill on, or light the piece under the mouse."""
        point = QtCore.QPointF(event.pos())
        if self._drag is not None:
            place = self._canvas_near(point)
            if place is not None and self._drag.to(*place):
                self._light(self._drag.pieces)
            return
        if self._pressed is not None:
            moved = point - self._pressed
            if self._dragged or moved.manhattanLength() > DRAG:
                self._dragged, self._pressed = True, point
                self._move(moved.x(), moved.y())
            return
        self._light_at(point)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """A click, unless it was a drag."""
        left = event.button() == QtCore.Qt.MouseButton.LeftButton
        if self._drag is not None:
            if left:
                drag, self._drag, self._pressed = self._drag, None, None
                self._light_at(QtCore.QPointF(event.pos()))
                self.filled.emit(drag)
            return
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged or not left:
            return
        place = self._canvas_at(QtCore.QPointF(event.pos()))
        if place is not None:
            self.clicked.emit(*place, self._meaning(event))

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        """Two quick clicks are two clicks; with the right button: show all of the page again."""
        if event.button() == QtCore.Qt.MouseButton.RightButton:
            self._zoom, self._middle = 1.0, QtCore.QPointF(0.5, 0.5)
            self.update()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        """Nothing is under the mouse any more."""
        if self._hover is not None:
            self._hover = None
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw page, shade, what is under the mouse, and the number."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._page is None:
            self._draw_tour(painter)
            painter.end()
            return
        target = self._target(self._page)
        if self._zoom == 1.0:
            painter.drawImage(target, self._at_size(self._page, target.size()))
        else:
            painter.drawImage(target, self._page)
        if self._region is not None and self._edge is not None:
            self._draw_shade(painter, target, self._region)
            painter.drawImage(self._drawn(target, self._region, 1), self._edge)
        if self._hover is not None:
            painter.drawImage(
                self._drawn(target, self._hover[1]), colored_mask(self._hover[1].mask, HOVER)
            )
        if self._number is not None and self._region is not None:
            self._draw_number(painter, self._drawn(target, self._region), target)
        painter.end()

    # Drawing

    def _draw_tour(self, painter: QtGui.QPainter) -> None:
        painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Text))
        painter.drawText(
            self.rect().adjusted(6, 6, -6, -6),
            int(QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap),
            tr(
                "1. Choose the layer with your lines and press Start.\n"
                "2. A region lights up: give it a colour, and the next one does. Or drag colours "
                "from below onto the page.\n"
                "3. What must have the same colour follows, paler: accept it, or give another.\n"
                "4. Click on anything to go there; Shift+click fills one piece, a drag with Shift "
                "all that it passes; Ctrl+click takes a colour."
            ),
        )

    def _draw_shade(self, painter: QtGui.QPainter, target: QtCore.QRectF, region: Lit) -> None:
        """Darken all but the region."""
        hole = self._drawn(target, region)
        around = QtGui.QPainterPath()
        around.addRect(target)
        inner = QtGui.QPainterPath()
        inner.addRect(hole)
        painter.fillPath(around.subtracted(inner), SHADE)
        dark = region.mask.copy()
        dark.invertPixels()
        painter.drawImage(hole, colored_mask(dark, SHADE))

    def _draw_number(
        self, painter: QtGui.QPainter, box: QtCore.QRectF, target: QtCore.QRectF
    ) -> None:
        """Beside the region, so that a small one is not hidden."""
        text = str(self._number)
        wide = max(DISC, self.fontMetrics().horizontalAdvance(text) + 10)
        disc = QtCore.QRectF(0, 0, wide, DISC)
        inside = target.intersected(QtCore.QRectF(self.rect()))
        if box.left() - wide - 2 >= inside.left():
            disc.moveTopRight(QtCore.QPointF(box.left() - 2, box.top()))
        elif box.right() + wide + 2 <= inside.right():
            disc.moveTopLeft(QtCore.QPointF(box.right() + 2, box.top()))
        elif box.top() - DISC - 2 >= inside.top():
            disc.moveBottomLeft(QtCore.QPointF(box.left(), box.top() - 2))
        else:
            disc.moveTopLeft(QtCore.QPointF(box.left(), box.bottom() + 2))
        disc.moveLeft(max(0.0, min(disc.left(), self.width() - wide)))
        disc.moveTop(max(0.0, min(disc.top(), self.height() - float(DISC))))
        painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255), 2))
        painter.setBrush(QtGui.QColor(30, 90, 170))
        painter.drawRoundedRect(disc, DISC / 2, DISC / 2)
        painter.drawText(disc, int(QtCore.Qt.AlignmentFlag.AlignCenter), text)

    def _drawn(self, target: QtCore.QRectF, shape: Lit, margin: int = 0) -> QtCore.QRectF:
        """Where a part of the picture is on the screen."""
        x, y, width, height = shape.box
        if self._page is None:
            return QtCore.QRectF()
        across = target.width() / self._page.width()
        down = target.height() / self._page.height()
        return QtCore.QRectF(
            target.left() + (x - margin) * across,
            target.top() + (y - margin) * down,
            (width + 2 * margin) * across,
            (height + 2 * margin) * down,
        )

    def _meaning(self, event: QtGui.QMouseEvent) -> str:
        keys, held = QtCore.Qt.KeyboardModifier, event.modifiers()
        return meaning(
            bool(held & keys.ShiftModifier),
            bool(held & keys.ControlModifier),
            bool(held & keys.AltModifier),
            self._joining,
        )

    def _light_at(self, point: QtCore.QPointF) -> None:
        place = self._canvas_at(point)
        piece = None if self._view is None or place is None else self._view.places.piece(*place)
        self._light([] if piece is None else [piece])

    def _light(self, pieces: list[int], drag: Drag | None = None) -> None:
        if tuple(pieces) == self.hovered:
            return
        places = None if self._view is None else self._view.places
        drag = drag or self._drag
        if drag is not None:
            places = drag.places  # an act before it may have cut pieces meanwhile
        found = None if places is None or not pieces else lit(places, pieces)
        self._hover = None if found is None else (tuple(pieces), found)
        self.update()

    def _canvas_at(self, point: QtCore.QPointF) -> tuple[int, int] | None:
        """The pixel of the canvas that is drawn there."""
        place, view = self._canvas_near(point), self._view
        if place is None or view is None or self._page is None:
            return None
        if not self._target(self._page).contains(point):
            return None
        return min(view.places.width - 1, place[0]), min(view.places.height - 1, place[1])

    def _canvas_near(self, point: QtCore.QPointF) -> tuple[int, int] | None:
        """The same, or a pixel beside the canvas."""
        if self._page is None or self._view is None:
            return None
        target, places = self._target(self._page), self._view.places
        return (
            floor((point.x() - target.left()) * places.width / target.width()),
            floor((point.y() - target.top()) * places.height / target.height()),
        )

    def _fit(self) -> None:
        most = UNBOUND
        if self._page is not None and self._page.width():
            most = max(LEAST, self.width() * self._page.height() // self._page.width())
        if most != self.maximumHeight():
            self.setMaximumHeight(most)

    def _target(self, page: QtGui.QImage) -> QtCore.QRectF:
        """Where the page is drawn; larger than the widget when it is zoomed."""
        whole = QtCore.QSizeF(page.size()).scaled(
            QtCore.QSizeF(self.size()), QtCore.Qt.AspectRatioMode.KeepAspectRatio
        )
        size = whole * self._zoom
        left = self.width() / 2 - self._middle.x() * size.width()
        top = self.height() / 2 - self._middle.y() * size.height()
        return QtCore.QRectF(QtCore.QPointF(left, top), size)

    def _move(self, across: float, down: float) -> None:
        """Move the page by so many pixels, as far as there is more of it."""
        if self._page is None:
            return
        size = self._target(self._page).size()
        x = self._middle.x() - across / size.width()
        y = self._middle.y() - down / size.height()
        room_x = min(0.5, self.width() / 2 / size.width())
        room_y = min(0.5, self.height() / 2 / size.height())
        x, y = min(1 - room_x, max(room_x, x)), min(1 - room_y, max(room_y, y))
        self._middle = QtCore.QPointF(x, y)
        self.update()

    def _at_size(self, page: QtGui.QImage, size: QtCore.QSizeF) -> QtGui.QImage:
        """Return the page as large as it is drawn: the painter alone would skip thin lines."""
        pixels = (size * self.devicePixelRatioF()).toSize()
        if self._scaled is None or self._scaled[0] is not page or self._scaled[1].size() != pixels:
            scaled = page.scaled(
                pixels,
                QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
                QtCore.Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled = page, scaled
        return self._scaled[1]
