"""A clock that runs while a study's log is kept: nobody is logged without seeing it."""

from __future__ import annotations

from gp_guide.study import StudyLog, as_clock

from ..editor.compat import QtCore, QtWidgets, tr

SECOND = 1000  # milliseconds


class StudyClock(QtWidgets.QLabel):
    """Minutes and seconds since Start; hidden where no log is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clock")
        self._log: StudyLog | None = None
        self._timer = QtCore.QTimer()
        self._timer.setInterval(SECOND)
        self._timer.timeout.connect(self._tick)
        self.setVisible(False)

    def show_log(self, on: bool, log: StudyLog | None) -> None:
        """Show whether logs are kept, and how long that of the document in front has run."""
        self._log = log if on else None
        self.setVisible(on)
        self.setToolTip("" if self._log is None else str(self._log.path))
        (self._timer.stop if self._log is None else self._timer.start)()
        self._tick()

    def _tick(self) -> None:
        if self._log is None:
            self.setText(tr("Study log: begins with Start"))
        else:
            self.setText(tr("Study log: {}").format(as_clock(self._log.seconds)))
