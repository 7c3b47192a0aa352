"""The first minute with the docker, as somebody has it who has never seen it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import layer, region
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN = (201, 33, 47), (18, 150, 86)
SMALL = (300, 500)  # pixels: width and height of a docker in a crowded Krita


@pytest.fixture
def begins(krita: KritaProcess) -> Iterator[None]:
    """The option that starts pages by itself is on."""
    krita.run("dock.findChild(QCheckBox, 'begins').setChecked(True)")
    yield
    krita.run("dock.findChild(QCheckBox, 'begins').setChecked(False)")


def opened(krita: KritaProcess, path: Path) -> None:
    krita.run(f"doc = open_document({str(path)!r})")
    krita.until("result = ready(doc)")


def press(page: Page, name: str) -> None:
    """A real click on one of the docker's buttons."""
    x, y = page.krita.run(f"""
        button = dock.findChild(QPushButton, {name!r}) or dock.findChild(QToolButton, {name!r})
        parent = button.parent()
        while parent is not dock and not isinstance(parent, QScrollArea):
            parent = parent.parent()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(button)
        point = button.mapToGlobal(button.rect().center())
        result = [point.x(), point.y()]
    """)
    page.mouse("mousemove", x, y, "click", 1)


def test_before_start_there_is_one_start_button_and_a_tour(
    krita: KritaProcess, line_art: Path
) -> None:
    try:
        opened(krita, line_art)
        krita.run("dock.findChild(QToolButton, 'bookFold').setChecked(False)")  # Krita remembers it
        texts = krita.run("""
            kinds = (QPushButton, QToolButton)
            result = [[button.text(), button.isEnabled()] for kind in kinds
                      for button in dock.findChildren(kind) if button.isVisible()]
        """)
        assert [text for text, _ in texts if text.startswith("Start")] == ["Start"]
        assert {text for text, enabled in texts if enabled} <= {
            *("Start", "Palette", "Regions", "Options", "Whole book"),
        }
        krita.screenshot("first-minute-before")
        # The words of the tour are drawn where the page will be.
        dark = krita.run("""
            picture = dock.findChild(QWidget, 'picture')
            image = picture.grab().toImage()
            plain = image.pixelColor(1, 1).lightness()
            rows = [any(abs(image.pixelColor(x, y).lightness() - plain) > 60
                        for x in range(image.width())) for y in range(image.height())]
            result = [sum(rows), len(rows)]
        """)
        assert dark[0] > 60, dark
    finally:
        krita.close_documents()


def test_a_layer_chosen_before_start_stays_chosen(krita: KritaProcess, page: Page) -> None:
    krita.run("""
        mine = doc.createNode('Mine', 'paintlayer')
        doc.rootNode().addChildNode(mine, None)
        doc.waitForDone()
        doc.setActiveNode(mine)
        box = dock.findChild(QComboBox, 'lineArt')
    """)
    krita.until("result = box.count() == 2 and box.currentText() == 'Mine'")  # guessed
    krita.run("choose('lineArt', 1)")
    krita.looks()
    assert krita.run("result = box.currentText()") == "Background"
    page.begin()


def test_the_layer_that_was_guessed_stays_once_it_is_chosen(
    krita: KritaProcess, page: Page
) -> None:
    krita.run("choose('lineArt', 0)")  # it is so already
    krita.run("""
        mine = doc.createNode('Mine', 'paintlayer')
        doc.rootNode().addChildNode(mine, None)
        doc.waitForDone()
        doc.setActiveNode(mine)
        box = dock.findChild(QComboBox, 'lineArt')
    """)
    krita.until("result = box.count() == 2 and doc.activeNode().name() == 'Mine'")
    krita.run("controller().documents.look()")
    assert krita.run("result = box.currentText()") == "Background"
    page.begin()


def test_a_page_begins_by_itself_where_the_option_says_so(
    krita: KritaProcess, line_art: Path, begins: None
) -> None:
    try:
        opened(krita, line_art)
        krita.until("result = text('place').startswith('Region 1') and idle()")
        krita.screenshot("first-minute-by-itself")
        assert krita.run("result = doc.selection() is None")
    finally:
        krita.close_documents()


def test_without_the_option_nothing_begins_and_nothing_is_added(
    krita: KritaProcess, line_art: Path
) -> None:
    try:
        opened(krita, line_art)
        krita.looks()
        assert krita.run("result = controller().session.page is None")
        assert krita.run("result = list(nodes(doc))") == ["Background"]
        assert not krita.run("result = doc.modified()")
    finally:
        krita.close_documents()


def test_no_painting_and_no_empty_canvas_begins_by_itself(
    krita: KritaProcess, tmp_path: Path, begins: None
) -> None:
    y, x = np.mgrid[:200, :300]
    painting = np.stack([x * 255 // 300, y * 255 // 200, 255 - x * 255 // 300], axis=2)
    for name, pixels in (("painting", painting), ("empty", np.full((200, 300, 3), 255))):
        path = tmp_path / f"{name}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(path)
        try:
            opened(krita, path)
            krita.until("result = controller().session.offered")
            assert krita.run("result = controller().session.page is None and idle()")
            assert krita.run("result = len(doc.rootNode().childNodes())") == 1
        finally:
            krita.close_documents()


def test_nothing_begins_where_the_docker_is_not_seen(
    krita: KritaProcess, page: Page, line_art: Path, begins: None
) -> None:
    krita.until("result = text('place').startswith('Region 1') and idle()")
    path = line_art.with_name("another.png")
    shutil.copy(line_art, path)
    krita.run("dock.hide()")
    try:
        krita.run(f"doc = open_document({str(path)!r})")
        krita.until("result = doc == app.activeDocument()")
        krita.until("result = controller().session.document.krita == doc")
        krita.looks()
        assert krita.run("result = controller().session.page is None")
        krita.run("dock.show()")
        krita.until("result = text('place').startswith('Region 1') and idle()")
    finally:
        krita.run("dock.show()")
        krita.close_documents()


def test_a_gray_page_is_converted_beside_the_refusal_and_keeps_its_colours(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gray.png"
    with Image.open(line_art) as image:
        image.convert("L").save(path)
    try:
        page = Page(krita, path)
        page.begin()
        assert "gray" in page.message()
        krita.run(f"set_foreground{GREEN}")
        krita.screenshot("first-minute-gray")
        page.act("controller().session.message = ''; click('suggestion')")
        ((number, color),) = page.colored().items()
        mask = region(krita, number)
        press(page, "convert")
        krita.until("result = doc.colorModel() == 'RGBA' and not controller().session.gray")
        page.settle()
        assert page.colored() == {number: color}
        shown = layer(krita, "Flats")
        assert {tuple(pixel) for pixel in shown[mask]} == {(*color, 255)}
        assert not krita.run("result = dock.findChild(QPushButton, 'convert').isVisible()")
        page.color(*RED)
        assert RED in page.colored().values()
        page.undo()
        assert page.colored() == {number: color}
        krita.screenshot("first-minute-converted")
    finally:
        krita.close_documents()


def test_a_gray_page_that_krita_converts_is_seen_too(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gray.png"
    with Image.open(line_art) as image:
        image.convert("L").save(path)
    try:
        page = Page(krita, path)
        page.begin()
        assert "gray" in page.message()
        krita.run("doc.setColorSpace('RGBA', 'U8', 'sRGB-elle-V2-srgbtrc.icc')")
        krita.until("result = not text('message')")
        page.settle()
        page.color(*RED)
        assert {tuple(p) for p in layer(krita, "Flats")[region(krita, coloured(krita))]} == {
            (*RED, 255)
        }
    finally:
        krita.close_documents()


def coloured(krita: KritaProcess) -> int:
    """The number of the one region that has a colour."""
    ((number, _),) = krita.run("result = coloured()")
    return number


def test_a_refusal_goes_when_its_reason_does(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run("nodes(doc)['Flats'].setVisible(False); click('suggestion')")
    krita.until("result = 'hidden' in text('message')")
    krita.run("nodes(doc)['Flats'].setVisible(True)")
    krita.until("result = not text('message')")
    assert page.colored() == {}


def test_a_small_docker_can_be_worked_with(krita: KritaProcess, line_art: Path) -> None:
    try:
        page = Page(krita, line_art)
        krita.run(f"dock.setFloating(True); dock.move(900, 80); dock.resize{SMALL}")
        krita.until(f"result = [dock.width(), dock.height()] == {list(SMALL)}")
        seen = "(lambda w: w.visibleRegion().boundingRect() == w.rect())"
        assert krita.run(f"result = {seen}(dock.findChild(QPushButton, 'next'))")
        press(page, "next")
        krita.until("result = text('place').startswith('Region 1') and idle()")
        krita.screenshot("first-minute-small")
        assert krita.run(f"result = [dock.width(), dock.height()] == {list(SMALL)}")
        for name in ("next", "back", "skip", "suggestion", "foreground"):
            assert krita.run(f"result = {seen}(dock.findChild(QPushButton, {name!r}))"), name
        assert krita.run("""
            picture = dock.findChild(QWidget, 'picture').visibleRegion().boundingRect()
            result = picture.width() >= 240 and picture.height() >= 120
        """)
        krita.run(f"set_foreground{RED}")
        press(page, "foreground")
        krita.until(f"result = coloured() and idle() and coloured()[0][1] == {list(RED)}")
        # Whatever is further down is come by with the wheel.
        for name in ("keepAll", "clear", "split", "merge", "canvas", "scribble", "zoom"):
            assert krita.run(f"""
                kinds = (QPushButton, QToolButton)
                button = next(filter(None, (dock.findChild(kind, {name!r}) for kind in kinds)))
                scroll_to(button)
                result = {seen}(button)
            """), name
    finally:
        krita.run("dock.setFloating(False)")
        krita.close_documents()


def test_a_swatch_gives_the_foreground_colour_and_with_ctrl_nothing_else(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    palette = tmp_path / "cast.gpl"
    palette.write_text("GIMP Palette\nName: Cast\n#\n201 33 47\tHer hat\n18 150 86\tUntitled\n")
    krita.run(f"set_foreground(1, 2, 3); dock._palette.load({str(palette)!r})")
    krita.run(f"pick('palette', {RED})")  # there is no region yet
    assert krita.run("result = foreground()") == list(RED)
    assert not page.message()
    names = krita.run("""
        swatches = dock.findChild(QWidget, 'palette')
        result = [swatches.name(index) for index in range(len(swatches.colors))]
    """)
    assert names == ["Her hat", "#129656"]
    page.begin()
    before = krita.run("result = acts()")
    x, y = krita.run(f"""
        swatches = dock.findChild(QWidget, 'palette')
        scroll_to(swatches)
        point = swatches.mapToGlobal(swatches.place(swatches.colors.index({GREEN})).center())
        result = [point.x(), point.y()]
    """)
    page.mouse("mousemove", x, y, "keydown", "ctrl", "click", 1, "keyup", "ctrl")
    krita.until(f"result = foreground() == {list(GREEN)}")
    page.settle()
    assert krita.run("result = acts()") == before
    page.mouse("mousemove", x, y, "click", 1)
    krita.until(f"result = acts() == {before} + 1 and idle()")
    assert list(page.colored().values()) == [GREEN]


def test_the_palette_dialog_opens_where_palettes_are(krita: KritaProcess, page: Page) -> None:
    asked = krita.run("""
        module = sys.modules["guidingpainter.ui.palette_row"]
        asked, dialogs = [], module.QtWidgets.QFileDialog
        dialog = dialogs.getOpenFileName
        dialogs.getOpenFileName = lambda *given: (asked.append(given[2]), ("", ""))[1]
        try:
            dock._palette._load()
        finally:
            dialogs.getOpenFileName = dialog
        result = asked
    """)
    assert asked == [str(krita.home / ".local/share/krita/palettes")]
    assert Path(asked[0]).is_dir()
