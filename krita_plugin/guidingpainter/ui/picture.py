"""The docker's picture of the page."""

from __future__ import annotations

from ..editor.compat import QtCore, QtGui, QtWidgets, tr

SHADE = QtGui.QColor(20, 22, 30, 140)  # over all but the current region
EDGE = QtGui.QColor(255, 255, 255)
DISC = 22  # pixels
LEAST = 150  # pixels of height
UNBOUND = (1 << 24) - 1  # Qt's own limit, which PyQt6 does not name


class PagePicture(QtWidgets.QWidget):
    """The page in its present colours; all but the current region is shaded, and it has an edge."""

    def __init__(self) -> None:
        super().__init__()
        self._page: QtGui.QImage | None = None
        self._lit: QtGui.QImage | None = None
        self._shade: QtGui.QImage | None = None
        self._edge: QtGui.QImage | None = None
        self._scaled: tuple[QtGui.QImage, QtGui.QImage] | None = None  # of which page, as drawn
        self._number: int | None = None
        self._box = QtCore.QRectF()
        self.setMinimumHeight(LEAST)
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
        if page is self._page and lit is self._lit and number == self._number:
            return
        self._page, self._lit, self._number, self._shade = page, lit, number, None
        self._edge = None
        self._box = box
        self._fit()
        if page is not None and lit is not None:
            dark = lit.copy()
            dark.invertPixels()
            shade = QtGui.QImage(lit.size(), QtGui.QImage.Format.Format_ARGB32)
            shade.fill(QtGui.QColor(SHADE.red(), SHADE.green(), SHADE.blue()))
            shade.setAlphaChannel(dark)
            self._shade, self._edge = shade, _edge_of(lit)
        self.update()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Leave the room that the page does not need to the rest of the docker."""
        super().resizeEvent(event)
        self._fit()

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
                tr("Press Start to look at the line art."),
            )
            painter.end()
            return
        target = self._target(self._page)
        painter.drawImage(target, self._at_size(self._page, target.size()))
        if self._shade is not None:
            painter.setOpacity(SHADE.alpha() / 255)
            painter.drawImage(target, self._shade)
            painter.setOpacity(1.0)
        if self._edge is not None:
            painter.drawImage(target, self._edge)
        if self._number is not None:
            self._draw_number(painter, target)
        painter.end()

    def _fit(self) -> None:
        most = UNBOUND
        if self._page is not None and self._page.width():
            most = max(LEAST, self.width() * self._page.height() // self._page.width())
        if most != self.maximumHeight():
            self.setMaximumHeight(most)

    def _target(self, page: QtGui.QImage) -> QtCore.QRectF:
        size = QtCore.QSizeF(page.size()).scaled(
            QtCore.QSizeF(self.size()), QtCore.Qt.AspectRatioMode.KeepAspectRatio
        )
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QtCore.QRectF(QtCore.QPointF(left, top), size)

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


def _edge_of(lit: QtGui.QImage) -> QtGui.QImage:
    """Return a line around what is lit: a pale region hardly differs from what is shaded."""
    inside = QtGui.QImage(lit.size(), QtGui.QImage.Format.Format_ARGB32)
    inside.fill(EDGE)
    inside.setAlphaChannel(lit)
    edge = QtGui.QImage(lit.size(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    edge.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(edge)
    for across in (-1, 0, 1):
        for down in (-1, 0, 1):
            painter.drawImage(across, down, inside)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.drawImage(0, 0, inside)
    painter.end()
    return edge
