"""Make the docker show a page, and report on it. Arguments: the plug-in's folder, a picture."""

import os
import sys

if os.environ["GP_TEST_QT"] == "PyQt6":
    from PyQt6 import QtCore, QtGui, QtTest, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtTest, QtWidgets

sys.path.insert(0, sys.argv[1])
app = QtWidgets.QApplication([])

from gp_client import Region  # noqa: E402
from gp_guide.guide import Guide  # noqa: E402
from gp_guide.saved import Saved  # noqa: E402
from guidingpainter.editor.compat import QtWidgets as chosen  # noqa: E402
from guidingpainter.walk.session import Session  # noqa: E402
from guidingpainter.walk.shapes import Shape  # noqa: E402
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
saved = Saved(palette=((10, 20, 30), (40, 50, 60)), gap=7.0, ink=90, output="layers")
session = Session(None, saved, "", [], Page(), guide, regions)
session.preview, session.shapes = picture, {2: Shape((100, 20, 80, 60), b"", ((120, 50),), lit)}
docker._controller._timer.stop()
docker._controller.documents.front = session
docker._controller.jobs.changed.emit()
docker._controller.jobs.worker.busy.emit(True)
docker._controller.jobs.worker.progress.emit("areas", 0.5)
docker.grab().save(sys.argv[2])

listed = docker.findChild(QtWidgets.QListWidget, "regions")
assert [listed.item(index).text() for index in range(3)] == [
    "1:  16.7 %",
    "2:  33.3 %",
    "3:  50.0 %",
]
place = docker.findChild(QtWidgets.QLabel, "place").text()
assert " 2 " in place, place
assert "33.3 %" in place, place
assert docker.findChild(QtWidgets.QProgressBar, "progress").value() == 50
assert docker.findChild(QtWidgets.QComboBox, "output").currentIndex() == 2
sliders = [docker.findChild(QtWidgets.QSlider, name).value() for name in ("gap", "ink")]
assert sliders == [7, 90], sliders
assert len(Krita.instance().extensions) == 1
picked = []
docker._palette.picked.disconnect()
docker._palette.picked.connect(picked.append)
for name in ("recent", "palette"):
    swatches = docker.findChild(QtWidgets.QWidget, name)
    place = swatches.place(swatches.colors.index(swatches.colors[-1])).center()
    assert swatches.grab().toImage().pixelColor(place) == QtGui.QColor(*swatches.colors[-1])
    QtTest.QTest.mouseClick(swatches, QtCore.Qt.MouseButton.LeftButton, pos=place)
assert picked == [(201, 33, 47), (40, 50, 60)], picked

told = []
docker._options.gap.disconnect()
docker._options.gap.connect(told.append)
slider = docker.findChild(QtWidgets.QSlider, "gap")
slider.setValue(9)
assert slider.moving
docker._controller.jobs.changed.emit()
assert slider.value() == 9, "a moving slider is not put back"
QtTest.QTest.qWait(600)
assert told == [9.0], told
print(docker.findChild(QtWidgets.QPushButton, "skip").text())
