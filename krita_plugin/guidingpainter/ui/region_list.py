"""The docker's list of regions: where each is, its colour, and what there is left to do."""

from __future__ import annotations

from gp_client.types import GuidedRegion
from gp_guide.listing import FILTERS, listed
from gp_guide.page_view import PageView

from ..editor.compat import QtCore, QtGui, QtWidgets, Signal, tr
from ..walk.session import Session
from ..walk.shapes import lit
from .work_in import WorkIn

THUMBNAIL = QtCore.QSize(44, 32)
MOST = 300  # rows: the rest is found by a click on the page
_ROLE = QtCore.Qt.ItemDataRole.UserRole
_GRAY = QtGui.QColor(120, 120, 120)


class RegionList(QtWidgets.QWidget):
    """All regions, or those of a kind, and where on the page to work.

    Signals:
        wanted(int): the number of a region that was clicked on.

    Attributes:
        work_in: chooses the part of the page.
    """

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[object, ...]] = []
        self._view: PageView | None = None
        self._session: Session | None = None
        self._icons: dict[tuple[object, ...], QtGui.QIcon] = {}
        self._filter = QtWidgets.QComboBox()
        self._filter.setObjectName("filter")
        self._filter.addItems(
            [tr("All regions"), tr("Left"), tr("Skipped"), tr("To check"), tr("Tiny")]
        )
        self._filter.setToolTip(tr("Which regions are listed."))
        self._filter.currentIndexChanged.connect(lambda index: self._again())
        self._list = QtWidgets.QListWidget()
        self._list.setObjectName("regions")
        self._list.setIconSize(THUMBNAIL)
        self._list.setUniformItemSizes(True)
        self._list.setToolTip(
            tr("The region to ask about first, then the largest. Click to go there.")
        )
        self._list.setMinimumHeight(60)
        self._list.itemClicked.connect(lambda item: self.wanted.emit(item.data(_ROLE)))
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.work_in = WorkIn()
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(3)
        for chooser in (self.work_in, self._filter):
            chooser.setMinimumWidth(60)  # their longest entries would make the docker wider
            row.addWidget(chooser, 1)
        column.addLayout(row)
        column.addWidget(self._list, 1)

    def show_session(self, session: Session | None) -> None:
        """Show a document's regions."""
        self.work_in.show_session(session)
        view = None if session is None else session.view
        if session is None or view is None:
            self._list.clear()
            self._shown, self._view = [], None
            return
        if self._view is None or view.places is not self._view.places:
            self._icons.clear()
        self._view, self._session = view, session
        chosen = FILTERS[self._filter.currentIndex()]
        found = listed(view, chosen, session.focus)[:MOST]
        while self._list.count() > len(found):
            self._list.takeItem(self._list.count() - 1)
            self._shown.pop()
        current = -1
        for index, region in enumerate(found):
            if region.number == session.shown.number:
                current = index
            if index == self._list.count():
                self._list.addItem(QtWidgets.QListWidgetItem())
                self._shown.append(())
            new = (region, len(view.pieces[region.number]))
            if self._shown[index] != new:
                self._shown[index] = new
                item = self._list.item(index)
                item.setData(_ROLE, region.number)
                item.setText(_text(region, view))
                item.setIcon(self._icon(region, view))
        self._list.setCurrentRow(current)

    def _again(self) -> None:
        self.show_session(self._session)

    def _icon(self, region: GuidedRegion, view: PageView) -> QtGui.QIcon:
        key = (region.number, region.state, region.color, region.bbox, region.pixels)
        if key not in self._icons:
            self._icons[key] = _thumbnail(region, view)
        return self._icons[key]


def _text(region: GuidedRegion, view: PageView) -> str:
    share = f"{100 * view.share(region):.1f}"
    note = {"proposed": tr("check"), "blank": tr("stays white")}.get(region.state, "")
    if region.skipped and region.state in ("open", "proposed"):
        note = tr("skipped")
    return f"{region.number}:  {share} %  {note}".rstrip()


def _thumbnail(region: GuidedRegion, view: PageView) -> QtGui.QIcon:
    """Where the region is on the page, in its colour."""
    places = view.places
    size = QtCore.QSize(places.width, places.height).scaled(
        THUMBNAIL, QtCore.Qt.AspectRatioMode.KeepAspectRatio
    )
    pixmap = QtGui.QPixmap(THUMBNAIL)
    pixmap.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(pixmap)
    left, top = (THUMBNAIL.width() - size.width()) // 2, (THUMBNAIL.height() - size.height()) // 2
    page = QtCore.QRectF(left, top, size.width(), size.height())
    painter.fillRect(page, QtGui.QColor(250, 250, 250))
    shape = lit(places, view.pieces[region.number])
    if shape is not None:
        x, y, width, height = shape.box
        across, down = size.width() / places.picture[0], size.height() / places.picture[1]
        small = shape.mask.scaled(
            max(2, round(width * across)),
            max(2, round(height * down)),
            QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
            QtCore.Qt.TransformationMode.SmoothTransformation,
        )
        inside = QtGui.QImage(small.size(), QtGui.QImage.Format.Format_ARGB32)
        color = region.color
        inside.fill(_GRAY if color is None else QtGui.QColor(*color))
        inside.setAlphaChannel(small)
        painter.drawImage(QtCore.QPointF(left + x * across, top + y * down), inside)
    painter.setPen(QtGui.QColor(128, 128, 128))
    painter.drawRect(page.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.end()
    return QtGui.QIcon(pixmap)
