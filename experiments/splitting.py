"""What dividing far-apart regions is worth: `python -m experiments.splitting`.

Validation scenes of the training data (`gp-train data`), hints with true colours in the order of
the regions: PSNR in dB of flats under the ink (the unhinted rest has its own mean), and of g's
picture.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from gp_canvas.lines import raster
from gp_canvas.lines.areas import find_areas
from gp_canvas.regions.regions import snap
from gp_daemon.networks import strips
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_training.data.held_out import region_colours
from gp_training.data.pairs import ScenePack
from gp_training.recipe.metrics import psnr
from numpy.typing import NDArray
from platformdirs import user_cache_path

_HINTS = (1, 2, 3, 5, 8, 12, 20, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=64)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--bundle", type=Path, default=default_bundle())
    arguments = parser.parse_args()
    engine = Engine(Bundle.load(arguments.bundle), cpu=True)
    path = user_cache_path("guidingpainter") / "scenes" / "validation-0.bin"
    if not path.is_file():
        raise SystemExit("There are no validation scenes in the cache: run `gp-train data`.")
    pack = ScenePack([path], 256, None)
    last = min(arguments.first + arguments.scenes, len(pack))
    found = [_measure(engine, pack.scene(index)) for index in range(arguments.first, last)]
    counts, flats, painted = (np.mean([one[part] for one in found], axis=0) for part in range(3))
    print(f"| | regions | {' | '.join(map(str, _HINTS))} |\n|" + "---|" * (len(_HINTS) + 2))
    for name, values in (("flats", flats), ("g", painted)):
        for way, row in enumerate(values):
            label = f"{name}, {('as f has them', 'divided')[way]}"
            numbers = " | ".join(f"{value:.2f}" for value in row)
            print(f"| {label} | {counts[way]:.1f} | {numbers} |")


def _measure(
    engine: Engine, scene: NDArray[np.uint8]
) -> tuple[list[int], list[list[float]], list[list[float]]]:
    """Regions, flats' PSNR and g's PSNR of a scene; in each the ways without and with dividing."""
    gray = np.ascontiguousarray(scene[..., 3])
    picture = (scene[..., :3].transpose(2, 0, 1) / np.float32(255)).astype(np.float32)
    sketch, grid = raster.to_grid(gray, engine.bundle.grid_side, engine.bundle.grid_multiple)
    labels, margin, most = strips.segment(engine, sketch)
    areas = find_areas(gray)
    counts, flats, painted = [], [], []
    for divide in (False, True):
        snapped = snap(areas, labels, margin, grid, most, divide)
        counts.append(snapped.count)
        flats.append([_flats(snapped.labels, picture, sketch, hints) for hints in _HINTS])
        colors = region_colours(snapped.grid, picture, sketch, most)
        given = np.arange(most)
        painted.append(
            [
                psnr(engine.colorize(sketch, snapped.grid, colors, given < hints), picture)
                for hints in _HINTS
            ]
        )
    return counts, flats, painted


def _flats(
    labels: NDArray[np.uint8], picture: NDArray[np.float32], paper: NDArray[np.float32], hints: int
) -> float:
    shown = np.minimum(labels, hints)  # the rest is one
    colors = region_colours(shown, picture, paper, hints + 1)
    return psnr(colors[shown].transpose(2, 0, 1) * paper, picture)


if __name__ == "__main__":
    main()
