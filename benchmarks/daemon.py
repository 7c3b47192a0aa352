"""What the daemon adds to its networks' time, and its wire to that of a copy in memory.

    python -m benchmarks.daemon

From a colour to its preview, in flats (goal: 30 ms) and in soft colours (goal: 1.15 times the raw
ONNX Runtime time of the colorizer), and the time for 48 MB over the wire over that of memcpy (goal:
at most 3).
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable

import gp_client
import numpy as np
from gp_client.wire import Frame
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput

from benchmarks.rig import line_art, private_daemon

_WIRE_SIDE = (4000, 3000)  # RGBA8: 48 MB


def median(work: Callable[[], object], rounds: int) -> float:
    """Return the median seconds of a round; one more runs first."""
    work()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def preview(rounds: int) -> tuple[float, float, float]:
    """Return seconds from a colour to the page's preview, and of the colorizer alone.

    The guide's answer to the colour is part of it: other regions, and what comes next. Rounds
    alternate, so that whatever else the machine does falls on all.

    Returns:
        Flats, which need no network; soft colours; the colorizer on a grid of this size.
    """
    engine = Engine(Bundle.load(default_bundle()), cpu=True)
    rng, side = random.Random(1), 1024
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        page = client.open_guided(line_art(side, side), side, side)
        width, height = page.grid
        multiple = engine.bundle.grid_multiple
        shape = (-(-height // multiple) * multiple, -(-width // multiple) * multiple)
        sketch = np.ones(shape, np.float32)
        labels = np.zeros(shape, np.uint8)
        count = engine.bundle.n_regions
        colors, hinted = np.zeros((count, 3), np.float32), np.zeros(count, np.bool_)
        blank = ColorizerInput(sketch, labels, colors, hinted)

        def colored(kind: str) -> None:
            color = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
            page.color((side // 2, side // 2), color)
            page.render(kind, preview=True)

        works = (
            lambda: colored("flats"),
            lambda: colored("soft"),
            lambda: engine.colorize(blank),
        )
        turns = [[median(work, 1) for work in works] for _ in range(rounds)]
    flats, soft, alone = (statistics.median(one) for one in zip(*turns, strict=True))
    return flats, soft, alone


def wire(rounds: int) -> tuple[float, float, float, float]:
    """Return seconds for 48 MB, the median of rounds that take turns.

    Returns:
        From the daemon into the client's memory; the same as ``bytes``, as ``page.render`` returns
        it; memcpy into memory that is new, as the client's is; memcpy into memory used before.
    """
    width, height = _WIRE_SIDE
    source = np.ones(width * height * 4, np.uint8)
    target = source.copy()
    with private_daemon(fake=True), gp_client.connect(start=True) as client:
        page = client.open(bytes(width * height), width, height)
        args = {"page": page._id, "kind": "flats", "format": "RGBA8", "preview": False}

        def fetch() -> Frame:
            return client.call("render", args).frames[0]

        assert fetch().nbytes == width * height * 4
        # The daemon fills its picture first: that is no part of the wire.
        works = (
            lambda: np.zeros((height, width, 4), np.uint8).fill(1),
            fetch,
            lambda: page.render("flats"),
            source.copy,
            lambda: np.copyto(target, source),
        )
        turns = [[median(work, 1) for work in works] for _ in range(rounds)]
    made, fetched, rendered, fresh, warm = (
        statistics.median(one) for one in zip(*turns, strict=True)
    )
    return max(0.0, fetched - made), max(0.0, rendered - made), fresh, warm


def main() -> int:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    flats, soft, alone = preview(options.rounds)
    print(
        f"preview  flats {1000 * flats:.0f} ms (goal 30), soft colours {1000 * soft:.0f} ms, ONNX "
        f"Runtime alone {1000 * alone:.0f} ms: {soft / alone:.2f} (goal 1.15)"
    )
    sent, whole, fresh, warm = (1000 * one for one in wire(options.rounds))
    print(
        f"wire     48 MB in {sent:.1f} ms, memcpy {fresh:.1f} ms into new memory, {warm:.1f} ms "
        f"into old: {sent / fresh:.1f} and {sent / warm:.1f} (goal 3)"
    )
    print(f"         as bytes {whole:.1f} ms: {whole / fresh:.1f} and {whole / warm:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
