"""The whole table in one command: `make bench`, or `python -m benchmarks.bench [--quick]`.

Writes docs/benchmarks.md and docs/images/benchmarks.png; with --quick, which only shows that all of
it runs, into out/bench.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gp_client.errors import GuidingPainterError

from benchmarks import actions, editor_peers, report, timings
from benchmarks.report import Curve, Row

_ROOT = Path(__file__).parents[1]
_HEAD = """# Benchmarks

Made by `make bench`{quick}. One run, one machine; ours and the others by turns in it.

{machine}

![Times by page size, and how much is right after so many clicks](images/benchmarks.png)
"""
_TIMES = """
## What an artist waits for

Pages of 24 vector drawings{source}, through the same client and daemon as the plug-ins. *Open* is
until the regions are there; *hint to preview* is what one colour costs in the docker. A page that
the daemon knows already opens at once and is not counted.

{table}

The others do another job each: G'MIC's filter colours the whole page at random from line art
alone, once; Krita's Colorize Mask works on the whole layer again after each change of strokes;
GIMP's bucket fill does one area a click (by colour: its procedures offer no line-art detection).

## What the service costs

{service}
"""
_ACTIONS = """
## What a picture costs in clicks

Clicks or strokes until so much of the paper is right. Scenes of the test split, at 768 x 768 px:
figures from works that no network was trained on, coloured by rule (`benchmarks/actions.py` says
how). A colour is right if it is within 24 of 255 of the true one in each channel; only paper
counts, lines do not. A page starts white, so what is white is right from the start. Shading and
what is smaller than a click is never right for anybody.

{table}

The guide has at most 30 regions; when they are used up, bucket fills go on. Bucket fills and
strokes are placed by one who knows the true picture: always on what is worth most. The guide's
user need not look for a place, as the region is selected already. Looking is not counted, nor is
picking the colour, which is the same for all.
"""


_SHARES = (0.6, 0.7, 0.8)
_MASK_MOST = 3.0  # megapixels; beyond, one change of strokes takes minutes


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        sizes: of pages, megapixels.
        rounds: of each step on a page.
        peer_rounds: of each peer, which are slow.
        repeats: of what is a ratio of two.
        watch: seconds that an idle daemon is looked at.
        scenes: coloured by each way; Colorize Mask takes a quarter of them.
    """

    sizes: tuple[float, ...] = (1.0, 3.0, 12.0)
    rounds: int = 7
    peer_rounds: int = 3
    repeats: int = 5
    watch: float = 30.0
    scenes: int = 24


_QUICK = Plan((1.0,), 2, 1, 1, 3.0, 1)


def run(plan: Plan, folder: Path, quick: bool) -> None:
    """Measure all, and write ``benchmarks.md`` and its plot into a folder."""
    machine = report.machine()
    times: list[Row] = []
    for size in plan.sizes:
        times += _try(f"{size:g} MP", lambda size=size: timings.walk(size, plan.rounds))
        times += _try("G'MIC", lambda size=size: [timings.gmic(size, plan.peer_rounds)])
    small = [size for size in plan.sizes if size <= _MASK_MOST]
    times += _try("Krita", lambda: editor_peers.colorize_mask(small, plan.peer_rounds))
    times += _try("GIMP", lambda: editor_peers.bucket_fill(plan.sizes))
    service = _try("service", lambda: timings.service(plan.rounds, plan.repeats))
    service += _try("start", lambda: [timings.start(plan.sizes[0], plan.rounds)])
    service += _try("rest", lambda: timings.rest(plan.sizes[-1], plan.watch))
    print("clicks ...", file=sys.stderr, flush=True)
    try:
        curves, missing = _count(plan)
    except GuidingPainterError as error:
        curves, missing = [], f"\n\nNot counted: {error}"
    folder.mkdir(parents=True, exist_ok=True)
    report.plot(times, curves, folder / "images" / "benchmarks.png")
    known = timings.draw_page(0.1).source
    text = _HEAD.format(machine=machine, quick=", in its quick form" if quick else "")
    text += _TIMES.format(
        source=f" ({known})", table=report.table(times), service=report.table(service)
    )
    text += _ACTIONS.format(table=report.counts(curves, _SHARES) + missing)
    (folder / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


def _count(plan: Plan) -> tuple[list[Curve], str]:
    """The curves, and what is missing of them."""
    found = actions.scenes(plan.scenes)
    curves = actions.count(found)
    some = found[:: max(1, len(found) // max(1, plan.scenes // 4))]
    try:
        return [*curves, editor_peers.mask_curve(some)], ""
    except editor_peers.Missing as error:
        return curves, "\n\nColorize Mask is missing: " + " ".join(str(error).split())


def _try(name: str, measure: Callable[[], Iterable[Row]]) -> list[Row]:
    """Rows of one measurement; one that cannot be had says why, and the others go on."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        return list(measure())
    except (editor_peers.Missing, GuidingPainterError, subprocess.SubprocessError) as error:
        return [Row(name, "", "", (), " ".join(str(error).split()))]


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few rounds on small pages")
    parser.add_argument("-o", "--out", type=Path, help="folder to write to")
    options = parser.parse_args()
    folder = options.out or (_ROOT / "out/bench" if options.quick else _ROOT / "docs")
    run(_QUICK if options.quick else Plan(), folder, options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
