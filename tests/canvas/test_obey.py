"""Soft colours obey hints."""

from __future__ import annotations

import numpy as np
import pytest
from gp_canvas.paint.render import obey_hints


def case() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    picture = rng.integers(90, 130, (20, 30, 3)).astype(np.uint8)
    regions = np.zeros((20, 30), np.uint8)
    regions[:, 10:] = 1
    regions[:, 20:] = 2
    return picture, regions


def test_a_hinted_region_has_its_hint_as_median():
    picture, regions = case()
    painted = obey_hints(picture, regions, {1: (200, 40, 150)})
    assert np.median(painted[regions == 1], axis=0).tolist() == [200, 40, 150]


def test_shading_inside_a_region_is_kept():
    picture, regions = case()
    painted = obey_hints(picture, regions, {1: (128, 100, 120)}).astype(int)
    before = picture[regions == 1].astype(int)
    after = painted[regions == 1]
    assert np.array_equal(np.diff(before, axis=0), np.diff(after, axis=0))


def test_other_regions_and_empty_ones_stay():
    picture, regions = case()
    painted = obey_hints(picture, regions, {1: (255, 255, 255), 7: (0, 0, 0)})
    assert np.array_equal(painted[regions != 1], picture[regions != 1])
    assert painted[regions == 1].max() == 255


@pytest.mark.parametrize("seed", range(20))
def test_a_region_moves_by_its_median_as_numpy_finds_it(seed: int):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (7, 9, 3)).astype(np.uint8)
    regions = rng.integers(0, 4, (7, 9)).astype(np.uint8)
    hints = {0: (0, 128, 255), 2: (255, 1, 77)}
    expected = picture.astype(np.int16)
    for region, color in hints.items():
        inside = regions == region
        middle = np.median(picture[inside], axis=0).astype(np.int16)
        expected[inside] += np.array(color, np.int16) - middle
    assert np.array_equal(obey_hints(picture, regions, hints), np.clip(expected, 0, 255))
