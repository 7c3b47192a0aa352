"""Pictures of docs/regions.md and docs/training.md: `python -m experiments.figure [--bundle B]`.

The first shows regions before and after snapping; the second every sample page as g paints it
without any hint, above the flats that come of taking every suggestion.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from gp_canvas.lines import raster
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.regions.regions import snap
from gp_client.page_options import AUTOMATIC
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.strips import segment
from gp_daemon.pages.painting import Painting, open_line_art
from numpy.typing import NDArray

_SAMPLES = ("tuxpaint_18", "tuxpaint_17", "corbould_mice_11")
_DOCS = Path(__file__).parents[1] / "docs"
_WIDTH, _NARROW = 420, 300  # pixels of a panel
_A_LINE = 5  # sample pages side by side
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
    names = sorted(path.stem for path in (_DOCS / "samples").glob("*.png"))
    columns = [_unguided(engine, name) for name in names]
    lines = [_side_by_side(columns[at : at + _A_LINE]) for at in range(0, len(columns), _A_LINE)]
    sheet = _side_by_side([line.swapaxes(0, 1) for line in lines]).swapaxes(0, 1)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 82]
    cv2.imwrite(str(target.with_name("sample_pages.jpg")), sheet, quality)


def _sample(name: str) -> NDArray[np.uint8]:
    path = str(_DOCS / "samples" / f"{name}.png")
    return np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE), np.uint8)


def _unguided(engine: Engine, name: str) -> NDArray[np.uint8]:
    """Soft colours without hints above the flats as suggested, uint8 [h, w, 3] BGR."""
    gray = _sample(name)
    painting = open_line_art(engine, gray[..., None], "GRAY8", AUTOMATIC, lambda *_: None)
    taken = dict(enumerate(painting.suggestions({}, {})))
    layers = [("soft", {}), ("flats", taken)]
    pictures = [painting.layer(kind, hints, {}, False)[..., 2::-1] for kind, hints in layers]
    return np.vstack([_panel(picture, gray, _NARROW) for picture in pictures])


def _side_by_side(panels: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """In one row, white below the shorter ones."""
    height = max(len(panel) for panel in panels)
    return np.hstack([
        np.pad(panel, ((0, height - len(panel)), (0, 0), (0, 0)), constant_values=255)
        for panel in panels
    ])  # fmt: skip


def _row(engine: Engine, name: str) -> NDArray[np.uint8]:
    """Raw mask, snapped mask, flats of one sample, uint8 [h, 3 * _WIDTH, 3] BGR."""
    gray = _sample(name)
    sketch, grid = raster.to_grid(gray, engine.bundle.grid_side, engine.bundle.grid_multiple)
    pieces = find_pieces(gray)
    seen = on_grid(pieces, grid)
    labels, margin, most = segment(engine, sketch, grid.pad(seen.filled))
    snapped = snap(pieces, seen, labels, margin, grid)
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


def _panel(
    picture: NDArray[np.uint8], gray: NDArray[np.uint8], width: int = _WIDTH
) -> NDArray[np.uint8]:
    inked = (picture.astype(np.uint16) * gray[..., None] // 255).astype(np.uint8)
    height = round(gray.shape[0] * width / gray.shape[1])
    small = cv2.resize(inked, (width, height), interpolation=cv2.INTER_AREA)
    return np.pad(np.asarray(small, np.uint8), ((4, 4), (4, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main()
