"""Daemons that share one Triton, under load: `python -m experiments.triton_load --daemons 1 2 4`.

Each daemon serves one client that opens a sample page and renders soft colours after each of a few
hints, as fast as it can. Needs a Triton (`tests/support/real_triton.py`); with ``--local`` each
daemon runs its networks itself, for comparison.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import gp_client
import numpy as np
from gp_client.connection import read_connection
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.triton.repository import write_repository
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import real_triton  # noqa: E402

_START = 300.0  # seconds


def measure(count: int, url: str | None, renders: int) -> str:
    """Run so many daemons, each with a client; return a row of the table."""
    folders = [Path(tempfile.mkdtemp(prefix="gpt")) for _ in range(count)]
    where = ["--cpu"] if url is None else ["--triton", url]
    daemons = []
    for folder in folders:
        (folder / "r").mkdir(mode=0o700)
        environment = {**os.environ, "GUIDINGPAINTER_RUNTIME": str(folder / "r")}
        command = [sys.executable, "-m", "gp_daemon.cli", *where]
        log = (folder / "log").open("wb")
        daemons.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
    opened: list[float] = []
    times: list[float] = []
    try:
        endpoints = [_endpoint(folder / "r") for folder in folders]
        work = [
            threading.Thread(target=_colour, args=(one, renders, opened, times))
            for one in endpoints
        ]
        begun = time.monotonic()
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        seconds = time.monotonic() - begun
    finally:
        for process in daemons:
            process.terminate()
        for process in daemons:
            process.wait(60)
    half, most = statistics.median(times), max(times)
    return (
        f"| {count} | {'its own' if url is None else 'Triton'} | {statistics.median(opened):.2f} | "
        f"{half * 1000:.0f} | {most * 1000:.0f} | {len(times) / seconds:.2f} |"
    )


def _endpoint(runtime: Path) -> str:
    until = time.monotonic() + _START
    while (found := read_connection(runtime)) is None:
        if time.monotonic() > until:
            raise TimeoutError((runtime.parent / "log").read_text())
        time.sleep(0.1)
    return found.main


def _colour(endpoint: str, renders: int, opened: list[float], times: list[float]) -> None:
    with Image.open(ROOT / "docs" / "samples" / "tuxpaint_18.png") as sample:
        art = np.asarray(sample.convert("L"))
    with gp_client.connect(endpoint) as client:
        begun = time.monotonic()
        page = client.open_guided(art.tobytes(), art.shape[1], art.shape[0])
        opened.append(time.monotonic() - begun)
        for turn in range(renders):
            region = page.next()
            if region is not None:
                page.color(region.number, (10 * turn % 256, 200, 100))
            begun = time.monotonic()
            page.render("soft", format="RGBA8")
            times.append(time.monotonic() - begun)


def main() -> int:
    """Read the options, measure, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--daemons", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--renders", type=int, default=6, help="of each client")
    parser.add_argument("--local", action="store_true", help="also without Triton")
    options = parser.parse_args()
    print("| daemons | networks | open, s | soft colours, median ms | slowest ms | pictures/s |")
    print("|--:|---|--:|--:|--:|--:|")
    if options.local:
        for count in options.daemons:
            print(measure(count, None, options.renders), flush=True)
    folder = Path(tempfile.mkdtemp())
    write_repository(Bundle.load(default_bundle()), folder / "models", python=True)
    (folder / "work").mkdir()
    triton = real_triton.RealTriton(folder / "models", folder / "work")
    try:
        for count in options.daemons:
            print(measure(count, triton.url, options.renders), flush=True)
    finally:
        triton.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
