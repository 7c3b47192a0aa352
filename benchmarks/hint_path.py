"""What a hint costs, stage by stage, and what it cost at another commit, by turns in one run.

    python -m benchmarks.hint_path [--before COMMIT] [--after COMMIT] [--sizes 1 3 12] [--rounds 7]

For each version a worker of its own opens the same page, inside its process (for the stages) and
in a daemon of its own (for what the artist waits for). Both versions take turns, hint by hint, so
that whatever else the machine does falls on both. All that they paint is compared byte by byte.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import gp_client

from benchmarks.pages import draw_page
from benchmarks.rig import private_daemon
from benchmarks.versions import ROOT, checkout, module, worker

# The commits between which the hint path was made faster; what else changed since is left out.
BEFORE, AFTER = "25fb1fc", "f8c4784"
_WAITS = {
    "preview": "hint, suggestion and preview",
    "flats": "hint and flats at canvas size",
    "soft": "hint and soft colours at canvas size",
}
# Where each stage is found in the code: modules' names in all versions that may be compared.
_ENGINE = ("gp_daemon.networks.engine", "gp_daemon.networks")
_PAINTING = ("gp_daemon.painting", "gp_daemon.pages.painting")
_RENDER = ("gp_daemon.render", "gp_canvas.paint.render")
_BUNDLE = ("gp_daemon.bundle", "gp_daemon.networks.bundle")
_PAGE = ("gp_daemon.page", "gp_daemon.pages.page")
_STAGES = (
    (_ENGINE, "Engine.colorize", "g: input and output"),
    (_PAINTING, "render.clean_picture", "clean picture"),
    (_PAINTING, "obey_hints", "obey the hints"),
    (_RENDER, "group_medians", "medians of segments and regions"),
    (_PAINTING, "render.segment_colors", "flat colours"),
    (_PAINTING, "render.flats", "flats from colours"),
    (_PAINTING, "render.soft", "soft colours"),
)
_RUNTIME = "g in ONNX Runtime"
_REST = "client, wire and the rest"


class Stages:
    """Time by stage; what a stage spends in another one is the other's."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._open = clock, list[float]()
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with its time added to a stage."""

        def call(*args: Any, **options: Any) -> Any:
            began = self._clock()
            self._open.append(0.0)
            try:
                return work(*args, **options)
            finally:
                whole, inner = self._clock() - began, self._open.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + whole - inner
                if self._open:
                    self._open[-1] += whole

        return call

    def watch(self, module: str, path: str, name: str) -> None:
        """Time what a module calls by this path."""
        owner: Any = sys.modules[module]
        *parents, last = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        setattr(owner, last, self.timed(name, getattr(owner, last)))


def work(megapixels: float, orders: TextIO, answers: TextIO) -> None:
    """Answer each line of orders, a round's number, with its times and digests as JSON."""
    bundles, engines, pages = (module(names) for names in (_BUNDLE, _ENGINE, _PAGE))
    gray = draw_page(megapixels).gray
    height, width = gray.shape
    bundle = bundles.Bundle.load(bundles.default_bundle(), verify=False)
    engine, stages = engines.Engine(bundle, cpu=True), Stages()
    page = pages.Page(engine, gray.tobytes(), width, height)
    for names, path, stage in _STAGES:
        stages.watch(module(names).__name__, path, stage)
    session = engine._sessions["colorizer"]
    engine._sessions = {
        **engine._sessions,
        "colorizer": _Timed(session, stages.timed(_RUNTIME, session.run)),
    }
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        remote = client.open(gray.tobytes(), width, height)
        numbers = [region.number for region in remote.regions]
        for line in orders:
            number, answer = int(line), {}
            region, following = (numbers[(number + k) % len(numbers)] for k in (0, 1))
            for step, (kind, preview) in enumerate(
                (("preview", True), ("flats", False), ("soft", False))
            ):
                color = (17 * number % 256, 90 + 50 * step, 200 - 60 * step)
                stages.seconds.clear()
                began = time.perf_counter()
                remote.hint(region, color)
                if preview:
                    remote.suggest(following)
                painted = remote.render("flats" if preview else kind, preview=preview)
                waited = time.perf_counter() - began
                page.hint(region, color)
                if preview:
                    page.suggest(following)
                own = page.render("flats" if preview else kind, preview=preview)
                if own.tobytes() != painted:
                    raise SystemExit("The daemon paints something else than its own code.")
                answer[kind] = {
                    "waited": waited,
                    "stages": dict(stages.seconds),
                    "digest": hashlib.sha256(painted).hexdigest(),
                }
            print(json.dumps(answer), file=answers, flush=True)


class _Timed:
    """An ONNX Runtime session whose runs are timed."""

    def __init__(self, session: Any, run: Callable[..., Any]) -> None:
        self._session, self.run = session, run

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


@dataclass(frozen=True)
class Line:
    """One stage, or all of them, before and after: milliseconds, one number a round.

    Attributes:
        what: the stage; what a user waits for where ``whole``.
        where: size of the page.
        before, after: milliseconds.
        whole: whether the lines that follow are its stages.
    """

    what: str
    where: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    whole: bool


def compare(
    megapixels: float, rounds: int, before: str, after: str | None
) -> tuple[list[Line], int, int]:
    """Both versions' times for one size of page.

    Args:
        megapixels: of the page.
        rounds: hints of each kind.
        before: a commit.
        after: a commit; None: the code as it lies here.

    Returns:
        The lines; how many pictures are the same byte by byte; of how many.

    Raises:
        subprocess.CalledProcessError: there is no such commit here.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sources = [checkout(before, Path(folder) / "before")]
        sources.append(checkout(after, Path(folder) / "after") if after else ROOT)
        size = str(megapixels)
        workers = [
            stack.enter_context(worker(source, "benchmarks.hint_path", size)) for source in sources
        ]
        taken: list[list[dict[str, Any]]] = [[], []]
        for number in range(-1, rounds):  # the first is for warming up
            for ask, answers in zip(workers, taken, strict=True):
                answers.append(ask(number))
    pairs = list(zip(*taken, strict=True))
    same = sum(a[kind]["digest"] == b[kind]["digest"] for a, b in pairs for kind in _WAITS)
    lines = _lines(f"{megapixels:g} MP", [one[1:] for one in taken])
    return lines, same, len(pairs) * len(_WAITS)


def _lines(where: str, taken: Sequence[Sequence[dict[str, Any]]]) -> list[Line]:
    lines = []
    for kind, what in _WAITS.items():
        parts = [[one[kind] for one in version] for version in taken]

        def line(
            name: str, time_of: Callable[[Any], float], whole: bool = False, parts: Any = parts
        ) -> Line:
            before, after = (tuple(1000 * time_of(one) for one in version) for version in parts)
            return Line(name, where, before, after, whole)

        names = dict.fromkeys(
            name for version in parts for one in version for name in one["stages"]
        )
        stages = [line(name, lambda one, name=name: one["stages"].get(name, 0.0)) for name in names]
        stages.sort(key=lambda one: -statistics.median(one.before))
        lines += [line(what, lambda one: one["waited"], whole=True), *stages]
        rest = line(_REST, lambda one: one["waited"] - sum(one["stages"].values()))
        lines.append(rest)
    return lines


def table(lines: Sequence[Line]) -> str:
    """Medians in ms, before and after, as a table in Markdown with a column for each size."""
    sizes = list(dict.fromkeys(line.where for line in lines))
    names: list[tuple[str, str]] = []  # what is waited for, and its stage
    cells: dict[tuple[str, str, str], str] = {}
    whole = ""
    for line in lines:
        whole = line.what if line.whole else whole
        name = (whole, "" if line.whole else line.what)
        if name not in names:
            names.append(name)
        before, after = statistics.median(line.before), statistics.median(line.after)
        text = f"{before:.3g} → {after:.3g}"
        if line.whole:
            text = f"**{text}** ({min(line.after):.3g} to {max(line.after):.3g})"
        cells[*name, line.where] = text
    rows = [f"| ms, median before → after | {' | '.join(sizes)} |", "|---" * (len(sizes) + 1) + "|"]
    for name in names:
        title = f"· {name[1]}" if name[1] else f"**{name[0]}** (spread after)"
        rows.append(f"| {title} | {' | '.join(cells.get((*name, size), '') for size in sizes)} |")
    return "\n".join(rows)


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", default=BEFORE, help="commit to compare with")
    parser.add_argument("--after", help="commit; default: the code as it lies here")
    parser.add_argument("--sizes", type=float, nargs="+", default=(1.0, 3.0, 12.0))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--worker", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, sys.stdin, sys.stdout)
        return 0
    # Not for a worker: it may run a version whose modules have other names.
    from benchmarks.report import now

    print(now())
    lines = []
    for size in options.sizes:
        found, same, of = compare(size, options.rounds, options.before, options.after)
        print(f"{size:g} MP: {same} of {of} pictures are the same, byte by byte", flush=True)
        lines += found
    print(table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
