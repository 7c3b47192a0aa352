"""What the docker offers beside the walk, in the real Krita."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, region

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def test_a_stroke_on_the_hint_layer_colours_what_it_crosses(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    krita.run("click('scribble')")
    krita.until("result = doc.activeNode().name() == 'Hints'")
    x, y = krita.run("""
        set_foreground(18, 150, 86)
        canvas = app.activeWindow().qwindow().findChild(QMdiArea).activeSubWindow()
        point = canvas.mapToGlobal(canvas.rect().center())
        before = acts()
        result = [point.x(), point.y()]
    """)
    steps: list[object] = ["mousemove", x, y, "mousedown", 1]
    for step in range(1, 6):
        steps += ["mousemove", x + 8 * step, y + 4 * step]
    page.mouse(*steps, "mouseup", 1)
    krita.until("result = acts() == before + 1 and idle()")
    painted = layer(krita, "Hints")[..., 3] > 200
    rows, columns = np.nonzero(painted)
    x, y = int(np.median(columns)), int(np.median(rows))
    assert krita.run(f"result = controller().session.view.color_at({x}, {y})") == list(GREEN)
    assert tuple(layer(krita, "Flats")[y, x]) == (*GREEN, 255)
    krita.until(f"result = pictured{x / SIZE[1], y / SIZE[0]} == {list(GREEN)}")
    krita.screenshot("scribble")
    krita.run("click('scribble')")
    assert krita.run("result = doc.activeNode().name()") == "Background"
    path = tmp_path / "page.kra"
    krita.run(f"doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    krita.until("result = bool(controller().session.strokes)")
    again.settle()
    assert krita.run("result = acts()") == krita.run("result = before") + 1  # not once more


def test_a_stroke_is_read_when_the_pen_is_lifted_not_while_it_rests(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("click('scribble')")
    krita.until("result = doc.activeNode().name() == 'Hints'")
    x, y = krita.run("""
        set_foreground(18, 150, 86)
        view, presets = app.activeWindow().activeView(), app.resources("preset")
        preset = view.currentBrushPreset()
        # It paints on the layer at once; others only when the pen is lifted.
        view.setCurrentBrushPreset(presets["c) Pencil 2b (mypaint)"])
        canvas = app.activeWindow().qwindow().findChild(QMdiArea).activeSubWindow()
        point = canvas.mapToGlobal(canvas.rect().center())
        before, looks = acts(), []
        noted = controller()._timer.timeout.connect(lambda: looks.append(acts()))
        result = [point.x(), point.y()]
    """)

    def move(first: int, last: int) -> list[object]:
        return [part for n in range(first, last) for part in ("mousemove", x + 8 * n, y + 4 * n)]

    page.mouse("mousemove", x, y, "mousedown", 1, *move(1, 6))
    krita.until("result = any(pixels(doc, 'Hints'))")
    krita.run("looks.clear()")
    krita.until("result = len(looks) > 5")
    assert krita.run("result = set(looks) == {before}")
    page.mouse(*move(6, 12), "mouseup", 1)
    krita.until("result = acts() > before and idle()")
    krita.run("looks.clear()")
    krita.until("result = len(looks) > 5 and idle()")
    assert krita.run("result = acts() - before") == 1
    krita.run("controller()._timer.timeout.disconnect(noted); view.setCurrentBrushPreset(preset)")


def test_a_moving_ink_slider_shows_regions_and_a_resting_one_opens_the_page_again(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.color(*RED)
    given = page.colored()
    krita.run(
        "slider = dock.findChild(QSlider, 'ink'); slider.setSliderDown(True); slider.setValue(60)"
    )
    krita.until("result = controller().session.map is not None")
    assert krita.run("result = controller().session.ink") is None
    krita.screenshot("ink")
    krita.run("slider.setSliderDown(False)")
    krita.until("result = controller().session.ink == 60 and acts() == 3 and idle()")
    assert krita.run("result = controller().session.map") is None
    assert set(page.colored().values()) == set(given.values())


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
    assert list(page.colored().values()) == [RED]


def test_zoom_brings_the_region_into_the_middle_of_the_view(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("controller().walk.go_to(8)")
    page.settle()
    krita.run("click('zoom')")
    page.settle()
    krita.screenshot("zoom")
    rows, columns = np.nonzero(region(krita))
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
