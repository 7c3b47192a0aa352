"""Run once inside Krita, in the driver's namespace: what the tests' scripts are written with."""

# ruff: noqa: F401

import hashlib
import json
import sys

from krita import Krita, ManagedColor, Selection  # pyright: ignore[reportAttributeAccessIssue]
from PyQt5.QtCore import QPointF, Qt, QTimer  # pyright: ignore[reportMissingImports]
from PyQt5.QtGui import QColor  # pyright: ignore[reportMissingImports]
from PyQt5.QtTest import QTest  # pyright: ignore[reportMissingImports]
from PyQt5.QtWidgets import (  # pyright: ignore[reportMissingImports]
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QListView,
    QListWidget,
    QMdiArea,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QWidget,
)

app = Krita.instance()
dock = next(docker for docker in app.dockers() if docker.windowTitle() == "GuidingPainter")
window = app.activeWindow().qwindow()
layer_box = next(docker for docker in app.dockers() if docker.objectName() == "KisLayerBox")


def tidy():
    """Give our docker the room that Krita's other dockers would take on a small screen."""
    dock.show()
    dock.raise_()
    for docker in app.dockers():
        if docker.objectName() not in ("KisLayerBox", "ToolBox") and docker is not dock:
            docker.hide()
    window.setGeometry(0, 0, 1600, 1000)
    window.resizeDocks([layer_box, dock], [220, 700], Qt.Vertical)


tidy()


def open_document(path):
    document = app.openDocument(path)
    app.activeWindow().addView(document)
    return document


def close_document(document):
    document.setModified(False)
    document.close()


def click(name):
    kinds = (QPushButton, QToolButton, QCheckBox)
    button = next(filter(None, (dock.findChild(kind, name) for kind in kinds)), None)
    assert button is not None, name
    assert button.isEnabled(), f"{name} is gray"
    button.click()


def scroll_to(widget):
    """Bring one of the docker's widgets into sight."""
    parent = widget.parent()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parent()
    parent.ensureWidgetVisible(widget)


def app_modal():
    """The dialog that Krita shows, None where there is none."""
    return QApplication.activeModalWidget()


def answer(button):
    """Press a button of Krita's question."""
    app_modal().button(getattr(QMessageBox, button)).click()


def choose(name, index):
    """As a user chooses an entry."""
    box = dock.findChild(QComboBox, name)
    box.setCurrentIndex(index)
    box.activated.emit(index)


def text(name):
    return dock.findChild(QLabel, name).text()


def ready(document):
    """Whether the docker follows this document."""
    return document == app.activeDocument() and dock.findChild(QPushButton, "next").isEnabled()


def idle():
    """Whether nothing is being worked on: neither by the daemon nor by Krita."""
    app.activeDocument().waitForDone()
    return dock.findChild(QPushButton, "cancel").isHidden() and not controller().jobs.acting


def nodes(document, type="paintlayer"):
    found, waiting = {}, list(document.rootNode().childNodes())
    while waiting:
        node = waiting.pop(0)
        waiting += node.childNodes()
        if node.type() == type:
            found[node.name()] = node
    return found


def colors(document):
    """The names of the colours' own layers, the bottom one first."""
    inside = nodes(document, "grouplayer")["Colours"].childNodes()
    return [node.name() for node in inside if node.type() == "paintlayer"]


def pixels(document, name):
    node = nodes(document)[name]
    return bytes(node.pixelData(0, 0, document.width(), document.height()))


def selected(document):
    """The selection as one byte a pixel of the canvas."""
    return bytes(document.selection().pixelData(0, 0, document.width(), document.height()))


def save_bytes(path, data):
    with open(path, "wb") as file:
        file.write(data)


def set_foreground(red, green, blue):
    view = app.activeWindow().activeView()
    view.setForeGroundColor(ManagedColor.fromQColor(QColor(red, green, blue), view.canvas()))


def foreground():
    """Krita's foreground colour, 0..255: red, green, blue, or a tone."""
    parts = app.activeWindow().activeView().foregroundColor().components()[:-1]
    return [round(255 * part) for part in reversed(parts)]


def projection(document):
    document.refreshProjection()
    document.waitForDone()
    return bytes(document.pixelData(0, 0, document.width(), document.height()))


def shown():
    """What Krita has composed so far; nobody asks it to."""
    document = app.activeDocument()
    return bytes(document.pixelData(0, 0, document.width(), document.height()))


def coloured():
    """The regions that the artist gave a colour: number and colour."""
    regions = controller().session.view.regions.values()
    return [[each.number, list(each.color)] for each in regions if each.state == "colored"]


def acts():
    """How many acts of the page can be undone."""
    session = controller().session
    return session.view.acts if session.view is not None else 0


def undo_state(name):
    """Where Krita's undo and ours stand, in words, for whoever finds them apart."""
    session, action = controller().session, app.action(name)
    steps = session.steps
    return (
        f"{name} {'can' if action.isEnabled() else 'cannot'} be done ({action.text()!r}); "
        f"{acts()} acts; step {steps._at} of {[step.mark for step in steps._steps]}; "
        f"message {session.message!r}; Krita's {history()}"
    )


def region():
    """The number of the region that is shown, None where there is none."""
    found = controller().session.region
    return None if found is None else found.number


def pieces_mask(document, pieces):
    """A byte a pixel of the canvas, 255 in some pieces."""
    mask = controller().session.view.places.mask(pieces)
    x, y, width, height = mask.bbox
    rows = bytearray(document.width() * document.height())
    for row in range(height):
        at = (y + row) * document.width() + x
        rows[at : at + width] = mask.data[row * width : (row + 1) * width]
    return bytes(rows)


def region_mask(document, number=None):
    """A byte a pixel of the canvas, 255 in a region, that which is shown if none is named."""
    view = controller().session.view
    return pieces_mask(document, view.pieces[number or region()])


def hers():
    """What is the artist's: selection, active layer, colours, tool; and Krita draws the canvas."""
    document, view = app.activeDocument(), app.activeWindow().activeView()
    toolbox = next(docker for docker in app.dockers() if docker.objectName() == "ToolBox")
    selection = document.selection()
    return [
        None if selection is None else hashlib.sha256(selected(document)).hexdigest(),
        document.activeNode().name(),
        foreground(),
        list(view.backgroundColor().components()),
        [button.objectName() for button in toolbox.findChildren(QToolButton) if button.isChecked()],
        drawn(),
    ]


def drawn():
    """Whether Krita draws the canvas in front where something changes."""
    module = sys.modules["guidingpainter.editor.canvas_view"]
    return module._drawn_on(module.area()).updatesEnabled()


def history():
    """The steps of Krita's undo history, and where it stands."""
    docker = next(docker for docker in app.dockers() if docker.objectName() == "History")
    steps = docker.findChild(QListView)
    rows = range(steps.model().rowCount())
    texts = [steps.model().index(row, 0).data() for row in rows]
    return texts, steps.selectionModel().currentIndex().row()


def at_picture(x, y):
    """Where a pixel of the canvas is on the screen, in the docker's picture."""
    picture = dock.findChild(QWidget, "picture")
    scroll_to(picture)
    point = picture.mapToGlobal(picture.place_of(x, y).toPoint())
    return [point.x(), point.y()]


def at_canvas(x, y):
    """Where a pixel of the canvas is on the screen, in Krita's view."""
    module = sys.modules["guidingpainter.editor.canvas_view"]
    document = app.activeDocument()
    placed = module.transform(document.width(), document.height())
    point = placed.map(QPointF(x + 0.5, y + 0.5)).toPoint()
    point = module.area().viewport().mapToGlobal(point)
    return [point.x(), point.y()]


def controller():
    """What the docker's buttons move."""
    return sys.modules["guidingpainter.ui.docker"].controller()


def saved():
    """What the document keeps."""
    return json.loads(bytes(app.activeDocument().annotation("guidingpainter")))


def pick(name, color):
    """Click on a colour of the docker."""
    swatches = dock.findChild(QWidget, name)
    place = swatches.place(swatches.colors.index(tuple(color))).center()
    QTest.mouseClick(swatches, Qt.LeftButton, pos=place)


def at_swatch(name, color):
    """Where a colour of the docker is on the screen."""
    swatches = dock.findChild(QWidget, name)
    scroll_to(swatches)
    point = swatches.mapToGlobal(swatches.place(swatches.colors.index(tuple(color))).center())
    return [point.x(), point.y()]


def pictured(x, y):
    """The docker's picture at a place of the canvas, 0..1 of its width and height."""
    image = controller().session.preview
    color = image.pixelColor(int(x * image.width()), int(y * image.height()))
    return [color.red(), color.green(), color.blue()]


def select(data):
    """Select by one byte a pixel of the canvas."""
    chosen, document = Selection(), app.activeDocument()
    chosen.setPixelData(data, 0, 0, document.width(), document.height())
    document.setSelection(chosen)
