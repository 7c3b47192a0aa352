"""How well masks fit known flats, before and after snapping."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path

import cc3d
import cv2
import numpy as np
from gp_canvas.lines import raster
from gp_canvas.lines.cells import nearest_cells, upsample
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.regions.regions import snap
from gp_daemon.networks import strips
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from numpy.typing import NDArray

from benchmarks.pages import DrawnPage, draw_page

_SEEDS = range(6)
_MEGAPIXELS = 3.0
_NEAR = 3  # pixels off a border that still count as on it
_LINE = 11  # pixels; about the width of a figure's line on such a page
_SHADE = 24  # of 255: fills closer than that are one flat


@dataclass(frozen=True)
class Fit:
    """Shares from 0 to 1.

    Attributes:
        inside: of the flats' pixels, those in the region that holds most of their flat.
        precision: of the regions' borders, those on a border of flats.
        recall: of the flats' borders, those that a border between regions runs along.
        lined: the same of those borders only that have a line. Under a line it does not matter
            where they run: there both borders count as one.
        told: the same of those only between flats that lie mainly in different regions.
    """

    inside: float
    precision: float
    recall: float
    lined: float
    told: float


def true_flats(page: DrawnPage) -> NDArray[np.uint32]:
    """The connected fills of a page, uint32 [H, W] from 1; 0 = softened edges, which count not."""
    assert page.flats is not None
    coarse = (page.flats // _SHADE).astype(np.uint32)
    codes = (coarse[..., 0] * 16 + coarse[..., 1]) * 16 + coarse[..., 2] + 1
    found = cc3d.connected_components(codes, connectivity=4, out_dtype=np.uint32)
    parts = np.asarray(found, np.uint32)
    small = np.bincount(parts.ravel()) < 2e-5 * codes.size
    parts[small[parts]] = 0
    return parts


def fit(labels: NDArray[np.integer], flats: NDArray[np.uint32], ink: NDArray[np.bool_]) -> Fit:
    """Compares regions with flats; all [H, W]."""
    known = flats > 0
    n = int(labels.max()) + 1
    keys = flats[known].astype(np.int64) * n + labels[known]
    table = np.bincount(keys, minlength=(int(flats.max()) + 1) * n).reshape(-1, n)
    ours, theirs = _borders(labels), _borders(flats)
    lined = theirs & _wide(ink)
    covered = _wide(_under_lines(ours, ink))
    filled = flats.ravel()[nearest_cells(flats > 0)]
    told = lined & _wide(_borders(table.argmax(axis=1)[filled]))
    return Fit(
        float(table.max(axis=1).sum() / table.sum()),
        float((_wide(theirs) & ours).sum() / max(1, ours.sum())),
        float((_wide(ours) & theirs).sum() / max(1, theirs.sum())),
        float((covered & lined).sum() / max(1, lined.sum())),
        float((covered & told).sum() / max(1, told.sum())),
    )


def _borders(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    return border


def _wide(border: NDArray[np.bool_]) -> NDArray[np.bool_]:
    box = np.ones((2 * _NEAR + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate(border.view(np.uint8), box)) > 0


def _under_lines(border: NDArray[np.bool_], ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Borders made as wide as the lines that they run under."""
    grown = border.view(np.uint8)
    for _ in range(_LINE):
        wider = np.asarray(cv2.dilate(grown, np.ones((3, 3), np.uint8)), np.uint8)
        grown = np.where(ink, wider, grown)
    return grown > 0


def measure(engine: Engine, page: DrawnPage) -> dict[str, Fit]:
    """Fits of f's mask at canvas size, of the same snapped, and of the pieces alone."""
    height, width = page.gray.shape
    bundle = engine.bundle
    side = strips.grid_side(height, width, bundle.grid_side)
    sketch, grid = raster.to_grid(page.gray, side, bundle.grid_multiple)
    pieces = find_pieces(page.gray)
    seen = on_grid(pieces, grid)
    labels, margin, most = strips.segment(engine, sketch, grid.pad(seen.filled))
    snapped = snap(pieces, seen, labels, margin, grid)
    whole = (slice(0, height), slice(0, width))
    content = grid.crop(labels)
    weights = [upsample((content == label) * np.uint8(255), grid, whole) for label in range(most)]
    raw = np.argmax(weights, axis=0)
    flats = true_flats(page)
    return {
        "f's mask": fit(raw, flats, pieces.ink),
        "snapped": fit(snapped.labels, flats, pieces.ink),
        "pieces": fit(pieces.labels, flats, pieces.ink),
    }


def print_quality(bundle: Path | None = None) -> None:
    """Prints the mean over a few pages as a table."""
    engine = Engine(Bundle.load(bundle or default_bundle()), cpu=True)
    fits: dict[str, list[Fit]] = {}
    for seed in _SEEDS:
        page = draw_page(_MEGAPIXELS, seed)
        if page.flats is None:
            raise SystemExit("Segment quality needs OpenMoji in the cache: run `gp-train data`.")
        for name, found in measure(engine, page).items():
            fits.setdefault(name, []).append(found)
    print(
        "| | pixels in their flat's region | borders on true borders | true borders found "
        "| of those with a line | of those between two regions |"
    )
    print("|---|---|---|---|---|---|")
    for name, found in fits.items():
        means = np.mean([astuple(one) for one in found], axis=0)
        print(f"| {name} | " + " | ".join(f"{mean:.4f}" for mean in means) + " |")
