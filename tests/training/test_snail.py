"""Section 4.5: pages of known order, how priorities are judged, and what pays for the order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from gp_training.evaluation.snail import Priority, SnailResult, hint_chances, judge, train_snail
from gp_training.evaluation.snail_pages import SnailSettings, draw_page, make_pages
from gp_training.networks.guidance import Segmenter
from gp_training.recipe import losses

SETTINGS = SnailSettings()


def test_objects_of_a_page_are_numbered_by_falling_size():
    for seed in range(20):
        picture, objects = draw_page(np.random.default_rng(seed))
        sizes = np.bincount(objects.ravel())[1:]
        assert len(sizes) == 5
        assert (np.diff(sizes) <= 0).all()
        assert sizes.min() > 0
        for number in range(1, 6):
            assert np.ptp(picture[:, objects == number], axis=1).max() == 0


def test_sketch_does_not_tell_the_colours():
    one, other = make_pages(1, 5, SETTINGS), make_pages(1, 5, SETTINGS)
    assert torch.equal(one.sketch, other.sketch)
    assert set(one.sketch.unique().tolist()) == {-1.0, 1.0}
    rectangles = one.picture[0][:, one.objects[0] > 0]
    assert len(rectangles.unique(dim=1).T) == 5


class Oracle(Segmenter):
    """Region i is what object `order[i]` holds; the ground joins the last."""

    def __init__(self, objects: torch.Tensor, order: list[int]) -> None:
        super().__init__(len(order), width=4)
        self.objects, self.order = objects, order

    def forward(self, sketch, pieces=None, count=None):
        hot = [(self.objects == number).float() for number in self.order]
        return torch.stack(hot, 1)


def judged(order: list[int]) -> SnailResult:
    pages = make_pages(4, 0, SETTINGS)
    oracle = Oracle(pages.objects, order)
    return SnailResult(oracle, None, judge(oracle, pages), [])  # type: ignore[arg-type]


def test_judge_knows_a_right_and_a_wrong_order():
    assert judged([1, 2, 3, 4, 5]).ordered == 5
    assert judged([1, 2, 4, 3, 5]).ordered == 2
    assert judged([2, 1, 3, 4, 5]).ordered == 0
    assert judged([1, 2]).ordered == 0  # all else falls into the first region


def test_unbounded_priority_ends_the_order():
    good = Priority(1, 1, 1.0, 1.0, 0.5)
    result = SnailResult(None, None, [good, replace(good, number=2, object=2, purity=0.6)], [])  # type: ignore[arg-type]
    assert result.ordered == 1


def cost_of_order(order: list[int], variant: str) -> float:
    """What f pays in the recipe "default" for dividing 256 pages exactly, in this order."""
    pages = make_pages(256, 0, SETTINGS)
    segments = torch.stack([(pages.objects == number).float() for number in order], 1)
    settings = replace(SETTINGS, regions=len(order), variant=variant)
    chances = hint_chances(settings)
    return float(losses.prefix_variance(segments, pages.picture, pages.rectangles, chances))


def test_random_hint_counts_pay_for_descending_size_and_all_hints_do_not():
    right = [1, 2, 3, 4, 5]
    swapped = [[2, 1, 3, 4, 5], [1, 3, 2, 4, 5], [1, 2, 3, 5, 4], [5, 4, 3, 2, 1]]
    best = cost_of_order(right, "geometric")
    costs = [cost_of_order(order, "geometric") for order in swapped]
    assert min(costs) > 1.001 * best, [cost / best for cost in costs]
    same = cost_of_order(right, "nh-equals-nc")
    assert [cost_of_order(order, "nh-equals-nc") for order in swapped] == pytest.approx(
        [same] * 4, abs=1e-6
    )


def test_every_colour_is_equally_far_from_what_one_would_guess():
    pages = make_pages(8, 0, SETTINGS)
    strength = pages.picture.norm(dim=1)[pages.objects > 0]
    assert strength.max() - strength.min() < 1e-5


def test_correlation_tells_falling_from_rising_size_and_skips_mixtures():
    assert judged([1, 2, 3, 4, 5]).correlation == pytest.approx(1)
    assert judged([5, 4, 3, 2, 1]).correlation == pytest.approx(-1)
    assert judged([2, 5, 1]).correlation == pytest.approx(judged([2, 4, 1]).correlation)


@pytest.mark.timeout(300)
def test_training_without_labels_puts_single_objects_in_descending_order():
    torch.set_num_threads(1)
    # Small enough for a dozen seconds of one core.
    quick = replace(SETTINGS, objects=3, regions=4, width=8, steps=400)
    learned = train_snail(quick, seed=0)
    assert learned.ordered == 3
    assert all(priority.bounded for priority in learned.priorities)
    assert (np.diff(learned.errors[:4]) < 0).all(), "each hint must help"
