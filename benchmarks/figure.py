"""The figure of docs/regions.md: `python -m benchmarks.figure [--bundle B]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from gp_daemon import raster
from gp_daemon.areas import find_areas
from gp_daemon.bundle import Bundle, default_bundle
from gp_daemon.networks import Engine
from gp_daemon.painting import Painting
from gp_daemon.regions import snap
from gp_daemon.strips import segment
from numpy.typing import NDArray

_SAMPLES = ("tuxpaint_18", "tuxpaint_17", "corbould_mice_11")
_DOCS = Path(__file__).parents[1] / "docs"
_WIDTH = 420  # pixels of a panel
_PALETTE = np.random.default_rng(4).permutation(
    [[h, s, v] for h in range(0, 180, 18) for s, v in ((70, 250), (130, 235), (90, 200))]
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=default_bundle())
    engine = Engine(Bundle.load(parser.parse_args().bundle), cpu=True)
    rows = [_row(engine, name) for name in _SAMPLES]
    target = _DOCS / "images" / "regions.png"
    target.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(target), np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _row(engine: Engine, name: str) -> NDArray[np.uint8]:
    """Raw mask, snapped mask, flats of one sample, uint8 [h, 3 * _WIDTH, 3] BGR."""
    path = str(_DOCS / "samples" / f"{name}.png")
    gray = np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE), np.uint8)
    sketch, grid = raster.to_grid(gray, engine.bundle.grid_side, engine.bundle.grid_multiple)
    labels, margin, most = segment(engine, sketch)
    snapped = snap(find_areas(gray), labels, margin, grid, most)
    painting = Painting(engine, sketch, grid, snapped, most)
    raw = cv2.resize(grid.crop(labels), gray.shape[::-1], interpolation=cv2.INTER_NEAREST)
    hsv = np.asarray([_PALETTE[: max(most, snapped.count)]], np.uint8)
    colors = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)[0]
    # Every second region as an artist might colour it, the others as suggested.
    hints = dict(enumerate(painting.suggestions({}, {})))
    hints |= {i: tuple(colors[i, ::-1].tolist()) for i in range(0, snapped.count, 2)}
    flats = painting.layer("flats", hints, {}, False)[..., 2::-1]
    shown = [colors[np.asarray(raw)], colors[snapped.labels], flats]
    return np.hstack([_panel(picture, gray) for picture in shown])


def _panel(picture: NDArray[np.uint8], gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    inked = (picture.astype(np.uint16) * gray[..., None] // 255).astype(np.uint8)
    height = round(gray.shape[0] * _WIDTH / gray.shape[1])
    small = cv2.resize(inked, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.pad(np.asarray(small, np.uint8), ((4, 4), (4, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main()
