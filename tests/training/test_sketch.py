"""XDoG and the sketch styles."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.raster import to_grid
from gp_training.data import sketch as styles
from gp_training.data.sketch import XDoG, random_xdog, vary_lines, xdog
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def box() -> np.ndarray:
    """A square of three-pixel lines and a one-pixel diagonal inside it."""
    line = np.full((64, 64), 255, np.uint8)
    cv2.rectangle(line, (10, 10), (53, 53), 0, 3)
    cv2.line(line, (16, 16), (47, 47), 0, 1)
    return line


def ink(line: np.ndarray) -> int:
    return int((line < 128).sum())


def test_xdog_leaves_flat_colour_as_paper_and_draws_the_edge():
    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = (250, 200, 60)
    line = xdog(picture)
    assert line[:, :12].min() > 240
    assert line[:, 28:].min() > 240
    assert line[20, 16:24].min() < 60


def test_equal_luminance_border_still_gets_a_line():
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:, :20] = (200, 50, 50)
    picture[:, 20:] = (50, 127, 50)  # same luminance to a step
    assert xdog(picture)[20, 16:24].min() < 100


def test_every_random_xdog_draws_a_clear_edge_and_no_flat():
    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = (250, 200, 60)
    for seed in range(50):
        line = xdog(picture, random_xdog(np.random.default_rng(seed)))
        assert line[20, 15:25].min() < 128
        assert line[:, :8].min() > 230


def test_broader_xdog_draws_broader_lines():
    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = (250, 200, 60)
    assert ink(xdog(picture, XDoG(sigma=1.4))) > ink(xdog(picture, XDoG(sigma=0.6)))


def test_broader_pen_adds_ink_and_loses_none(box: np.ndarray):
    broad = styles.broaden(box, 2)
    assert ink(broad) > 1.3 * ink(box)
    assert (broad <= box).all()


def test_finer_pen_loses_ink_but_no_thin_line(box: np.ndarray):
    fine = styles.narrow(box)
    assert ink(fine) < ink(box)
    assert all(fine[i - 1 : i + 2, i - 1 : i + 2].min() == 0 for i in range(18, 46))
    assert fine[30, 9:12].min() == 0


def test_soft_brush_keeps_the_amount_of_ink(box: np.ndarray):
    soft = styles.soften(box, 0.7)
    assert (255.0 - soft).sum() == pytest.approx((255.0 - box).sum(), rel=0.02)
    assert soft[30, 8] < 255


def test_gaps_open_a_closed_outline(box: np.ndarray):
    box[14:50, 14:50] = 255
    broken = styles.break_lines(box, np.random.default_rng(1), 6, 3)
    areas = [cv2.connectedComponents((line > 128).astype(np.uint8))[0] for line in (box, broken)]
    assert areas == [3, 2]  # background label, then inside and outside: apart, then one
    assert (broken >= box).all()


def test_gaps_on_a_blank_page_change_nothing():
    blank = np.full((16, 16), 255, np.uint8)
    assert np.array_equal(styles.break_lines(blank, np.random.default_rng(0), 5, 3), blank)


def test_pencil_is_gray_grained_and_leaves_paper_white(box: np.ndarray):
    drawn = styles.pencil(box, 80, 0.5, np.random.default_rng(0))
    stroke = drawn[box == 0]
    assert stroke.min() >= 80
    assert stroke.max() > stroke.min() + 20
    assert (drawn[box == 255] == 255).all()


def test_hatching_stays_in_its_mask_at_its_spacing(box: np.ndarray):
    mask = np.zeros(box.shape, bool)
    mask[20:44, 2:8] = True
    hatched = styles.hatch(box, mask, 0.0, 6.0)
    assert np.array_equal(hatched[~mask], box[~mask])
    rows = np.flatnonzero(hatched[20:44, 4] < 128)
    assert len(rows) == 4
    assert (np.diff(rows) == 6).all()


@pytest.mark.parametrize("spacing", [2.0, 4.0, 6.0])
def test_screentone_covers_its_share_of_the_mask(spacing: float):
    blank = np.full((120, 120), 255, np.uint8)
    mask = np.zeros(blank.shape, bool)
    mask[:, :60] = True
    toned = styles.screentone(blank, mask, spacing, 0.3)
    assert (toned[~mask] == 255).all()
    assert 1 - toned[mask].mean() / 255 == pytest.approx(0.3, abs=0.04)


def test_noise_has_its_deviation():
    gray = np.full((100, 100), 128, np.uint8)
    noisy = styles.add_noise(gray, 5.0, np.random.default_rng(0))
    assert noisy.std() == pytest.approx(5.0, abs=0.3)


def test_dust_is_a_few_small_specks(box: np.ndarray):
    dusty = styles.add_dust(np.full_like(box, 255), np.random.default_rng(0), 8)
    assert 1 <= ink(dusty) <= 8 * 5


def test_uneven_light_darkens_one_side_only(box: np.ndarray):
    lit = styles.light_unevenly(box, 0.8, 0.0)
    assert lit[0, 0] == 255
    assert lit[0, -1] == 204
    assert (lit <= box).all()


def test_random_area_is_paper_inside_one_outline(box: np.ndarray):
    found = 0
    for seed in range(30):
        mask = styles.random_area(box, np.random.default_rng(seed))
        assert (box[mask] > 160).all()
        if mask.any():
            assert cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1 <= 2
            found += 1
    assert found > 15


def test_line_variation_is_repeatable_and_varied(box: np.ndarray):
    first = vary_lines(box, np.random.default_rng(5))
    assert np.array_equal(first, vary_lines(box, np.random.default_rng(5)))
    variants = {vary_lines(box, np.random.default_rng(i)).tobytes() for i in range(40)}
    assert len(variants) > 20


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.integers(1, 50))
def test_line_variation_keeps_shape_and_type(seed: int, height: int, width: int):
    rng = np.random.default_rng(seed)
    line = np.where(rng.random((height, width)) < 0.2, 0, 255).astype(np.uint8)
    varied = vary_lines(line, rng)
    assert varied.shape == line.shape
    assert varied.dtype == np.uint8


@pytest.mark.parametrize(
    "drawn",
    [
        lambda line: np.dstack([line] * 3),
        lambda line: np.dstack([255 - line] * 3),
        lambda line: np.dstack([np.zeros((*line.shape, 3), np.uint8), 255 - line]),
        lambda line: np.dstack([np.full((*line.shape, 3), 255, np.uint8), 255 - line]),
        lambda line: np.dstack([(line * 0.85).astype(np.uint8)] * 3),
    ],
    ids=["black on white", "inverted", "on transparency", "white on transparency", "tinted paper"],
)
def test_styles_left_to_the_engine_reach_the_networks_unchanged(
    box: np.ndarray, drawn: Callable[[np.ndarray], np.ndarray]
):
    picture = np.ascontiguousarray(drawn(box))
    gray = read_line_art(picture, "RGBA8" if picture.shape[2] == 4 else "RGB8")
    seen, _ = to_grid(gray, 64, 16)
    assert np.abs(seen - box / 255).max() < 0.02
