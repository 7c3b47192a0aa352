"""Documents of all kinds, and the docker's other controls, in the real Krita."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, region
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def converted(line_art: Path, mode: str, path: Path) -> Path:
    """The line art saved in another of Pillow's modes."""
    with Image.open(line_art) as image:
        image.convert(mode).save(path)
    return path


def test_line_art_on_transparency_gets_the_colours_under_it(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    paper, inked = tmp_path / "paper.png", tmp_path / "ink.png"
    with Image.open(line_art) as image:
        gray = np.asarray(image.convert("L"))
    ink = np.zeros((*SIZE, 4), np.uint8)
    ink[..., 3] = 255 - gray
    Image.fromarray(ink, "RGBA").save(inked)
    Image.new("RGB", (608, 472), (250, 245, 230)).save(paper)
    try:
        page = Page(krita, paper)
        krita.run(f"""
            source = app.openDocument({str(inked)!r})
            layer = doc.createNode("My Inks", "paintlayer")
            doc.rootNode().addChildNode(layer, None)
            layer.setPixelData(source.rootNode().childNodes()[0].pixelData(0, 0, 608, 472),
                               0, 0, 608, 472)
            source.close()
            doc.refreshProjection()
            doc.setActiveNode(nodes(doc)["Background"])
        """)
        page.begin()
        inside = region(krita)
        page.color(*RED)
        assert krita.run(
            "result = [n.name() for n in doc.rootNode().childNodes()"
            " if n.type() != 'selectionmask']"
        ) == ["Background", "GuidingPainter", "My Inks"]
        assert krita.run("result = nodes(doc, 'grouplayer')['GuidingPainter'].blendingMode()") == (
            "normal"
        )
        shown = np.frombuffer(krita.pixels("projection(doc)"), np.uint8).reshape(*SIZE, 4)
        clear = inside & (gray == 255)
        assert {tuple(pixel) for pixel in shown[clear][:, [2, 1, 0]]} == {RED}
    finally:
        krita.close_documents()


def test_a_16_bit_document_gets_exact_colours(krita: KritaProcess, page: Page) -> None:
    krita.run("doc.setColorSpace('RGBA', 'U16', doc.colorProfile()); doc.waitForDone()")
    page.begin()
    inside = region(krita)
    page.color(*RED)
    data = np.frombuffer(krita.pixels("pixels(doc, 'Flats')"), np.uint16).reshape(*SIZE, 4)
    (pixel,) = np.unique(data[inside][:, [2, 1, 0]].astype(int), axis=0)
    assert np.abs(pixel - 257 * np.array(RED)).max() < 16  # as Krita converts it from the screen's
    page.undo()
    assert page.colored() == {}


def test_a_gray_document_is_coloured_in_tones_and_says_so(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    try:
        page = Page(krita, converted(line_art, "L", tmp_path / "gray.png"))
        page.begin()
        assert "gray" in page.message()
        inside = region(krita)
        page.act("click('suggestion')")
        data = np.frombuffer(krita.pixels("pixels(doc, 'Flats')"), np.uint8).reshape(*SIZE, 2)
        ((tone, alpha),) = np.unique(data[inside], axis=0).tolist()
        # The page keeps its colour, and the picture shows how light that is.
        ((_, color),) = page.colored().items()
        assert min(color) <= tone <= max(color)
        assert alpha == 255
        page.undo()
        assert page.colored() == {}
    finally:
        krita.close_documents()


def test_another_gap_keeps_the_colours_on_the_page_and_is_undone(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    x, y = page.piece()
    page.color(*RED)
    krita.run("dock.findChild(QSlider, 'gap').setValue(2)")
    krita.until("result = controller().session.gap == 2.0 and acts() == 3")
    page.settle()
    assert krita.run(f"result = controller().session.view.color_at({x}, {y})") == list(RED)
    page.undo()
    assert krita.run("result = dock.findChild(QSlider, 'gap').value()") == 0
    assert krita.run(f"result = controller().session.view.color_at({x}, {y})") == list(RED)


def test_a_hidden_flats_layer_is_named_as_the_reason(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run("nodes(doc)['Flats'].setVisible(False); click('suggestion')")
    krita.until("result = 'hidden' in text('message')")
    assert page.colored() == {}
    krita.run("nodes(doc)['Flats'].setVisible(True)")
    page.act("click('suggestion')")


def test_a_real_mouse_click_on_a_region_goes_there(krita: KritaProcess, page: Page) -> None:
    page.begin()
    x, y = krita.run("""
        regions = dock.findChild(QListWidget, 'regions')
        scroll_to(regions)
        item = regions.item(1)
        wanted = item.data(Qt.UserRole)
        regions.scrollToItem(item)
        point = regions.viewport().mapToGlobal(regions.visualItemRect(item).center())
        result = [point.x(), point.y()]
    """)
    subprocess.run(
        ["xdotool", "mousemove", str(x), str(y), "click", "1"],
        env=krita.environment,
        check=True,
        timeout=30,
    )
    krita.until("result = region() == wanted")


def test_every_step_has_a_shortcut_that_nothing_else_has(krita: KritaProcess, page: Page) -> None:
    page.begin()
    keys = krita.run("""
        result = {action.objectName(): action.shortcut().toString() for action in app.actions()}
    """)
    ours = {name: key for name, key in keys.items() if name.startswith("guidingpainter_")}
    assert len(ours) == 23
    assert all(ours.values())
    assert len(set(ours.values())) == len(ours)
    assert not set(ours.values()) & {key for name, key in keys.items() if name not in ours}
    page.act("app.action('guidingpainter_skip').trigger()")
    assert krita.run("result = controller().session.view.regions[1].skipped")


def test_a_large_page_can_be_cancelled_and_opened_after_all(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    with Image.open(line_art) as image:
        image.resize((4000, 3000)).save(path)
    try:
        page = Page(krita, path)
        krita.run("click('next')")
        krita.run("click('cancel')")
        page.settle()
        assert page.place() == ""
        assert page.message() == ""
        page.begin()
        page.color(*RED)
        assert list(page.colored().values()) == [RED]
        krita.screenshot("large")
    finally:
        krita.close_documents()


def test_a_cmyk_document_is_coloured_and_its_line_art_stays(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    try:
        page = Page(krita, converted(line_art, "CMYK", tmp_path / "cmyk.tif"))
        before = krita.pixels("pixels(doc, doc.rootNode().childNodes()[0].name())")
        page.begin()
        page.act("click('suggestion')")
        assert len(page.colored()) == 1
        assert krita.pixels("pixels(doc, doc.rootNode().childNodes()[0].name())") == before
    finally:
        krita.close_documents()
