"""What a bundle's regions are worth at other sizes of the grid.

Run by hand: ``python -m experiments.grid_sides [--sides 192 256 384 512] [--scenes 24]``; it needs
the scenes of `gp-train data build`. The networks stay the same, only the long side of the raster
that they see changes. Clicks and colours are counted as in docs/benchmarks.md (see `actions`);
times are medians over the scenes, each of 768 x 768 px, through the daemon on the CPU.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import gp_client
from gp_daemon.networks.bundle import default_bundle

from benchmarks import actions, guided, report
from benchmarks.report import Course, Way
from benchmarks.rig import private_daemon

_SHARES = (0.5, 0.7, 0.9)
_MOST = 80  # clicks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=[192, 256, 384, 512])
    parser.add_argument("--scenes", type=int, default=24)
    options = parser.parse_args()
    found = actions.scenes(options.scenes)
    ways = []
    for side in options.sides:
        with tempfile.TemporaryDirectory() as folder, private_daemon():
            bundle = _resized(default_bundle(), Path(folder) / "bundle", side)
            with gp_client.connect(start=True, device="cpu", bundle=bundle) as client:
                _walk(client, found[0])  # the daemon's first page is slower
                opened, painted, regions, courses = [], [], [], []
                for scene in found:
                    height, width = scene.gray.shape
                    began = time.perf_counter()
                    page = client.open_guided(scene.gray.tobytes(), width, height)
                    opened.append(time.perf_counter() - began)
                    regions.append(len(page.regions))
                    began = time.perf_counter()
                    page.color(page.regions[0].number, (200, 120, 60))
                    page.render("soft", format="RGBA8", preview=True)
                    painted.append(time.perf_counter() - began)
                    page.close()
                    courses.append(_walk(client, scene))
        name = (
            f"{side} px: {statistics.mean(regions):.1f} regions, "
            f"open {statistics.median(opened) * 1000:.0f} ms, "
            f"a colour {statistics.median(painted) * 1000:.0f} ms"
        )
        ways.append(Way(name, tuple(courses)))
    print(report.counts(ways, _SHARES))


def _walk(client: gp_client.Client, scene: actions.Scene) -> Course:
    walk = guided.Walk(client, scene, "bold")
    course = walk.course("guide", _MOST)
    walk.close()
    return course


def _resized(source: Path, target: Path, side: int) -> Path:
    """A copy of a bundle that wants a grid of another size."""
    shutil.copytree(source, target)
    description = target / "bundle.json"
    values = json.loads(description.read_text(encoding="utf-8"))
    values["grid_side"] = side
    description.write_text(json.dumps(values), encoding="utf-8")
    return target


if __name__ == "__main__":
    main()
