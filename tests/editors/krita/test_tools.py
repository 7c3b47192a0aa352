"""What the docker offers beside the walk, in the real Krita."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from krita_harness import DOCKER_DELAY, KritaProcess, Page
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)
SIZE = (472, 608)  # height and width of the sample


def selection(krita: KritaProcess) -> np.ndarray:
    return np.frombuffer(krita.pixels("selected(doc)"), np.uint8).reshape(SIZE) == 255


def select(krita: KritaProcess, mask: np.ndarray) -> None:
    path = krita.base / "mask"
    path.write_bytes((mask * np.uint8(255)).tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read())")


def layer(krita: KritaProcess, name: str) -> np.ndarray:
    data = krita.pixels(f"pixels(doc, {name!r})")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]


def test_one_layer_per_colour_divides_the_page(krita: KritaProcess, page: Page) -> None:
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    inside = selection(krita)
    page.color(*RED)
    krita.run("choose('output', 2)")
    page.settle()
    names = krita.run("result = colors(doc)")
    assert "#c9212f (1)" in names
    assert len(names) == len(set(names)) > 3
    covered = np.zeros(SIZE, int)
    for name in names:
        picture = layer(krita, name)
        there = picture[..., 3] == 255
        covered += there
        assert {"#{:02x}{:02x}{:02x}".format(*pixel[:3]) for pixel in picture[there]} == {name[:7]}
    assert (covered == 1).all()
    assert (layer(krita, "#c9212f (1)")[inside, 3] == 255).all()
    krita.screenshot("layers")
    page.color(*GREEN)
    assert "#129656 (2)" in krita.run("result = colors(doc)")
    krita.run("choose('output', 0)")
    assert krita.run("result = nodes(doc, 'grouplayer')['Colours'].visible()") is False
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_a_stroke_on_the_hint_layer_colours_what_it_crosses(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    krita.run("click('scribble')")
    krita.until("result = doc.activeNode().name() == 'Hints'")
    krita.run("""
        view = app.activeWindow().activeView()
        set_foreground(18, 150, 86)
        canvas = app.activeWindow().qwindow().findChild(QMdiArea).activeSubWindow()
        point = canvas.mapToGlobal(canvas.rect().center())
        result = [point.x(), point.y()]
    """)
    x, y = krita.run("result = [point.x(), point.y()]")
    steps = ["mousemove", str(x), str(y), "mousedown", "1"]
    for step in range(1, 6):
        steps += ["mousemove", str(x + 8 * step), str(y + 4 * step)]
    subprocess.run(
        ["xdotool", *steps, "mouseup", "1"], env=krita.environment, check=True, timeout=30
    )
    krita.until("result = (18, 150, 86) in controller().session.strokes and idle()")
    painted = layer(krita, "Hints")[..., 3] > 200
    rows, columns = np.nonzero(painted)
    at = (float(columns.mean() / SIZE[1]), float(rows.mean() / SIZE[0]))
    krita.until(f"result = pictured{at} == [18, 150, 86]")
    krita.screenshot("scribble")
    krita.run("click('scribble')")
    assert krita.run("result = doc.activeNode().name()") == "Background"
    assert page.place().startswith("Region 1 of ")
    path = tmp_path / "page.kra"
    krita.run(f"doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    krita.until("result = (18, 150, 86) in controller().session.strokes")
    krita.run("nodes(doc)['Hints'].remove()")
    krita.until("result = controller().session.strokes == {}")


def test_a_region_takes_the_shape_that_is_selected_and_keeps_it(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    page.color(*RED)
    page.color(*GREEN)
    krita.run("controller().go_to(1)")
    page.settle()
    shape = selection(krita)
    shape[:, :300] = False
    shape[200:230, 250:280] = True
    select(krita, shape)
    krita.run("click('correct')")
    page.settle()
    assert not page.message()
    assert np.array_equal(selection(krita), shape)
    picture = layer(krita, "Flats")
    assert {tuple(pixel) for pixel in picture[shape]} == {(*RED, 255)}
    assert page.hints() == {1: RED, 2: GREEN}
    krita.run("click('correct')")
    krita.until("result = 'already' in text('message')")
    path = tmp_path / "page.kra"
    krita.run(f"doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    krita.run("controller().go_to(1)")
    again.settle()
    assert np.array_equal(selection(krita), shape)
    krita.run("controller().undo_correction()")
    again.settle()
    krita.run("controller().go_to(1)")
    again.settle()
    assert selection(krita)[:, :300].any()
    assert krita.run("result = saved()['corrections']") == []


def test_a_moving_ink_slider_shows_regions_and_a_resting_one_opens_the_page_again(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.color(*RED)
    krita.run(
        "slider = dock.findChild(QSlider, 'ink'); slider.setSliderDown(True); slider.setValue(60)"
    )
    krita.until("result = controller().session.map is not None")
    assert krita.run("result = saved()['ink']") is None
    krita.screenshot("ink")
    krita.run("slider.setSliderDown(False)")
    krita.until("result = saved()['ink'] == 60 and idle() and text('place').startswith('Region')")
    assert krita.run("result = controller().session.map") is None
    assert page.hints().get(1) == RED


def test_colours_come_from_a_palette_file_and_from_another_document(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    palette = tmp_path / "skin.gpl"
    palette.write_text("GIMP Palette\nName: skin\n#\n40 50 251 blue\n1 2 3\n")
    page.begin()
    krita.run(f"dock._palette.load({str(palette)!r})")
    assert krita.run("result = saved()['palette']") == [list(BLUE), [1, 2, 3]]
    krita.run(f"pick('palette', {BLUE})")
    krita.until("result = len(hints()) == 1 and idle()")
    assert page.hints() == {1: BLUE}
    other = tmp_path / "other.png"
    other.write_bytes(line_art.read_bytes())
    second = Page(krita, other)
    names = krita.run("""
        row = dock._palette
        row.fill_menu()
        menu = next(action.menu() for action in row._menu.actions() if action.menu())
        result = [action.text() for action in menu.actions()]
        menu.actions()[0].trigger()
    """)
    assert names == ["page.png"]
    assert krita.run("result = saved()['palette']") == [list(BLUE), [1, 2, 3]]
    krita.run(f"dock._palette.load({str(line_art)!r})")
    assert "not a palette" in second.message()


def test_a_picked_colour_is_taken_at_once_where_that_is_wished(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("set_foreground(1, 2, 3); controller().look()")
    krita.run("for _ in range(6): controller().look()")
    assert page.hints() == {}
    try:
        krita.run("dock.findChild(QCheckBox, 'follow').click(); controller().look()")
        krita.run(f"set_foreground(*{GREEN})")
        krita.until("result = len(hints()) == 1 and idle()")
        assert page.hints() == {1: GREEN}
        assert krita.run("result = app.readSetting('guidingpainter', 'follow_picker', '')") == "on"
    finally:
        krita.run("dock.findChild(QCheckBox, 'follow').click()")


def test_the_helper_can_be_stopped_and_comes_back_when_needed(
    krita: KritaProcess, page: Page
) -> None:
    krita.needs_own_daemon()
    page.begin()
    assert "default" in krita.run("result = text('daemon')")
    pid = krita.daemon_pid()
    krita.run("click('switch')")
    krita.until("result = 'not running' in text('daemon')")
    page.color(*RED)
    krita.until("result = 'default' in text('daemon')")
    assert krita.daemon_pid() != pid
    assert page.hints() == {1: RED}


def test_zoom_brings_the_region_into_the_middle_of_the_view(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("controller().go_to(8)")
    page.settle()
    krita.run("click('zoom')")
    page.settle()
    krita.screenshot("zoom")
    rows, columns = np.nonzero(selection(krita))
    middle = krita.run("""
        from PyQt5.QtWidgets import QAbstractScrollArea
        areas = app.activeWindow().qwindow().findChildren(QAbstractScrollArea)
        area = next(a for a in areas if a.metaObject().className() == "KisCanvasController")
        bars = area.horizontalScrollBar(), area.verticalScrollBar()
        sizes = area.viewport().width(), area.viewport().height()
        # The bars end where a tenth of the view still shows the canvas.
        scales = [(bar.maximum() + 0.1 * size) / canvas
                  for bar, size, canvas in zip(bars, sizes, (doc.width(), doc.height()))]
        result = [(bar.value() + size / 2) / scale
                  for bar, size, scale in zip(bars, sizes, scales)]
    """)
    assert middle[0] == pytest.approx((columns.min() + columns.max()) / 2, abs=4)
    assert middle[1] == pytest.approx((rows.min() + rows.max()) / 2, abs=4)


def test_nothing_is_painted_behind_the_question_whether_to_save(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    # As an artist closes: Krita asks whether to save, and the driver must be free to answer.
    krita.run("""
        click("finish")
        QTimer.singleShot(0, app.action("file_close").trigger)
    """)
    krita.until("result = app_modal() is not None")
    painted = krita.run("result = hints()")
    time.sleep(0.5)  # several fills
    assert krita.run("result = hints()") == painted
    krita.run("QTimer.singleShot(0, lambda: answer('No'))")
    krita.until("result = not app.documents()")
    time.sleep(DOCKER_DELAY)
    assert krita.run("result = text('place')") == "Open a document with line art."


def test_krita_outlives_a_close_right_after_layers_changed(krita: KritaProcess, page: Page) -> None:
    """Krita without our docker dies of this: ``bare_close.py``."""
    page.begin()
    krita.run("""
        def change(visible, then):
            nodes(doc)["Flats"].setVisible(visible)
            QTimer.singleShot(30, then)

        def close():
            doc.setModified(False)
            app.action("file_close").trigger()

        QTimer.singleShot(0, lambda: change(False, lambda: change(True, close)))
    """)
    krita.until("result = not app.documents()")
    time.sleep(DOCKER_DELAY)
    assert krita.run("result = text('place')") == "Open a document with line art."


def test_a_close_that_is_called_off_leaves_the_walk_where_it_was(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.color(*RED)
    krita.run("QTimer.singleShot(0, app.action('file_close').trigger)")
    krita.until("result = app_modal() is not None")
    krita.run("QTimer.singleShot(0, lambda: answer('Cancel'))")
    krita.until("result = app_modal() is None")
    page.color(*GREEN)
    assert page.hints() == {1: RED, 2: GREEN}


def test_a_cmyk_document_is_coloured_and_its_line_art_stays(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cmyk.tif"
    with Image.open(line_art) as image:
        image.convert("CMYK").save(path)
    try:
        page = Page(krita, path)
        before = krita.pixels("pixels(doc, doc.rootNode().childNodes()[0].name())")
        page.begin()
        krita.run("click('suggestion')")
        krita.until("result = len(hints()) == 1 or text('message')")
        page.settle()
        assert len(page.hints()) == 1, page.message()
        assert krita.pixels("pixels(doc, doc.rootNode().childNodes()[0].name())") == before
    finally:
        krita.close_documents()
