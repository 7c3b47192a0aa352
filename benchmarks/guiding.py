"""How long the guide takes to answer an act: `python -m benchmarks.guiding`.

Pages of drawn numbers, with pieces of some colours at places in a space of six dimensions, so that
affinities hang together as those of a network do. *First* is the answer on a blank page, an act a
colour given to what the guide asks for next. Milliseconds of processor time, so that a busy machine
does not count; medians and, of the acts, the longest.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from gp_canvas.regions.guiding import Guidance, guide
from gp_canvas.regions.spread import Evidence
from gp_client.types import Level
from numpy.typing import NDArray

_EACH = 15  # pieces of a colour


def drawn(count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.intp]]:
    """Sizes [n], affinities [n, n] and true colours [n] of a page."""
    rng = np.random.default_rng(seed)
    colors = max(2, count // _EACH)
    color = rng.integers(0, colors, count)
    places = rng.normal(size=(count, 6)) + 3 * rng.normal(size=(colors, 6))[color]
    square = (places**2).sum(axis=1)
    apart = square[:, None] + square - 2 * places @ places.T
    affinity = (4 - np.maximum(apart, 0) / 4).astype(np.float32)
    sizes = (rng.pareto(1, count) * 100 + 20).astype(np.int64)
    return sizes, (affinity + affinity.T) / 2, color


def timed(count: int, level: Level, acts: int, seed: int) -> tuple[float, list[float], int]:
    """Milliseconds of the first answer and of each act, and how many groups there were at first."""
    sizes, affinity, color = drawn(count, seed)
    given = np.full(count, -1, np.int32)
    none, every = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    palette: list[int] = []

    def answer() -> tuple[Guidance, float]:
        shades = np.zeros((len(palette), 3), np.uint8)
        evidence = Evidence(shades, given, every, none, none)
        start = time.process_time()
        found = guide(sizes, affinity, evidence, level)
        return found, (time.process_time() - start) * 1e3

    answer()  # the first call of all loads what numpy loads late
    found, first = answer()
    groups, times = len(found.groups), []
    for _ in range(acts):
        group = found.next
        if group is None:
            break
        true = int(np.bincount(color[group.pieces]).argmax())
        if true not in palette:
            palette.append(true)
        given[group.pieces] = palette.index(true)
        found, took = answer()
        times.append(took)
    return first, times, groups


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=30)
    parser.add_argument("--pages", type=int, default=3)
    chosen = parser.parse_args()
    print("| pieces | level | groups | first, ms | an act, ms | longest act, ms |")
    print("|---|---|---|---|---|---|")
    for count in (100, 400, 1024):
        for level in ("careful", "bold"):
            runs = [timed(count, level, chosen.acts, seed) for seed in range(chosen.pages)]
            acts = np.concatenate([times for _, times, _ in runs])
            first = np.median([run[0] for run in runs])
            print(
                f"| {count} | {level} | {runs[0][2]} | {first:.1f} |"
                f" {np.median(acts):.1f} | {acts.max():.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
