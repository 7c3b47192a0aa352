"""Work in one panel of a comic page, or in a selection, in the real Krita."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from krita_harness import KritaProcess, Page
from PIL import Image, ImageDraw

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED = (201, 33, 47)
WIDTH, HEIGHT = 800, 600
CHOSEN = "result = dock.findChild(QComboBox, 'workIn').currentText()"
# The left edge of each region that the docker lists.
LISTED = """
rows = dock.findChild(QListWidget, 'regions')
regions = controller().session.view.regions
numbers = [rows.item(row).data(Qt.UserRole) for row in range(rows.count())]
result = [regions[number].bbox[0] for number in numbers]
"""


@pytest.fixture
def comic(krita: KritaProcess, tmp_path: Path) -> Iterator[Page]:
    """A page of two panels side by side, an ellipse and a box in each."""
    path = tmp_path / "comic.png"
    with Image.new("RGB", (WIDTH, HEIGHT), "white") as page:
        pen = ImageDraw.Draw(page)
        for left in (20, 410):
            pen.rectangle((left, 20, left + 370, 580), outline="black", width=5)
            pen.ellipse((left + 60, 80, left + 300, 300), outline="black", width=4)
            pen.rectangle((left + 80, 350, left + 290, 520), outline="black", width=4)
        page.save(path)
    try:
        made = Page(krita, path)
        made.begin()
        yield made
    finally:
        krita.close_documents()


def select_box(krita: KritaProcess, left: int, top: int, width: int, height: int) -> None:
    krita.run(f"""
        chosen = Selection()
        chosen.select({left}, {top}, {width}, {height}, 255)
        doc.setSelection(chosen)
    """)


def shown(krita: KritaProcess) -> list[int]:
    """The box of the region that is shown."""
    return krita.run("result = list(controller().session.region.bbox)")


def color_all_that_is_asked(page: Page) -> list[list[int]]:
    """Give each region that is asked about a colour; return their boxes."""
    boxes = []
    while page.krita.run("result = region()") is not None:
        boxes.append(shown(page.krita))
        page.color(*RED)
    return boxes


def test_the_panels_that_were_found_are_offered(krita: KritaProcess, comic: Page) -> None:
    texts = krita.run("""
        box = dock.findChild(QComboBox, 'workIn')
        result = [box.itemText(index) for index in range(box.count())]
    """)
    assert texts == ["Whole page", "Panel 1", "Panel 2", "In my selection"]
    assert krita.run(CHOSEN) == "Whole page"
    krita.screenshot("panels")


def test_one_panel_of_a_comic_page_is_worked_on_alone(krita: KritaProcess, comic: Page) -> None:
    everything = krita.run("result = len(controller().session.view.regions)")
    comic.act("choose('workIn', 2)")
    assert 1 <= len(krita.run(LISTED)) < everything
    assert all(x > 390 for x in krita.run(LISTED))
    boxes = color_all_that_is_asked(comic)
    assert 1 <= len(boxes) < everything
    assert all(x > 390 for x, _, _, _ in boxes)
    assert all(x > 390 for x in krita.run(LISTED))
    data = krita.pixels("pixels(doc, 'Flats')")
    rows = [data[4 * WIDTH * y + 3 : 4 * WIDTH * (y + 1) : 4] for y in range(HEIGHT)]
    assert not any(any(row[:390]) for row in rows)
    assert any(any(row[420:]) for row in rows)
    assert "left elsewhere" in comic.place()
    krita.screenshot("panels-one-is-done")
    comic.act("choose('workIn', 0)")
    assert shown(krita)[0] < 390  # the other panel has its turn
    assert len(krita.run(LISTED)) >= everything


def test_undo_takes_the_choice_back_and_the_document_keeps_it(
    krita: KritaProcess, comic: Page, tmp_path: Path
) -> None:
    comic.act("choose('workIn', 2)")
    comic.undo()
    assert krita.run(CHOSEN) == "Whole page"
    comic.undo(redo=True)
    assert krita.run(CHOSEN) == "Panel 2"
    path = tmp_path / "comic.kra"
    krita.run(f"doc.setBatchmode(True); doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    page = Page(krita, path)
    page.begin()
    assert krita.run(CHOSEN) == "Panel 2"
    assert shown(krita)[0] > 390


def test_the_box_of_a_selection_is_worked_in(krita: KritaProcess, comic: Page) -> None:
    select_box(krita, 60, 70, 270, 240)
    before = krita.run("result = hers()")
    comic.act("choose('workIn', 3)")
    assert krita.run("result = list(controller().session.focus)") == [60, 70, 270, 240]
    assert krita.run(CHOSEN) == "In my selection"
    assert krita.run("result = hers()") == before
    krita.run("doc.setSelection(None)")
    boxes = color_all_that_is_asked(comic)
    # Of what reaches beyond the selection only what lies in it is asked about.
    assert boxes
    assert all(x < 390 and y < 340 for x, y, _, _ in boxes)
    assert any(60 < x < 100 and 70 < y < 110 for x, y, _, _ in boxes)  # the ellipse


def test_without_a_selection_the_docker_says_so_and_stays_where_it_was(
    krita: KritaProcess, comic: Page
) -> None:
    acts = krita.run("result = acts()")
    krita.run("choose('workIn', 3)")
    krita.until("result = 'Nothing is selected' in text('message')")
    comic.settle()
    assert krita.run("result = acts()") == acts
    assert krita.run(CHOSEN) == "Whole page"
