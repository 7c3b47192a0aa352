"""What is offered is measured against what the pieces have."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_training.data.truth import Page
from gp_training.evaluation.suggestions import compare, summary

COLORS = np.array([(220, 30, 30), (40, 60, 200), (255, 255, 255)], np.uint8)


@pytest.fixture
def page() -> Page:
    labels = np.repeat(np.arange(3, dtype=np.int16), 8)[None].repeat(8, 0)
    sizes = np.array([400, 100, 100], np.int32)
    gray = np.full(labels.shape, 255, np.uint8)
    return Page(gray, labels, COLORS, sizes, np.ones(3, np.float32), True)


def test_the_truth_is_no_distance_away_and_has_every_hue(page: Page) -> None:
    found = compare(page, COLORS[:, None])
    assert found["delta E"] == pytest.approx(0, abs=1e-3)
    assert found["hue met"] == 1
    assert found["delta E of white"] > 40


def test_pieces_count_by_the_root_of_their_size(page: Page) -> None:
    offered = COLORS.copy()
    offered[0] = 255
    white = compare(page, np.full_like(COLORS, 255)[:, None])
    one = compare(page, offered[:, None])
    assert 0 < one["delta E"] < white["delta E"]
    assert one["hue met"] == pytest.approx(1 / 3)  # roots 20 and 10; white has no hue


def test_a_page_without_a_hue_says_nothing_about_hues(page: Page) -> None:
    gray = Page(
        page.gray, page.labels, np.full_like(COLORS, 128), page.sizes, page.flats, True
    )  # fmt: skip
    rows = [compare(gray, COLORS[:, None]), compare(page, COLORS[:, None])]
    assert np.isnan(rows[0]["hue met"])
    means = summary(rows)
    assert means["hue met"] == 1
    assert 0 < means["hue met by the best constant hue"] < 1
    assert means["pages"] == 2


def test_what_is_offered_second_counts_as_offered(page: Page) -> None:
    offered = np.stack([np.roll(COLORS, 1, axis=0), COLORS], axis=1)
    found = compare(page, offered)
    assert found["near the first"] == 0
    assert found["near any"] == 1


@pytest.mark.parametrize("offered", [(255, 255, 255), (128, 128, 128), (250, 248, 244)])
def test_white_and_grays_meet_no_hue_at_all(page: Page, offered: tuple[int, int, int]) -> None:
    hues = np.arange(0, 180, 15).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 255), np.full_like(hues, 220)], 1)[None]
    for color in np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))[0]:
        colors = np.repeat(color[None], 3, 0)
        all_one = Page(page.gray, page.labels, colors, page.sizes, page.flats, True)
        assert compare(all_one, colors[:, None])["hue met"] == 1
        assert compare(all_one, np.full_like(colors, offered)[:, None])["hue met"] == 0
