"""What acts on a page cost at canvas size: `python -m experiments.acts [--sizes MP ...]`.

For each size two pages: vector drawings side by side, and 400 crossing ellipses (thousands of
pieces). Version 1's page and the guided page of protocol 2 take turns in one process. Medians in
milliseconds: wall clock, and in brackets the processor's time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gp_canvas.acts.hands import Target
from gp_canvas.acts.runs import runs
from gp_client.types import Color
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.page import Page
from numpy.typing import NDArray

from benchmarks.pages import draw_page

_ROUNDS = 5
_ELLIPSES = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[12.0], help="megapixels")
    parser.add_argument("--bundle", type=Path, default=default_bundle())
    arguments = parser.parse_args()
    engine = Engine(Bundle.load(arguments.bundle), cpu=True)
    for size in arguments.sizes:
        gray = draw_page(size).gray
        for name, page in (("drawings", gray), ("ellipses", ellipses(*gray.shape))):
            measure(f"{size:g} MP, {name}", page, engine)


def ellipses(height: int, width: int) -> NDArray[np.uint8]:
    """400 ellipses that cross each other, uint8 [height, width]."""
    random = np.random.default_rng(1)
    gray = np.full((height, width), 255, np.uint8)
    line = max(2, max(height, width) // 1000)
    for _ in range(_ELLIPSES):
        middle = (int(random.integers(width)), int(random.integers(height)))
        axes = [int(side) for side in random.integers(min(height, width) // 40, height // 8, 2)]
        cv2.ellipse(gray, middle, axes, float(random.integers(180)), 0, 360, (0,), line)
    return gray


def measure(name: str, gray: NDArray[np.uint8], engine: Engine) -> None:
    """Prints a table of one page."""
    times: dict[str, list[tuple[float, float]]] = {}

    def timed(what: str, call: Callable[[], Any]) -> Any:
        wall, used = time.perf_counter(), time.process_time()
        result = call()
        taken = time.perf_counter() - wall, time.process_time() - used
        times.setdefault(what, []).append(taken)
        return result

    data, (height, width) = gray.tobytes(), gray.shape
    GuidedPage(engine, data, width, height)  # what libraries take once
    older = guided = None
    for _ in range(2):
        older = timed("version 1: open", lambda: Page(engine, data, width, height))
        guided = timed("open", lambda: GuidedPage(engine, data, width, height))
    assert older is not None
    assert guided is not None
    page = guided
    random = np.random.default_rng(2)

    def hint(number: int, color: Color) -> None:
        older.hint(number, color)
        older.render("flats")

    def act(do: Callable[[], Any]) -> None:
        do()
        page.changes()

    def one_round(turn: int) -> None:
        color = (turn, 100, 200)
        spot = (int(random.integers(width)), int(random.integers(height)))
        number = older.regions[turn % len(older.regions)].number
        timed("version 1: hint to flats", lambda: hint(number, color))
        timed("fill", lambda: act(lambda: page.hands.fill(Target(point=spot), color)))
        timed("flats", lambda: page.render("flats"))
        timed("pick", lambda: page.hands.pick(*spot))
        following = page.hands.guided.next
        if following is not None:
            target = Target(region=following.number)
            timed("colour a region", lambda: act(lambda: page.hands.color(target, color)))
        timed("undo", lambda: act(page.hands.undo))
        timed("soft", lambda: page.render("soft"))
        timed("map of pieces as runs", lambda: runs(page.hands.work.pieces.labels))

    for turn in range(_ROUNDS):
        one_round(turn)
    mask = np.zeros(gray.shape, np.bool_)
    mask[height // 4 : height // 2, width // 4 : width // 2] = True
    timed("cut along a shape", lambda: page.hands.split(Target(stroke=mask), mask))
    timed("find with another gap", lambda: page.hands.find(page.found_with[0] * 2, None))
    counts = f"{page.hands.work.pieces.count} pieces, {len(page.hands.guided.regions)} regions"
    print(f"\n{name}: {counts}, {page.nbytes / gray.size:.1f} bytes a pixel\n")
    print("| what | ms |\n|---|---|")
    for what, taken in times.items():
        wall, used = (1000 * statistics.median(side) for side in zip(*taken, strict=True))
        print(f"| {what} | {wall:.2f} ({used:.2f}) |")


if __name__ == "__main__":
    main()
