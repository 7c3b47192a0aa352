"""Whether gp-daemon runs, and a button to start or stop it."""

from __future__ import annotations

from ..editor.compat import QtWidgets, Signal, tr
from .widgets import tool_button


class HelperRow(QtWidgets.QWidget):
    """What the helper is and does.

    Signals:
        switched(bool): whether the artist wants it to run.
    """

    switched = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._running = False
        self._text = QtWidgets.QLabel()
        self._text.setObjectName("daemon")
        self._text.setWordWrap(True)
        self._switch = tool_button(
            "switch",
            "",
            tr(
                "GuidingPainter's helper, which does the work, for GIMP too if that is open. It "
                "starts by itself when it is needed; stopping it frees its memory."
            ),
        )
        self._switch.clicked.connect(lambda: self.switched.emit(not self._running))
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self._switch)

    def show_state(self, running: bool, about: str) -> None:
        """Show whether it runs, and on what."""
        self._running = running
        self._text.setText(about if running else tr("The helper is not running."))
        self._switch.setText(tr("Stop it") if running else tr("Start it"))
