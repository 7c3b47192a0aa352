"""Contact sheets show the right thing in the right place."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from gp_cli import sheet
from gp_cli.sheet import Made, Panel

# Viénot, Brettel and Mollon (1999): linear RGB as people without red or green cones see it.
DICHROMATS = (
    ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
)


def drawing(height: int = 60, width: int = 90, regions: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Labels and paper: so many upright stripes, two black rows at the top."""
    labels = np.repeat(1 + np.arange(width) * regions // width, height)
    labels = labels.reshape(width, height).T.astype(np.int32)
    paper = np.full((height, width, 3), 255, np.uint8)
    paper[:, :2] = 0
    return labels, paper


def page(height: int = 60, width: int = 90, regions: int = 3, side: int = 90) -> Made:
    labels, paper = drawing(height, width, regions)
    flats = np.full((height, width, 4), (200, 0, 0, 255), np.uint8)
    flats[labels == 2] = 0
    shown = [Panel("Line art", sheet.fit(paper, side))] * 4
    shown.append(Panel("Flats", sheet.painted(flats, paper, side)))
    return Made.of(labels, paper, flats, 2, shown)


def lab(colors: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(colors.reshape(1, -1, 3).astype(np.float32), cv2.COLOR_RGB2LAB)[0]


@pytest.mark.parametrize("matrix", [np.eye(3), *map(np.array, DICHROMATS)])
def test_the_first_regions_differ_for_the_colour_blind(matrix: np.ndarray) -> None:
    rgb = np.array([sheet.region_color(number) for number in range(1, 8)]) / 255
    seen = np.clip((rgb**2.2) @ matrix.T, 0, 1) ** (1 / 2.2)
    pairs = itertools.combinations(lab(seen), 2)
    assert min(float(np.linalg.norm(one - other)) for one, other in pairs) > 10


def test_28_regions_have_28_colours() -> None:
    assert len({sheet.region_color(number) for number in range(1, 29)}) == 28


def test_a_number_stands_where_the_largest_part_has_most_room() -> None:
    labels = np.ones((50, 80), np.uint8)
    labels[2:9, 2:9] = 2  # a small part
    labels[20:41, 30:73] = 2  # the largest
    labels[30, 60] = 1  # with a hole in its right half
    x, y, room = sheet.pole(labels, 2)
    assert (y, room) == (30, 11)
    assert 40 <= x <= 48


def test_the_canvas_border_counts_as_a_border() -> None:
    x, y, room = sheet.pole(np.ones((9, 9), np.uint8), 1)
    assert (x, y, room) == (4, 4, 5)


def test_the_region_panel_has_each_regions_colour_in_its_place() -> None:
    panel = sheet.region_panel(*drawing(), 300)
    for number, x in ((1, 30), (2, 130), (3, 270)):
        assert tuple(panel[5, x]) == sheet.region_color(number)


def test_the_region_panel_writes_a_light_number_with_a_dark_outline() -> None:
    panel = sheet.region_panel(*drawing(regions=1), 300)
    height, width = panel.shape[:2]
    middle = panel[height // 2 - 15 : height // 2 + 15, width // 2 - 15 : width // 2 + 15]
    assert (middle == 255).all(axis=2).any()
    assert (middle < 60).all(axis=2).any()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((100, 200), (320, 640)),
        ((3000, 4000), (480, 640)),
        ((600, 500), (768, 640)),
        ((9000, 300), (1400, 47)),
    ],
)
def test_pictures_small_and_large_fit_their_panels(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert sheet.fit(np.zeros((*shape, 3), np.uint8), 640).shape[:2] == expected


def test_regions_that_are_asked_late_are_gray_and_have_no_number() -> None:
    labels, paper = drawing(regions=1)
    late = sheet.region_panel(labels * (sheet.NUMBERED + 1), paper, 300)
    assert len(np.unique(late[:, 60:].reshape(-1, 3), axis=0)) == 1
    last = sheet.region_panel(labels * sheet.NUMBERED, paper, 300)
    assert len(np.unique(last[:, 60:].reshape(-1, 3), axis=0)) > 2
    assert sheet.region_color(sheet.NUMBERED) == tuple(last[-3, -3])


def test_the_lines_are_multiplied_over_the_colours() -> None:
    _labels, paper = drawing()
    layer = np.full((60, 90, 4), (200, 150, 100, 255), np.uint8)
    picture = sheet.painted(layer, paper, 90)
    assert picture[30, 0].max() == 0
    assert tuple(picture[30, 60]) == (200, 150, 100)


def test_a_page_is_told_by_share_and_by_the_colour_at_the_end() -> None:
    made = page()
    assert made.size == (90, 60)
    assert made.shares == {1: 1 / 3, 2: 1 / 3, 3: 1 / 3}
    assert made.colors == {1: (200, 0, 0), 3: (200, 0, 0)}  # 2 was left white


@pytest.mark.parametrize(("height", "width"), [(60, 90), (200, 90), (1, 1), (20, 400), (900, 40)])
def test_a_sheet_of_any_shape_holds_all_panels(height: int, width: int) -> None:
    made = page(height, width, 1, 640)
    picture = sheet.page_sheet(made, "a page with a name")
    tile = made.panels[0].picture
    assert picture.size > 6 * tile.size
    assert picture.dtype == np.uint8


def test_an_overview_has_a_row_for_each_page() -> None:
    row = ("page", sheet.small(page().panels))
    one, two = (sheet.overview_sheet([row] * count, "Pages") for count in (1, 2))
    assert one.shape[1] == two.shape[1]
    assert two.shape[0] - one.shape[0] > row[1][0].picture.shape[0]
