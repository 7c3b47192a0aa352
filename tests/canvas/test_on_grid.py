"""The networks see the pieces of the canvas, and the smallest follow what lies around them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawings import closed_drawing
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import GridMap
from hypothesis import given, settings
from hypothesis import strategies as st


def eyes() -> np.ndarray:
    """A face with eyes, and pupils of a few pixels in them."""
    page = np.full((800, 800), 255, np.uint8)
    cv2.circle(page, (400, 400), 300, 0, 3)
    for x in (300, 500):
        cv2.circle(page, (x, 350), 40, 0, 2)
        cv2.circle(page, (x, 350), 8, 0, 2)
    return page


def test_what_has_cells_is_seen_and_what_has_none_follows_what_is_around_it():
    pieces = find_pieces(eyes())
    assert pieces.count == 6
    seen = on_grid(pieces, GridMap.fit(800, 800, 64, 16), 4)
    assert seen.count == 4
    for x in (300, 500):
        white, pupil = pieces.labels[350, x + 25], pieces.labels[350, x]
        assert seen.pieces[seen.follows[pupil]] == white
    assert (seen.follows[seen.pieces] == np.arange(seen.count)).all()


def test_of_too_many_the_largest_are_seen():
    page = np.full((400, 400), 255, np.uint8)
    page[::20] = page[:, ::20] = 0
    page[100:200, 101:140] = 255
    pieces = find_pieces(page)
    seen = on_grid(pieces, GridMap.fit(400, 400, 200, 8), 1, most=30)
    assert seen.count == 30
    assert pieces.labels[150, 120] in seen.pieces
    assert (seen.labels == -1).any()


def test_a_page_of_small_pieces_only_has_one_that_is_seen():
    page = np.full((90, 90), 255, np.uint8)
    page[::9] = page[:, ::9] = 0
    seen = on_grid(find_pieces(page, gap=0), GridMap.fit(90, 90, 16, 16), 200)
    assert seen.count >= 1
    assert seen.filled.min() == 0


@given(st.integers(0, 10**6), st.sampled_from([16, 64, 128, 300]), st.integers(0, 40))
@settings(max_examples=20, deadline=None)
def test_every_piece_is_seen_or_follows_one_that_is(seed, side, least):
    page = closed_drawing(seed)
    pieces = find_pieces(page)
    grid = GridMap.fit(page.shape[0], page.shape[1], side, 8)
    seen = on_grid(pieces, grid, least, most=12)
    assert 1 <= seen.count <= 12
    assert seen.labels.shape == grid.content
    assert seen.follows.min() >= 0
    assert seen.follows.max() < seen.count
    visible = seen.labels >= 0
    assert (seen.pieces[seen.labels[visible]] == seen.owners[visible]).all()
    assert (np.unique(seen.labels[visible]) == np.arange(seen.count)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_thin_pages_have_a_grid(shape):
    pieces = find_pieces(np.full(shape, 255, np.uint8))
    assert on_grid(pieces, GridMap.fit(shape[0], shape[1], 32, 16), 4).count == 1
