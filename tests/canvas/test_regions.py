"""Snapped regions partition the canvas, end on lines, and do not change when snapped again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.areas import Areas, find_areas
from gp_canvas.lines.cells import nearest_cells
from gp_canvas.lines.raster import GridMap, to_grid
from gp_canvas.regions.regions import SPECK, Snapped, snap
from hypothesis import given, settings
from hypothesis import strategies as st

N = 8


def _snap(areas: Areas, labels: np.ndarray, grid: GridMap, margin: float = 1) -> Snapped:
    return snap(areas, labels, np.full(labels.shape, margin, np.float32), grid, N)


def _scene(seed: int) -> tuple[Areas, np.ndarray, np.ndarray, GridMap]:
    """Random strokes, and labels that are a coarse Voronoi diagram with noise."""
    random = np.random.default_rng(seed)
    height, width = random.integers(20, 200, 2)
    page = np.full((height, width), 255, np.uint8)
    for _ in range(random.integers(0, 8)):
        points = random.integers(0, [[width, height]] * 3)
        cv2.polylines(page, [points.astype(np.int32)], bool(random.integers(2)), 0, 1)
    areas = find_areas(page, gap=float(random.choice([0, 4])))
    grid = GridMap.fit(height, width, int(random.choice([32, 64, 256])), 16)
    shape = grid.padded
    seeds = np.ones(shape, bool)
    seeds.ravel()[random.choice(shape[0] * shape[1], random.integers(1, 20), replace=False)] = 0
    labels = random.integers(0, N, shape).astype(np.uint8)
    labels = labels.ravel()[nearest_cells(~seeds)]
    noise = random.random(shape) < random.choice([0, 0.1, 0.5])
    labels[noise] = random.integers(0, N, int(noise.sum()))
    return areas, labels, random.random(shape).astype(np.float32), grid


scenes = st.integers(0, 10**6).map(_scene)


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_regions_partition_the_canvas_without_empty_ones(scene):
    areas, labels, margin, grid = scene
    snapped = snap(areas, labels, margin, grid, N)
    assert snapped.labels.shape == areas.labels.shape
    assert snapped.labels.dtype == np.uint8
    counts = np.bincount(snapped.labels.ravel())
    assert len(counts) == snapped.count
    assert counts.min() >= 1
    assert (counts == snapped.sizes).all()


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_every_region_shows_more_than_a_speck_of_paper(scene):
    areas, labels, margin, grid = scene
    snapped = snap(areas, labels, margin, grid, N)
    paper = np.bincount(snapped.labels[~areas.ink], minlength=snapped.count)
    assert paper.min() >= min(SPECK * paper.sum(), paper.max())


def test_a_region_under_ink_joins_its_neighbour():
    page = np.full((400, 400), 255, np.uint8)
    page[100:300, 100:200] = 0
    page[150:154, 150:154] = 255
    sketch, grid = to_grid(page, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[32:96, 32:64] = 1
    assert _snap(find_areas(page, gap=0), labels, grid).count == 1


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_snapping_again_changes_nothing(scene):
    areas, labels, margin, grid = scene
    once = snap(areas, labels, margin, grid, N)
    twice = _snap(areas, once.grid, grid)
    assert (once.labels == twice.labels).all()
    assert (once.grid == twice.grid).all()
    assert (once.segments == twice.segments).all()


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_the_same_line_art_gives_the_same_regions(seed):
    first, second = (snap(a, b, c, d, N) for a, b, c, d in (_scene(seed), _scene(seed)))
    assert (first.labels == second.labels).all()
    assert (first.segments == second.segments).all()


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_boxes_hold_their_regions_tightly(scene):
    areas, labels, margin, grid = scene
    snapped = snap(areas, labels, margin, grid, N)
    for region, (x, y, width, height) in enumerate(snapped.boxes):
        rows, columns = np.nonzero(snapped.labels == region)
        assert (rows.min(), rows.max()) == (y, y + height - 1)
        assert (columns.min(), columns.max()) == (x, x + width - 1)


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_segments_refine_areas_and_regions(scene):
    areas, labels, margin, grid = scene
    snapped = snap(areas, labels, margin, grid, N)
    ids = np.unique(snapped.segments)
    assert (ids == np.arange(len(snapped.segment_region))).all()
    assert (snapped.segment_region[snapped.segments] == snapped.labels).all()
    pairs = np.unique(np.stack([snapped.segments.ravel(), areas.labels.ravel()]), axis=1)
    assert pairs.shape[1] == len(ids)
    whole = snapped.area_region[areas.labels]
    assert ((whole == snapped.labels) | (whole == -1)).all()
    assert snapped.anchors.min() >= 0
    assert snapped.anchors.max() < snapped.grid.size
    assert (snapped.segment_region[snapped.owners] == snapped.grid).all()


def test_a_clear_majority_takes_the_whole_area(boxes):
    areas = find_areas(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    # Two thirds of the top left box, and nothing else.
    labels[9:47, 12:38] = 1
    snapped = _snap(areas, labels, grid)
    box = snapped.labels == 1
    assert box[30:100, 35:100].all()
    assert box.sum() == areas.sizes[areas.labels[60, 60]]
    assert snapped.count == 2


def test_a_confident_minority_outvotes_a_doubtful_majority(boxes):
    areas = find_areas(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[10:45, 11:24] = 1
    margin = np.where(labels == 1, 1, 0.2).astype(np.float32)
    snapped = snap(areas, labels, margin, grid, N)
    assert snapped.labels[60, 90] == 1


def test_an_open_page_keeps_the_border_of_f():
    page = np.full((600, 800), 255, np.uint8)
    page[:20, :20] = 0
    areas = find_areas(page)
    sketch, grid = to_grid(page, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[:, 64:] = 1
    snapped = _snap(areas, labels, grid)
    assert (snapped.area_region == -1).sum() == 1
    columns = np.argmax(snapped.labels == 1, axis=1)
    assert abs(columns - 400).max() <= 1


def test_a_slanting_border_has_no_stairs():
    page = np.full((1024, 1024), 255, np.uint8)
    page[0, 0] = 0
    sketch, grid = to_grid(page, 64, 16)
    rows, columns = np.indices(sketch.shape)
    labels = np.where(columns + rows // 2 < 46, 1, 0).astype(np.uint8)
    snapped = _snap(find_areas(page), labels, grid)
    border = np.argmax(snapped.labels == 0, axis=1)[100:900]
    straight = np.polyval(np.polyfit(np.arange(800), border, 1), np.arange(800))
    assert abs(border - straight).max() < 16 / 2


def test_specks_inside_an_open_page_vanish():
    page = np.full((600, 800), 255, np.uint8)
    page[:20, :20] = 0
    sketch, grid = to_grid(page, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[:, 64:] = 1
    labels[20:23, 20:23] = 2
    labels[50:52, 90:95] = 0
    snapped = _snap(find_areas(page), labels, grid)
    assert snapped.count == 2
    assert (snapped.labels[:, 500:] == 1).all()
    assert (snapped.labels[:, :300] == 0).all()


def test_a_speck_of_a_region_joins_its_neighbour():
    page = np.full((400, 400), 255, np.uint8)
    cv2.rectangle(page, (100, 100), (300, 300), 0, 2)
    cv2.circle(page, (200, 200), 4, 0, 1)
    areas = find_areas(page, gap=0)
    sketch, grid = to_grid(page, 256, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[64:192, 64:192] = 3
    labels[126:130, 126:130] = 5
    snapped = _snap(areas, labels, grid)
    assert snapped.count == 2
    assert snapped.labels[200, 200] == snapped.labels[150, 150] == 1


def test_order_stays_that_of_f_when_regions_drop_out(boxes):
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.full(sketch.shape, 2, np.uint8)
    labels[10:46, 12:44] = 7
    labels[50:86, 12:44] = 4
    snapped = _snap(find_areas(boxes), labels, grid)
    assert snapped.count == 3
    assert snapped.labels[5, 5] == 0
    assert snapped.labels[170, 60] == 1
    assert snapped.labels[60, 60] == 2


def test_areas_thinner_than_a_cell_get_the_region_around_them():
    page = np.full((1000, 1000), 255, np.uint8)
    page[:, 500:503] = 0
    page[299:307, 699:707] = 0
    page[301:305, 701:705] = 255
    areas = find_areas(page, gap=0)
    sketch, grid = to_grid(page, 64, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[:, 32:] = 1
    snapped = _snap(areas, labels, grid)
    assert areas.labels[303, 703] != areas.labels[200, 703]
    assert snapped.labels[303, 703] == 1


def test_a_region_ends_under_the_line(boxes):
    areas = find_areas(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[8:47, 10:46] = 1  # about a box, off by a cell or two
    edge = cv2.morphologyEx(_snap(areas, labels, grid).labels, cv2.MORPH_GRADIENT, np.ones((2, 2)))
    near_ink = cv2.dilate(areas.ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert edge.any()
    assert near_ink[edge > 0].all()


def test_a_page_of_noise_gives_regions_and_no_crash():
    noise = np.random.default_rng(1).integers(0, 256, (300, 400), np.uint8)
    sketch, grid = to_grid(noise, 128, 16)
    labels = np.random.default_rng(2).integers(0, N, sketch.shape).astype(np.uint8)
    assert _snap(find_areas(noise), labels, grid).count >= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_canvases_of_odd_shapes_work(shape):
    areas = find_areas(np.full(shape, 255, np.uint8))
    grid = GridMap.fit(shape[0], shape[1], 64, 16)
    labels = np.indices(grid.padded).sum(0).astype(np.uint8) % N
    assert _snap(areas, labels, grid).labels.shape == shape
