"""The docker's own small widgets: buttons, texts, sliders that tell in time."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.types import Color
from krita import Krita

from ..editor.compat import QtCore, QtGui, QtWidgets, Signal

TELL = 120  # milliseconds between two places that a moving slider tells
SETTLE = 400  # milliseconds after which a slider that nobody holds has come to rest


def color_icon(color: Color | None, size: int = 16) -> QtGui.QIcon:
    """Return a square of a colour; a crossed one for None."""
    scale = max(screen.devicePixelRatio() for screen in QtGui.QGuiApplication.screens())
    pixmap = QtGui.QPixmap(round(scale * size), round(scale * size))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(QtGui.QColor(*color) if color is not None else QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, color is None)
    painter.setPen(QtGui.QColor(128, 128, 128))
    painter.drawRect(QtCore.QRectF(0.5, 0.5, size - 1, size - 1))
    if color is None:
        painter.drawLine(0, size - 1, size - 1, 0)
    painter.end()
    return QtGui.QIcon(pixmap)


class Scroll(QtWidgets.QScrollArea):
    """Rather a scroll bar than a docker that makes Krita's window too high for the screen.

    Nothing in it may have a height for its width: the bar takes width, which changes the height,
    which may take the bar away again, and Qt 5 resizes to and fro until the stack is full.
    """

    def __init__(self, body: QtWidgets.QWidget) -> None:
        super().__init__()
        self._body = body
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body.installEventFilter(self)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Take as little width as will do: before it is shown, nobody knows the fonts."""
        super().showEvent(event)
        self._widen()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Make room for a longer text; the docker never becomes narrower by itself."""
        if event.type() == QtCore.QEvent.Type.LayoutRequest and self.isVisible():
            self._widen()
        return super().eventFilter(watched, event)

    def _widen(self) -> None:
        bar = self.style().pixelMetric(QtWidgets.QStyle.PixelMetric.PM_ScrollBarExtent)
        width = self._body.minimumSizeHint().width() + bar
        if width > self.minimumWidth():
            self.setMinimumWidth(width)

    def sizeHint(self) -> QtCore.QSize:
        """Ask for room for everything."""
        return self._body.sizeHint()


class Fold(QtWidgets.QWidget):
    """A part of the docker that can be folded away; Krita remembers whether it is.

    Args:
        name: in Krita's settings, and for tests.
        title: what is written on it.
        inside: the part.
        open: whether it is there the first time.
    """

    def __init__(self, name: str, title: str, inside: QtWidgets.QWidget, open: bool) -> None:
        super().__init__()
        self._name, self._inside = name, inside
        self._button = QtWidgets.QToolButton()
        self._button.setObjectName(f"{name}Fold")
        self._button.setText(title)
        self._button.setAutoRaise(True)
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        kept = Krita.instance().readSetting("guidingpainter", f"fold_{name}", "")
        self._button.toggled.connect(self._fold)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._button)
        column.addWidget(inside, 1)
        self._button.setChecked(kept == "open" if kept else open)
        self._fold(self._button.isChecked())

    def _fold(self, open: bool) -> None:
        arrows = QtCore.Qt.ArrowType
        self._button.setArrowType(arrows.DownArrow if open else arrows.RightArrow)
        self._inside.setVisible(open)
        said = "open" if open else "folded"
        Krita.instance().writeSetting("guidingpainter", f"fold_{self._name}", said)


class TwoLines(QtWidgets.QLabel):
    """A text with room for two lines, whatever it says: nothing below it moves."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop | QtCore.Qt.AlignmentFlag.AlignLeft)
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing())

    def hasHeightForWidth(self) -> bool:
        """No, see Scroll; a label's size policy would say so again after each setText."""
        return False


class LiveSlider(QtWidgets.QSlider):
    """A slider that tells where it passes, and where it comes to rest.

    Args:
        name: for tests and style sheets.
        least: its left end.
        most: its right end.

    Signals:
        passed(int): while it moves, now and then.
        chosen(int): it was let go of, or has not moved for a while.
    """

    passed = Signal(int)
    chosen = Signal(int)

    def __init__(self, name: str, least: int, most: int) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setRange(least, most)
        self._quiet = False
        self._told, self._settled = QtCore.QTimer(self), QtCore.QTimer(self)
        for timer, interval in ((self._told, TELL), (self._settled, SETTLE)):
            timer.setSingleShot(True)
            timer.setInterval(interval)
        self._told.timeout.connect(lambda: self.passed.emit(self.value()))
        self._settled.timeout.connect(self._rest)
        self.valueChanged.connect(self._moved)
        self.sliderReleased.connect(self._rest)

    @property
    def moving(self) -> bool:
        """Whether somebody holds it, or it has just been moved."""
        return self.isSliderDown() or self._settled.isActive()

    def put(self, value: int) -> None:
        """Move it without telling; not while somebody else moves it."""
        if not self.moving:
            self._quiet = True
            self.setValue(value)
            self._quiet = False

    def _moved(self) -> None:
        if not self._quiet:
            if not self._told.isActive():
                self._told.start()
            self._settled.start()

    def _rest(self) -> None:
        if not self.isSliderDown():
            self._told.stop()
            self._settled.stop()
            self.chosen.emit(self.value())


def push_button(
    name: str, text: str, tip: str, clicked: Callable[[], None]
) -> QtWidgets.QPushButton:
    """Return a button that calls ``clicked()``."""
    button = QtWidgets.QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.clicked.connect(lambda _checked=False: clicked())
    return button


def check_box(
    name: str, text: str, tip: str, toggled: Callable[[bool], None]
) -> QtWidgets.QCheckBox:
    """Return a check box that calls ``toggled(on)``."""
    box = QtWidgets.QCheckBox(text)
    box.setObjectName(name)
    box.setToolTip(tip)
    box.toggled.connect(toggled)
    return box


def labelled(text: str, widget: QtWidgets.QWidget) -> QtWidgets.QLayout:
    """Return a row of a label and a widget."""
    row = QtWidgets.QHBoxLayout()
    row.addWidget(QtWidgets.QLabel(text))
    row.addWidget(widget, 1)
    return row


def tool_button(name: str, text: str, tip: str) -> QtWidgets.QToolButton:
    """Return a small button with a text."""
    button = QtWidgets.QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    return button
