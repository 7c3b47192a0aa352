"""Make the docker show a page, and report on it. Arguments: the plug-in's folder, a picture."""

import os
import sys

if os.environ["GP_TEST_QT"] == "PyQt6":
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

sys.path.insert(0, sys.argv[1])
app = QtWidgets.QApplication([])

from gp_client import Region  # noqa: E402
from gp_client.guide import Guide  # noqa: E402
from guidingpainter.compat import QtWidgets as chosen  # noqa: E402
from guidingpainter.engine import Shape  # noqa: E402
from guidingpainter.session import Session  # noqa: E402
from guidingpainter.state import Saved  # noqa: E402
from krita import Krita  # noqa: E402

assert chosen is QtWidgets


class Page:
    width, height = 200, 100


factory = Krita.instance().factories[0]
docker = factory.widget()
docker.resize(320, 700)
assert not docker.findChild(QtWidgets.QPushButton, "next").isEnabled()
docker.grab()

size = QtCore.QSize(200, 100)
picture = QtGui.QImage(size, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
picture.fill(QtGui.QColor(255, 255, 255))
lit = QtGui.QImage(size, QtGui.QImage.Format.Format_Grayscale8)
lit.fill(0)
painter = QtGui.QPainter(lit)
painter.fillRect(100, 20, 80, 60, QtGui.QColor(255, 255, 255))
painter.end()
guide = Guide(3)
guide.apply((201, 33, 47))
regions = [Region(number, (0, 0, 200, 100), 100 * number, (9, 99, 199)) for number in (1, 2, 3)]
session = Session(None, Saved(), "", [], Page(), guide, regions)
session.preview, session.shapes = picture, {2: Shape((100, 20, 80, 60), b"", ((120, 50),), lit)}
docker._controller._timer.stop()
docker._controller.session = session
docker._controller.changed.emit()
docker._controller.worker.busy.emit(True)
docker._controller.worker.progress.emit("areas", 0.5)
docker.grab().save(sys.argv[2])

listed = docker.findChild(QtWidgets.QListWidget, "regions")
assert [listed.item(index).text() for index in range(3)] == [
    "1:  16.7 %",
    "2:  33.3 %",
    "3:  50.0 %",
]
assert docker.findChild(QtWidgets.QLabel, "place").text() == "Region 2 of 3, 33.3 % of the page"
assert docker.findChild(QtWidgets.QProgressBar, "progress").value() == 50
swatch = docker.findChild(QtWidgets.QToolButton, "palette0").icon().pixmap(24, 24).toImage()
assert swatch.pixelColor(12, 12) == QtGui.QColor(201, 33, 47)
assert len(Krita.instance().extensions) == 1
picked = []
docker._controller.apply = picked.append
docker._palette.picked.disconnect()
docker._palette.picked.connect(picked.append)
docker.findChild(QtWidgets.QToolButton, "palette0").click()
assert picked == [(201, 33, 47)], picked
print("shown")
