"""Close a window that is looked at, and print what happens. Argument: the plug-in's folder."""

import os
import sys

if os.environ["GP_TEST_QT"] == "PyQt6":
    from PyQt6 import QtCore, QtWidgets
else:
    from PyQt5 import QtCore, QtWidgets

sys.path.insert(0, sys.argv[1])
app = QtWidgets.QApplication([])

import guidingpainter  # noqa: E402, F401
from guidingpainter.editor.closing import Closing  # noqa: E402

seen = []
at_work = [True, True, False]


class Window(QtWidgets.QWidget):
    def closeEvent(self, event):
        seen.append("closed")
        super().closeEvent(event)


def working():
    seen.append("working" if at_work[0] else "through")
    return at_work.pop(0)


def close_one(page):
    closing = Closing(
        lambda: page, working, lambda: seen.append("stop"), lambda: seen.append("over")
    )
    window = Window()
    window.installEventFilter(closing)
    window.show()
    window.close()
    assert not window.isVisible()


close_one(page=False)
QtCore.QTimer.singleShot(0, lambda: seen.append("events"))
close_one(page=True)
print(" ".join(seen))
