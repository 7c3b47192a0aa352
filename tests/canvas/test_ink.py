"""Ink is found whatever it was drawn with and on."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.areas import find_areas
from gp_canvas.lines.ink import find_ink, read_line_art


def drawing(ink: int = 0, paper: int = 255, line: int = 3) -> np.ndarray:
    """Three nested shapes: four areas."""
    page = np.full((600, 800), paper, np.uint8)
    cv2.rectangle(page, (60, 60), (740, 540), ink, line, cv2.LINE_AA)
    cv2.circle(page, (300, 300), 180, ink, line, cv2.LINE_AA)
    cv2.circle(page, (300, 300), 90, ink, line, cv2.LINE_AA)
    return page


def count(gray: np.ndarray) -> int:
    return find_areas(read_line_art(gray[..., None], "GRAY8")).count


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(0, 255), (110, 255), (170, 250), (195, 255), (60, 180), (20, 200), (90, 225)],
)
@pytest.mark.parametrize("line", [1, 3, 8])
def test_pencil_and_tinted_paper_give_the_areas_of_black_on_white(ink, paper, line):
    assert count(drawing(ink, paper, line)) == 4


@pytest.mark.parametrize(("ink", "paper"), [(226, 246), (241, 255), (236, 248), (200, 212)])
def test_lines_hardly_darker_than_even_paper_are_ink(ink, paper):
    assert count(drawing(ink, paper)) == 4


@pytest.mark.parametrize("grain", [2, 4, 8])
def test_the_grain_of_an_empty_sheet_is_no_ink(grain):
    page = 235 + np.random.default_rng(0).normal(0, grain, (600, 800))
    assert find_ink(np.clip(page, 0, 255).astype(np.uint8))[0].mean() < 0.001


def test_paper_grain_is_no_ink():
    page = drawing(120, 235).astype(float)
    page += np.random.default_rng(0).normal(0, 6, page.shape)
    assert count(np.clip(page, 0, 255).astype(np.uint8)) == 4


def test_pencil_beside_solid_black_is_ink():
    page = drawing(165)
    page[100:500, 560:700] = 0
    ink, _ = find_ink(page)
    assert ink[60, 300:400].all()
    assert find_areas(page).count == 4


def test_a_pale_line_that_runs_into_a_black_one_leaves_no_slit():
    page = np.full((600, 800), 255, np.uint8)
    for start, end, tone in (((60, 60), (60, 540), 0), ((62, 540), (740, 60), 0)):
        cv2.line(page, start, end, tone, 3)
    for start, end in (((68, 60), (62, 300)), ((400, 60), (400, 540)), ((80, 540), (760, 60))):
        cv2.line(page, start, end, 190, 4)
    ink, _ = find_ink(page)
    assert (ink == (page < 255)).all()


@pytest.mark.parametrize(
    "color", [(255, 255, 0), (0, 255, 255), (255, 196, 60), (255, 150, 190), (150, 255, 150)]
)
@pytest.mark.parametrize("format", ["RGB8", "RGBA8", "BGRA16"])
def test_lines_as_light_as_paper_are_seen_by_their_color(color, format):
    black = drawing()
    page = np.full((*black.shape, 4), 255, np.uint8)
    page[..., 3] = 255 if format == "RGB8" else 255 - black
    page[..., :3] = 255 - (255 - black.astype(int))[..., None] * (255 - np.array(color)) // 255
    if format != "RGB8":
        page[..., :3] = color
    page[100:500, 560:563, :] = (0, 0, 0, 255)  # and something black
    if format == "RGB8":
        pixels = np.ascontiguousarray(page[..., :3])
    elif format == "BGRA16":
        pixels = np.ascontiguousarray(page[..., [2, 1, 0, 3]]).astype(np.uint16) * 257
    else:
        pixels = page
    assert find_areas(read_line_art(pixels, format)).count == 4


def test_a_colored_fill_within_black_lines_stays_paper():
    page = np.repeat(drawing()[..., None], 3, axis=2)
    page[62:300, 62:110][page[62:300, 62:110, 0] > 250] = (255, 240, 60)
    gray = read_line_art(page, "RGB8")
    assert gray[80:280, 75:100].min() > 200
    assert find_areas(gray).count == 4


def test_a_gray_wash_beside_black_lines_is_paper():
    page = drawing()
    page[200:420, 500:720] = 170
    ink, _ = find_ink(page)
    assert not ink[220:400, 520:700].any()
    assert find_areas(page).count == 4


def test_a_page_mostly_washed_in_gray_keeps_its_lines():
    page = drawing(0, 150)
    page[:300, :400] = np.where(page[:300, :400] == 150, 255, page[:300, :400])
    ink, _ = find_ink(page)
    assert ink.mean() < 0.05


def test_a_threshold_that_is_given_is_the_only_rule():
    page = drawing(165)
    page[100:500, 560:700] = 0
    ink, threshold = find_ink(page, 100)
    assert threshold == 100
    assert (ink == (page < 100)).all()


def test_a_shadow_on_the_paper_is_no_ink():
    shade = np.linspace(0.55, 1, 800)[None] * np.linspace(0.9, 1, 600)[:, None]
    page = (drawing(40) * shade).astype(np.uint8)
    assert count(page) == 4


def test_deep_shadow_on_photographed_paper_is_no_ink():
    shade = np.linspace(0.55, 1, 800)[None] * np.linspace(1, 0.8, 600)[:, None]
    page = drawing(70, 225) * shade + np.random.default_rng(1).normal(0, 4, (600, 800))
    assert count(np.clip(page, 0, 255).astype(np.uint8)) == 4


def test_even_paper_is_left_as_it_is():
    page = drawing(0, 240)
    page[100:500, 560:700] = 0
    assert (read_line_art(page[..., None], "GRAY8") == page).all()


def test_white_on_black_is_turned():
    page = 255 - drawing()
    assert (read_line_art(page[..., None], "GRAY8") == drawing()).all()


@pytest.mark.parametrize("tone", [255, 230, 180])
@pytest.mark.parametrize("format", ["RGBA8", "GRAYA8", "BGRA16"])
def test_light_lines_on_transparency_are_turned(tone, format):
    alpha = 255 - drawing()
    channels = 1 if format.startswith("GRAY") else 3
    picture = np.dstack([np.full_like(alpha, tone)] * channels + [alpha])
    if format.endswith("16"):
        picture = picture.astype(np.uint16) * 257
    assert (read_line_art(picture, format) == drawing()).all()


def test_an_empty_sheet_on_transparency_stays_blank():
    picture = np.full((300, 400, 4), 255, np.uint8)
    picture[:50, :, 3] = 0
    assert read_line_art(picture, "RGBA8").min() == 255


def test_black_lines_on_transparency_are_not_turned():
    picture = np.dstack([np.zeros((600, 800, 3), np.uint8), 255 - drawing()])
    assert (read_line_art(picture, "RGBA8") == drawing()).all()


def test_solid_blacks_are_ink():
    page = drawing()
    page[300:540, 500:720] = 0
    ink, _ = find_ink(read_line_art(page[..., None], "GRAY8"))
    assert ink[310:530, 510:710].all()


def test_a_few_dark_specks_hide_no_light_lines_on_transparency():
    alpha = 255 - drawing()
    page = np.dstack([np.full_like(alpha, 255), alpha])
    for x in (250, 350):
        cv2.circle(page, (x, 300), 6, (0, 255), -1)
    assert find_areas(read_line_art(page, "GRAYA8")).count == 4


def test_dark_lines_with_white_highlights_on_transparency_are_not_turned():
    alpha = 255 - drawing()
    page = np.dstack([np.zeros_like(alpha), alpha])
    cv2.line(page, (100, 100), (700, 100), (255, 255), 3)
    gray = read_line_art(page, "GRAYA8")
    assert gray[100, 400] == 255
    assert find_areas(gray).count == 4


@pytest.mark.parametrize("ground", [90, 110, 128, 160])
def test_white_lines_on_a_middle_gray_are_turned(ground):
    page = drawing(245, ground)
    gray = read_line_art(page[..., None], "GRAY8")
    assert gray[30, 30] == 255
    assert find_areas(gray).count == 4


@pytest.mark.parametrize("paper", [100, 130, 170])
def test_dark_lines_with_highlights_on_gray_paper_are_not_turned(paper):
    page = drawing(20, paper)
    cv2.line(page, (100, 100), (300, 100), 250, 5)
    assert count(page) == 4
    assert read_line_art(page[..., None], "GRAY8")[60, 400] < 100


def colored(line: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """The three nested shapes, each filled with a strong colour, RGB."""
    page = np.full((600, 800, 3), (140, 190, 240), np.uint8)
    page[60:540, 60:740] = (40, 120, 60)
    cv2.circle(page, (300, 300), 180, (190, 40, 50), -1)
    cv2.circle(page, (300, 300), 90, (50, 60, 160), -1)
    page[drawing() < 128] = line
    return page


@pytest.mark.parametrize("line", [(0, 0, 0), (60, 20, 10)])
@pytest.mark.parametrize("format", ["RGB8", "RGB16", "RGBA8"])
def test_dark_colours_of_a_page_that_is_coloured_already_are_no_ink(line, format):
    page = colored(line)
    if format == "RGB16":
        page = page.astype(np.uint16) * 257
    if format == "RGBA8":
        page = np.dstack([page, np.full(page.shape[:2], 255, np.uint8)])
    areas = find_areas(read_line_art(page, format))
    assert areas.count == 4
    beside = cv2.dilate((drawing() < 255).view(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert not areas.ink[beside].any()


def test_a_line_within_a_dark_colour_stays_a_line():
    page = colored()
    cv2.line(page, (300, 120), (300, 480), (90, 10, 15), 3)
    assert find_areas(read_line_art(page, "RGB8")).count == 6


@pytest.mark.parametrize("paper", [(190, 150, 110), (236, 216, 170), (140, 110, 80)])
def test_pencil_on_tinted_paper_is_ink(paper):
    stroke = (255 - drawing(120)[..., None].astype(float)) / 255
    page = np.array(paper) * (1 - stroke) + np.array((50, 50, 55)) * stroke
    assert find_areas(read_line_art(np.round(page).astype(np.uint8), "RGB8")).count == 4


def test_solid_blacks_of_a_coloured_page_stay_ink():
    page = colored()
    page[100:160, 560:700] = (10, 10, 25)
    gray = read_line_art(page, "RGB8")
    assert (gray[105:155, 565:695] < 60).all()
