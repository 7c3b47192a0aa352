"""What the docker offers beside the walk, in the real Krita."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, selection

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def select(krita: KritaProcess, mask: np.ndarray) -> None:
    path = krita.base / "mask"
    path.write_bytes((mask * np.uint8(255)).tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read())")


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
    krita.run("controller().walk.go_to(1)")
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
    krita.run("controller().walk.go_to(1)")
    again.settle()
    assert np.array_equal(selection(krita), shape)
    krita.run("controller().undo_correction()")
    again.settle()
    krita.run("controller().walk.go_to(1)")
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
    krita.run("controller().walk.go_to(8)")
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
