"""Borders inside an area: on lines where there are some near, else where f has them."""

from __future__ import annotations

import cv2
import numpy as np
from gp_canvas.lines.areas import Areas, find_areas
from gp_canvas.lines.raster import GridMap, to_grid
from gp_canvas.regions.regions import Snapped, snap

N = 8


def _snap(areas: Areas, labels: np.ndarray, grid: GridMap) -> Snapped:
    return snap(areas, labels, np.ones(labels.shape, np.float32), grid, N)


def _open_figure(shift: int) -> tuple[np.ndarray, np.ndarray]:
    """A ring on a large page, open to the right, and its disc as the regions should have it."""
    page = np.full((1200, 1600), 255, np.uint8)
    cv2.circle(page, (800, 600), 250, 0, 5)
    page[560:640, 1000:1100] = 255
    disc = cv2.circle(np.zeros_like(page), (800 + shift, 600 + shift), 250, 1, -1)
    return page, disc


def test_the_ground_of_an_open_drawing_does_not_swallow_the_figure():
    page, disc = _open_figure(0)
    areas = find_areas(page, gap=0)
    sketch, grid = to_grid(page, 128, 16)
    assert areas.count == 1
    snapped = _snap(areas, grid.pad(grid.sample(disc)), grid)
    assert snapped.count == 2
    assert snapped.labels[600, 800] == 1
    assert sketch.min() < 1


def test_a_border_that_f_misses_by_a_cell_goes_to_the_line():
    page, disc = _open_figure(9)  # aslant, one cell of 12.5 pixels
    areas = find_areas(page, gap=0)
    _, grid = to_grid(page, 128, 16)
    snapped = _snap(areas, grid.pad(grid.sample(disc)), grid)
    inner = cv2.circle(np.zeros_like(page), (800, 600), 246, 1, -1)
    outer = cv2.circle(np.zeros_like(page), (800, 600), 255, 1, -1)
    away = np.ones(page.shape, bool)
    away[480:720, 950:] = False  # at the gap f decides
    assert (snapped.labels[(inner > 0) & away] == 1).mean() > 0.997
    assert (snapped.labels[(outer == 0) & away] == 0).mean() > 0.997


def test_borders_of_f_far_from_ink_stay():
    page, disc = _open_figure(0)
    page[:] = 255
    page[5:9, 5:9] = 0
    _, grid = to_grid(page, 128, 16)
    snapped = _snap(find_areas(page, gap=0), grid.pad(grid.sample(disc)), grid)
    overlap = ((snapped.labels == 1) & (disc > 0)).sum() / (
        (snapped.labels == 1) | (disc > 0)
    ).sum()
    assert overlap > 0.97


def test_regions_do_not_lap_over_lines_into_a_gutter():
    page = np.full((600, 800), 255, np.uint8)
    sketch_labels = np.zeros((600, 800), np.uint8)
    for index, x in enumerate((40, 420)):
        cv2.rectangle(page, (x, 40), (x + 340, 560), 0, 3)
        # f is sure of the panels, and a little too generous.
        sketch_labels[5:595, x - 35 : x + 375] = index + 1
    areas = find_areas(page)
    _, grid = to_grid(page, 128, 16)
    snapped = _snap(areas, grid.pad(grid.sample(sketch_labels)), grid)
    gutter = areas.labels == areas.labels[5, 5]
    assert snapped.count == 3
    assert len(np.unique(snapped.labels[gutter])) == 1
