"""A document that we work on closes only after Krita's layer docker has shown our last change.

Krita's layer docker collects changes of layers for a tenth of a second. It forgets neither them nor
its timer when the document goes meanwhile, and then crashes (5.1.5 and 5.2.9, without any plug-in
too: ``tests/editors/krita/bare_close.py``). So a close waits until our work is done and
shown.
"""

from __future__ import annotations

from collections.abc import Callable

from krita import Krita

from .compat import QtCore, QtWidgets

QUIET = 250  # milliseconds without a change of ours, after which the docker has shown all
MOST = 5000  # milliseconds that a close waits for a fill


class Closing(QtCore.QObject):
    """Holds closes of Krita's views and windows back for a moment.

    Args:
        needed: whether there is a document that we work on.
        working: whether Krita is still at something that we began.
        stop: called before the wait, perhaps twice; begin nothing more.
        over: called after the wait, with the document still open: Krita asks what to do with it.
    """

    def __init__(
        self,
        needed: Callable[[], bool],
        working: Callable[[], bool],
        stop: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        super().__init__()
        self._needed, self._working, self._stop, self._over = needed, working, stop, over
        self._holding = False

    def watch(self) -> None:
        """Look at the window in front and its views from now on; twice is once."""
        window = Krita.instance().activeWindow()
        if window is None:
            return
        main = window.qwindow()
        main.installEventFilter(self)
        for area in main.findChildren(QtWidgets.QMdiArea):
            for view in area.subWindowList():
                view.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Wait where something is about to close; it closes all the same."""
        if event.type() == QtCore.QEvent.Type.Close and not self._holding and self._needed():
            self._holding = True
            try:
                self._wait()
            finally:
                self._holding = False
                self._over()
        return False

    def _wait(self) -> None:
        elapsed = QtCore.QElapsedTimer()
        elapsed.start()
        self._stop()
        while self._working() and elapsed.elapsed() < MOST:
            _pass(20)
        self._stop()  # what followed from it
        _pass(QUIET)


def _pass(milliseconds: int) -> None:
    """Let Krita go on, but for the artist's mouse and keys: the close is the last of those."""
    loop = QtCore.QEventLoop()
    QtCore.QTimer.singleShot(milliseconds, loop.quit)
    loop.exec(QtCore.QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
