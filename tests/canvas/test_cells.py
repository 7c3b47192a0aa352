"""Upsampling keeps its place."""

from __future__ import annotations

import numpy as np
from gp_canvas.lines.cells import upsample
from gp_canvas.lines.raster import GridMap


def test_upsampling_a_part_equals_that_part_of_the_whole():
    grid = GridMap.fit(300, 400, 64, 16)
    values = np.random.default_rng(0).integers(0, 256, (*grid.content, 3), np.uint8)
    whole = upsample(values, grid, (slice(0, 300), slice(0, 400)))
    part = upsample(values, grid, (slice(50, 90), slice(120, 300)))
    assert np.abs(whole[50:90, 120:300].astype(int) - part).max() <= 2


def test_upsampling_puts_a_cell_over_its_own_pixels():
    grid = GridMap.fit(80, 160, 16, 8)
    values = np.zeros(grid.content, np.uint8)
    values[3, 7] = 255
    canvas = upsample(values, grid, (slice(0, 80), slice(0, 160)))
    rows, columns = np.nonzero(canvas > 127)
    assert abs(rows.mean() - 34.5) < 0.6
    assert abs(columns.mean() - 74.5) < 0.6
