"""The docker's options: what comes out, what counts as a line, how a page begins."""

from __future__ import annotations

from gp_client.types import LEVELS
from gp_guide import study
from gp_guide.saved import OUTPUTS

from ..editor.compat import QtWidgets, Signal, tr
from ..walk.session import Session
from .helper_row import HelperRow
from .widgets import LiveSlider, check_box

AUTO = 0  # the sliders' left end
GAP_MOST = 60  # pixels
INK_MOST = 250  # tone: above it paper would be ink


class Options(QtWidgets.QWidget):
    """Output, gaps and ink.

    Signals:
        output(str): one of OUTPUTS.
        gap(object): pixels, None by the page's size.
        ink(object): tone 0..255, None measured.
        tried(object, object): gap and ink while a slider moves.
        spread(str): one of `gp_client.types.LEVELS`.
        begins(bool): whether a page begins by itself.
        studied(bool): whether acts are logged for a study.

    Attributes:
        helper: says whether the helper runs.
    """

    output = Signal(str)
    gap = Signal(object)
    ink = Signal(object)
    tried = Signal(object, object)
    spread = Signal(str)
    begins = Signal(bool)
    studied = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._output = QtWidgets.QComboBox()
        self._output.setObjectName("output")
        self._output.addItems([tr("Flats"), tr("Soft colours"), tr("One layer per colour")])
        self._output.setToolTip(
            tr(
                "Flats: your exact colours on one layer. Soft: the whole page, painted. One layer "
                "per colour: your colours, and what is proposed, each on a layer of its own."
            )
        )
        self._output.activated.connect(lambda index: self.output.emit(OUTPUTS[index]))
        self._spread = QtWidgets.QComboBox()
        self._spread.setObjectName("spread")
        self._spread.addItems([tr("Off"), tr("Careful"), tr("Bold")])
        self._spread.setToolTip(
            tr(
                "Colours that follow from yours are proposed, paler, until you accept them. Bold "
                "proposes more, and more of that is wrong."
            )
        )
        self._spread.activated.connect(lambda index: self.spread.emit(LEVELS[index]))
        self._gap = LiveSlider("gap", AUTO, GAP_MOST)
        self._gap.setToolTip(
            tr("Gaps in the lines up to this wide count as closed. Left end: by the page's size.")
        )
        self._gap.chosen.connect(lambda value: self.gap.emit(_gap(value)))
        self._ink = LiveSlider("ink", AUTO, INK_MOST)
        self._ink.setToolTip(
            tr(
                "What is darker than this counts as a line. Further right: fainter lines count. "
                "Left end: measured."
            )
        )
        self._ink.chosen.connect(lambda value: self.ink.emit(_ink(value)))
        self._gap_label, self._ink_label = QtWidgets.QLabel(), QtWidgets.QLabel()
        for slider in (self._gap, self._ink):
            slider.valueChanged.connect(self._label)
            slider.passed.connect(self._try)
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(QtWidgets.QLabel(tr("Output")), 0, 0)
        grid.addWidget(self._output, 0, 1, 1, 2)
        grid.addWidget(QtWidgets.QLabel(tr("Proposals")), 1, 0)
        grid.addWidget(self._spread, 1, 1, 1, 2)
        for row, text, slider, label in (
            (2, tr("Gaps"), self._gap, self._gap_label),
            (3, tr("Ink"), self._ink, self._ink_label),
        ):
            grid.addWidget(QtWidgets.QLabel(text), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(label, row, 2)
        self._begins = check_box(
            "begins",
            tr("Start by itself"),
            tr(
                "Where a page of line art is opened and this docker is seen, its first region "
                "lights up without a click. Our layers come to each such page."
            ),
            self.begins.emit,
        )
        self._study = check_box(
            "study",
            tr("Log for a study"),
            tr(
                "Each act on a page goes into a file in {}: when, what, where, which colour. No "
                "names, no pictures; nothing leaves this computer. A clock shows that it is on."
            ).format(study.folder()),
            self.studied.emit,
        )
        self.helper = HelperRow()
        grid.addWidget(self._begins, 4, 0, 1, 3)
        grid.addWidget(self._study, 5, 0, 1, 3)
        grid.addWidget(self.helper, 6, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self._label()

    def show_begins(self, on: bool) -> None:
        """Show whether pages begin by themselves."""
        self._begins.setChecked(on)

    def show_studied(self, on: bool) -> None:
        """Show whether acts are logged."""
        self._study.setChecked(on)

    def show_session(self, session: Session | None) -> None:
        """Show what a document has."""
        for widget in (self._output, self._spread, self._gap, self._ink):
            widget.setEnabled(session is not None)
        if session is None:
            return
        self._output.setCurrentIndex(OUTPUTS.index(session.saved.output))
        self._spread.setEnabled(session.view is not None)
        if session.view is not None:
            self._spread.setCurrentIndex(LEVELS.index(session.view.spread))
        self._gap.put(AUTO if session.gap is None else round(session.gap))
        self._ink.put(AUTO if session.ink is None else session.ink)
        self._label()

    def _label(self) -> None:
        gap, ink = self._gap.value(), self._ink.value()
        self._gap_label.setText(tr("auto") if gap == AUTO else tr("{} px").format(gap))
        self._ink_label.setText(tr("auto") if ink == AUTO else str(ink))

    def _try(self) -> None:
        self.tried.emit(_gap(self._gap.value()), _ink(self._ink.value()))


def _gap(value: int) -> float | None:
    return None if value == AUTO else float(value)


def _ink(value: int) -> int | None:
    return None if value == AUTO else value
