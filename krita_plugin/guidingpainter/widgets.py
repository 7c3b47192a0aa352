"""The docker's own small widgets: the page picture and the colour buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gp_client.guide import Color

from .compat import QtCore, QtGui, QtWidgets, Signal, tr

SHADE = QtGui.QColor(20, 22, 30, 140)  # over all but the current region
SWATCH = 24  # pixels
DISC = 22  # pixels


def color_icon(color: Color | None, size: int = 16) -> QtGui.QIcon:
    """Return a square of a colour; a crossed one for None."""
    pixmap = QtGui.QPixmap(size, size)
    pixmap.fill(QtGui.QColor(*color) if color is not None else QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(pixmap)
    painter.setPen(QtGui.QColor(128, 128, 128))
    painter.drawRect(0, 0, size - 1, size - 1)
    if color is None:
        painter.drawLine(0, size - 1, size - 1, 0)
    painter.end()
    return QtGui.QIcon(pixmap)


class PagePicture(QtWidgets.QWidget):
    """The page in its present colours; all but the current region is shaded."""

    def __init__(self) -> None:
        super().__init__()
        self._page: QtGui.QImage | None = None
        self._shade: QtGui.QImage | None = None
        self._number: int | None = None
        self._box = QtCore.QRectF()
        self.setMinimumHeight(150)
        self.setObjectName("picture")
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.MinimumExpanding)

    def sizeHint(self) -> QtCore.QSize:
        """Ask for room for a page."""
        return QtCore.QSize(260, 220)

    def show_page(
        self,
        page: QtGui.QImage | None,
        lit: QtGui.QImage | None,
        number: int | None,
        box: QtCore.QRectF,
    ) -> None:
        """Show a page.

        Args:
            page: the picture, None for none.
            lit: gray, page's size, 255 inside the current region; None lights everything.
            number: the current region.
            box: what it covers, 0..1 of the page's width and height.
        """
        self._page, self._number, self._shade = page, number, None
        self._box = box
        if page is not None and lit is not None:
            dark = lit.copy()
            dark.invertPixels()
            shade = QtGui.QImage(lit.size(), QtGui.QImage.Format.Format_ARGB32)
            shade.fill(QtGui.QColor(SHADE.red(), SHADE.green(), SHADE.blue()))
            shade.setAlphaChannel(dark)
            self._shade = shade
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw page, shade and number."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._page is None:
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Text))
            painter.drawText(
                self.rect(),
                int(QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap),
                tr("Press Next region to look at the line art."),
            )
            painter.end()
            return
        target = self._target(self._page)
        painter.drawImage(target, self._page)
        if self._shade is not None:
            painter.setOpacity(SHADE.alpha() / 255)
            painter.drawImage(target, self._shade)
            painter.setOpacity(1.0)
        if self._number is not None:
            self._draw_number(painter, target)
        painter.end()

    def _target(self, page: QtGui.QImage) -> QtCore.QRectF:
        size = QtCore.QSizeF(page.size()).scaled(
            QtCore.QSizeF(self.size()), QtCore.Qt.AspectRatioMode.KeepAspectRatio
        )
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QtCore.QRectF(QtCore.QPointF(left, top), size)

    def _draw_number(self, painter: QtGui.QPainter, target: QtCore.QRectF) -> None:
        across, down = target.width(), target.height()
        box = QtCore.QRectF(
            target.left() + self._box.left() * across,
            target.top() + self._box.top() * down,
            self._box.width() * across,
            self._box.height() * down,
        )
        # Beside the region, so that a small one is not hidden.
        disc = QtCore.QRectF(0, 0, DISC, DISC)
        disc.moveCenter(box.topLeft())
        disc.moveLeft(max(target.left(), disc.left()))
        disc.moveTop(max(target.top(), disc.top()))
        painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255), 2))
        painter.setBrush(QtGui.QColor(30, 90, 170))
        painter.drawEllipse(disc)
        painter.drawText(disc, int(QtCore.Qt.AlignmentFlag.AlignCenter), str(self._number))


class Swatches(QtWidgets.QWidget):
    """A row of colours to click on.

    Signals:
        picked(tuple): (red, green, blue) of a click.
    """

    picked = Signal(tuple)

    def __init__(self, name: str, per_row: int = 8) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name, self._per_row = name, per_row
        self._colors: tuple[Color, ...] = ()
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._grid.setColumnStretch(per_row, 1)

    def show_colors(self, colors: Sequence[Color]) -> None:
        """Show these, in rows."""
        if tuple(colors) == self._colors:
            return
        self._colors = tuple(colors)
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for index, color in enumerate(self._colors):
            button = QtWidgets.QToolButton()
            button.setObjectName(f"{self._name}{index}")
            button.setIcon(color_icon(color, SWATCH))
            button.setIconSize(QtCore.QSize(SWATCH, SWATCH))
            button.setAutoRaise(True)
            button.setToolTip(tr("Colour the region with #{:02x}{:02x}{:02x}").format(*color))
            button.clicked.connect(lambda _checked=False, color=color: self.picked.emit(color))
            self._grid.addWidget(button, index // self._per_row, index % self._per_row)


def push_button(
    name: str, text: str, tip: str, clicked: Callable[[], None]
) -> QtWidgets.QPushButton:
    """Return a button that calls ``clicked()``."""
    button = QtWidgets.QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.clicked.connect(lambda _checked=False: clicked())
    return button


def labelled(text: str, widget: QtWidgets.QWidget) -> QtWidgets.QLayout:
    """Return a row of a label and a widget."""
    row = QtWidgets.QHBoxLayout()
    row.addWidget(QtWidgets.QLabel(text))
    row.addWidget(widget, 1)
    return row
