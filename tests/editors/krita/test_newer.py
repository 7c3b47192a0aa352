"""The newer Krita of Debian 13: the main road, once. All other tests run with it on demand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page

pytestmark = [
    pytest.mark.editor,
    pytest.mark.timeout(900),  # the first run makes the root
    pytest.mark.parametrize("krita", ["debian13"], indirect=True),
]

RED, GREEN = (201, 33, 47), (18, 150, 86)
SIZE = (472, 608)  # height and width of the sample


def test_a_page_is_coloured_undone_layered_saved_and_gone_on_with(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    assert krita.run("result = app.version()").startswith("5.2")
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    inside = np.frombuffer(krita.pixels("selected(doc)"), np.uint8).reshape(SIZE) == 255
    page.color(*RED)
    page.color(*GREEN)
    data = krita.pixels("pixels(doc, 'Flats')")
    picture = np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]
    assert {tuple(pixel) for pixel in picture[inside]} == {(*RED, 255)}
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = [number for number, color in hints()] == [1]")
    krita.run("app.action('edit_redo').trigger()")
    krita.until("result = [number for number, color in hints()] == [1, 2]")
    krita.run("choose('output', 2)")
    page.settle()
    names = krita.run("result = colors(doc)")
    assert {"#c9212f (1)", "#129656 (2)"} <= set(names)
    krita.screenshot("newer")
    path = tmp_path / "page.kra"
    krita.run(f"doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    assert again.place().startswith("Region 3 of ")
    assert again.hints() == {1: RED, 2: GREEN}
    assert krita.pixels("pixels(doc, 'Background')") == before
