"""Make the docker show a page, and report on it. Arguments: the plug-in's folder, a picture."""

import os
import sys
from array import array
from dataclasses import replace

if os.environ["GP_TEST_QT"] == "PyQt6":
    from PyQt6 import QtCore, QtGui, QtTest, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtTest, QtWidgets

sys.path.insert(0, sys.argv[1])
app = QtWidgets.QApplication([])

from gp_client.piece_map import PieceMap  # noqa: E402
from gp_client.types import GuidedRegion  # noqa: E402
from gp_client.wire import Frame  # noqa: E402
from gp_guide.page_view import PageView  # noqa: E402
from gp_guide.places import Places  # noqa: E402
from gp_guide.saved import Saved  # noqa: E402
from guidingpainter.editor.compat import QtWidgets as chosen  # noqa: E402
from guidingpainter.walk.session import Session  # noqa: E402
from guidingpainter.walk.shapes import colored  # noqa: E402
from krita import Krita  # noqa: E402

assert chosen is QtWidgets
RED, BLUE = (201, 33, 47), (9, 99, 199)


def frame(code, values):
    kind = {"i": "i4", "H": "u2"}[code]
    return Frame(array(code, values).tobytes(), (len(values),), kind)


def page():
    """Three pieces side by side on 200 x 100 pixels: 40, 60 and 100 pixels wide."""
    starts = [3 * row for row in range(101)]
    map = PieceMap(
        200, 100, frame("i", starts), frame("H", [40, 100, 200] * 100), frame("i", [0, 1, 2] * 100)
    )
    regions = [
        GuidedRegion(1, "colored", (0, 0, 40, 100), 4000, RED, RED, False, 1),
        GuidedRegion(2, "proposed", (40, 0, 60, 100), 6000, BLUE, BLUE, False, 1),
        GuidedRegion(3, "open", (100, 0, 100, 100), 10000, None, RED, False, 1),
    ]
    colors = bytes((*RED, 255, *BLUE, 128, 0, 0, 0, 0))
    places = Places(map, 200, 100, (200, 100))
    numbered = {region.number: region for region in regions}
    return PageView(places, numbered, 3, 2, (1, 2, 3), colors, 2, "bold")


factory = Krita.instance().factories[0]
docker = factory.widget()
docker.resize(320, 800)
assert not docker.findChild(QtWidgets.QPushButton, "next").isEnabled()
docker.grab()

view = page()
sketch = QtGui.QImage(200, 100, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
sketch.fill(QtGui.QColor(255, 255, 255))
saved = Saved(palette=((10, 20, 30), (40, 50, 60)), output="layers", recent=(RED,))
session = Session(None, saved, "", page=object(), gap=7.0, ink=90)
session.shown.take(view, 3)
session.sketch, session.preview = sketch, colored(view, sketch)
controller = docker._controller
controller._timer.stop()
controller.documents.front = session
controller.jobs.changed.emit()
controller.jobs.worker.busy.emit(True)
controller.jobs.worker.progress.emit("areas", 0.5)
docker.grab().save(sys.argv[2])

listed = docker.findChild(QtWidgets.QListWidget, "regions")
texts = [listed.item(index).text() for index in range(listed.count())]
assert [text.split()[:3] for text in texts] == [
    ["3:", "50.0", "%"],
    ["2:", "30.0", "%"],
    ["1:", "20.0", "%"],
], texts
assert listed.currentRow() == 0
place = docker.findChild(QtWidgets.QLabel, "place").text()
assert " 3, 50.0 %" in place, place
assert docker.findChild(QtWidgets.QProgressBar, "progress").value() == 50
assert docker.findChild(QtWidgets.QComboBox, "output").currentIndex() == 2
assert docker.findChild(QtWidgets.QComboBox, "spread").currentIndex() == 2
sliders = [docker.findChild(QtWidgets.QSlider, name).value() for name in ("gap", "ink")]
assert sliders == [7, 90], sliders
assert len(Krita.instance().extensions) == 1
docker.findChild(QtWidgets.QComboBox, "filter").setCurrentIndex(3)  # to check
assert [listed.item(index).data(256) for index in range(listed.count())] == [2]

# Proposals are paler than what was given.
assert session.preview.pixelColor(20, 50) == QtGui.QColor(*RED)
assert session.preview.pixelColor(70, 50) == QtGui.QColor(*(255 - (255 - c) // 2 for c in BLUE))

# The picture: what is under the mouse, and what a click means.
picture = docker.findChild(QtWidgets.QWidget, "picture")
clicks, fills = [], []
picture.clicked.disconnect()
picture.clicked.connect(lambda *click: clicks.append(click))
picture.filled.disconnect()
picture.filled.connect(lambda drag: fills.append(drag.pieces))
keys = QtCore.Qt.KeyboardModifier
left = QtCore.Qt.MouseButton.LeftButton
where = picture.place_of(70, 50).toPoint()
QtTest.QTest.mouseMove(picture, where)


def move(to: QtCore.QPoint) -> None:
    moved, at, none = (
        QtCore.QEvent.Type.MouseMove,
        QtCore.QPointF(to),
        QtCore.Qt.MouseButton.NoButton,
    )
    app.sendEvent(picture, QtGui.QMouseEvent(moved, at, at, none, none, keys.NoModifier))


move(where)
assert picture.hovered == (1,), picture.hovered
for held in (keys.NoModifier, keys.ShiftModifier, keys.ControlModifier, keys.AltModifier):
    QtTest.QTest.mouseClick(picture, left, held, where)
assert [click[2] for click in clicks] == ["go", "take", "join"], clicks
assert fills == [[1]], fills
assert all(40 <= x < 100 for x, _, _ in clicks), clicks
session.joining = True
controller.jobs.changed.emit()
QtTest.QTest.mouseClick(picture, left, keys.NoModifier, where)
assert clicks[-1][2] == "join", clicks

# A drag fills what it passes, once the button comes up; another button does not end it.
end = picture.place_of(10, 50).toPoint()
QtTest.QTest.mousePress(picture, left, keys.ShiftModifier, where)
move(end)
assert picture.hovered == (1, 0), picture.hovered
QtTest.QTest.mouseClick(picture, QtCore.Qt.MouseButton.MiddleButton, keys.ShiftModifier, end)
assert len(fills) == 1, fills
QtTest.QTest.mouseRelease(picture, left, keys.ShiftModifier, end)
assert fills[1:] == [[1, 0]], fills

# The wheel zooms where the mouse is: what lay there still does.
wheel = QtGui.QWheelEvent(
    QtCore.QPointF(where),
    QtCore.QPointF(picture.mapToGlobal(where)),
    QtCore.QPoint(),
    QtCore.QPoint(0, 480),
    QtCore.Qt.MouseButton.NoButton,
    keys.NoModifier,
    QtCore.Qt.ScrollPhase.NoScrollPhase,
    False,
)
app.sendEvent(picture, wheel)
wide = picture.place_of(199, 50).x() - picture.place_of(0, 50).x()
assert wide > picture.width(), wide
assert abs(picture.place_of(70, 50).x() - where.x()) < 6
docker.grab()

picked = []
docker._palette.picked.disconnect()
docker._palette.picked.connect(picked.append)
for name in ("recent", "palette"):
    swatches = docker.findChild(QtWidgets.QWidget, name)
    place = swatches.place(swatches.colors.index(swatches.colors[-1])).center()
    assert swatches.grab().toImage().pixelColor(place) == QtGui.QColor(*swatches.colors[-1])
    QtTest.QTest.mouseClick(swatches, left, pos=place)
assert picked == [RED, (40, 50, 60)], picked

# A colour that is dragged from a swatch lights what it is over in the picture.
docker.show()  # a widget is under a point of the screen only where it is shown
dropped = []
controller.walk.drop = dropped.append
picture.mouseDoubleClickEvent(
    QtGui.QMouseEvent(
        QtCore.QEvent.Type.MouseButtonDblClick,
        QtCore.QPointF(where),
        QtCore.QPointF(where),
        QtCore.Qt.MouseButton.RightButton,
        QtCore.Qt.MouseButton.RightButton,
        keys.NoModifier,
    )
)
swatches = docker.findChild(QtWidgets.QWidget, "palette")


def swatch_event(kind: str, point: QtCore.QPoint, held: QtCore.Qt.KeyboardModifier) -> None:
    """Send the swatches what the mouse does at a point of the screen."""
    here = QtCore.QPointF(swatches.mapFromGlobal(point))
    event_type = getattr(QtCore.QEvent.Type, kind)
    button = QtCore.Qt.MouseButton.NoButton if kind == "MouseMove" else left
    event = QtGui.QMouseEvent(event_type, here, QtCore.QPointF(point), button, left, held)
    app.sendEvent(swatches, event)


def on_screen(x: int) -> QtCore.QPoint:
    return picture.mapToGlobal(picture.place_of(x, 50).toPoint())


start = swatches.mapToGlobal(swatches.place(0).center())
for held, lights in ((keys.NoModifier, (1,)), (keys.ShiftModifier, (1, 0))):
    swatch_event("MouseButtonPress", start, keys.NoModifier)
    swatch_event("MouseMove", start + QtCore.QPoint(40, 0), keys.NoModifier)
    swatch_event("MouseMove", on_screen(70), held)
    assert picture.hovered == (1,), picture.hovered
    if held == keys.ShiftModifier:
        swatch_event("MouseMove", on_screen(10), held)
    assert picture.hovered == lights, picture.hovered
    swatch_event("MouseButtonRelease", on_screen(10 if held == keys.ShiftModifier else 70), held)
    assert picture.hovered == (), picture.hovered
assert [one.color for one in dropped] == [(10, 20, 30)] * 2
assert dropped[0].drag is None
assert dropped[0].point is not None
assert dropped[1].drag.pieces == [1, 0]
assert picked == [RED, (40, 50, 60)], "a drag is no click"
docker.hide()

told = []
docker._options.gap.disconnect()
docker._options.gap.connect(told.append)
slider = docker.findChild(QtWidgets.QSlider, "gap")
slider.setValue(9)
assert slider.moving
controller.jobs.changed.emit()
assert slider.value() == 9, "a moving slider is not put back"
QtTest.QTest.qWait(600)
assert told == [9.0], told

# All is done only when nothing is white but what was kept so.
done = {
    number: replace(region, state="blank" if number == 3 else "colored")
    for number, region in view.regions.items()
}
session.shown.view = replace(view, regions=done, next=None, asked=0)
session.shown.number, session.joining = None, False
controller.jobs.changed.emit()
assert (
    "done" in docker.findChild(QtWidgets.QLabel, "place").text() or os.environ["LANG"][:2] == "de"
)
print(docker.findChild(QtWidgets.QPushButton, "skip").text())
