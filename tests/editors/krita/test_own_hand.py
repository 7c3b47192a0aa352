"""What an artist paints on our layers by her own hand stays where the page's colours do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, select
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, BLUE, GREEN = (201, 33, 47), (40, 50, 251), (18, 150, 86)
TOP, BOTTOM = (150, 120), (150, 340)  # a pixel in each box
ISLANDS = np.s_[100:130, 400:440], np.s_[310:340, 400:440]  # what lies in each
PALE = 150  # tone of the line around an island
WITH, WITHOUT = 230, 100  # ink by which that line counts, and by which it does not
PATCH = np.s_[80:110, 100:180]


@pytest.fixture
def rows(krita: KritaProcess, tmp_path: Path) -> Iterator[Page]:
    """Two boxes one over the other, and in each a small island with a pale outline."""
    gray = np.full(SIZE, 255, np.uint8)
    for top in (40, 250):
        cv2.rectangle(gray, (60, top), (540, top + 180), (0,), 4)
        cv2.rectangle(gray, (394, top + 54), (446, top + 96), (PALE,), 4)
    path = tmp_path / "rows.png"
    Image.fromarray(gray).convert("RGB").save(path)
    try:
        page = Page(krita, path)
        page.begin()
        page.act("choose('spread', 0)")
        page.act(f"controller().set_ink({WITH})")
        yield page
    finally:
        krita.close_documents()


def give(page: Page, place: tuple[int, int], color: tuple[int, int, int]) -> None:
    page.krita.run(f"controller().walk.click({place[0]}, {place[1]}, 'go')")
    page.settle()
    page.color(*color)


def by_hand(page: Page) -> None:
    """Fill a patch of the upper box with green on Flats."""
    patch = np.zeros(SIZE, bool)
    patch[PATCH] = True
    select(page.krita, patch)
    page.krita.run(f"""
        doc.setActiveNode(nodes(doc)['Flats'])
        set_foreground{GREEN}
        app.action('fill_selection_foreground_color').trigger()
    """)
    page.krita.until(
        "doc.waitForDone(); result = pixels(doc, 'Flats').count(bytes("
        f"{(*GREEN[::-1], 255)})) > 1000"
    )
    page.krita.run("doc.setSelection(None)")
    page.settle()


def shown(krita: KritaProcess) -> np.ndarray:
    return layer(krita, "Flats").copy()


def is_all(part: np.ndarray, color: tuple[int, int, int]) -> bool:
    return {tuple(pixel) for pixel in part.reshape(-1, 4)} == {(*color, 255)}


def test_a_patch_stays_where_ink_changes_and_its_piece_grows(
    krita: KritaProcess, rows: Page
) -> None:
    give(rows, TOP, RED)
    by_hand(rows)
    assert is_all(shown(krita)[PATCH], GREEN)
    assert not shown(krita)[ISLANDS[0]].any()
    rows.act(f"controller().set_ink({WITHOUT})")
    now = shown(krita)
    assert is_all(now[ISLANDS[0]], RED)
    assert is_all(now[120:180, 100:180], RED)
    assert is_all(now[PATCH], GREEN)
    krita.screenshot("own-hand")
    rows.undo()
    back = shown(krita)
    assert is_all(back[PATCH], GREEN)
    assert not back[ISLANDS[0]].any()


def test_one_undo_takes_a_change_of_ink_back_that_painted_two_colours(
    krita: KritaProcess, rows: Page
) -> None:
    give(rows, TOP, RED)
    give(rows, BOTTOM, BLUE)
    before, acts = shown(krita), krita.run("result = acts()")
    rows.act(f"controller().set_ink({WITHOUT})")
    after = shown(krita)
    for island, color in zip(ISLANDS, (RED, BLUE), strict=True):
        assert is_all(after[island], color)
    rows.undo()
    krita.looks()  # nothing is taken for her own hand
    assert krita.run("result = acts()") == acts
    assert np.array_equal(shown(krita), before)
    rows.undo(redo=True)
    krita.looks()
    assert krita.run("result = acts()") == acts + 1
    assert np.array_equal(shown(krita), after)
