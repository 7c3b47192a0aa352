"""A strip many screens long, in the real Krita."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(900)]

WIDTH, HEIGHT = 800, 16000
RED = (201, 33, 47)


def strip(path: Path) -> Path:
    """Panels one under the other, each with a ball."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for row in range(16):
        top = 1000 * row + 60
        cv2.rectangle(page, (60, top), (740, top + 800), 0, 4)
        cv2.circle(page, (250 + 20 * row, top + 400), 160, 0, 4)
    Image.fromarray(page).convert("RGB").save(path)
    return path


def settle(krita: KritaProcess) -> None:
    """A strip is many pages: opening it takes as long."""
    krita.until("result = idle()", timeout=400)


def test_a_click_at_its_foot_fills_what_lies_there(krita: KritaProcess, tmp_path: Path) -> None:
    try:
        page = Page(krita, strip(tmp_path / "strip.png"))
        krita.run("click('next')")
        settle(krita)
        assert page.place().startswith("Region"), page.message()
        x, y = 250 + 20 * 15, 15060 + 400
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
