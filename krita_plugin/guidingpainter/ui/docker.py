"""The docker: widgets, and what they show of the controller's session."""

from __future__ import annotations

from typing import Any

from gp_client.types import Color
from gp_guide.listing import progress
from krita import DockWidget, Krita

from ..editor.compat import QtCore, QtWidgets, tr
from ..editor.document import LayerName
from ..walk.controller import Controller
from ..walk.session import Session
from .book_row import BookRow
from .options import Options
from .palette_row import PaletteRow
from .picture import PagePicture
from .region_list import RegionList
from .study_clock import StudyClock
from .tools import Tools
from .widgets import Fold, Scroll, TwoLines, color_icon, labelled, push_button

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
        walk = self._controller.walk
        body = QtWidgets.QWidget()
        rows = QtWidgets.QVBoxLayout(body)
        rows.setContentsMargins(6, 4, 6, 4)
        rows.setSpacing(4)
        self._line_art = QtWidgets.QComboBox()
        self._line_art.setObjectName("lineArt")
        self._line_art.setToolTip(tr("The layer with your lines. It is read, never changed."))
        self._line_art.activated.connect(self._choose_line_art)
        rows.addLayout(labelled(tr("Line art"), self._line_art))
        self._picture = PagePicture()
        self._picture.clicked.connect(walk.click)
        self._picture.filled.connect(walk.fill)
        surfaces, picture = self._controller.carrying.surfaces, self._picture
        surfaces.append(picture)
        picture.destroyed.connect(lambda: surfaces.remove(picture))
        rows.addWidget(self._picture, 8)
        self._place = TwoLines("place")
        rows.addWidget(self._place)
        rows.addLayout(self._build_walk())
        rows.addLayout(self._build_colors())
        rows.addLayout(self._build_proposals())
        self._tools = Tools(self._controller)
        rows.addWidget(self._tools)
        self._palette = PaletteRow()
        self._palette.picked.connect(self._pick)
        self._palette.taken.connect(walk.take)
        carrying = self._controller.carrying
        self._palette.carried.connect(carrying.move)
        self._palette.dropped.connect(carrying.drop)
        self._palette.returned.connect(carrying.put_back)
        self._palette.loaded.connect(self._controller.set_palette)
        self._palette.drawn.connect(self._controller.book.take_from)
        self._palette.followed.connect(self._controller.picker.switch)
        self._palette.failed.connect(self._controller.say)
        rows.addWidget(self._palette)
        self._book = BookRow(self._controller.book)
        rows.addWidget(Fold("book", tr("Whole book"), self._book, False))
        self._list = RegionList()
        self._list.wanted.connect(walk.go_to)
        self._list.work_in.chosen.connect(walk.work_in)
        self._list.work_in.selected.connect(walk.work_in_selection)
        rows.addWidget(Fold("list", tr("Regions"), self._list, True), 2)
        self._options = Options()
        self._options.output.connect(self._controller.set_output)
        self._options.spread.connect(walk.set_spread)
        self._options.gap.connect(self._controller.set_gap)
        self._options.ink.connect(self._controller.set_ink)
        self._options.tried.connect(self._controller.try_out)
        self._options.begins.connect(self._controller.starting.switch)
        self._options.studied.connect(
            lambda on: self._controller.study.switch(on, self._controller.session)
        )
        self._options.helper.switched.connect(self._switch_helper)
        self.visibilityChanged.connect(lambda seen: self._controller.starting.see(id(self), seen))
        rows.addWidget(Fold("options", tr("Options"), self._options, False))
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
        self._convert = push_button(
            "convert",
            tr("Convert to RGB"),
            tr("Make this document RGB, so that colours are colours. One step of Krita's undo."),
            self._controller.convert,
        )
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._message, 1)
        row.addWidget(self._convert)
        rows.addLayout(row)
        self._clock = StudyClock()
        rows.addWidget(self._clock)
        rows.addLayout(self._build_progress())
        return rows

    def _build_proposals(self) -> QtWidgets.QLayout:
        walk = self._controller.walk
        row = QtWidgets.QHBoxLayout()
        self._keep = push_button(
            "keep", tr("Accept"), tr("Accept what is proposed for this region."), walk.keep
        )
        self._keep_all = push_button(
            "keepAll", tr("Accept all"), tr("Accept everything that is proposed."), walk.keep_all
        )
        self._clear = push_button(
            "clear",
            tr("Clear"),
            tr("Take the region's colour away; nothing is proposed for it any more."),
            walk.clear,
        )
        for button in (self._keep, self._keep_all, self._clear):
            row.addWidget(button)
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
        self._bar = QtWidgets.QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, 100)
        self._bar.setMinimumWidth(60)  # Qt's own would make the docker wider than its buttons do
        self._cancel = push_button(
            "cancel",
            tr("Cancel"),
            tr("Stop the work; your layers stay as they are."),
            self._controller.jobs.cancel,
        )
        grid = QtWidgets.QGridLayout()
        grid.addWidget(self._bar, 0, 0)
        grid.addWidget(self._cancel, 0, 1)
        grid.setColumnStretch(0, 1)
        for widget in (self._bar, self._cancel):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # or each job would lay the docker out twice
            widget.setSizePolicy(policy)
        self._show_busy(False)
        return grid

    # Showing

    def _refresh(self) -> None:
        session = self._controller.session
        view = None if session is None else session.view
        started = view is not None
        scribbling = session is not None and session.scribbling
        region = None if session is None or scribbling else session.region
        asked = region is not None and region.state in ("open", "proposed")
        for widget in (self._next, self._line_art):
            widget.setEnabled(session is not None and not scribbling)
        for widget in (self._back, self._skip):
            widget.setEnabled(started and not scribbling)
        for widget in (self._suggestion, self._foreground, self._clear):
            widget.setEnabled(region is not None)
        self._keep.setEnabled(asked)
        proposed = region is not None and region.state == "proposed"
        self._keep.setText(tr("Accept") if proposed or not asked else tr("Leave white"))
        self._keep.setToolTip(
            tr("Accept what is proposed for this region.")
            if proposed or not asked
            else tr("This region needs no colour: do not ask again.")
        )
        self._keep_all.setEnabled(view is not None and progress(view)[2] > 0)
        self._tools.show_session(session)
        self._next.setText(tr("Next region") if session is None or started else tr("Start"))
        self._palette.show_session(session)
        self._book.show_session(session)
        self._palette.show_followed(self._controller.picker.on)
        self._options.show_session(session)
        self._list.show_session(session)
        self._options.show_begins(self._controller.starting.on)
        self._options.show_studied(self._controller.study.on)
        self._clock.show_log(self._controller.study.on, None if session is None else session.log)
        self._options.helper.show_state(
            self._controller.jobs.engine.running, self._controller.jobs.engine.about
        )
        if session is None:
            self._names = []
            self._line_art.clear()
            self._picture.show_page(None, None, None)
            self._place.setText(tr("Open a document with line art."))
            self._message.setText("")
            self._convert.setVisible(False)
            return
        self._show_layers(session)
        self._place.setText(_place(session))
        if session.map is not None:  # a slider moves
            self._picture.show_page(session.map, None, None)
        else:
            number = None if region is None else region.number
            self._picture.show_page(session.preview, view, number, session.joining)
        self._suggestion.setIcon(color_icon(session.shown.suggested))
        self._message.setText(session.message)
        self._message.setVisible(bool(session.message))
        self._convert.setVisible(started and session.gray)

    def _show_layers(self, session: Session) -> None:
        if session.names != self._names:
            self._names = list(session.names)
            self._line_art.clear()
            for layer in session.names:
                self._line_art.addItem(layer.name, layer.id)
        self._line_art.setCurrentIndex(self._line_art.findData(session.line_art))

    def _show_busy(self, busy: bool) -> None:
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

    def _pick(self, color: Color) -> None:
        self._controller.walk.apply(color, hold=True)

    def _switch_helper(self, on: bool) -> None:
        if on:
            self._controller.start_daemon()
        else:
            self._controller.stop_daemon()


def _place(session: Session) -> str:
    """Say which region is shown, and how much is left."""
    view, region = session.view, session.region
    if session.opening:
        return tr("Looking at the line art…")
    if session.scribbling:
        return tr("Paint on the layer Hints; press Scribble again when you are done.")
    if view is None:
        return tr("Continue where you stopped: press Start.") if session.saved.begun else ""
    share, left, doubtful = progress(view, session.focus)
    if left or doubtful:
        rest = tr("{} % done, {} left, {} to check.").format(int(100 * share), left, doubtful)
    else:
        rest = tr("All regions are done. Click one to change it.")
        elsewhere = sum(progress(view)[1:])
        if elsewhere:  # it asks in a part of the page alone
            rest = tr("All is done here, {} left elsewhere.").format(elsewhere)
    if region is None:
        return rest
    if session.joining:
        return tr("Click on what belongs to region {}.").format(region.number)
    texts = {
        "open": tr("Region {}, {} % of the page."),
        "proposed": tr("Region {}, {} % of the page: is this its colour?"),
        "colored": tr("Region {}, {} % of the page: coloured."),
        "blank": tr("Region {}, {} % of the page: stays white."),
    }
    if session.color in session.saved.locked:
        texts["colored"] = tr("Region {}, {} % of the page: coloured, locked.")
    what = texts[region.state].format(region.number, f"{100 * view.share(region):.1f}")
    return f"{what} {rest}"
