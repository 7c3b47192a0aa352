"""The docker: widgets, and what they show of the controller's session."""

from __future__ import annotations

from typing import Any

from krita import DockWidget, Krita

from .compat import QtCore, QtWidgets, tr
from .controller import Controller
from .session import Session
from .state import OUTPUTS
from .widgets import PagePicture, Swatches, color_icon, labelled, push_button

GAP_AUTO = 0  # the slider's left end
GAP_MOST = 60  # pixels
SETTLE = 300  # milliseconds after the last move of the slider

_controllers: list[Controller] = []


def controller() -> Controller:
    """Return the one controller of this Krita, which dockers and actions share."""
    if not _controllers:
        made = Controller()
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(made.close)
        _controllers.append(made)
    return _controllers[0]


class GuidingPainterDocker(DockWidget):
    """Krita makes one for each window."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("GuidingPainter")
        self._controller = controller()
        self._filling = False  # while widgets are set, their signals mean nothing
        self._build()
        self._controller.changed.connect(self._refresh)
        self._controller.worker.busy.connect(self._show_busy)
        self._controller.worker.progress.connect(self._show_progress)
        self._refresh()

    def canvasChanged(self, canvas: Any) -> None:
        """Krita shows another document, or none; it knows which one only a moment later."""
        QtCore.QTimer.singleShot(0, self._controller.look)

    # Building

    def _build(self) -> None:
        body = QtWidgets.QWidget()
        rows = QtWidgets.QVBoxLayout(body)
        rows.setContentsMargins(6, 4, 6, 4)
        rows.setSpacing(5)
        self._line_art = QtWidgets.QComboBox()
        self._line_art.setObjectName("lineArt")
        self._line_art.setToolTip(tr("The layer with your lines. It is read, never changed."))
        self._line_art.activated.connect(self._choose_line_art)
        rows.addLayout(labelled(tr("Line art"), self._line_art))
        self._picture = PagePicture()
        rows.addWidget(self._picture, 3)
        self._place = QtWidgets.QLabel()
        self._place.setObjectName("place")
        rows.addWidget(self._place)
        rows.addLayout(self._build_walk())
        rows.addLayout(self._build_colors())
        self._palette = Swatches("palette")
        self._palette.setToolTip(tr("The colours of this document, newest first."))
        self._palette.picked.connect(self._controller.apply)
        rows.addWidget(self._palette)
        self._list = QtWidgets.QListWidget()
        self._list.setObjectName("regions")
        self._list.setToolTip(tr("All regions, the most useful first. Click to go there."))
        self._list.setMinimumHeight(60)
        self._list.itemClicked.connect(
            lambda item: self._controller.go_to(item.data(QtCore.Qt.ItemDataRole.UserRole))
        )
        rows.addWidget(self._list, 2)
        rows.addLayout(self._build_options())
        rows.addLayout(self._build_progress())
        self._message = QtWidgets.QLabel()
        self._message.setObjectName("message")
        self._message.setWordWrap(True)
        rows.addWidget(self._message)
        self._daemon = QtWidgets.QLabel()
        self._daemon.setObjectName("daemon")
        self._daemon.setEnabled(False)  # the theme's own gray
        rows.addWidget(self._daemon)
        self.setWidget(body)

    def _build_walk(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self._back = push_button(
            "back", tr("Back"), tr("Go to the region shown before."), self._controller.back
        )
        self._next = push_button(
            "next",
            tr("Next region"),
            tr("Show the region whose colour helps most; the first time, look at the line art."),
            self._controller.next,
        )
        self._skip = push_button(
            "skip", tr("Skip"), tr("Leave this region to its suggestion."), self._controller.skip
        )
        row.addWidget(self._back)
        row.addWidget(self._next, 1)
        row.addWidget(self._skip)
        return row

    def _build_colors(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self._suggestion = push_button(
            "suggestion",
            tr("Suggested"),
            tr("Colour the region with the colour suggested for it."),
            self._controller.apply_suggestion,
        )
        self._foreground = push_button(
            "foreground",
            tr("Use foreground colour"),
            tr("Colour the region with the colour of Krita's colour picker."),
            self._controller.apply_foreground,
        )
        self._finish = push_button(
            "finish",
            tr("All"),
            tr("Colour all regions that are left with the colours suggested for them."),
            self._controller.finish,
        )
        row.addWidget(self._suggestion)
        row.addWidget(self._foreground, 1)
        row.addWidget(self._finish)
        return row

    def _build_options(self) -> QtWidgets.QLayout:
        grid = QtWidgets.QGridLayout()
        self._output = QtWidgets.QComboBox()
        self._output.setObjectName("output")
        self._output.addItems([tr("Flats"), tr("Soft colours")])
        self._output.setToolTip(
            tr("Flats: your exact colours, region by region. Soft: the whole page, painted.")
        )
        self._output.activated.connect(lambda i: self._controller.set_output(OUTPUTS[i]))
        self._gap = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._gap.setObjectName("gap")
        self._gap.setRange(GAP_AUTO, GAP_MOST)
        self._gap.setToolTip(
            tr("Gaps in the lines up to this wide count as closed. Left end: by the page's size.")
        )
        self._gap_label = QtWidgets.QLabel()
        self._gap_timer = QtCore.QTimer(self)
        self._gap_timer.setSingleShot(True)
        self._gap_timer.setInterval(SETTLE)
        self._gap_timer.timeout.connect(self._choose_gap)
        self._gap.valueChanged.connect(self._gap_moved)
        grid.addWidget(QtWidgets.QLabel(tr("Output")), 0, 0)
        grid.addWidget(self._output, 0, 1, 1, 2)
        grid.addWidget(QtWidgets.QLabel(tr("Gaps")), 1, 0)
        grid.addWidget(self._gap, 1, 1)
        grid.addWidget(self._gap_label, 1, 2)
        grid.setColumnStretch(1, 1)
        return grid

    def _build_progress(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self._bar = QtWidgets.QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, 100)
        self._cancel = push_button(
            "cancel",
            tr("Cancel"),
            tr("Stop the work; your layers stay as they are."),
            self._controller.cancel,
        )
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        self._show_busy(False)
        return row

    # Showing

    def _refresh(self) -> None:
        session = self._controller.session
        self._filling = True
        try:
            self._show_session(session)
        finally:
            self._filling = False

    def _show_session(self, session: Session | None) -> None:
        open_page = session is not None and session.guide is not None
        current = None if session is None else session.current
        for widget in (self._next, self._line_art, self._output, self._gap):
            widget.setEnabled(session is not None)
        for widget in (self._back, self._skip):
            widget.setEnabled(open_page)
        for widget in (self._suggestion, self._foreground, self._finish, self._palette):
            widget.setEnabled(current is not None)
        self._next.setText(tr("Next region") if session is None or open_page else tr("Start"))
        if session is None:
            self._line_art.clear()
            self._list.clear()
            self._picture.show_page(None, None, None, QtCore.QRectF())
            self._place.setText(tr("Open a document with line art."))
            self._message.setText("")
            return
        self._show_layers(session)
        self._show_place(session)
        self._show_regions(session)
        color = session.suggested()
        self._suggestion.setIcon(color_icon(color))
        self._palette.show_colors(() if session.guide is None else session.guide.palette)
        self._output.setCurrentIndex(OUTPUTS.index(session.saved.output))
        self._gap.setValue(GAP_AUTO if session.saved.gap is None else int(session.saved.gap))
        self._show_gap()
        self._message.setText(session.message)
        self._message.setVisible(bool(session.message))
        self._daemon.setText(session.about)

    def _show_layers(self, session: Session) -> None:
        self._line_art.clear()
        for layer in session.layers:
            self._line_art.addItem(layer.name, layer.id)
        self._line_art.setCurrentIndex(self._line_art.findData(session.line_art))

    def _show_place(self, session: Session) -> None:
        number = session.current
        shape = None if number is None else session.shapes.get(number)
        if session.opening:
            text = tr("Looking at the line art…")
        elif session.guide is None:
            text = tr("Continue where you stopped: press Start.") if session.saved.guide else ""
        elif number is None:
            text = tr("All regions are done. Click one to change it.")
        else:
            share = f"{100 * session.share:.1f}"
            text = tr("Region {} of {}, {} % of the page").format(
                number, len(session.regions), share
            )
        self._place.setText(text)
        box = QtCore.QRectF()
        if shape is not None and session.page is not None:
            across, down = 1 / session.page.width, 1 / session.page.height
            x, y, width, height = shape.bbox
            box = QtCore.QRectF(x * across, y * down, width * across, height * down)
        lit = None if shape is None else shape.lit
        self._picture.show_page(session.preview, lit, number if shape is not None else None, box)

    def _show_regions(self, session: Session) -> None:
        if session.guide is None:
            self._list.clear()
            return
        whole = max(1, sum(region.pixels for region in session.regions))
        while self._list.count() > len(session.regions):
            self._list.takeItem(self._list.count() - 1)
        for index, region in enumerate(session.regions):
            if index == self._list.count():
                self._list.addItem(QtWidgets.QListWidgetItem())
            item = self._list.item(index)
            color = session.guide.hints.get(region.number)
            note = "" if region.number not in session.guide.skipped else tr(" (skipped)")
            item.setText(f"{region.number}:  {100 * region.pixels / whole:.1f} %{note}")
            item.setIcon(color_icon(color))
            item.setData(QtCore.Qt.ItemDataRole.UserRole, region.number)
        self._list.setCurrentRow(-1 if session.current is None else session.current - 1)

    def _show_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self._cancel.setVisible(busy)
        if not busy:
            self._bar.setValue(0)

    def _show_progress(self, stage: str, fraction: float) -> None:
        self._bar.setFormat(stage)
        self._bar.setValue(round(100 * fraction))

    def _show_gap(self) -> None:
        value = self._gap.value()
        self._gap_label.setText(tr("auto") if value == GAP_AUTO else f"{value} px")

    # The user's choices

    def _choose_line_art(self, index: int) -> None:
        self._controller.set_line_art(self._line_art.itemData(index))

    def _gap_moved(self) -> None:
        self._show_gap()
        if not self._filling:
            self._gap_timer.start()

    def _choose_gap(self) -> None:
        value = self._gap.value()
        self._controller.set_gap(None if value == GAP_AUTO else float(value))
