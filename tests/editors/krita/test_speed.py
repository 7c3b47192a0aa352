"""What the docker makes an artist wait for, on a page of 3 megapixels in the real Krita.

The times are written beside the screenshots; nothing is asserted of them, since another machine,
or this one while it is busy, needs others.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from krita_harness import SHOTS, KritaProcess, Page
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

STALLS = Path(__file__).with_name("stalls.py")
SIZE = (2000, 1550)


@pytest.fixture
def large(krita: KritaProcess, line_art: Path, tmp_path: Path) -> Iterator[Page]:
    """The sample page at 3 megapixels."""
    path = tmp_path / "large.png"
    with Image.open(line_art) as image:
        image.resize(SIZE).save(path)
    try:
        yield Page(krita, path)
    finally:
        krita.close_documents()


def test_the_gui_waits_for_three_calls_of_krita_alone(krita: KritaProcess, large: Page) -> None:
    krita.run(STALLS.read_text())
    krita.run("stalls.watch()")
    large.begin()
    for _ in range(3):
        before = large.place()
        krita.run("click('suggestion')")
        krita.until(f"result = text('place') != {before!r} or text('message')")
        large.settle()
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = len(hints()) == 2")
    krita.run("dock.findChild(QSlider, 'ink').setValue(70)")
    krita.until("result = saved()['ink'] == 70 and idle()")
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[300:700, 300:900] = 255
    path = krita.base / "mask"
    path.write_bytes(mask.tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read()); click('correct')")
    large.settle()
    krita.run("click('scribble')")
    large.settle()
    krita.run("""
        hints_layer = nodes(doc)["Hints"]
        hints_layer.setPixelData(bytes([9, 200, 30, 255]) * 250000, 600, 600, 500, 500)
    """)
    krita.until("result = controller().session.strokes and idle()")
    krita.run("click('scribble')")
    large.settle()
    krita.run("choose('output', 1)")
    large.settle()
    krita.run("choose('output', 2)")
    large.settle()
    seen, waiting = krita.run("result = stalls.end()")
    assert len(seen) > 10
    assert set(waiting) == {"addChildNode", "setChildNodes", "refreshProjection"}
    (SHOTS / "stalls.json").write_text(json.dumps([seen, waiting], indent=1))


def test_each_of_20_applied_colours_is_painted(krita: KritaProcess, large: Page) -> None:
    large.begin()
    krita.run("""
        import time
        applied = controller()._applied

        def timed(*hint):
            took.append(time.perf_counter() - began)
            applied(*hint)

        took = []
        controller()._applied = timed
    """)
    try:
        for count in range(1, 21):
            krita.run("began = time.perf_counter(); click('suggestion')")
            krita.until(f"result = len(took) == {count}")
            large.settle()
    finally:
        krita.run("del controller()._applied")
    took = krita.run("result = took")
    assert len(took) == 20
    (SHOTS / "apply.json").write_text(json.dumps({"median": statistics.median(took), "all": took}))
