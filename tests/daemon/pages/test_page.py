"""A page behaves as the contract says, for any line art."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import encode
from gp_client.errors import (
    BAD_REQUEST,
    BLANK_PAGE,
    NO_SUCH_REGION,
    TOO_LARGE,
    UNSUPPORTED_FORMAT,
    GuidingPainterError,
)
from gp_client.wire import FORMATS
from gp_daemon.pages.page import Page

SAMPLES = sorted((Path(__file__).parents[3] / "docs" / "samples").glob("*.png"))
RED, BLUE = (201, 3, 7), (10, 20, 230)
# What the fixture's 0.5 gray becomes as a suggestion.
HALF_GRAY = (128, 128, 128)


def _open(engine, gray: np.ndarray, **options) -> Page:
    return Page(engine, gray.tobytes(), gray.shape[1], gray.shape[0], **options)


@pytest.fixture
def page(engine, boxes) -> Page:
    return _open(engine, boxes)


def _labels(page: Page) -> np.ndarray:
    """Each pixel's region number, put together from the masks; 0 = none, -1 = several."""
    labels = np.zeros((page.height, page.width), int)
    for region in page.regions:
        (x, y, width, height), mask = page.mask(region.number)
        part = labels[y : y + height, x : x + width]
        part[(part > 0) & (mask > 0)] = -1
        part[(part == 0) & (mask > 0)] = region.number
    return labels


def _code(call, *arguments) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        call(*arguments)
    return caught.value.code


def test_regions_are_numbered_from_one_in_priority_order(page):
    assert [region.number for region in page.regions] == list(range(1, len(page.regions) + 1))
    assert len(page.regions) == 6


def test_masks_are_binary_and_partition_the_canvas(page):
    labels = _labels(page)
    assert labels.min() > 0
    for region in page.regions:
        bbox, mask = page.mask(region.number)
        assert bbox == region.bbox
        assert mask.shape == (bbox[3], bbox[2])
        assert set(np.unique(mask)) <= {0, 255}
        assert (mask == 255).sum() == region.pixels


def test_a_hint_colours_exactly_its_mask(page):
    page.hint(2, RED)
    before = page.render("flats")
    assert (before[_labels(page) == 2] == (*RED, 255)).all()
    assert not (before[_labels(page) != 2][:, :3] == RED).all(axis=1).any()


def test_colours_are_not_swapped_from_hint_to_soft(page):
    page.hint(1, RED)
    assert page.render("soft")[_labels(page) == 1].mean(axis=0).round().tolist() == [*RED, 255]


def test_hints_come_in_any_order_and_leave_again(page):
    plain = page.render("flats")
    page.hint(5, RED)
    page.hint(2, BLUE)
    page.hint(5, BLUE)
    assert page.hints == {5: BLUE, 2: BLUE}
    page.unhint(5)
    page.unhint(2)
    page.unhint(2)
    assert page.hints == {}
    assert (page.render("flats") == plain).all()


def test_hints_given_out_are_a_copy(page):
    page.hints[1] = RED
    assert page.hints == {}


def test_the_picture_of_g_is_painted_once_per_set_of_hints(page, monkeypatch):
    calls = []
    real = page._painting.networks.colorize
    monkeypatch.setattr(page._painting.networks, "colorize", lambda *a: calls.append(1) or real(*a))
    page.hint(1, RED)
    for kind in ("flats", "soft", "hints", "flats"):
        page.render(kind)
    assert len(calls) == 1
    page.hint(1, BLUE)
    page.render("soft")
    assert len(calls) == 2


def test_g_sees_snapped_regions_and_hints(page, monkeypatch):
    seen = {}
    real = page._painting.networks.colorize

    def spy(given):
        seen.update(vars(given))
        return real(given)

    monkeypatch.setattr(page._painting.networks, "colorize", spy)
    page.hint(3, (255, 0, 51))
    page.render("soft")
    assert seen["hinted"].tolist() == [False, False, True, False, False, False]
    assert seen["colors"][2] == pytest.approx([1, 0, 0.2])
    assert seen["labels"].shape == page._painting.sketch.shape
    cells = page._painting.grid.sample(_labels(page))
    assert (page._painting.grid.crop(seen["labels"]) + 1 == cells).mean() > 0.97


def test_a_suggestion_is_the_colour_of_g_without_the_hint_there(page):
    page.hint(2, RED)
    assert page.suggest(2) == page.regions[1].suggestion == HALF_GRAY
    assert page.hints == {2: RED}


def test_suggestions_are_not_darkened_by_ink(engine):
    page = np.full((300, 400), 255, np.uint8)
    page[::12] = 0
    for region in _open(engine, page).regions:
        assert region.suggestion == pytest.approx(HALF_GRAY, abs=12)


@pytest.mark.parametrize("number", [0, -1, 7, 1.0, "1", None, True, 10**30])
def test_regions_that_do_not_exist_are_refused(page, number):
    assert _code(page.hint, number, RED) == NO_SUCH_REGION
    assert _code(page.unhint, number) == NO_SUCH_REGION
    assert _code(page.mask, number) == NO_SUCH_REGION
    assert _code(page.suggest, number) == NO_SUCH_REGION


@pytest.mark.parametrize("color", [(1, 2), (0, 0, 256), (-1, 0, 0), (0.5, 0, 0), "red", None, 7])
def test_colours_that_are_none_are_refused(page, color):
    assert _code(page.hint, 1, color) == BAD_REQUEST
    assert page.hints == {}


def test_unknown_layers_and_formats_are_refused(page):
    assert _code(page.render, "sepia") == BAD_REQUEST
    assert _code(page.render, "flats", "CMYK8") == UNSUPPORTED_FORMAT


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", ["flats", "soft", "hints"])
def test_every_layer_comes_in_every_format(page, kind, format):
    page.hint(1, RED)
    layer = page.render(kind, format)
    assert layer.flags.c_contiguous
    assert layer.nbytes == 320 * 240 * FORMATS[format]
    preview = page.render(kind, format, preview=True)
    assert (preview.shape[1], preview.shape[0]) == page.grid
    assert preview.nbytes == page.grid[0] * page.grid[1] * FORMATS[format]


@pytest.mark.parametrize("format", FORMATS)
def test_line_art_in_any_format_gives_the_same_regions(engine, boxes, page, format):
    rgba = np.dstack([boxes] * 3 + [np.full_like(boxes, 255)])
    other = Page(engine, encode(rgba, format).tobytes(), 320, 240, format)
    assert other.regions == page.regions


def test_lines_on_transparency_give_the_same_regions(engine, boxes, page):
    rgba = np.zeros((*boxes.shape, 4), np.uint8)
    rgba[..., 3] = 255 - boxes
    assert Page(engine, rgba.tobytes(), 320, 240, "RGBA8").regions == page.regions


def test_white_lines_on_black_give_the_same_regions(engine, boxes, page):
    assert _open(engine, 255 - boxes).regions == page.regions


def test_opening_again_gives_the_same_page(engine, boxes, page):
    again = _open(engine, boxes)
    assert again.regions == page.regions
    assert (_labels(again) == _labels(page)).all()


def test_progress_rises_from_zero_to_one(engine, boxes):
    told: list[tuple[str, float]] = []
    _open(engine, boxes, progress=lambda *event: told.append(event))
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert all(stage for stage, _ in told)


@pytest.mark.parametrize("tone", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (200, 300)])
def test_a_page_of_one_tone_is_blank(engine, tone, shape):
    assert _code(lambda: _open(engine, np.full(shape, tone, np.uint8))) == BLANK_PAGE


def test_a_blank_page_says_what_to_do(engine):
    with pytest.raises(GuidingPainterError, match="Choose the layer"):
        _open(engine, np.full((50, 50), 255, np.uint8))


def test_a_canvas_beyond_the_limits_is_refused_before_reading(engine):
    assert _code(lambda: Page(engine, b"", 40000, 40000)) == TOO_LARGE


def test_a_drawing_without_closed_areas_works(engine):
    gray = np.full((300, 400), 255, np.uint8)
    cv2.line(gray, (50, 50), (200, 220), 0, 3)
    cv2.line(gray, (300, 50), (320, 220), 0, 3)
    page = _open(engine, gray)
    assert page.regions
    assert (_labels(page) > 0).all()


def test_a_photo_gives_a_result(engine):
    noise = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    photo = cv2.resize(noise, (600, 450), interpolation=cv2.INTER_CUBIC)
    assert (_labels(_open(engine, photo)) > 0).all()


@pytest.mark.parametrize("shape", [(2, 2), (1, 400), (400, 1), (3, 2000)])
def test_canvases_of_odd_shapes_work(engine, shape):
    gray = np.full(shape, 255, np.uint8)
    gray.ravel()[:: max(2, gray.size // 2)] = 0
    page = _open(engine, gray)
    assert page.render("soft").shape == (*shape, 4)
    assert page.render("flats").shape == (*shape, 4)
    assert (_labels(page) > 0).all()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_regions_of_real_drawings_end_on_lines(engine, path):
    gray = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    page = _open(engine, gray)
    labels = _labels(page)
    assert labels.min() > 0
    border = cv2.morphologyEx(labels.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2))) > 0
    ink = cv2.dilate(find_pieces(gray).ink.astype(np.uint8), np.ones((5, 5))) > 0
    # The rest are closed gaps.
    assert (border & ink).sum() > 0.95 * border.sum()


def test_a_large_page_stays_within_its_memory(engine):
    gray = np.full((3000, 4000), 255, np.uint8)
    for step in range(200, 3000, 400):
        cv2.rectangle(gray, (step, 200), (step + 300, 2800), 0, 5)
    tracemalloc.start()
    page = _open(engine, gray)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    page.render("soft")
    _, rendering = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 8 * gray.size
    assert abs(page.nbytes - held) < 0.3 * held
    assert rendering < 25 * gray.size
