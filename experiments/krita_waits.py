"""What the Krita docker makes an artist wait for, in the real Krita, by page size.

    python -m experiments.krita_waits [--megapixels 3 12] [--debian13]

Prints the longest that one callback of ours kept Krita's GUI thread busy, and with what; how long
Krita's own calls waited for its threads; the time from a click on Start to the first region; and
from a click on Suggested to painted flats, which Krita is done with, and to the next region shown,
medians of 20. The steps are those of a whole page: Start, three colours, undo, another ink, a split
along a selection, a stroke, soft colours, layers by colour.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path

import numpy as np
from PIL import Image

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT / "tests/support"))

from debian13 import debian13  # noqa: E402
from krita_harness import KritaProcess, Page, krita_with_plugin  # noqa: E402

_STALLS = Path(__file__).with_name("krita_stalls.py")
_SAMPLE = _ROOT / "docs/samples/tuxpaint_18.png"
_CLICKS = 20
_STROKE = (9, 200, 30, 255)  # blue, green, red, alpha
_TIMED = """
import time
through = controller()._acts
after, shown = through._show, through._done

def timed(*act):
    took.append(time.perf_counter() - began)
    after(*act)

def timed_next(session):
    shown(session)
    next_one.append(time.perf_counter() - began)

took, next_one = [], []
through._show, through._done = timed, timed_next
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Waits in Krita, by page size")
    parser.add_argument("--megapixels", type=float, nargs="+", default=[3.0])
    parser.add_argument("--debian13", action="store_true", help="the newer Krita of Debian 13")
    options = parser.parse_args()
    with krita_with_plugin(debian13("krita") if options.debian13 else None) as krita:
        version = krita.run("result = app.version()")
        for megapixels in options.megapixels:
            _measure(krita, version, megapixels)


def _measure(krita: KritaProcess, version: str, megapixels: float) -> None:
    with Image.open(_SAMPLE) as image:
        scale = (1e6 * megapixels / (image.width * image.height)) ** 0.5
        size = round(scale * image.width), round(scale * image.height)
        path = krita.base / "large.png"
        image.convert("RGB").resize(size).save(path)
    load = os.getloadavg()[0]
    print(f"Krita {version}, {size[0]} x {size[1]}, load {load:.1f}")
    page = Page(krita, path)
    krita.run(_STALLS.read_text() + "\nstalls.watch()")
    _whole_page(krita, page, size)
    seen, waiting = krita.run("result = stalls.end()")
    krita.close_documents()
    print("  our callbacks, ms of processor time:")
    for name, held, parts in seen[:6]:
        within = ", ".join(f"{part} {1000 * one:.1f}" for part, one in parts.items())
        print(f"    {1000 * held:6.1f}  {name}  ({within})")
    print("  calls in which Krita waits for itself, longest, ms by the clock:")
    for name, waited in sorted(waiting.items(), key=lambda item: -item[1]):
        print(f"    {1000 * waited:6.1f}  {name}")
    opened, painted, following = _clicks(krita, Page(krita, path))
    krita.close_documents()
    print(f"  Start to the first region: {opened:.2f} s")
    print(f"  click to painted flats, median of {_CLICKS}: {statistics.median(painted):.3f} s")
    print(f"  click to the next region shown, the same: {statistics.median(following):.3f} s")


def _whole_page(krita: KritaProcess, page: Page, size: tuple[int, int]) -> None:
    page.begin()
    for _ in range(3):
        page.act("click('suggestion')")
    page.undo()
    before = krita.run("result = acts()")
    krita.run("dock.findChild(QSlider, 'ink').setValue(70)")
    krita.until(f"result = acts() > {before} and idle()")
    x, y, width, height = krita.run("""
        session = controller().session
        result = session.view.places.box(session.view.pieces[session.region.number])
    """)
    mask = np.zeros(size[::-1], np.uint8)
    mask[y : y + height, x : x + width // 2] = 255
    path = krita.base / "mask"
    path.write_bytes(mask.tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read())")
    page.act("click('split')")
    krita.run("doc.setSelection(None)")
    krita.run("click('scribble')")
    page.settle()
    side = size[0] // 4
    krita.run(f"""
        stroke = bytes({_STROKE}) * {side * side}
        nodes(doc)["Hints"].setPixelData(stroke, {side}, {side}, {side}, {side})
    """)
    krita.until("result = bool(controller().session.strokes) and idle()")
    krita.run("click('scribble')")
    page.settle()
    for output in (1, 2):
        krita.run(f"choose('output', {output})")
        page.settle()


def _clicks(krita: KritaProcess, page: Page) -> tuple[float, list[float], list[float]]:
    krita.run("import time; began = time.perf_counter(); click('next')")
    krita.until("result = controller().session.view is not None")
    opened = krita.run("result = time.perf_counter() - began")
    page.settle()
    krita.run(_TIMED)
    try:
        for count in range(1, _CLICKS + 1):
            krita.run("began = time.perf_counter(); click('suggestion')")
            krita.until(f"result = len(next_one) == {count}")
            page.settle()
    finally:
        krita.run("del through._show; through._done = shown")
    painted, following = krita.run("result = took, next_one")
    return opened, painted, following


if __name__ == "__main__":
    main()
