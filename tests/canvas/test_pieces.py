"""A closed area is one piece; an open drawing is cut where its lines have gaps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawings import closed_drawing, narrow_drawing
from gp_canvas.lines.areas import default_gap
from gp_canvas.lines.pieces import Pieces, find_pieces
from hypothesis import example, given, settings
from hypothesis import strategies as st

SIDE = 600  # the default gap is 3 pixels


def figure(gap: float, turn: float = 0.6, line: int = 3) -> np.ndarray:
    """A round figure with a gap of about so many pixels in its outline."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.circle(page, (300, 300), 150, 0, line)
    if gap:
        across = np.array([np.cos(turn), np.sin(turn)])
        along = np.array([-across[1], across[0]]) * gap / 2
        corners = [
            300 + across * radius + along * side for radius in (130, 170) for side in (-1, 1)
        ]
        cv2.fillConvexPoly(page, np.round(np.array(corners)[[0, 1, 3, 2]]).astype(np.int32), 255)
    return page


def inside_and_outside(pieces: Pieces) -> tuple[int, int]:
    return int(pieces.labels[300, 300]), int(pieces.labels[10, 10])


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("turn", [0.0, 0.6, 2.5])
@pytest.mark.parametrize("line", [2, 4, 9])
def test_a_figure_with_a_gap_in_its_outline_is_cut_off_from_its_ground(times, turn, line):
    page = figure(3.0 * times, turn, line)
    pieces = find_pieces(page)
    inside, outside = inside_and_outside(pieces)
    assert pieces.count == 2
    assert inside != outside
    assert pieces.area[inside] == pieces.area[outside]
    disc = cv2.circle(np.zeros_like(page), (300, 300), 150, 1, -1) > 0
    wrong = (pieces.labels == inside) ^ disc
    assert cv2.erode(wrong.astype(np.uint8), np.ones((8, 8), np.uint8)).sum() == 0


def test_figures_that_are_closed_are_areas_of_their_own():
    pieces = find_pieces(figure(0))
    assert pieces.count == 2
    assert pieces.area.tolist() == [0, 1]
    assert not len(pieces.seams)


def test_a_wide_opening_stays_open():
    assert find_pieces(figure(90)).count == 1


def test_no_gap_is_closed_where_none_is_to_be():
    assert find_pieces(figure(8), gap=0).count == 1


def test_seams_end_on_ink_and_are_as_long_as_the_gap():
    pieces = find_pieces(figure(9))
    assert len(pieces.seams) == 1
    top, left, bottom, right = pieces.seams[0]
    assert pieces.ink[top, left]
    assert pieces.ink[bottom, right]
    assert np.hypot(top - bottom, left - right) < 14


def test_two_legs_are_one_piece_and_so_is_the_ground_between_them():
    page = np.full((SIDE, SIDE), 255, np.uint8)
    x = [200, 400, 400, 306, 304, 296, 294, 200]
    y = [100, 100, 500, 500, 200, 200, 500, 500]
    cv2.polylines(page, [np.stack([x, y], axis=1).astype(np.int32)], True, 0, 2)
    assert find_pieces(page).count == 2


def test_a_figure_close_to_its_frame_does_not_cut_the_sky():
    page = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(page, (20, 20), (580, 580), 0, 3)
    cv2.circle(page, (300, 300), 270, 0, 3)
    assert find_pieces(page).count == 3


def test_a_star_close_to_a_frame_does_not_cut_the_sky():
    page = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.rectangle(page, (20, 20), (580, 580), 0, 3)
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    radii = np.where(np.arange(16) % 2, 140, 270)
    star = 300 + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    cv2.polylines(page, [np.round(star).astype(np.int32)], True, 0, 3)
    pieces = find_pieces(page)
    assert not len(pieces.seams)
    assert np.count_nonzero(pieces.sizes > 1000) == 3


def cut_areas(page: np.ndarray, gap: float | None) -> list[int]:
    """Sizes of closed areas that lie in more than one piece, in pixels."""
    pieces = find_pieces(page, gap)
    paper = (~pieces.ink).view(np.uint8)
    count, closed, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    # A smaller one is a speck, which its neighbours fill.
    least = default_gap(*page.shape) ** 2 / 2
    return [
        int(stats[number, cv2.CC_STAT_AREA])
        for number in range(1, count)
        if stats[number, cv2.CC_STAT_AREA] >= least
        and len(np.unique(pieces.labels[closed == number])) > 1
    ]


# Always the same drawings: a rare one may still be cut.
@given(st.integers(0, 10**6), st.sampled_from([None, 0.0, 5.0, 8.0, 12.0]))
@example(391, None)
@example(391, 8.0)
@example(362, 12.0)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_closed_drawings_are_cut_by_nothing(seed, gap):
    assert not cut_areas(closed_drawing(seed), gap)


@given(st.integers(0, 10**6), st.sampled_from([None, 5.0, 12.0]))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_closed_areas_with_narrow_passages_are_cut_by_nothing(seed, gap):
    assert not cut_areas(narrow_drawing(seed), gap)


@pytest.mark.parametrize("wide", [2, 3, 4])
@pytest.mark.parametrize("gap", [8, 12, 20])
def test_the_tip_of_a_slender_shape_is_no_line_that_ends(gap, wide):
    """Two rooms, and a spike of the ground between them whose sides are but a few pixels apart."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    x = [100, 500, 500, 300 + 2 * wide, 300 + wide, 300, 300 - wide, 100]
    y = [100, 100, 500, 500, 106, 106, 500, 500]
    cv2.polylines(page, [np.stack([x, y], axis=1).astype(np.int32)], True, 0, 1)
    pieces = find_pieces(page, gap=gap)
    assert pieces.labels[300, 150] == pieces.labels[300, 450]


@pytest.mark.parametrize("neck", [3, 4, 5, 8])
def test_two_rooms_with_a_corridor_narrower_than_the_gap_are_one_piece(neck):
    page = np.full((SIDE, SIDE), 255, np.uint8)
    x = [100, 250, 250, 350, 350, 500, 500, 350, 350, 250, 250, 100]
    y = [100, 100, 300, 300, 100, 100, 500, 500, 302 + neck, 302 + neck, 500, 500]
    cv2.polylines(page, [np.stack([x, y], axis=1).astype(np.int32)], True, 0, 2)
    assert find_pieces(page, gap=10).count == 2


@pytest.mark.parametrize("wide", [1, 3, 6, 9])
def test_a_gap_up_to_the_gap_is_closed_between_ends_though_outlines_pass_each_other(wide):
    page = figure(0)
    cv2.circle(page, (300, 300), 156, 0, 2)  # close around it
    page[300 : 300 + wide, 440:470] = 255
    pieces = find_pieces(page, gap=10)
    inside, outside = inside_and_outside(pieces)
    assert inside != outside


def test_two_open_figures_of_one_ground_are_three_pieces():
    page = np.full((SIDE, SIDE), 255, np.uint8)
    for x in (160, 440):
        cv2.ellipse(page, (x, 300), (100, 100), 30, 0, 354, 0, 3)
    pieces = find_pieces(page)
    assert pieces.count == 3
    assert (pieces.area == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 5)])
@pytest.mark.parametrize("tone", [0, 255])
def test_pages_of_any_shape_have_a_piece(shape, tone):
    pieces = find_pieces(np.full(shape, tone, np.uint8))
    assert pieces.count == 1
    assert pieces.labels.shape == shape


@given(st.integers(0, 10**6), st.floats(0, 30))
@settings(max_examples=15, deadline=None)
def test_noise_is_partitioned(seed, gap):
    random = np.random.default_rng(seed)
    page = random.choice([0, 255], (60, 80), p=[0.3, 0.7]).astype(np.uint8)
    pieces = find_pieces(page, gap)
    assert (np.unique(pieces.labels) == np.arange(pieces.count)).all()
    assert pieces.sizes.sum() == page.size
    assert (np.unique(pieces.area) == np.arange(pieces.area.max() + 1)).all()
