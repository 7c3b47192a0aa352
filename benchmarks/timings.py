"""What the service costs, and how long another program takes for the same page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import gp_client
import psutil

from benchmarks import daemon
from benchmarks.pages import draw_page
from benchmarks.report import PEER, Row
from benchmarks.rig import daemon_process, private_daemon
from benchmarks.waits import seconds

GMIC = "0,95,1,1,0,24,200,0,75,2,60,20,90,1,10,1"  # parameters of the filter in Krita and GIMP
_PROGRAM = """
import sys, time
from pathlib import Path
import gp_client
width, height, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
art = Path(path).read_bytes()
began = time.perf_counter()
client = gp_client.connect(start=True, device="cpu")
page = client.open(art, width, height)
page.mask(page.regions[0].number)
print(time.perf_counter() - began)
client.shutdown()
"""


def gmic(megapixels: float, rounds: int) -> Row:
    """G'MIC's smart coloring of the same page."""
    what, where = f"{PEER}G'MIC smart coloring", f"{megapixels:g} MP"
    if shutil.which("gmic") is None:
        return Row(what, where, "ms", note="gmic is not installed (Debian: gmic)")
    with tempfile.TemporaryDirectory() as folder:
        page, out = os.path.join(folder, "page.png"), os.path.join(folder, "out.png")
        cv2.imwrite(page, draw_page(megapixels).gray)
        command = ["gmic", page, "-fx_colorize_lineart_smart", GMIC, "-o", out]

        def run() -> None:
            subprocess.run(command, capture_output=True, check=True, timeout=600)

        taken = tuple(1000 * seconds(run) for _ in range(rounds))
    return Row(what, where, "ms", taken, "reads and writes PNG too")


def service(rounds: int, repeats: int) -> list[Row]:
    """What the daemon adds to ONNX Runtime, and the wire to memcpy.

    Args:
        rounds: of one measurement, of which the median counts.
        repeats: measurements.
    """
    previews = [daemon.preview(rounds) for _ in range(repeats)]
    wires = [daemon.wire(rounds) for _ in range(repeats)]
    where = "12 MP, RGBA"
    return [
        Row(
            "a colour until the preview of the flats", "1 MP", "ms",
            tuple(1000 * flats for flats, _, _ in previews), "goal 30",
        ),
        Row(
            "a colour until the preview of soft colours, over ONNX Runtime alone", "1 MP", "times",
            tuple(soft / alone for _, soft, alone in previews), "goal 1.15",
        ),
        Row(
            "48 MB over the wire over memcpy into new memory", where, "times",
            tuple(sent / fresh for sent, _, fresh, _ in wires), "goal 3",
        ),
        Row(
            "the same over memcpy into memory used before", where, "times",
            tuple(sent / warm for sent, _, _, warm in wires), "goal 3",
        ),
        Row(
            "48 MB over the wire as bytes", where, "ms",
            tuple(1000 * whole for _, whole, _, _ in wires), "what page.render takes",
        ),
    ]  # fmt: skip


def start(megapixels: float, rounds: int) -> Row:
    """A fresh program: start the daemon, open a page, have the first region's mask."""
    gray = draw_page(megapixels).gray
    height, width = gray.shape
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        art = Path(folder) / "art"
        art.write_bytes(gray.tobytes())
        command = [sys.executable, "-c", _PROGRAM, str(width), str(height), str(art)]
        for _ in range(rounds):
            with private_daemon():
                done = subprocess.run(
                    command, env=dict(os.environ), capture_output=True, text=True, check=True
                )
            taken.append(float(done.stdout))
    what = "no daemon yet, to the first region"
    return Row(what, f"{megapixels:g} MP", "s", tuple(taken))


def rest(megapixels: float, watch: float) -> list[Row]:
    """What the daemon takes while nobody asks, and how much memory with pages open.

    Args:
        megapixels: of the page.
        watch: seconds of doing nothing.
    """
    gray = draw_page(megapixels).gray
    height, width = gray.shape
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        process = daemon_process()
        empty = process.memory_info().rss
        page = client.open(gray.tobytes(), width, height)
        page.hint(1, (200, 90, 60))
        page.render("flats")
        full, peak = process.memory_info().rss, _peak(process)
        time.sleep(2)  # what a client's leaving answer still costs is no rest
        before, began = sum(process.cpu_times()[:2]), time.perf_counter()
        time.sleep(watch)
        used = sum(process.cpu_times()[:2]) - before
        idle = 100 * used / (time.perf_counter() - began)
    where = f"{megapixels:g} MP open"
    rows = [
        Row("idle daemon", f"{where}, {watch:g} s", "% of a core", (idle,), "goal 0"),
        Row("daemon's memory", "no page", "MiB", (empty / 2**20,)),
        Row("daemon's memory", where, "MiB", (full / 2**20,)),
    ]
    if peak:
        rows.append(Row("daemon's memory at its highest", where, "MiB", (peak / 2**20,)))
    return rows


def _peak(process: psutil.Process) -> int:
    """The most that a process has had resident, bytes; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
