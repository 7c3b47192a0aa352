"""Colours to click on, and to drag onto the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gp_client.types import Color
from gp_guide.colors import to_hex

from ..editor.compat import QtCore, QtGui, QtWidgets, Signal, tr

SWATCH = 20  # pixels
KEYS = 30  # milliseconds between two looks at the keys while a colour is carried
CHIP = 14  # pixels of a colour that is carried, beside the pointer


class Swatches(QtWidgets.QWidget):
    """Colours to click on or to drag away, in rows as wide as there is room.

    Signals:
        picked(tuple): (red, green, blue) of a click.
        taken(tuple): the same with Ctrl: only to have it in hand.
        carried(tuple, object, object): a colour that is being dragged, where it is on the screen
            (a QPoint), and the keys that are held.
        dropped(tuple, object, object): the same where it is let go of.
        returned(): it is not, after all: another button was pressed, or the colours went.
    """

    picked = Signal(tuple)
    taken = Signal(tuple)
    carried = Signal(tuple, object, object)
    dropped = Signal(tuple, object, object)
    returned = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._colors: tuple[Color, ...] = ()
        self._names: Mapping[str, str] = {}
        self._pressed: tuple[Color, QtCore.QPoint] | None = None
        self._carrying = False
        self._point = QtCore.QPoint()
        self._held: Any = QtCore.Qt.KeyboardModifier.NoModifier
        # A key says something of a colour that is held still, too; the canvas may have the keys.
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(KEYS)
        self._timer.timeout.connect(self._look_at_keys)
        policy = QtWidgets.QSizePolicy(
            QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Preferred
        )
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def colors(self) -> tuple[Color, ...]:
        """What is shown."""
        return self._colors

    def show_colors(self, colors: Sequence[Color], names: Mapping[str, str]) -> None:
        """Show these; ``names`` has what those are called that have a name, by "#rrggbb"."""
        self._names = names
        if tuple(colors) != self._colors:
            self._colors = tuple(colors)
            self.setVisible(bool(colors))
            self.updateGeometry()
            self.update()

    def name(self, index: int) -> str:
        """Return what a colour is called, else how it is written."""
        written = to_hex(self._colors[index])
        return self._names.get(written) or written

    def place(self, index: int) -> QtCore.QRect:
        """Return where a colour is."""
        across = max(1, self.width() // SWATCH)
        return QtCore.QRect(index % across * SWATCH, index // across * SWATCH, SWATCH, SWATCH)

    def hasHeightForWidth(self) -> bool:
        """More room means fewer rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how high the rows are together."""
        return SWATCH * -(-len(self._colors) // max(1, width // SWATCH))

    def sizeHint(self) -> QtCore.QSize:
        """Ask for a row of eight."""
        return QtCore.QSize(8 * SWATCH, self.heightForWidth(8 * SWATCH))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the colours; faintly where they cannot be used just now."""
        painter = QtGui.QPainter(self)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.setPen(QtGui.QColor(128, 128, 128))
        for index, color in enumerate(self._colors):
            painter.setBrush(QtGui.QColor(*color))
            painter.drawRect(self.place(index).adjusted(1, 1, -2, -2))
        painter.end()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() != QtCore.Qt.MouseButton.LeftButton:
            self._return()
            return
        index = self._at(event.pos())
        self._pressed = None if index is None else (self._colors[index], event.pos())

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Carry the colour away once it has moved far enough to be no click."""
        if self._pressed is None:
            return
        color, start = self._pressed
        if not self._carrying:
            if (event.pos() - start).manhattanLength() < QtWidgets.QApplication.startDragDistance():
                return
            self._carrying = True
            self.setCursor(_holding(color))
            self._timer.start()
        self._point, self._held = self.mapToGlobal(event.pos()), event.modifiers()
        self.carried.emit(color, self._point, self._held)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """Pick what was clicked on, or let go of what was carried."""
        if event.button() != QtCore.Qt.MouseButton.LeftButton or self._pressed is None:
            return
        color, carrying = self._pressed[0], self._carrying
        self._put_back()
        if carrying:
            self.dropped.emit(color, self.mapToGlobal(event.pos()), event.modifiers())
        else:
            held = event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier
            (self.taken if held else self.picked).emit(color)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        """A hidden widget is not told of the button that comes up."""
        super().hideEvent(event)
        self._return()

    def changeEvent(self, event: QtCore.QEvent) -> None:
        """Nor is one that is switched off."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.EnabledChange and not self.isEnabled():
            self._return()

    def _return(self) -> None:
        carrying = self._carrying
        self._put_back()
        if carrying:
            self.returned.emit()

    def _put_back(self) -> None:
        self._timer.stop()
        self._pressed, self._carrying = None, False
        self.unsetCursor()

    def _look_at_keys(self) -> None:
        held = QtGui.QGuiApplication.queryKeyboardModifiers()
        if self._pressed is not None and held != self._held:
            self._held = held
            self.carried.emit(self._pressed[0], self._point, held)

    def event(self, event: QtCore.QEvent) -> bool:
        """Name the colour under the mouse."""
        if event.type() == QtCore.QEvent.Type.ToolTip and isinstance(event, QtGui.QHelpEvent):
            index = self._at(event.pos())
            if index is not None:
                text = tr(
                    "{}: colours the region; Ctrl+click only takes it as foreground colour. Drag "
                    "it onto the page: it colours what it is dropped on, with Shift all it passes."
                )
                text = text.format(self.name(index))
                QtWidgets.QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)

    def _at(self, point: QtCore.QPoint) -> int | None:
        for index in range(len(self._colors)):
            if self.place(index).contains(point):
                return index
        return None


def _holding(color: Color) -> QtGui.QCursor:
    """Return a pointer that carries a colour."""
    room = QtGui.QPixmap(2 * CHIP, 2 * CHIP)
    room.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(room)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    arrow = (QtCore.QPointF(0.5, 0.5), QtCore.QPointF(10, 5), QtCore.QPointF(5, 10))
    painter.setPen(QtGui.QColor(255, 255, 255))
    painter.setBrush(QtGui.QColor(0, 0, 0))
    painter.drawPolygon(QtGui.QPolygonF(arrow))
    painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255), 3))
    chip = QtCore.QRectF(CHIP - 3, CHIP - 3, CHIP, CHIP)
    painter.drawEllipse(chip)
    painter.setPen(QtGui.QColor(0, 0, 0))
    painter.setBrush(QtGui.QColor(*color))
    painter.drawEllipse(chip)
    painter.end()
    return QtGui.QCursor(room, 0, 0)
