"""Soft colours run on where no ink is; shade darkens flats and does nothing else."""

from __future__ import annotations

import numpy as np
from gp_canvas.paint.fields import MOST_FIELDS, NOTHING, fields, open_areas
from gp_canvas.paint.shade import DARKEST, shade


def page() -> tuple[np.ndarray, np.ndarray]:
    """Pieces 0 and 1 touch on paper, 2 lies behind a line."""
    owners = np.repeat([0, 0, 1, 1, 2, 2], 2)[None].repeat(8, 0).astype(np.int32)
    sketch = np.ones(owners.shape, np.float32)
    sketch[:, 7:9] = 0
    return owners, sketch


def test_pieces_without_a_colour_are_one_area_where_no_ink_parts_them() -> None:
    areas = open_areas(np.array([NOTHING] * 3), *page())
    assert areas.tolist() == [0, 0, 2]


def test_a_colour_ends_an_open_area() -> None:
    assert open_areas(np.array([5, NOTHING, NOTHING]), *page()).tolist() == [0, 1, 2]
    assert open_areas(np.array([5, 5, NOTHING]), *page()).tolist() == [0, 0, 2]
    assert open_areas(np.array([5, 6, NOTHING]), *page()).tolist() == [0, 1, 2]


def test_a_long_chain_of_pieces_is_one_area() -> None:
    owners = np.random.default_rng(3).permutation(300)[None].repeat(3, 0).astype(np.int32)
    areas = open_areas(np.full(300, NOTHING), owners, np.ones(owners.shape, np.float32))
    assert set(areas.tolist()) == {0}


def test_pieces_of_one_colour_are_one_field_wherever_they_lie() -> None:
    codes = np.array([7, NOTHING, 7])
    found = fields(codes, open_areas(codes, *page()), np.array([10, 20, 10]))
    assert found[0] == found[2] != found[1]


def test_so_many_areas_that_the_smallest_share_a_field_but_never_with_a_colour() -> None:
    codes = np.full(400, NOTHING)
    codes[7] = 0xFF0000
    found = fields(codes, np.arange(400), np.arange(400) + 1)
    assert len(np.unique(found)) == MOST_FIELDS
    assert (found == found[7]).sum() == 1
    shared = np.flatnonzero(np.bincount(found) > 1)
    assert len(shared) == 1
    assert set(np.flatnonzero(found == shared[0]).tolist()) >= {0, 1, 2}


def test_shade_is_no_brighter_than_the_middle_and_bounded_below() -> None:
    picture = np.full((4, 5, 3), 200, np.uint8)
    picture[0, :2] = (100, 100, 100), (10, 10, 10)
    picture[1, 0] = 255
    gray = shade(picture, np.zeros((4, 5), np.int64), np.ones((4, 5), np.bool_))
    expected = np.full((4, 5), 255)
    expected[0, :2] = round(DARKEST * 255)
    assert gray.tolist() == expected.tolist()
    picture[0, 0] = 150
    gray = shade(picture, np.zeros((4, 5), np.int64), np.ones((4, 5), np.bool_))
    assert gray[0, 0] == round(150 / 200 * 255)


def test_each_area_has_its_own_middle_and_one_without_clean_paper_no_shade() -> None:
    picture = np.zeros((2, 6, 3), np.uint8)
    picture[:, :3], picture[:, 3:] = 240, 60
    areas = np.repeat([0, 1], 3)[None].repeat(2, 0)
    assert (shade(picture, areas, np.ones((2, 6), np.bool_)) == 255).all()
    picture[0, 5] = 6
    counted = areas == 0
    assert (shade(picture, areas, counted) == 255).all()
