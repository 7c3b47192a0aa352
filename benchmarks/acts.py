"""What a page costs at canvas size, to open and to work on, and what it cost at another commit.

    python -m benchmarks.acts [--before COMMIT] [--sizes 12] [--rounds 5]

For each size two pages: drawings side by side, and 400 crossing ellipses (thousands of pieces).
Both versions take turns, round by round, each in a process of its own. Milliseconds of processor
time, so that whatever else the machine does hardly counts; medians, and the lowest and highest.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pages import draw_page
from benchmarks.versions import ROOT, checkout, module, worker

# Before pieces: areas were cut by f, and a page knew hints for at most thirty regions.
BEFORE = "7084b74"
PAGES = ("drawings", "ellipses")
_ELLIPSES = 400
_ENGINE = ("gp_daemon.networks.engine", "gp_daemon.networks")
_BUNDLE = ("gp_daemon.networks.bundle", "gp_daemon.bundle")
_PAGE = ("gp_daemon.pages.page", "gp_daemon.page")
_AREAS = ("gp_canvas.lines.areas", "gp_daemon.areas")
_GOALS = {
    "find pieces": "goal: 1.1 x find areas, on drawings",
    "open": "goal 1500, on ellipses",
    "fill, then flats": "goal 120",
    "pick, from the map": "goal 1",
}

Timed = Callable[[str, Callable[[], Any]], Any]
Round = Callable[[int, Timed], None]


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


def work(megapixels: float, kind: str, orders: TextIO, answers: TextIO) -> None:
    """Answer each line of orders, a round's number, with the milliseconds of each step as JSON."""
    gray = draw_page(megapixels).gray
    if kind == "ellipses":
        gray = ellipses(*gray.shape)
    bundles = module(_BUNDLE)
    bundle = bundles.Bundle.load(bundles.default_bundle(), verify=False)
    engine = module(_ENGINE).Engine(bundle, cpu=True)
    areas = module(_AREAS)
    one_round = _hands(engine, gray) or _hints(engine, gray)
    for line in orders:
        times: dict[str, float] = {}

        def timed(what: str, call: Callable[[], Any], times: dict[str, float] = times) -> Any:
            began = time.process_time()
            result = call()
            times[what] = 1000 * (time.process_time() - began)
            return result

        timed("find areas", lambda: areas.find_areas(gray))
        one_round(int(line), timed)
        print(json.dumps(times), file=answers, flush=True)


def _hints(engine: Any, gray: NDArray[np.uint8]) -> Round:
    """What can be done with a page of hints, which both versions have."""
    page_of, data, (height, width) = module(_PAGE).Page, gray.tobytes(), gray.shape

    def one_round(turn: int, timed: Timed) -> None:
        page = timed("open", lambda: page_of(engine, data, width, height))
        number = page.regions[turn % len(page.regions)].number

        def hint() -> None:
            page.hint(number, (turn % 256, 100, 200))
            page.render("flats")

        timed("fill, then flats", hint)
        timed("soft", lambda: page.render("soft"))

    return one_round


def _hands(engine: Any, gray: NDArray[np.uint8]) -> Round | None:
    """What can be done with a page of pieces; None where this version knows none."""
    try:
        from gp_canvas.acts.targets import Target
        from gp_canvas.lines.pieces import find_pieces
        from gp_client.types import View
        from gp_daemon.pages.guided_page import GuidedPage
    except ModuleNotFoundError:
        return None
    data, (height, width) = gray.tobytes(), gray.shape
    random = np.random.default_rng(2)
    mask = np.zeros(gray.shape, np.bool_)
    mask[height // 4 : height // 2, width // 4 : width // 2] = True

    def one_round(turn: int, timed: Timed) -> None:
        timed("find pieces", lambda: find_pieces(gray))
        page = timed("open", lambda: GuidedPage(engine, data, width, height))
        page.changes()
        color = (turn % 256, 100, 200)
        spot = int(random.integers(width)), int(random.integers(height))

        def act(do: Callable[[], Any], shown: bool = False) -> None:
            do()
            page.changes()
            if shown:
                page.render(View("flats"))

        hands = page.hands
        timed("fill, then flats", lambda: act(lambda: hands.fill(Target(point=spot), color), True))
        target = Target(region=hands.guided.next.number)
        timed("colour a region", lambda: act(lambda: hands.color(target, color)))
        timed("undo", lambda: act(hands.undo))
        known = timed("the map, as a client has it", lambda: _map(page))
        timed("pick, from the map", lambda: known.pick(*spot))
        timed("pick, in the daemon", lambda: hands.pick(*spot))
        timed("soft", lambda: page.render(View("soft")))
        timed("split along a shape", lambda: hands.split(Target(stroke=mask), mask))
        timed("find with another gap", lambda: hands.find(2 * page.found_with[0], None))

    return one_round


def _map(page: Any) -> Any:
    """The map of pieces, by way of the frames that a client gets."""
    from gp_canvas.acts.runs import runs
    from gp_client.piece_map import PieceMap
    from gp_client.wire import Frame

    starts, ends, pieces = runs(page.hands.work.pieces.labels)
    known = PieceMap(
        page.width, page.height, *(_frame(part, Frame) for part in (starts, ends, pieces))
    )
    found = page.hands.guided
    numbers = np.array([one.number for one in found.regions], np.int32)[found.region]
    colors = np.zeros((len(numbers), 4), np.uint8)
    known.tell(_frame(numbers, Frame), _frame(colors, Frame))
    return known


def _frame(part: NDArray[Any], frame: Any) -> Any:
    kind = {"int32": "i4", "uint16": "u2", "uint8": "u1"}[part.dtype.name]
    return frame(part.tobytes(), part.shape, kind)


@contextlib.contextmanager
def _versions(before: str, megapixels: float, kind: str) -> Iterator[list[Any]]:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sources = (checkout(before, Path(folder)), ROOT)
        yield [
            stack.enter_context(worker(source, "benchmarks.acts", str(megapixels), kind))
            for source in sources
        ]


def compare(megapixels: float, kind: str, rounds: int, before: str = BEFORE) -> str:
    """A table of one page, before and after: milliseconds of processor time.

    Args:
        megapixels: of the page.
        kind: one of PAGES.
        rounds: of all steps.
        before: a commit.

    Raises:
        subprocess.CalledProcessError: there is no such commit here.
    """
    taken: list[list[dict[str, float]]] = [[], []]
    with _versions(before, megapixels, kind) as workers:
        for number in range(-1, rounds):  # the first is for warming up
            for ask, times in zip(workers, taken, strict=True):
                times.append(ask(number))
    old, new = (one[1:] for one in taken)
    rows = [
        f"| {kind}, {megapixels:g} MP: ms of processor time | {before} | now | note |",
        "|---|---|---|---|",
    ]
    for what in new[0]:
        cells = (_cell([one[what] for one in times if what in one]) for times in (old, new))
        rows.append(f"| {what} | {' | '.join(cells)} | {_GOALS.get(what, '')} |")
    return "\n".join(rows)


def _cell(times: list[float]) -> str:
    if not times:
        return ""
    return f"{statistics.median(times):.3g} ({min(times):.3g} to {max(times):.3g})"


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", default=BEFORE, help="commit to compare with")
    parser.add_argument("--sizes", type=float, nargs="+", default=(12.0,), help="megapixels")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        # One core, whatever the machine has: what the others do with theirs is not ours.
        cv2.setNumThreads(1)
        work(float(options.worker[0]), options.worker[1], sys.stdin, sys.stdout)
        return 0
    for size in options.sizes:
        for kind in PAGES:
            print(compare(size, kind, options.rounds, options.before), flush=True)
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
