"""Regions of labels are sets of pieces: they partition the canvas and end on lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.cells import nearest_cells
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import Pieces, find_pieces
from gp_canvas.lines.raster import GridMap, to_grid
from gp_canvas.regions.regions import Snapped, snap
from hypothesis import given, settings
from hypothesis import strategies as st

N = 8


def _snap(
    pieces: Pieces, labels: np.ndarray, grid: GridMap, margin: np.ndarray | None = None
) -> Snapped:
    if margin is None:
        margin = np.ones(labels.shape, np.float32)
    return snap(pieces, on_grid(pieces, grid), labels, margin, grid)


def _scene(seed: int) -> tuple[Pieces, np.ndarray, GridMap, np.ndarray]:
    """Random strokes, and labels that are a coarse Voronoi diagram with noise."""
    random = np.random.default_rng(seed)
    height, width = random.integers(20, 200, 2)
    page = np.full((height, width), 255, np.uint8)
    for _ in range(random.integers(0, 8)):
        points = random.integers(0, [[width, height]] * 3)
        cv2.polylines(page, [points.astype(np.int32)], bool(random.integers(2)), 0, 1)
    pieces = find_pieces(page, gap=float(random.choice([0, 4])))
    grid = GridMap.fit(height, width, int(random.choice([32, 64, 256])), 16)
    shape = grid.padded
    seeds = np.ones(shape, bool)
    seeds.ravel()[random.choice(shape[0] * shape[1], random.integers(1, 20), replace=False)] = 0
    labels = random.integers(0, N, shape).astype(np.uint8)
    labels = labels.ravel()[nearest_cells(~seeds)]
    noise = random.random(shape) < random.choice([0, 0.1, 0.5])
    labels[noise] = random.integers(0, N, int(noise.sum()))
    return pieces, labels, grid, random.random(shape).astype(np.float32)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_regions_are_sets_of_pieces_and_together_the_canvas(seed):
    pieces, labels, grid, margin = _scene(seed)
    snapped = _snap(pieces, labels, grid, margin)
    counts = np.bincount(snapped.labels.ravel())
    assert snapped.labels.dtype == np.uint8
    assert counts.min() >= 1
    assert (counts == snapped.sizes).all()
    assert (snapped.segments == pieces.labels).all()
    assert (snapped.segment_region[snapped.segments] == snapped.labels).all()
    assert (snapped.segment_region[snapped.owners] == snapped.grid).all()
    assert snapped.anchors.min() >= 0
    assert snapped.anchors.max() < snapped.grid.size
    for region, (x, y, width, height) in enumerate(snapped.boxes):
        rows, columns = np.nonzero(snapped.labels == region)
        assert (rows.min(), rows.max()) == (y, y + height - 1)
        assert (columns.min(), columns.max()) == (x, x + width - 1)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_snapping_again_changes_nothing(seed):
    pieces, labels, grid, margin = _scene(seed)
    once = _snap(pieces, labels, grid, margin)
    twice = _snap(pieces, once.grid, grid)
    assert (once.labels == twice.labels).all()
    assert (once.grid == twice.grid).all()


def test_most_of_a_piece_decides(boxes):
    pieces = find_pieces(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    # Two thirds of the top left box, and nothing else.
    labels[9:47, 12:38] = 1
    snapped = _snap(pieces, labels, grid)
    box = snapped.labels == 1
    assert box[30:100, 35:100].all()
    assert box.sum() == pieces.sizes[pieces.labels[60, 60]]
    assert snapped.count == 2


def test_a_confident_minority_outvotes_a_doubtful_majority(boxes):
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[10:45, 11:24] = 1
    margin = np.where(labels == 1, 1, 0.2).astype(np.float32)
    assert _snap(find_pieces(boxes), labels, grid, margin).labels[60, 90] == 1


def test_an_empty_sky_is_one_region_whatever_the_labels_say():
    page = np.full((600, 800), 255, np.uint8)
    page[:20, :20] = 0
    sketch, grid = to_grid(page, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[:, 64:] = 1
    assert _snap(find_pieces(page), labels, grid).count == 1


def test_order_stays_that_of_the_labels_when_some_drop_out(boxes):
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.full(sketch.shape, 2, np.uint8)
    labels[10:46, 12:44] = 7
    labels[50:86, 12:44] = 4
    snapped = _snap(find_pieces(boxes), labels, grid)
    assert snapped.count == 3
    assert snapped.labels[5, 5] == 0
    assert snapped.labels[170, 60] == 1
    assert snapped.labels[60, 60] == 2


def test_pieces_thinner_than_a_cell_get_the_region_around_them():
    page = np.full((1000, 1000), 255, np.uint8)
    page[:, 500:503] = 0
    page[299:307, 699:707] = 0
    page[301:305, 701:705] = 255
    pieces = find_pieces(page, gap=0)
    sketch, grid = to_grid(page, 64, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[:, 32:] = 1
    snapped = _snap(pieces, labels, grid)
    assert pieces.labels[303, 703] != pieces.labels[200, 703]
    assert snapped.labels[303, 703] == 1


def test_a_region_ends_under_the_line(boxes):
    pieces = find_pieces(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[8:47, 10:46] = 1  # about a box, off by a cell or two
    edge = cv2.morphologyEx(_snap(pieces, labels, grid).labels, cv2.MORPH_GRADIENT, np.ones((2, 2)))
    near_ink = cv2.dilate(pieces.ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert edge.any()
    assert near_ink[edge > 0].all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_canvases_of_odd_shapes_work(shape):
    pieces = find_pieces(np.full(shape, 255, np.uint8))
    grid = GridMap.fit(shape[0], shape[1], 64, 16)
    labels = np.indices(grid.padded).sum(0).astype(np.uint8) % N
    assert _snap(pieces, labels, grid).labels.shape == shape
