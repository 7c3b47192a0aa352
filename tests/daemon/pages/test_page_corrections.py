"""Corrections and scribbles do what the artist drew, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_daemon.pages.page import KINDS, Page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RED, BLUE = (201, 3, 7), (10, 20, 230)


@pytest.fixture
def page(engine, boxes) -> Page:
    return Page(engine, boxes.tobytes(), 320, 240)


def labels_of(page: Page) -> np.ndarray:
    """Each pixel's region number, from the masks; every pixel must have exactly one."""
    labels = np.zeros((page.height, page.width), int)
    for region in page.regions:
        (x, y, width, height), mask = page.mask(region.number)
        assert (x, y, width, height) == region.bbox
        assert (mask == 255).sum() == region.pixels > 0
        assert set(np.unique(mask)) <= {0, 255}
        part = labels[y : y + height, x : x + width]
        assert not part[mask > 0].any()
        part[mask > 0] = region.number
    assert labels.min() > 0
    return labels


def disc(x: int = 160, y: int = 120, radius: int = 60) -> np.ndarray:
    mask = np.zeros((240, 320), np.uint8)
    cv2.circle(mask, (x, y), radius, 255, -1)
    return mask


def code(call, *arguments) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        call(*arguments)
    return caught.value.code


def test_a_corrected_region_has_exactly_its_mask(page):
    page.correct(2, disc())
    assert ((labels_of(page) == 2) == (disc() > 0)).all()


def test_other_regions_keep_what_the_mask_leaves_them(page):
    before = labels_of(page)
    page.correct(2, disc())
    after = labels_of(page)
    untouched = (disc() == 0) & (before != 2)
    assert (after[untouched] == before[untouched]).all()


def test_g_sees_the_corrected_regions(page, monkeypatch):
    seen = []
    real = page._painting.networks.colorize
    spy = lambda given: seen.append(given.labels) or real(given)  # noqa: E731
    monkeypatch.setattr(page._painting.networks, "colorize", spy)
    page.correct(2, disc())
    page.hint(2, RED)
    page.render("soft")
    grid = page._painting.grid
    cells = grid.sample((disc() > 0).astype(np.uint8))
    assert ((grid.crop(seen[-1]) == 1) == (cells > 0)).mean() > 0.99


def test_flats_and_soft_follow_a_correction(page):
    page.correct(2, disc())
    page.hint(2, RED)
    inside = disc() > 0
    flats = page.render("flats")
    assert (flats[inside] == (*RED, 255)).all()
    assert not (flats[~inside][:, :3] == RED).all(axis=1).any()
    assert np.abs(page.render("soft")[inside][:, :3].mean(axis=0) - RED).max() < 3


def test_a_swallowed_region_leaves_the_list_and_the_others_keep_their_numbers(page):
    (x, y, width, height), mask = page.mask(3)
    whole = np.zeros((240, 320), np.uint8)
    whole[y : y + height, x : x + width] = mask
    box, own = page.mask(1)
    whole[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] |= own
    page.correct(1, whole)
    assert [region.number for region in page.regions] == [1, 2, 4, 5, 6]
    assert code(page.mask, 3) == NO_SUCH_REGION
    labels_of(page)
    assert page.uncorrect()
    assert [region.number for region in page.regions] == [1, 2, 3, 4, 5, 6]


def test_every_picture_is_painted_when_a_region_has_lost_its_last_pixel(engine):
    sample = Path(__file__).parents[3] / "docs" / "samples" / "tuxpaint_02.png"
    art = cv2.imread(str(sample), cv2.IMREAD_GRAYSCALE)
    assert art is not None
    height, width = art.shape
    page = Page(engine, art.tobytes(), width, height)
    for region in page.regions[1:]:
        gone = np.zeros((height, width), np.uint8)
        for number in (page.regions[0].number, region.number):
            (x, y, wide, high), mask = page.mask(number)
            gone[y : y + high, x : x + wide] |= mask
        page.correct(page.regions[0].number, gone)
        assert region.number not in [left.number for left in page.regions]
        for kind in KINDS:
            assert page.render(kind).shape == (height, width, 4)
            page.render(kind, preview=True)
        assert sum(layer.pixels for layer in page.color_layers().all) == height * width
        for left in page.regions:
            assert page.mask(left.number)[1].any()
            page.alternatives(left.number)


def test_what_one_region_alone_leaves_becomes_another(page):
    page.correct(1, np.full((240, 320), 255, np.uint8))
    assert [region.number for region in page.regions] == [1]
    page.correct(1, disc())
    assert len(page.regions) == 2
    assert ((labels_of(page) == 1) == (disc() > 0)).all()


def test_a_hole_in_a_mask_goes_to_another_region(page):
    ring = disc() & ~disc(radius=20)
    page.correct(2, ring)
    assert ((labels_of(page) == 2) == (ring > 0)).all()


def test_corrections_are_taken_back_one_by_one(page):
    states = [labels_of(page)]
    regions = [page.regions]
    for step in range(3):
        page.correct(step + 1, disc(80 + 60 * step))
        states.append(labels_of(page))
        regions.append(page.regions)
    for state, described in zip(states[-2::-1], regions[-2::-1], strict=True):
        assert page.uncorrect() is True
        assert (labels_of(page) == state).all()
        assert page.regions == described
    assert page.uncorrect() is False


def test_flats_are_the_same_after_a_correction_is_taken_back(page):
    page.hint(4, BLUE)
    before = page.render("flats")
    page.correct(2, disc())
    page.uncorrect()
    assert (page.render("flats") == before).all()


def test_a_correction_that_changes_nothing_needs_no_undo(page):
    (x, y, width, height), mask = page.mask(2)
    whole = np.zeros((240, 320), np.uint8)
    whole[y : y + height, x : x + width] = mask
    page.correct(2, whole)
    assert page.uncorrect() is False


def test_a_fresh_page_knows_nothing_of_the_artist(page):
    before = labels_of(page)
    page.correct(2, disc())
    page.scribble(disc(60, 60, 5), RED)
    page.hint(1, BLUE)
    fresh = page.fresh()
    assert (labels_of(fresh) == before).all()
    assert not (fresh.render("flats")[..., :3] == RED).all(axis=2).any()
    assert fresh.hints == {}
    assert fresh.uncorrect() is False
    fresh.correct(3, disc(100))
    assert ((labels_of(page) == 2) == (disc() > 0)).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10**6)), min_size=1, max_size=4))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_corrections_leave_a_partition_and_come_back(page, edits):
    page = page.fresh()
    before = labels_of(page)
    for choice, seed in edits:
        random = np.random.default_rng(seed)
        mask = np.zeros((240, 320), np.uint8)
        for _ in range(random.integers(1, 4)):
            points = random.integers(-20, 340, (4, 2)).astype(np.int32)
            cv2.fillPoly(mask, [points], 255)
        if not mask.any():
            continue
        region = page.regions[choice % len(page.regions)].number
        page.correct(region, mask)
        assert ((labels_of(page) == region) == (mask > 0)).all()
        snapped = page._painting.snapped
        assert (snapped.segment_region[snapped.segments] == snapped.labels).all()
        assert (snapped.segment_region[snapped.owners] == snapped.grid).all()
        page.render("flats")
    while page.uncorrect():
        pass
    assert (labels_of(page) == before).all()


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((240, 320), np.uint8),
        np.full((240, 320), 127, np.uint8),
        np.full((320, 240), 255, np.uint8),
        np.ones((240, 320), bool),
        None,
    ],
)
def test_impossible_masks_are_refused(page, mask):
    assert code(page.correct, 1, mask) == BAD_REQUEST
    assert code(page.scribble, mask, RED) == BAD_REQUEST


def test_a_region_that_does_not_exist_cannot_be_corrected(page):
    assert code(page.correct, 7, disc()) == NO_SUCH_REGION


def test_a_scribble_colours_its_area_exactly(page):
    mask = np.zeros((240, 320), np.uint8)
    cv2.line(mask, (40, 40), (90, 80), 255, 3)
    page.hint(1, BLUE)
    page.scribble(mask, RED)
    flats = page.render("flats")[..., :3]
    region = labels_of(page)[60, 65]
    assert (flats[labels_of(page) == region] == RED).all()
    assert not (flats[labels_of(page) != region] == RED).all(axis=1).any()


def test_a_point_is_a_scribble_though_it_be_less_than_a_cell(page, monkeypatch):
    seen = {}
    real = page._painting.networks.colorize

    def spy(given):
        seen.update(vars(given))
        return real(given)

    monkeypatch.setattr(page._painting.networks, "colorize", spy)
    point = np.zeros((240, 320), np.uint8)
    point[70, 70] = 255
    page.scribble(point, (255, 0, 51))
    page.render("soft")
    assert seen["scribble_mask"].sum() == 1
    assert seen["scribble_rgb"][:, seen["scribble_mask"] > 0].ravel() == pytest.approx([1, 0, 0.2])


def test_scribbles_are_taken_back_in_any_order(page):
    plain = page.render("flats")
    first = page.scribble(disc(60, 60, 5), RED)
    with_first = page.render("flats")
    second = page.scribble(disc(260, 60, 5), BLUE)
    page.unscribble(first)
    page.scribble(disc(60, 60, 5), RED)
    page.unscribble(second)
    page.unscribble(second)
    assert (page.render("flats") == with_first).all()
    assert first != second
    assert not (with_first == plain).all()


def test_a_later_scribble_wins(page):
    page.scribble(disc(60, 60, 5), RED)
    page.scribble(disc(70, 70, 5), BLUE)
    assert page.render("flats")[60, 60].tolist() == [*BLUE, 255]


def test_brushing_a_neighbour_in_passing_does_not_colour_it(page):
    mask = np.zeros((240, 320), np.uint8)
    cv2.line(mask, (35, 60), (116, 60), 255, 3)
    page.scribble(mask, RED)
    flats = page.render("flats")[..., :3]
    assert flats[60, 60].tolist() == list(RED)
    assert flats[60, 150].tolist() != list(RED)


def test_impossible_scribble_colours_are_refused(page):
    assert code(page.scribble, disc(), (1, 2)) == BAD_REQUEST
    assert code(page.unscribble, "1") == BAD_REQUEST
