"""The docker: widgets, and what they show of the controller's session."""

from __future__ import annotations

from typing import Any

from krita import DockWidget, Krita

from ..editor.compat import QtCore, QtWidgets, tr
from ..editor.document import LayerName
from ..walk.controller import Controller
from ..walk.session import Session
from .helper_row import HelperRow
from .options import Options
from .palette_row import PaletteRow
from .picture import PagePicture
from .region_list import RegionList
from .widgets import Scroll, TwoLines, color_icon, labelled, push_button, tool_button

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
        self._names: list[LayerName] = []  # in the chooser
        self._build()
        self._controller.jobs.changed.connect(self._refresh)
        self._controller.jobs.worker.busy.connect(self._show_busy)
        self._controller.jobs.worker.progress.connect(self._show_progress)
        self._refresh()

    def canvasChanged(self, canvas: Any) -> None:
        """Krita shows another document, or none; it knows which one only a moment later."""
        QtCore.QTimer.singleShot(0, self._controller.look)
        QtCore.QTimer.singleShot(0, self._controller.closing.watch)

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
        self._place = TwoLines("place")
        rows.addWidget(self._place)
        rows.addLayout(self._build_walk())
        rows.addLayout(self._build_colors())
        rows.addLayout(self._build_tools())
        self._palette = PaletteRow()
        self._palette.picked.connect(self._controller.walk.apply)
        self._palette.loaded.connect(self._controller.set_palette)
        self._palette.followed.connect(self._controller.picker.switch)
        self._palette.failed.connect(self._controller.say)
        rows.addWidget(self._palette)
        self._list = RegionList()
        self._list.wanted.connect(self._controller.walk.go_to)
        rows.addWidget(self._list, 2)
        self._options = Options()
        self._options.output.connect(self._controller.set_output)
        self._options.gap.connect(self._controller.set_gap)
        self._options.ink.connect(self._controller.set_ink)
        self._options.tried.connect(self._controller.try_out)
        rows.addWidget(self._options)
        whole = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Scroll(body), 1)
        column.addLayout(self._build_foot())
        self.setWidget(whole)

    def _build_foot(self) -> QtWidgets.QLayout:
        """What must be seen however far the docker is scrolled: what went wrong, what goes on."""
        rows = QtWidgets.QVBoxLayout()
        rows.setContentsMargins(6, 3, 6, 4)
        self._message = QtWidgets.QLabel()
        self._message.setObjectName("message")
        self._message.setWordWrap(True)
        rows.addWidget(self._message)
        rows.addLayout(self._build_progress())
        return rows

    def _build_tools(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self._zoom = tool_button("zoom", tr("Zoom"), tr("Show the region large in Krita's view."))
        self._zoom.clicked.connect(lambda: self._controller.walk.zoom())
        self._scribble = tool_button(
            "scribble",
            tr("Scribble"),
            tr(
                "Paint colours on the layer Hints with any brush; areas that a stroke crosses "
                "follow it. Press again to go on with the regions."
            ),
        )
        self._scribble.setCheckable(True)
        self._scribble.clicked.connect(lambda: self._controller.scribble())
        self._correct = tool_button(
            "correct",
            tr("Correct"),
            tr("Is the region not what it should be? Change the selection, then press this."),
        )
        self._correct.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QtWidgets.QMenu(self._correct)
        undo = menu.addAction(tr("Take the last correction back"))
        undo.triggered.connect(lambda: self._controller.undo_correction())
        self._correct.setMenu(menu)
        self._correct.clicked.connect(lambda: self._controller.correct())
        self._finish = tool_button(
            "finish",
            tr("All"),
            tr("Colour all regions that are left with the colours suggested for them."),
        )
        self._finish.clicked.connect(lambda: self._controller.walk.finish())
        for button in (self._zoom, self._correct, self._scribble):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._finish)
        return row

    def _build_walk(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self._back = push_button(
            "back", tr("Back"), tr("Go to the region shown before."), self._controller.walk.back
        )
        self._next = push_button(
            "next",
            tr("Next region"),
            tr("Show the region whose colour helps most; the first time, look at the line art."),
            self._controller.walk.next,
        )
        self._skip = push_button(
            "skip", tr("Skip"), tr("Leave this region for later."), self._controller.walk.skip
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
            self._controller.walk.apply_suggestion,
        )
        self._foreground = push_button(
            "foreground",
            tr("Use foreground colour"),
            tr("Colour the region with the colour of Krita's colour picker."),
            self._controller.walk.apply_foreground,
        )
        row.addWidget(self._suggestion)
        row.addWidget(self._foreground, 1)
        return row

    def _build_progress(self) -> QtWidgets.QLayout:
        self._helper = HelperRow()
        self._helper.switched.connect(self._switch_helper)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, 100)
        self._cancel = push_button(
            "cancel",
            tr("Cancel"),
            tr("Stop the work; your layers stay as they are."),
            self._controller.jobs.cancel,
        )
        grid = QtWidgets.QGridLayout()
        grid.addWidget(self._helper, 0, 0, 1, 2)
        grid.addWidget(self._bar, 0, 0)
        grid.addWidget(self._cancel, 0, 1)
        grid.setColumnStretch(0, 1)
        for widget in (self._helper, self._bar, self._cancel):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # or each job would lay the docker out twice
            widget.setSizePolicy(policy)
        self._show_busy(False)
        return grid

    # Showing

    def _refresh(self) -> None:
        session = self._controller.session
        started = session is not None and session.guide is not None
        scribbling = session is not None and session.scribbling
        current = None if session is None or scribbling else session.current
        for widget in (self._next, self._line_art):
            widget.setEnabled(session is not None and not scribbling)
        for widget in (self._back, self._skip):
            widget.setEnabled(started and not scribbling)
        for widget in (self._suggestion, self._foreground, self._finish):
            widget.setEnabled(current is not None)
        for widget in (self._zoom, self._correct):
            widget.setEnabled(current is not None)
        self._scribble.setEnabled(started)
        self._scribble.setChecked(scribbling)
        self._next.setText(tr("Next region") if session is None or started else tr("Start"))
        self._palette.show_session(session, current is not None)
        self._palette.show_followed(self._controller.picker.on)
        self._options.show_session(session)
        self._list.show_session(session)
        self._helper.show_state(
            self._controller.jobs.engine.running, self._controller.jobs.engine.about
        )
        if session is None:
            self._names = []
            self._line_art.clear()
            self._picture.show_page(None, None, None, QtCore.QRectF())
            self._place.setText(tr("Open a document with line art."))
            self._message.setText("")
            return
        self._show_layers(session)
        self._show_place(session)
        self._suggestion.setIcon(color_icon(session.suggested()))
        self._message.setText(session.message)
        self._message.setVisible(bool(session.message))

    def _show_layers(self, session: Session) -> None:
        if session.names != self._names:
            self._names = list(session.names)
            self._line_art.clear()
            for layer in session.names:
                self._line_art.addItem(layer.name, layer.id)
        self._line_art.setCurrentIndex(self._line_art.findData(session.line_art))

    def _show_place(self, session: Session) -> None:
        number = session.current
        shape = None if number is None else session.shapes.get(number)
        if session.opening:
            text = tr("Looking at the line art…")
        elif session.scribbling:
            text = tr("Paint on the layer Hints; press Scribble again when you are done.")
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
        if session.map is not None:  # a slider moves
            self._picture.show_page(session.map, None, None, box)
        elif shape is None or session.scribbling:
            self._picture.show_page(session.preview, None, None, box)
        else:
            self._picture.show_page(session.preview, shape.lit, number, box)

    def _show_busy(self, busy: bool) -> None:
        self._helper.setVisible(not busy)
        self._bar.setVisible(busy)
        self._cancel.setVisible(busy)
        if not busy:
            self._bar.setValue(0)

    def _show_progress(self, stage: str, fraction: float) -> None:
        self._bar.setFormat(stage)
        self._bar.setValue(round(100 * fraction))

    # The user's choices

    def _choose_line_art(self, index: int) -> None:
        self._controller.set_line_art(self._line_art.itemData(index))

    def _switch_helper(self, on: bool) -> None:
        if on:
            self._controller.start_daemon()
        else:
            self._controller.stop_daemon()
