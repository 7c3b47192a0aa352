"""A strip many screens long, in the real Krita."""

from __future__ import annotations

from pathlib import Path

import pytest
from krita_harness import KritaProcess, Page
from strips import FOOT, draw_strip

pytestmark = [pytest.mark.editor, pytest.mark.timeout(900)]

RED = (201, 33, 47)


def settle(krita: KritaProcess) -> None:
    """A strip is many pages: opening it takes as long."""
    krita.until("result = idle()", timeout=400)


def test_a_click_at_its_foot_fills_what_lies_there(krita: KritaProcess, tmp_path: Path) -> None:
    try:
        page = Page(krita, draw_strip(tmp_path / "strip.png"))
        krita.run("click('next')")
        settle(krita)
        assert page.place().startswith("Region"), page.message()
        x, y = FOOT
        krita.run(f"controller().walk.click({x}, {y}, 'go')")
        krita.until(f"result = region() == controller().session.view.region_at({x}, {y}).number")
        settle(krita)
        krita.run(f"set_foreground(*{RED}); before = acts(); click('foreground')")
        krita.until("result = acts() > before or text('message')", timeout=400)
        settle(krita)
        assert not page.message()
        assert RED in page.colored().values()
        pixel = krita.pixels(f"bytes(nodes(doc)['Flats'].pixelData({x}, {y}, 1, 1))")
        assert tuple(pixel) == (*RED[::-1], 255)
    finally:
        krita.close_documents()
