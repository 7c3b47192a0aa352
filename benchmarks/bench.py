"""The whole table in one command: `make bench`, or `python -m benchmarks.bench [--quick]`.

Writes docs/benchmarks.md and docs/images/benchmarks.png; with --quick, which only shows that all of
it runs, into out/bench. What was measured is kept part by part (`benchmarks/kept.py`), so that a
run that was broken off goes on with `--parts`, and nothing is lost.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gp_client.errors import GuidingPainterError

from benchmarks import (
    actions,
    acts,
    editor_peers,
    guided,
    hint_path,
    jobs,
    kept,
    report,
    timings,
    waits,
)  # fmt: skip
from benchmarks.kept import Part
from benchmarks.pages import draw_page
from benchmarks.report import Row, Way

_ROOT = Path(__file__).parents[1]
_HEAD = """# Benchmarks

Made by `make bench`{quick}. One machine; within a part ours and the others, or before and after,
by turns. Medians, and the lowest and highest of the rounds.

{machine}

{parts}

![Times by page size, and how much is right after so many clicks and colours](images/benchmarks.png)
"""
_TIMES = """
## What an artist waits for

Pages of 24 vector drawings{source}, and a strip of such pictures, through the same client and
daemon as the plug-ins. *Open* is until regions and the map of pieces are there; *hover and pick* is
what lies at one spot, from that map; a *colour* goes to what the guide asks for; flats are those of
the whole canvas. A page that the daemon knows already opens at once and is not counted.

{table}

The others do another job each: G'MIC's filter colours the whole page at random from line art
alone, once; Krita's Colorize Mask works on the whole layer again after each change of strokes;
GIMP's bucket fill does one area a click (by colour: its procedures offer no line-art detection).

## What the service costs

{service}
"""
_ACTS = """
## What a page of pieces costs, against a page of hints

Inside the daemon, without the wire: milliseconds of processor time, one thread, this code and
commit {before} by turns (`python -m benchmarks.acts`). There areas were cut by f, and a page had at
most thirty regions; a *fill* is a hint there. *Fill* and *colour a region* are with the guide's
answer and the regions that changed. "Ellipses" are 400 that cross: thousands of pieces.

{table}
"""
_HINT_PATH = """
## The hint path, before and after

Where a hint's time goes, and what profiling changed: the same page and the same hints in the code
of commits {before} and {after}, by turns in one run
(`python -m benchmarks.hint_path --after {after}`). Most of the colorizer's time was no convolution:
the stem's unfolding and the hints' maps as operations of their own. The export now puts the stem
into the first convolution and makes the maps by two small products. Medians are counted instead of
sorted. What is painted stays the same: {same}.

{table}
"""
_ACTIONS = """
## What a picture costs in clicks and colours

Scenes of the test split, at 768 x 768 px: figures from works that no network was trained on,
coloured by rule (`benchmarks/actions.py` and `guided.py` say how). A white page is 0 %; 100 % is
what one has who
fills every single area with the median of its true colours: shading is beyond all of them. A colour
is right within 24 of 255 in each channel; only paper counts. A *click* is a region coloured or
left white, an area filled, or a stroke; a *colour* is one not picked before, so ten areas of one
colour are ten clicks and one colour. Proposals that are right need no click. Medians over the
scenes, the middle half in brackets.

{table}

Whole pages of 24 panels (1 MP, vector drawings, flat colours, no shading), which the networks may
have seen in training, but not in these panels:

{panels}

Pages of real works of the test split, with computed lines, in one colour a piece:

{real}

Page 2 of a work, after page 1 was coloured to its end and learned; composed pages, in which the
same figures come again in their colours, and real works, in which they may:

{second}

Whole pages in the real editors, by mouse, to their end (`python -m experiments.krita_job` and
`experiments.gimp_page` play them; a fill tool's clicks are counted, not played):

{jobs}

What the measure is good for, and what not:

- All know the true picture. Bucket fills and *largest wrong place* take the area with the most
  wrong pixels first, strokes the largest true flat, the guide its own order.
- Looking for the place, aiming into it, and taking back what leaked through a gap are not counted;
  the guide spares the first two. What is smaller than 30 px is nobody's.
- A share of pixels is mostly background: one or two clicks reach half of a picture in every way.
  The figure, which is the work, is in the last shares.
- A region gets one colour, that of its largest piece, even where several belong there. Colours
  that are only suggested do not count as right. At most {clicks} clicks a page are made with the
  guide.
- A piece that is a part of an open area may lead beyond 100 %, and so may Colorize Mask. Its
  strokes are counted in steps (1, 2, 4, 8, 12, 16, 24 ... 64).
"""
_SHARES = (0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        sizes: of pages, megapixels.
        largest: size of one page more, on which only waits are measured.
        strip: height of a strip in pixels, for waits too.
        rounds: of each step on a page.
        peer_rounds: of each peer, which are slow.
        repeats: of what is a ratio of two.
        watch: seconds that an idle daemon is looked at.
        scenes: coloured by each way; there are a quarter as many pages of panels.
        jobs: whole pages in editors, see `benchmarks.jobs.JOBS`.
        clicks: at most so many a page with the guide.
    """

    sizes: tuple[float, ...] = (1.0, 3.0, 12.0)
    rounds: int = 7
    peer_rounds: int = 3
    repeats: int = 5
    watch: float = 30.0
    scenes: int = 24
    largest: float = 48.0
    strip: int = 20_000
    jobs: tuple[str, ...] = tuple(jobs.JOBS)
    clicks: int = 80


_QUICK = Plan((1.0,), 2, 1, 1, 3.0, 2, 2.0, 2_000, ("Krita of this system",), 8)


def _pages(plan: Plan) -> Part:
    rows: list[Row] = []
    for size in (*plan.sizes, plan.largest):
        rows += waits.waits(draw_page(size).gray, f"{size:g} MP", plan.rounds)
    strip = waits.strip(plan.strip)
    rows += waits.waits(strip, f"strip, {strip.shape[1]} x {strip.shape[0]}", plan.rounds)
    return Part(rows=tuple(rows))


def _gmic(plan: Plan) -> Part:
    return Part(rows=tuple(timings.gmic(size, plan.peer_rounds) for size in plan.sizes))


def _krita(plan: Plan) -> Part:
    return Part(rows=tuple(editor_peers.colorize_mask(plan.sizes, plan.peer_rounds)))


def _gimp(plan: Plan) -> Part:
    return Part(rows=tuple(editor_peers.bucket_fill(plan.sizes)))


def _service(plan: Plan) -> Part:
    rows = timings.service(plan.rounds, plan.repeats)
    rows.append(timings.start(plan.sizes[0], plan.rounds))
    return Part(rows=(*rows, *timings.rest(plan.sizes[-1], plan.watch)))


def _hint_path(plan: Plan) -> Part:
    lines, same, of = [], 0, 0
    for size in plan.sizes:
        found = hint_path.compare(size, plan.rounds, hint_path.BEFORE, hint_path.AFTER)
        lines += found[0]
        same, of = same + found[1], of + found[2]
    text = f"{same} of {of} pictures are equal byte by byte"
    return Part(text=text, table=hint_path.table(lines))


def _acts(plan: Plan) -> Part:
    tables = [acts.compare(plan.sizes[-1], kind, plan.rounds) for kind in acts.PAGES]
    return Part(table="\n\n".join(tables))


def _clicks(plan: Plan) -> Part:
    return Part(ways=_ways(plan, actions.scenes(plan.scenes)))


def _panels(plan: Plan) -> Part:
    return Part(ways=_ways(plan, actions.panels(max(1, plan.scenes // 4))))


def _real(plan: Plan) -> Part:
    return Part(ways=_ways(plan, guided.real_scenes(plan.scenes)))


def _second(plan: Plan) -> Part:
    ways, missing = [], []
    for kind, named in guided.KINDS.items():
        try:
            courses = guided.second_pages(guided.pairs_of(kind, plan.scenes), plan.clicks)
        except GuidingPainterError as error:  # the other kind may be there
            missing.append(" ".join(str(error).split()))
            continue
        ways += [Way(f"{named}: {name}", tuple(found)) for name, found in courses.items()]
    return Part(ways=tuple(ways), missing=" ".join(missing))


def _ways(plan: Plan, scenes: Sequence[actions.Scene]) -> tuple[Way, ...]:
    courses = {**actions.count(scenes), **guided.count(scenes, plan.clicks)}
    return tuple(Way(name, tuple(found)) for name, found in courses.items())


def _jobs(plan: Plan) -> Part:
    return Part(rows=tuple(jobs.play(list(plan.jobs))))


def _strokes(plan: Plan) -> Part:
    return Part(ways=(editor_peers.mask_way(actions.scenes(plan.scenes)),))


# What every reader wants comes first, in case that the time does not suffice.
PARTS: dict[str, Callable[[Plan], Part]] = {
    "pages": _pages,
    "service": _service,
    "acts": _acts,
    "hint path": _hint_path,
    "clicks": _clicks,
    "panels": _panels,
    "real works": _real,
    "page 2": _second,
    "jobs": _jobs,
    "gimp": _gimp,
    "krita": _krita,
    "strokes": _strokes,
    "gmic": _gmic,
}


def measure(plan: Plan, names: list[str], folder: Path) -> None:
    """Measure parts, and keep each as soon as it is there."""
    for name in names:
        began = report.now()
        print(f"{began}: {name} ...", file=sys.stderr, flush=True)
        try:
            part = PARTS[name](plan)
        except (editor_peers.Missing, GuidingPainterError, subprocess.SubprocessError) as error:
            # One that cannot be had says why, and the others go on.
            part = Part(missing=" ".join(str(error).split()))
        kept.keep(folder, name, part, began)


def write(plan: Plan, source: Path, folder: Path, quick: bool) -> None:
    """Write ``benchmarks.md`` and its plot into a folder, of the parts that were kept."""
    parts = {name: kept.read(source, name) for name in PARTS}
    times = [row for name in ("pages", "gmic", "krita", "gimp") for row in parts[name].rows]
    times.sort(key=lambda row: row.what.startswith(report.PEER))  # stable: ours first
    ways = [*parts["clicks"].ways, *parts["strokes"].ways]
    report.plot(times, ways, folder / "images" / "benchmarks.png")
    known = draw_page(0.1).source
    text = _HEAD.format(
        machine=report.machine(),
        quick=", in its quick form" if quick else "",
        parts="\n".join(f"- {name}: {part.about}" for name, part in parts.items()),
    )
    text += _TIMES.format(
        source=f" ({known})",
        table=report.table(times),
        service=report.table(parts["service"].rows),
    )
    text += _ACTS.format(before=acts.BEFORE, table=parts["acts"].table)
    text += _HINT_PATH.format(
        before=hint_path.BEFORE,
        after=hint_path.AFTER,
        same=parts["hint path"].text,
        table=parts["hint path"].table,
    )
    text += _ACTIONS.format(
        table=report.counts(ways, _SHARES),
        panels=report.counts(parts["panels"].ways, _SHARES),
        real=report.counts(parts["real works"].ways, _SHARES),
        second=report.counts(parts["page 2"].ways, _SHARES),
        jobs=report.table(parts["jobs"].rows),
        clicks=plan.clicks,
    )
    (folder / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few rounds on small pages")
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, metavar="PART", default=list(PARTS),
        help=f"measure these alone, and take what was kept for the others: {', '.join(PARTS)}",
    )  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, help="folder to write to")
    options = parser.parse_args()
    folder = options.out or (_ROOT / "out/bench" if options.quick else _ROOT / "docs")
    source = _ROOT / "out/bench" / ("quick" if options.quick else "full")
    plan = _QUICK if options.quick else Plan()
    measure(plan, options.parts, source)
    write(plan, source, folder, options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
