"""What a benchmark found, as a table, as a plot, and on which machine."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gp_client
import psutil
from gp_daemon.networks.bundle import Bundle, default_bundle

_PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "pyzmq")


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        what: is measured.
        where: size of the page, or what else it depends on.
        unit: of the samples.
        samples: one number a round; none where it could not be measured.
        note: goal, or why it could not be measured.
    """

    what: str
    where: str
    unit: str
    samples: tuple[float, ...] = ()
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the samples; NaN where there are none."""
        return statistics.median(self.samples) if self.samples else float("nan")

    def cells(self) -> tuple[str, ...]:
        """The row's texts: what, where, median, lowest and highest, rounds, note."""
        if not self.samples:
            return (self.what, self.where, "not measured", "", "0", self.note)
        low, high = min(self.samples), max(self.samples)
        middle = f"{_short(self.median)} {self.unit}".rstrip()
        spread = f"{_short(low)} to {_short(high)}"
        return (self.what, self.where, middle, spread, str(len(self.samples)), self.note)


Course = tuple[tuple[int, int, float], ...]  # clicks, colours, share that is right; from (0, 0, 0)


@dataclass(frozen=True)
class Way:
    """A way to colour, tried on several scenes.

    Attributes:
        name: of the way.
        courses: one a scene.
    """

    name: str
    courses: tuple[Course, ...]

    def needed(self, share: float, what: Literal[0, 1]) -> list[int | None]:
        """How many clicks (what = 0) or colours (1) each scene took to the share; None: never."""
        reached = [[step for step in course if step[2] >= share] for course in self.courses]
        return [(steps[0][0], steps[0][1])[what] if steps else None for steps in reached]

    def curve(self, what: Literal[0, 1], most: int) -> list[float]:
        """The share after at most 0, 1 ... ``most`` clicks (0) or colours (1), mean of scenes."""
        return [
            statistics.fmean(
                max(step[2] for step in course if step[what] <= number) for course in self.courses
            )
            for number in range(most + 1)
        ]


def table(rows: Iterable[Row]) -> str:
    """Rows as a table in Markdown."""
    head = ("what", "on", "median", "lowest to highest", "rounds", "note")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    return "\n".join(lines)


def counts(ways: Iterable[Way], shares: Sequence[float]) -> str:
    """The clicks and colours that each way takes to so much, as a table in Markdown.

    Medians over all scenes, with the middle half in brackets. A scene that never came so far counts
    as more than any; "-" is where that is the median.
    """
    head = ["way", *(f"{share:.0%}: {what}" for share in shares for what in ("clicks", "colours"))]
    lines = ["| " + " | ".join([*head, "scenes"]) + " |", "|---" + "|--:" * len(head) + "|"]
    for way in ways:
        cells = [_middle(way.needed(share, what)) for share in shares for what in _BOTH]
        lines.append("| " + " | ".join([way.name, *cells, str(len(way.courses))]) + " |")
    return "\n".join(lines)


_BOTH: tuple[Literal[0, 1], ...] = (0, 1)


def _middle(needed: Sequence[int | None]) -> str:
    ranked = sorted(needed, key=lambda one: (one is None, one or 0))
    low, middle, high = (ranked[round(part * (len(ranked) - 1))] for part in (0.25, 0.5, 0.75))
    if middle is None:
        return f"- ({sum(one is not None for one in ranked)} of {len(ranked)} scenes)"
    return f"{middle} ({low} to {'-' if high is None else high})"


def machine() -> str:
    """The machine and the versions of what runs, as lines in Markdown."""
    bundle = Bundle.load(default_bundle(), verify=False)
    cores = f"{psutil.cpu_count(logical=False)} cores, {psutil.cpu_count()} threads"
    versions = [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES]
    peers = [f"G'MIC {gmic}"] if (gmic := _gmic_version()) else []
    return "\n".join(
        (
            f"- {_processor()}, {cores}, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
            f"{platform.system()} {platform.release()}",
            f"- GuidingPainter {gp_client.__version__}, networks {bundle.name} {bundle.version} "
            f"(grid {bundle.grid_side}), CPU",
            f"- Python {platform.python_version()}, {', '.join([*versions, *peers])}",
        )
    )


def now() -> str:
    """The time, and how busy the machine was in the last minute."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, load {load}"


def plot(rows: Sequence[Row], ways: Sequence[Way], path: Path) -> None:
    """Draw times by page size on the left, right pixels by clicks and by colours on the right.

    Args:
        rows: those in ms are drawn, a bar for each, with its spread.
        ways: are drawn, means over their scenes.
        path: of the PNG.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    shown = [row for row in rows if row.unit == "ms" and row.samples]
    figure, (left, *right) = pyplot.subplots(
        1, 3, figsize=(14, 5), layout="constrained", width_ratios=(1.3, 1, 1)
    )
    colors = ["#d1495b" if row.what.startswith(PEER) else "#2a9d8f" for row in shown]
    medians = [row.median for row in shown]
    spread = (
        [row.median - min(row.samples) for row in shown],
        [max(row.samples) - row.median for row in shown],
    )
    left.barh(range(len(shown)), medians, color=colors, xerr=spread, ecolor="#555555")
    names = [f"{row.what}, {row.where}" for row in shown]
    left.set_yticks(range(len(shown)), names, fontsize=8)
    left.invert_yaxis()
    left.set_xscale("log")
    left.set_xlim(left=1)
    left.set_xlabel("ms, median and spread (green: ours, red: others)")
    for what, most, name in _AXES:
        axes = right[what]
        for way in ways:
            share = [100 * one for one in way.curve(what, most)]
            axes.plot(range(most + 1), share, label=way.name)
        axes.set_xlabel(name)
        axes.set_ylabel("% of what flat colours can get right")
        axes.set_ylim(0, 105)
        axes.grid(alpha=0.3)
    if ways:
        right[0].legend(fontsize=8, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


# What is counted, how far the plot goes, and its axis.
_AXES: tuple[tuple[Literal[0, 1], int, str], ...] = (
    (0, 80, "clicks or strokes"),
    (1, 30, "different colours picked"),
)
PEER = "peer: "  # begins the name of what is not ours


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _gmic_version() -> str:
    """Empty where it is not installed."""
    if shutil.which("gmic") is None:
        return ""
    done = subprocess.run(["gmic", "version"], capture_output=True, text=True, timeout=60)
    found = re.search(r"[Vv]ersion ([\d.]+\d)", done.stdout + done.stderr)
    return found[1] if found else "of unknown version"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
