"""Colours that follow the figures from one document to another, in the real Krita."""

from __future__ import annotations

import colorsys
from pathlib import Path

import pytest
from gp_client.cast_file import read_cast
from krita_harness import KritaProcess, Page

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

# A dozen: a cast of few pieces is sure of nothing, not even on the page that taught it.
SHADES = [colorsys.hsv_to_rgb(k / 12, 0.8, 0.6 + 0.4 * (k % 2)) for k in range(12)]
COLORS = [(int(255 * red), int(255 * green), int(255 * blue)) for red, green, blue in SHADES]
FIRST = "#" + bytes(COLORS[0]).hex()


def colored(krita: KritaProcess, page: Page) -> None:
    """Give the first regions a colour each."""
    page.begin()
    for color in COLORS:
        page.color(*color)


def proposed(krita: KritaProcess) -> set[tuple[int, int, int]]:
    """The colours that are proposed."""
    colors = krita.run("""
        regions = controller().session.view.regions.values()
        result = [list(each.color) for each in regions if each.state == "proposed"]
    """)
    return {(red, green, blue) for red, green, blue in colors}


def second(krita: KritaProcess, line_art: Path, tmp_path: Path) -> Page:
    """Another document with the same figures, begun, on which the guide proposes any guess."""
    other = tmp_path / "other.png"
    other.write_bytes(line_art.read_bytes())
    page = Page(krita, other)
    page.begin()
    page.act("choose('spread', 2)")
    return page


def test_what_one_page_teaches_is_proposed_on_another(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    colored(krita, page)
    file = tmp_path / "book.cast"
    before = krita.pixels("pixels(doc, 'Background')")
    acts = krita.run("result = acts()")
    krita.run(f"controller().book.learn({str(tmp_path / 'book')!r})")
    krita.until("result = 'cast has' in text('message') and idle()")
    assert krita.run("result = acts()") == acts  # learning changes nothing
    assert krita.run("result = saved()['cast']") == str(file)
    cast = read_cast(file)
    assert [page.title for page in cast.pages] == ["page.png"]
    assert {one.color for one in cast.colors()} >= set(COLORS)
    assert krita.pixels("pixels(doc, 'Background')") == before

    other = second(krita, line_art, tmp_path)
    named = cast.renamed(COLORS[0], "coat")
    file.write_bytes(named.pack())
    krita.run(f"controller().book.choose({str(file)!r})")
    krita.until("result = 'cast has' in text('message') and idle()")
    assert krita.run("result = saved()['names']") == {FIRST: "coat"}
    assert list(COLORS[0]) in krita.run("result = saved()['palette']")
    assert krita.run("result = text('cast')") == "book.cast"
    before = krita.pixels("pixels(doc, 'Background')")
    other.act("click('useCast')")
    assert krita.run("result = controller().session.page.cast") == cast.pages[0].count
    found = proposed(krita)
    assert found
    assert found <= {one.color for one in cast.colors()}
    krita.run("dock.findChild(QToolButton, 'bookFold').setChecked(True)")
    krita.run("scroll_to(dock.findChild(QLabel, 'cast'))")
    krita.screenshot("book")
    other.act("controller().walk.keep_all()")
    assert set(other.colored().values()) == found
    other.undo()
    other.undo()
    assert krita.run("result = controller().session.page.cast") == 0
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_another_open_document_teaches_by_what_is_drawn_there(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    colored(krita, page)
    other = second(krita, line_art, tmp_path)
    names = krita.run("""
        row = dock._palette
        row.fill_menu()
        menu = next(action.menu() for action in row._menu.actions() if action.menu())
        result = [action.text() for action in menu.actions()]
    """)
    assert names == ["page.png"]
    other.act("menu.actions()[0].trigger()")
    assert krita.run("result = controller().session.page.cast") > 0
    assert proposed(krita)
    palette = {tuple(color) for color in krita.run("result = saved()['palette']")}
    assert palette >= set(COLORS)
    assert krita.run("result = saved().get('cast', '')") == ""  # nothing was written anywhere


def test_what_cannot_be_is_said_and_changes_nothing(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    acts = krita.run("result = acts()")
    krita.run(f"controller().book.learn({str(tmp_path / 'book.cast')!r})")
    krita.until("result = 'nothing to learn' in text('message') and idle()")
    assert not (tmp_path / "book.cast").exists()
    (tmp_path / "bad.cast").write_bytes(b"none")
    krita.run(f"controller().book.choose({str(tmp_path / 'bad.cast')!r})")
    krita.until("result = 'no cast' in text('message') and idle()")
    assert krita.run("result = saved().get('cast', '')") == ""
    assert krita.run("result = acts()") == acts
