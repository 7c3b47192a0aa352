"""Time and memory of regions at canvas size: `python -m experiments.canvas [--peer]`.

Each size runs in a process of its own, so that its peak of memory is its own. Times are the best of
three, in milliseconds: wall clock, which other programs on the machine make longer, and in brackets
the processor's time, which they hardly do.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gp_canvas.lines import raster
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.paint import render
from gp_canvas.regions.regions import snap
from gp_daemon.networks import strips
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from gp_daemon.pages.painting import Painting

from benchmarks.pages import draw_page

_SIZES = (1.0, 3.0, 12.0, 48.0)
_PEER_MOST = 3.0  # megapixels; beyond, the peer takes minutes
_PEER = "0,95,1,1,0,24,200,0,75,2,60,20,90,1,10,1"
_COLUMNS = (
    "MP", "pieces", "regions", "read", "find pieces", "snap", "open", "f", "g", "flats", "soft",
    "B/px",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=_SIZES, help="megapixels")
    parser.add_argument("--bundle", type=Path, default=default_bundle())
    parser.add_argument("--peer", action="store_true", help="also run G'MIC's smart coloring")
    parser.add_argument("--worker", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(measure(arguments.worker, arguments.bundle, arguments.peer)))
        return
    rows = []
    for size in arguments.sizes:
        command = [sys.executable, "-m", "experiments.canvas", "--worker", str(size)]
        command += ["--bundle", str(arguments.bundle)] + ["--peer"] * arguments.peer
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    columns = [*_COLUMNS, *(["G'MIC"] if arguments.peer else [])]
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row.get(column, "")) for column in columns) + " |")
    print(f"\nPages from {rows[0]['source']}; wall (processor) ms; open = find pieces + snap.")


def measure(megapixels: float, bundle: Path, peer: bool) -> dict[str, Any]:
    """One row of the table."""
    page = draw_page(megapixels)
    engine = Engine(Bundle.load(bundle), cpu=True)
    times: dict[str, tuple[float, float]] = {}

    def best(name: str, call: Callable[[], Any], times_over: int = 3) -> Any:
        result = None
        for _ in range(times_over):
            result = None
            started = time.perf_counter(), time.process_time()
            result = call()
            taken = time.perf_counter() - started[0], time.process_time() - started[1]
            before = times.get(name, taken)
            times[name] = min(taken[0], before[0]), min(taken[1], before[1])
        return result

    raw = page.gray[..., None]
    gray = best("read", lambda: read_line_art(raw, "GRAY8"))
    height, width = gray.shape
    n = engine.bundle.n_regions
    side = strips.grid_side(height, width, engine.bundle.grid_side)
    sketch, grid = raster.to_grid(gray, side, engine.bundle.grid_multiple)
    shown = grid.pad(on_grid(find_pieces(gray), grid).filled)
    labels, margin, most = best("f", lambda: strips.segment(engine, sketch, shown), 1)
    # What libraries take once, and what the networks hold, is no canvas memory.
    find_pieces(gray[:64, :64])
    none = np.zeros((max(n, most), 3), np.float32), np.zeros(max(n, most), np.bool_)
    image = strips.colorize(engine, ColorizerInput(sketch, labels, *none))
    image = image[:, : grid.content[0], : grid.content[1]]
    gc.collect()
    before = _reset_peak()
    pieces = best("find pieces", lambda: find_pieces(gray))
    snapped = best("snap", lambda: snap(pieces, on_grid(pieces, grid), labels, margin, grid))
    painting = Painting(engine, sketch, grid, snapped, most)
    picture = render.clean_picture(image, painting.sources)
    colors = render.segment_colors(snapped, painting.sources, picture, {0: (200, 30, 40)})
    best("flats", lambda: render.flats(snapped, colors))
    best("soft", lambda: render.soft(snapped, picture, grid))
    peak = _peak()
    best("g", lambda: painting.picture({0: (200, 30, 40)}, {}), 1)
    times["open"] = (
        times["find pieces"][0] + times["snap"][0],
        times["find pieces"][1] + times["snap"][1],
    )
    row: dict[str, Any] = {name: _show(taken) for name, taken in times.items()}
    row |= {"MP": round(gray.size / 1e6, 1), "pieces": pieces.count, "regions": snapped.count}
    row["B/px"] = round((peak - before) / gray.size, 1) if peak else ""
    row["source"] = page.source
    if peer and megapixels <= _PEER_MOST:
        row["G'MIC"] = _run_peer(page.gray)
    return row


def _show(taken: tuple[float, float]) -> str:
    return f"{taken[0] * 1000:.0f} ({taken[1] * 1000:.0f})"


def _run_peer(gray: Any) -> str:
    if shutil.which("gmic") is None:
        return "not installed"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.png")
        cv2.imwrite(path, gray)
        command = ["gmic", path, "-fx_colorize_lineart_smart", _PEER]
        command += ["-o", os.path.join(folder, "out.png")]
        started, used = time.perf_counter(), os.times()
        subprocess.run(command, capture_output=True, check=True, timeout=300)
        done = os.times()
        cpu = done.children_user + done.children_system
        cpu -= used.children_user + used.children_system
        return _show((time.perf_counter() - started, cpu))


def _reset_peak() -> int:
    """Forgets the process's peak of memory; bytes resident now (Linux; elsewhere 0)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM") if Path("/proc/self/status").exists() else 0


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
