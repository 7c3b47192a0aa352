"""Where colours come from, and the layers that they come out on, in the real Krita."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, region

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def test_one_layer_per_colour_divides_the_page(krita: KritaProcess, page: Page) -> None:
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    inside = region(krita)
    page.color(*RED)
    # Krita's own call to compose the page holds its window: there is another way.
    krita.run("""
        composed, document = [], sys.modules["guidingpainter.editor.document"].Document
        refresh, document.refresh = document.refresh, lambda self: composed.append(self)
        choose('output', 2)
    """)
    page.settle()
    names = krita.run("result = colors(doc)")
    assert names == ["#c9212f"]
    covered = np.zeros(SIZE, int)
    for name in names:
        picture = layer(krita, name)
        there = picture[..., 3] == 255
        covered += there
        assert {"#{:02x}{:02x}{:02x}".format(*pixel[:3]) for pixel in picture[there]} == {name[:7]}
    assert np.array_equal(covered == 1, inside)
    krita.screenshot("layers")
    page.color(*GREEN)
    assert set(krita.run("result = colors(doc)")) == {"#c9212f", "#129656"}
    page.act("choose('spread', 2)")
    krita.until("result = [name for name in colors(doc) if name.endswith('?')]")  # proposed
    page.settle()
    krita.run("document.refresh = refresh")
    assert krita.run("result = len(composed)") == 0
    krita.run("choose('output', 0)")
    assert krita.run("result = nodes(doc, 'grouplayer')['Colours'].visible()") is False
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_colours_come_from_a_palette_file(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    palette = tmp_path / "skin.gpl"
    palette.write_text("GIMP Palette\nName: skin\n#\n40 50 251 blue\n1 2 3\n")
    page.begin()
    krita.run(f"dock._palette.load({str(palette)!r})")
    assert krita.run("result = saved()['palette']") == [list(BLUE), [1, 2, 3]]
    page.act(f"pick('palette', {BLUE})")
    assert list(page.colored().values()) == [BLUE]
    assert krita.run("result = foreground()") == list(BLUE)
    krita.run(f"dock._palette.load({str(line_art)!r})")
    assert "not a palette" in page.message()


def test_a_picked_colour_is_taken_at_once_where_that_is_wished(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("set_foreground(1, 2, 3); controller().look()")
    krita.run("for _ in range(6): controller().look()")
    assert page.colored() == {}
    x, y = krita.run("""
        point = layer_box.mapToGlobal(layer_box.rect().center())
        result = [point.x(), point.y()]
    """)
    try:
        krita.run("dock.findChild(QCheckBox, 'follow').click(); controller().look()")
        page.mouse("mousemove", x, y)  # the colour is chosen there, in more clicks than one
        krita.run(f"set_foreground(*{RED})")
        krita.run("for _ in range(6): controller().look()")
        krita.run(f"set_foreground(*{GREEN})")
        krita.run("for _ in range(6): controller().look()")
        assert page.colored() == {}
        page.mouse("mousemove", 500, 500)
        krita.until("result = len(coloured()) == 1 and idle()")
        assert list(page.colored().values()) == [GREEN]
        assert krita.run("result = app.readSetting('guidingpainter', 'follow_picker', '')") == "on"
    finally:
        krita.run("dock.findChild(QCheckBox, 'follow').click()")
