"""Soft colours obey hints."""

from __future__ import annotations

import numpy as np
from gp_daemon.obey import obey_hints


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
