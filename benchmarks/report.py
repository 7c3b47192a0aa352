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

import gp_client
import psutil
from gp_daemon.bundle import Bundle, default_bundle

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


@dataclass(frozen=True)
class Curve:
    """How much of a picture is right after so many actions, averaged over scenes.

    Attributes:
        name: of the way to colour.
        scenes: how many.
        actions: 0, 1, 2 ...; need not be without gaps.
        right: share of the paper that has its true colour, 0..1, one for each of ``actions``.
    """

    name: str
    scenes: int
    actions: tuple[int, ...]
    right: tuple[float, ...]


def table(rows: Iterable[Row]) -> str:
    """Rows as a table in Markdown."""
    head = ("what", "on", "median", "lowest to highest", "rounds", "note")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    return "\n".join(lines)


def counts(curves: Iterable[Curve], shares: Sequence[float]) -> str:
    """How many actions each way takes to have so much right, as a table in Markdown."""
    head = ["way", *(f"{share:.0%} right" for share in shares), "in the end", "scenes"]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    for curve in curves:
        pairs = list(zip(curve.actions, curve.right, strict=True))
        needed = [next((str(n) for n, right in pairs if right >= share), "-") for share in shares]
        end = f"{curve.right[-1]:.1%} after {curve.actions[-1]}"
        lines.append("| " + " | ".join([curve.name, *needed, end, str(curve.scenes)]) + " |")
    return "\n".join(lines)


def machine() -> str:
    """The machine, how busy it was, and the versions of what ran, as lines in Markdown."""
    now = datetime.datetime.now().astimezone()
    bundle = Bundle.load(default_bundle(), verify=False)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    cores = f"{psutil.cpu_count(logical=False)} cores, {psutil.cpu_count()} threads"
    versions = [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES]
    peers = [f"G'MIC {gmic}"] if (gmic := _gmic_version()) else []
    return "\n".join(
        (
            f"- {now:%Y-%m-%d %H:%M %Z}, load average before {load}",
            f"- {_processor()}, {cores}, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
            f"{platform.system()} {platform.release()}",
            f"- GuidingPainter {gp_client.__version__}, networks {bundle.name} {bundle.version} "
            f"(grid {bundle.grid_side}), CPU",
            f"- Python {platform.python_version()}, {', '.join([*versions, *peers])}",
        )
    )


def plot(rows: Sequence[Row], curves: Sequence[Curve], path: Path) -> None:
    """Draw times by page size on the left, right pixels by actions on the right.

    Args:
        rows: those in ms are drawn, a bar for each.
        curves: are drawn.
        path: of the PNG.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    shown = [row for row in rows if row.unit == "ms" and row.samples]
    colors = ["#d1495b" if row.what.startswith(PEER) else "#2a9d8f" for row in shown]
    places = range(len(shown))
    left.barh(places, [row.median for row in shown], color=colors)
    left.set_yticks(places, [f"{row.what}, {row.where}" for row in shown], fontsize=8)
    left.invert_yaxis()
    left.set_xscale("log")
    left.set_xlim(left=10)
    left.set_xlabel("ms, median (green: ours, red: others)")
    for curve in curves:
        share = [100 * one for one in curve.right]
        right.plot(curve.actions, share, marker=".", label=curve.name)
    right.set_xlabel("clicks or strokes")
    right.set_ylabel("% of the paper in its true colour")
    right.grid(alpha=0.3)
    if curves:
        right.legend(fontsize=8, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


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
