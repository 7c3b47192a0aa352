"""The newer Krita of Debian 13: the main road, once. All other tests run with it on demand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, region

pytestmark = [
    pytest.mark.editor,
    pytest.mark.timeout(900),  # the first run makes the root
    pytest.mark.parametrize("krita", ["debian13"], indirect=True),
]

RED, GREEN = (201, 33, 47), (18, 150, 86)


def test_a_page_is_coloured_undone_layered_saved_and_gone_on_with(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    assert krita.run("result = app.version()").startswith("5.2")
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    inside = region(krita)
    page.color(*RED)
    page.color(*GREEN)
    data = krita.pixels("pixels(doc, 'Flats')")
    picture = np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]
    assert {tuple(pixel) for pixel in picture[inside]} == {(*RED, 255)}
    page.undo()
    assert list(page.colored().values()) == [RED]
    page.undo(redo=True)
    assert list(page.colored().values()) == [RED, GREEN]
    page.act("click('skip')")
    page.undo()
    assert list(page.colored().values()) == [RED, GREEN]
    krita.run("choose('output', 2)")
    page.settle()
    names = krita.run("result = colors(doc)")
    assert {"#c9212f", "#129656"} <= set(names)
    krita.screenshot("newer")
    path = tmp_path / "page.kra"
    krita.run(f"doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    assert list(again.colored().values()) == [RED, GREEN]
    assert krita.pixels("pixels(doc, 'Background')") == before
