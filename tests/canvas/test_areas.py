"""Areas end on ink: each rule on a drawing whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.areas import Areas, default_gap, find_areas
from hypothesis import given, settings
from hypothesis import strategies as st


def blank(height: int = 400, width: int = 400) -> np.ndarray:
    return np.full((height, width), 255, np.uint8)


def ring(gap: int, line: int = 3, side: int = 400) -> np.ndarray:
    """A ring with a gap of exactly so many free pixels at its right."""
    page = blank(side, side)
    middle = side // 2
    cv2.circle(page, (middle, middle), side // 4, 0, line)
    top = middle - gap // 2
    page[top : top + gap, middle:] = 255
    return page


def separate(areas: Areas, one: tuple[int, int], other: tuple[int, int]) -> bool:
    return bool(areas.labels[one] != areas.labels[other])


INSIDE, OUTSIDE = (200, 200), (20, 20)


@pytest.mark.parametrize("gap", range(9))
def test_a_ring_with_a_gap_up_to_the_radius_is_closed(gap):
    assert separate(find_areas(ring(gap), gap=8), INSIDE, OUTSIDE)


@pytest.mark.parametrize("gap", [11, 12, 14, 20, 60])
def test_a_ring_with_a_wider_gap_stays_open(gap):
    areas = find_areas(ring(gap), gap=8)
    assert not separate(areas, INSIDE, OUTSIDE)
    assert areas.count == 1


@pytest.mark.parametrize("gap", [1, 5, 40])
def test_no_gap_is_closed_when_none_is_to_be(gap):
    assert find_areas(ring(gap), gap=0).count == 1
    assert find_areas(ring(0), gap=0).count == 2


def test_a_closed_gap_is_divided_within_it():
    areas = find_areas(ring(7), gap=8)
    row = areas.labels[200, 200:]
    border = 200 + int(np.flatnonzero(np.diff(row))[0])
    assert abs(border - 300) <= 4
    assert areas.count == 2


@pytest.mark.parametrize("line", [1, 2, 3, 5, 9, 15, 25])
def test_the_thickness_of_a_line_does_not_shift_its_border(line):
    page = blank()
    cv2.line(page, (200, 0), (200, 399), 0, line)
    columns = np.argmax(np.diff(find_areas(page).labels, axis=1) != 0, axis=1)
    assert abs(columns - 199.5).max() <= 1


@pytest.mark.parametrize("line", [3, 9, 21])
def test_the_thickness_of_a_ring_does_not_shift_its_border(line):
    disc = cv2.circle(np.zeros((400, 400), np.uint8), (200, 200), 100, 1, -1) > 0
    areas = find_areas(ring(0, line))
    inside = areas.labels == areas.labels[INSIDE]
    assert (inside ^ disc).sum() < 0.02 * disc.sum()


@pytest.mark.parametrize("shape", ["corner", "star", "wedge"])
def test_corners_fill_to_the_end(shape):
    page = blank()
    points = {
        "corner": [(100, 100), (300, 100), (100, 300)],
        "star": [(200, 40), (230, 170), (360, 200), (230, 230), (200, 360), (170, 230)],
        "wedge": [(40, 190), (360, 140), (360, 240)],
    }[shape]  # fmt: skip
    polygon = np.array(points, np.int32)
    cv2.polylines(page, [polygon], True, 0, 2)
    areas = find_areas(page, gap=10)
    filled = cv2.fillPoly(np.zeros_like(page), [polygon], 1) > 0
    assert areas.count == 2
    assert len(np.unique(areas.labels[filled & ~areas.ink])) == 1


def test_a_thin_closed_shape_is_an_area():
    page = blank()
    cv2.rectangle(page, (100, 100), (105, 300), 0, 1)
    areas = find_areas(page, gap=20)
    assert areas.count == 2
    assert (areas.labels[101:300, 101:105] == areas.labels[200, 102]).all()


def test_a_thin_open_shape_belongs_to_what_it_opens_to():
    page = blank()
    cv2.line(page, (200, 100), (200, 300), 0, 1)
    cv2.line(page, (206, 100), (206, 300), 0, 1)
    cv2.line(page, (200, 300), (206, 300), 0, 1)
    assert find_areas(page, gap=20).count == 1


def test_a_long_corridor_that_swells_is_not_cut():
    page = blank(200, 800)
    x = np.arange(50, 750)
    swell = (2 * np.sin(x / 20)).astype(int)
    page[80 - swell, x] = page[79 - swell, x] = 0
    page[104 + swell, x] = page[105 + swell, x] = 0
    cv2.line(page, (50, 78), (50, 106), 0, 2)
    cv2.line(page, (749, 78), (749, 106), 0, 2)
    areas = find_areas(page, gap=25)
    assert areas.count == 2


def test_nested_shapes_are_areas_each():
    page = blank()
    for radius in range(20, 181, 20):
        cv2.circle(page, (200, 200), radius, 0, 2)
    areas = find_areas(page)
    assert areas.count == 10
    assert len(np.unique(areas.labels[200, 200:390])) == 10


def test_a_hair_line_to_the_border_divides_the_page():
    page = blank()
    page[:, 200] = 0
    assert find_areas(page).count == 2


@pytest.mark.parametrize(("short", "count"), [(3, 2), (30, 1)])
def test_a_line_that_stops_short_of_the_border_is_closed_like_a_gap(short, count):
    page = blank()
    page[short:, 200:202] = 0
    assert find_areas(page, gap=8).count == count


def test_an_aslant_hair_line_holds():
    page = blank()
    cv2.line(page, (0, 0), (399, 399), 0, 1)
    assert find_areas(page, gap=0).count == 2


def test_open_hatching_belongs_to_what_it_shades():
    page = blank()
    cv2.rectangle(page, (50, 50), (350, 350), 0, 3)
    for x in range(80, 200, 6):
        page[100:300, x : x + 2] = 0
    assert find_areas(page).count == 2


def test_closed_hatching_is_one_area():
    page = blank()
    cv2.rectangle(page, (50, 50), (350, 350), 0, 3)
    for x in range(54, 350, 3):
        page[50:350, x : x + 2] = 0
    areas = find_areas(page)
    assert areas.count == 2
    assert separate(areas, INSIDE, OUTSIDE)


def test_dots_close_no_gaps_however_wide_a_gap_is_asked_for():
    page = blank()
    for y in range(20, 380, 14):
        for x in range(20, 380, 14):
            cv2.circle(page, (x, y), 2, 0, -1)
    assert find_areas(page, gap=10).count == 1


@pytest.mark.parametrize(("pitch", "dot"), [(5, 1), (6, 2), (8, 2), (12, 2), (20, 3), (6, 3)])
def test_screentone_does_not_become_an_area_a_dot(pitch, dot):
    page = blank(900, 900)
    for y in range(150, 750, pitch):
        for x in range(150, 750, pitch):
            cv2.circle(page, (x + (y // pitch % 2) * pitch // 2, y), dot, 0, -1)
    cv2.rectangle(page, (140, 140), (760, 760), 0, 3)
    areas = find_areas(page)
    assert areas.count <= 4
    inside = areas.labels[160:740, 160:740]
    assert np.bincount(inside.ravel()).max() > 0.95 * inside.size


def test_dark_screentone_with_white_holes_is_one_area():
    page = blank(900, 900)
    cv2.rectangle(page, (150, 150), (750, 750), 0, -1)
    for y in range(160, 745, 6):
        for x in range(160, 745, 6):
            page[y : y + 2, x : x + 2] = 255
    areas = find_areas(page)
    assert areas.count == 2
    assert separate(areas, (450, 450), OUTSIDE)


def test_a_speck_of_paper_alone_is_no_area():
    page = blank()
    page[100:300, 100:300] = 0
    page[200, 200] = 255
    assert find_areas(page).count == 1


def test_a_solid_black_goes_to_the_paper_around_it():
    page = blank()
    page[100:300, 100:300] = 0
    areas = find_areas(page)
    assert areas.count == 1
    assert areas.ink.sum() == 200 * 200


def test_an_eye_small_but_round_is_an_area():
    page = blank(1000, 1000)
    cv2.circle(page, (500, 500), 6, 0, 2)
    assert find_areas(page).count == 2


@pytest.mark.parametrize("tone", [0, 255])
def test_a_page_of_one_tone_is_one_area(tone):
    areas = find_areas(np.full((30, 50), tone, np.uint8))
    assert areas.count == 1
    assert areas.sizes.tolist() == [1500]


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3), (16, 4000)])
def test_odd_shapes_work(shape):
    page = blank(*shape)
    page.ravel()[:: max(2, page.size // 3)] = 0
    assert find_areas(page).labels.shape == shape


def _strokes(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, 220, 2))
    page = blank(height, width)
    for _ in range(random.integers(0, 12)):
        points = random.integers(-10, [[width + 10, height + 10]] * 3).astype(np.int32)
        cv2.polylines(page, [points], bool(random.integers(2)), 0, int(random.integers(1, 5)))
    return page


@given(st.integers(0, 10**6), st.sampled_from([None, 0.0, 3.0, 8.5, 40.0]))
@settings(max_examples=80, deadline=None)
def test_areas_partition_the_canvas_without_holes_in_their_numbers(seed, gap):
    page = _strokes(seed)
    areas = find_areas(page, gap)
    counts = np.bincount(areas.labels.ravel())
    assert areas.labels.shape == page.shape
    assert (counts == areas.sizes).all()
    assert counts.min() >= 1


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_no_area_crosses_a_line_when_no_specks_are_absorbed(seed):
    page = _strokes(seed)
    areas = find_areas(page, gap=0)
    _, components = cv2.connectedComponents((page == 255).view(np.uint8), connectivity=4)
    for label in np.unique(areas.labels):
        inside = components[(areas.labels == label) & ~areas.ink]
        sizes = np.bincount(inside)[1:] if inside.size else np.zeros(1)
        least = default_gap(*page.shape) ** 2 / 2
        textures = (sizes > 0).sum() >= 8
        assert textures or (sizes >= max(1, least)).sum() <= 1


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_the_same_line_art_gives_the_same_areas(seed):
    page = _strokes(seed)
    assert (find_areas(page).labels == find_areas(page.copy()).labels).all()


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_wider_gap_never_joins_what_a_narrower_one_divides_by_ink(seed):
    page = _strokes(seed)
    none, wide = find_areas(page, gap=0), find_areas(page, gap=12)
    paper = ~none.ink
    # Specks are shared out like ink, and ties between two areas may fall either way.
    _, closed, stats, _ = cv2.connectedComponentsWithStats(paper.view(np.uint8), connectivity=4)
    specks = stats[:, cv2.CC_STAT_AREA] < default_gap(*page.shape) ** 2 / 2
    paper &= ~specks[np.asarray(closed, np.intp)]
    pairs = np.unique(np.stack([none.labels[paper], wide.labels[paper]]), axis=1)
    owners = np.bincount(pairs[1]) if pairs.size else np.zeros(1)
    assert owners.max() <= 1


@pytest.mark.parametrize(("hole", "pitch"), [(4, 7), (5, 8)])
@pytest.mark.parametrize("aslant", [False, True])
def test_white_holes_of_a_dark_tone_are_one_area(hole, pitch, aslant):
    page = np.full((500, 900), 255, np.uint8)
    page[100:400, 100:800] = 0
    for row, y in enumerate(range(106, 390, pitch)):
        for x in range(106 + (row % 2 * pitch // 2 if aslant else 0), 790, pitch):
            page[y : y + hole, x : x + hole] = 255
    assert find_areas(page).count == 2


def test_a_few_buttons_beside_each_other_are_areas_of_their_own():
    page = np.full((500, 900), 255, np.uint8)
    for x in range(200, 230, 8):
        cv2.rectangle(page, (x, 200), (x + 7, 207), 0, 1)
    assert find_areas(page).count == 5
