"""Documents of all kinds, and the docker's other controls, in the real Krita."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, selection
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
        inside = selection(krita)
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
    inside = selection(krita)
    page.color(*RED)
    data = np.frombuffer(krita.pixels("pixels(doc, 'Flats')"), np.uint16).reshape(*SIZE, 4)
    assert {tuple(pixel) for pixel in data[inside][:, [2, 1, 0]]} == {
        tuple(257 * part for part in RED)
    }
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = hints() == []")


def test_a_gray_document_is_coloured_in_tones_and_says_so(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    try:
        page = Page(krita, converted(line_art, "L", tmp_path / "gray.png"))
        page.begin()
        assert "gray" in page.message()
        inside = selection(krita)
        krita.run("click('suggestion')")
        krita.until("result = text('place').startswith('Region 2 of ')")
        page.settle()
        data = np.frombuffer(krita.pixels("pixels(doc, 'Flats')"), np.uint8).reshape(*SIZE, 2)
        assert len(np.unique(data[inside], axis=0)) == 1
        # The hint keeps its colour, though the picture shows a tone.
        assert len(set(page.hints()[1])) > 1
        krita.run("app.action('edit_undo').trigger()")
        krita.until("result = hints() == []")
    finally:
        krita.close_documents()


def test_the_artists_layer_and_colour_are_active_again_after_a_suggestion(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("set_foreground(1, 2, 3); click('suggestion')")
    krita.until("result = len(hints()) == 1")
    page.settle()
    assert krita.run("result = doc.activeNode().name()") == "Background"
    assert krita.run("result = foreground()") == [1, 2, 3]


def test_all_colours_every_region_with_a_step_each(krita: KritaProcess, page: Page) -> None:
    page.begin()
    count = krita.run("result = dock.findChild(QListWidget, 'regions').count()")
    krita.run("click('finish')")
    krita.until(f"result = len(hints()) == {count} and text('place').startswith('All')")
    page.settle()
    krita.screenshot("all")
    data = np.frombuffer(krita.pixels("pixels(doc, 'Flats')"), np.uint8).reshape(*SIZE, 4)
    assert (data[..., 3] == 255).all()
    krita.run("app.action('edit_undo').trigger()")
    krita.until(f"result = len(hints()) == {count - 1}")


def test_a_wider_gap_keeps_the_colours_on_the_page(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.color(*RED)
    krita.run("dock.findChild(QSlider, 'gap').setValue(2)")
    krita.until(
        "import json; result = json.loads(bytes(doc.annotation('guidingpainter')))"
        "['gap'] == 2.0 and idle() and text('place').startswith('Region')"
    )
    assert page.hints().get(1) == RED


def test_a_hidden_flats_layer_is_named_as_the_reason(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run("nodes(doc)['Flats'].setVisible(False); click('suggestion')")
    krita.until("result = 'hidden' in text('message')")
    assert page.hints() == {}
    krita.run("nodes(doc)['Flats'].setVisible(True); click('suggestion')")
    krita.until("result = len(hints()) == 1")


def test_a_real_mouse_click_on_a_region_goes_there(krita: KritaProcess, page: Page) -> None:
    page.begin()
    x, y = krita.run("""
        regions = dock.findChild(QListWidget, 'regions')
        scroll_to(regions)
        item = regions.item(2)
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
    krita.until("result = text('place').startswith('Region 3 of ')")


def test_every_step_has_a_shortcut_that_nothing_else_has(krita: KritaProcess, page: Page) -> None:
    page.begin()
    keys = krita.run("""
        result = {action.objectName(): action.shortcut().toString() for action in app.actions()}
    """)
    ours = {name: key for name, key in keys.items() if name.startswith("guidingpainter_")}
    assert len(ours) == 10
    assert all(ours.values())
    assert len(set(ours.values())) == 10
    assert not set(ours.values()) & {key for name, key in keys.items() if name not in ours}
    krita.run("app.action('guidingpainter_skip').trigger()")
    krita.until("result = text('place').startswith('Region 2 of ')")


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
        assert page.hints() == {1: RED}
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
        krita.run("click('suggestion')")
        krita.until("result = len(hints()) == 1 or text('message')")
        page.settle()
        assert len(page.hints()) == 1, page.message()
        assert krita.pixels("pixels(doc, doc.rootNode().childNodes()[0].name())") == before
    finally:
        krita.close_documents()
