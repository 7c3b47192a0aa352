"""Windows of a strip cover it, overlap, and are cut between panels where they can be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gp_canvas.lines.windows import Windows
from hypothesis import given, settings
from hypothesis import strategies as st

SIDE, MULTIPLE, WIDTH = 128, 16, 64


def _strip(panels: list[tuple[int, int]], length: int) -> np.ndarray:
    """Bordered panels from row to row, filled with slanting strokes; paper between them."""
    sketch = np.ones((length, WIDTH), np.float32)
    for top, bottom in panels:
        sketch[[top, bottom - 1], 4:60] = 0
        sketch[top:bottom, [4, 59]] = 0
        rows = np.arange(top, bottom)
        sketch[rows, 6 + rows % 50] = 0
    return sketch


def _assert_whole(windows: Windows, panels: list[tuple[int, int]]) -> None:
    for top, bottom in panels:
        assert not any(top < seam < bottom - 1 for seam in windows.seams)
        assert any(span.start <= top and bottom <= span.stop for span in windows.spans)


@pytest.mark.parametrize("gutter", [3, 8, 20])
def test_seams_lie_in_gutters_so_that_one_window_sees_all_of_a_panel(gutter):
    panels, top = [], gutter
    for height in (70, 40, 90, 55, 80, 62, 33, 75):
        panels.append((top, top + height))
        top += height + gutter
    length = -(-top // MULTIPLE) * MULTIPLE
    _assert_whole(Windows.along(_strip(panels, length), SIDE, MULTIPLE), panels)


def test_strips_that_run_to_the_right_are_cut_alike():
    panels = [(10 + 80 * i, 80 + 80 * i) for i in range(6)]
    down = Windows.along(_strip(panels, 496), SIDE, MULTIPLE)
    right = Windows.along(_strip(panels, 496).T.copy(), SIDE, MULTIPLE)
    assert (down.axis, right.axis) == (0, 1)
    assert down.spans == right.spans
    _assert_whole(right, panels)


def test_panels_that_share_a_border_are_cut_along_it():
    panels = [(80 * i, 80 * i + 80) for i in range(6)]
    windows = Windows.along(_strip(panels, 480), SIDE, MULTIPLE)
    _assert_whole(windows, panels)


def test_black_gutters_are_gutters():
    panels = [(10 + 80 * i, 80 + 80 * i) for i in range(6)]
    sketch = _strip(panels, 496)
    for (_, bottom), (top, _) in itertools.pairwise(panels):
        sketch[bottom:top] = 0
    _assert_whole(Windows.along(sketch, SIDE, MULTIPLE), panels)


def test_two_windows_compare_only_the_gutter_that_both_see_between_panels():
    panels = [(10 + 80 * i, 80 + 80 * i) for i in range(6)]
    windows = Windows.along(_strip(panels, 496), SIDE, MULTIPLE)
    for seam, shared in zip(windows.seams, windows.shared, strict=True):
        assert shared.start <= seam < shared.stop
        assert not any(top < shared.stop and shared.start < bottom for top, bottom in panels)


def test_windows_that_part_along_a_shared_border_compare_nothing():
    windows = Windows.along(_strip([(80 * i, 80 * i + 80) for i in range(6)], 480), SIDE, MULTIPLE)
    assert all(shared.start == shared.stop for shared in windows.shared)


def test_a_panel_too_tall_for_a_window_is_seen_by_windows_that_share_a_quarter():
    sketch = _strip([(10, 390)], 400)
    windows = Windows.along(sketch, SIDE, MULTIPLE)
    for before, after in itertools.pairwise(windows.spans):
        assert before.stop - after.start >= SIDE // 4


def test_a_page_that_fits_is_one_window():
    windows = Windows.along(np.ones((128, 64), np.float32), SIDE, MULTIPLE)
    assert windows.spans == (slice(0, 128),)
    assert windows.seams == ()


@given(st.integers(0, 10**6), st.sampled_from([(128, 16), (64, 32), (32, 32), (256, 32)]))
@settings(max_examples=80, deadline=None)
def test_windows_cover_the_grid_on_multiples_and_hand_over_where_both_see(seed, sizes):
    side, multiple = sizes
    random = np.random.default_rng(seed)
    length = int(random.integers(1, 40)) * multiple
    sketch = np.ones((length, multiple), np.float32)
    sketch[random.random(length) < random.random(), : multiple // 2] = 0
    windows = Windows.along(sketch, side, multiple)
    ends = [0, *windows.seams, length]
    assert ends == sorted(set(ends))
    assert len(windows.spans) == len(windows.seams) + 1
    for span, (start, stop) in zip(windows.spans, itertools.pairwise(ends), strict=True):
        assert 0 <= span.start <= start < stop <= span.stop <= length
        assert span.start % multiple == span.stop % multiple == 0
        assert span.stop - span.start <= side
