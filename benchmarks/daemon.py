"""What the daemon adds to its networks' time, and its wire to that of a copy in memory.

    python -m benchmarks.daemon

Preview latency over the raw ONNX Runtime time of the same graph (goal: at most 1.15), and the time
for 48 MB over the wire over that of memcpy (goal: at most 3).
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


def preview(rounds: int) -> tuple[float, float]:
    """Return seconds of a hint's preview through the daemon, and of the colorizer alone.

    Rounds of both alternate, so that whatever else the machine does falls on both.
    """
    engine = Engine(Bundle.load(default_bundle()), cpu=True)
    rng, side = random.Random(1), 1024
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        page = client.open(line_art(side, side), side, side)
        width, height = page.grid
        multiple = engine.bundle.grid_multiple
        shape = (-(-height // multiple) * multiple, -(-width // multiple) * multiple)
        sketch = np.ones(shape, np.float32)
        labels = np.zeros(shape, np.uint8)
        count = engine.bundle.n_regions
        colors, hinted = np.zeros((count, 3), np.float32), np.zeros(count, np.bool_)
        blank = ColorizerInput(sketch, labels, colors, hinted)

        def through_daemon() -> None:
            color = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
            page.hint(1, color)
            page.render("flats", preview=True)

        def alone() -> None:
            engine.colorize(blank)

        pairs = [(median(through_daemon, 1), median(alone, 1)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


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
    daemon, alone = preview(options.rounds)
    print(
        f"preview  {1000 * daemon:.0f} ms through the daemon, {1000 * alone:.0f} ms ONNX Runtime "
        f"alone: {daemon / alone:.2f} (goal 1.15)"
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
