"""Regions whose parts lie far apart are divided while there are numbers to spare."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.areas import find_areas
from gp_canvas.lines.raster import to_grid
from gp_canvas.regions.regions import Snapped, snap
from gp_canvas.regions.splitting import split_far
from hypothesis import given, settings
from hypothesis import strategies as st

N = 8


def _page(boxes: list[tuple[int, int, int, int]], labels: list[int]) -> Snapped:
    """Closed boxes (left, top, right, bottom) with these labels, on ground labelled 0."""
    page = np.full((512, 512), 255, np.uint8)
    drawn = np.zeros((512, 512), np.uint8)
    for (left, top, right, bottom), label in zip(boxes, labels, strict=True):
        cv2.rectangle(page, (left, top), (right, bottom), 0, 3)
        drawn[top:bottom, left:right] = label
    _, grid = to_grid(page, 256, 16)
    chosen = grid.pad(grid.sample(drawn))
    return snap(find_areas(page), chosen, np.ones(chosen.shape, np.float32), grid, N)


CORNERS = [(20, 20, 140, 140), (370, 20, 450, 100), (20, 370, 120, 470), (370, 370, 480, 480)]


def test_what_f_joined_in_far_corners_becomes_regions_of_their_own():
    snapped = _page(CORNERS, [1, 1, 2, 3])
    assert snapped.count == 5
    assert snapped.labels[80, 80] != snapped.labels[60, 410]


def test_what_was_cut_off_comes_before_what_is_slight_beside_it_and_the_rest_keeps_its_order():
    boxes = [*CORNERS, (220, 220, 250, 250)]
    snapped = _page(boxes, [1, 1, 2, 3, 4])
    places = (5, 5), (80, 80), (420, 70), (420, 420), (60, 410), (235, 235)
    assert [snapped.labels[place] for place in places] == list(range(6))


def test_what_was_cut_off_comes_after_the_region_that_it_was_part_of():
    assert _page(CORNERS, [2, 2, 1, 3]).labels[60, 410] == 4


def test_the_worthiest_cut_comes_first_and_the_side_with_more_paper_keeps_the_number():
    units = np.zeros((64, 64), np.int64)
    units[20:40, 4:10], units[20:40, 24:34], units[20:40, 50:60] = 1, 2, 3
    labels = (units > 0).astype(np.uint8)
    paper = np.array([500.0, 10, 40, 60])
    found = split_far(labels, units, paper, 3)
    assert found is not None
    assert found[30, 5] == found[30, 30] == 2
    assert found[30, 55] == 1


def test_parts_that_touch_stay_one_region():
    stripes = [(100, 100 + 60 * i, 400, 160 + 60 * i) for i in range(5)]
    assert _page(stripes, [1, 1, 1, 1, 1]).count == 2


def test_both_sides_of_a_narrow_thing_stay_one_region():
    hair = [(200, 150, 252, 260), (252, 150, 260, 260), (260, 150, 312, 260)]
    snapped = _page(hair, [1, 2, 1])
    assert snapped.count == 3
    assert snapped.labels[200, 220] == snapped.labels[200, 290]


def test_one_area_stays_one_region_however_long_its_way_round_others():
    snapped = _page([(100, 40, 160, 470), (220, 40, 280, 470), (340, 40, 400, 470)], [1, 2, 3])
    assert snapped.count == 4
    assert snapped.labels[250, 30] == snapped.labels[250, 310] == 0


def test_small_far_parts_are_not_worth_a_click():
    assert _page([CORNERS[0], (400, 400, 420, 420)], [1, 1]).count == 2


def test_there_are_never_more_regions_than_numbers():
    spots = [(20 + 98 * (i % 5), 20 + 98 * (i // 5), 90 + 98 * (i % 5), 90 + 98 * (i // 5))
             for i in range(25)]  # fmt: skip
    assert _page(spots, [1] * 25).count == N


def test_a_page_without_paper_is_left_alone():
    labels = np.zeros((4, 4), np.uint8)
    assert split_far(labels, labels.astype(int), np.zeros(1), N) is None


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_what_was_divided_is_not_divided_again(seed):
    random = np.random.default_rng(seed)
    units = np.arange(36).reshape(6, 6).repeat(8, 0).repeat(8, 1)
    units = np.where(random.random(units.shape) < 0.1, units[::-1], units)
    region = random.integers(0, random.integers(1, N), 36).astype(np.uint8)
    paper = random.integers(0, 90, 36).astype(float)
    found = split_far(region[units], units, paper, N)
    if found is not None:
        assert split_far(found, units, paper, N) is None
        ids = np.unique(found)
        assert (ids == np.arange(len(ids))).all()
        assert len(np.unique(region)) < len(ids) <= N
        # Each new region lies within one old one, and each unit in one new one.
        pairs = np.unique(np.stack([found.ravel(), region[units].ravel()]), axis=1)
        assert pairs.shape[1] == len(ids)
        pairs = np.unique(np.stack([found.ravel(), units.ravel()]), axis=1)
        assert pairs.shape[1] == 36


@pytest.mark.parametrize("shift", [0, 3])
def test_the_same_page_is_divided_the_same_way(shift):
    boxes = [tuple(side + shift for side in box) for box in CORNERS]
    first, second = _page(boxes, [1, 1, 1, 2]), _page(boxes, [1, 1, 1, 2])  # type: ignore[arg-type]
    assert (first.labels == second.labels).all()
