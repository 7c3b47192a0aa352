"""What buttons and clicks do to the region that is shown, and where the walk goes then."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from boxes_art import LEFT, RIGHT, SIDE
from gp_client import GuidedPage, Mask
from gp_guide import acts
from gp_guide.acts import Act, perform
from gp_guide.page_view import view_of
from gp_guide.shown import NEXT, STAY, Shown

RED, BLUE = (200, 10, 20), (10, 20, 200)
HALF = Mask((0, 0, 15, SIDE), b"\xff" * (15 * SIDE))


class Walk:
    """A page, and the region of it that is shown: at first that on the left."""

    def __init__(self, page: GuidedPage) -> None:
        self.page, self.shown = page, Shown()
        self.shown.take(view_of(page, (SIDE, SIDE)), None)
        self.go(LEFT)

    def go(self, place: tuple[int, int]) -> None:
        view = self.shown.view
        assert view is not None
        found = view.region_at(*place)
        assert found is not None
        self.shown.go(view, found.number)

    def do(self, act: Act | None) -> Act:
        assert act is not None
        assert self.shown.view is not None
        view = perform(self.page, self.shown.view, act.do)
        self.shown.go(view, self.shown.after(view, act.then))
        return act

    def color(self, place: tuple[int, int]) -> tuple[int, int, int] | None:
        assert self.shown.view is not None
        return self.shown.view.color_at(*place)

    @property
    def number(self) -> int:
        assert self.shown.number is not None
        return self.shown.number


@pytest.fixture
def walk(two: GuidedPage) -> Walk:
    return Walk(two)


def test_a_colour_is_noted_and_the_next_region_shown(walk: Walk) -> None:
    assert walk.do(acts.color(walk.shown, RED)).color == RED
    assert walk.color(LEFT) == RED
    assert walk.shown.region == walk.shown.view.region_at(*RIGHT)  # type: ignore[union-attr]


def test_the_suggestion_is_that_of_the_region_that_is_shown_then(walk: Walk) -> None:
    walk.shown.suggestions = (BLUE, RED)
    assert walk.do(acts.suggested(walk.shown)).color == BLUE
    assert walk.color(LEFT) == BLUE


def test_everywhere_means_all_of_the_regions_colour(walk: Walk) -> None:
    walk.do(acts.fill(LEFT, RED))
    walk.do(acts.fill(RIGHT, RED))
    walk.go(LEFT)
    assert walk.do(acts.everywhere(walk.shown, BLUE)).then == STAY
    assert (walk.color(LEFT), walk.color(RIGHT)) == (BLUE, BLUE)


def test_everywhere_without_a_colour_is_the_region_alone(walk: Walk) -> None:
    walk.do(acts.everywhere(walk.shown, BLUE))
    assert (walk.color(LEFT), walk.color(RIGHT)) == (BLUE, None)


def test_a_fill_and_a_selection_stay_where_the_artist_is(walk: Walk) -> None:
    here = walk.number
    walk.do(acts.fill(RIGHT, RED))
    assert (walk.color(RIGHT), walk.number) == (RED, here)
    whole = Mask((0, 0, SIDE, SIDE), b"\xff" * SIDE**2)
    assert walk.do(acts.inside(whole, BLUE)).color == BLUE
    assert (walk.color(LEFT), walk.color(RIGHT)) == (BLUE, BLUE)


def test_clearing_stays_and_skipping_goes_on(walk: Walk) -> None:
    walk.do(acts.fill(LEFT, RED))
    walk.do(acts.clear(walk.shown))
    assert walk.color(LEFT) is None
    here = walk.number
    assert walk.do(acts.skip(walk.shown)).then == NEXT
    assert walk.number != here


def test_what_is_kept_without_a_colour_stays_white(walk: Walk) -> None:
    walk.do(acts.keep(walk.shown))
    region = walk.shown.view.region_at(*LEFT)  # type: ignore[union-attr]
    assert region is not None
    assert region.state == "blank"


def test_a_region_is_split_along_a_selection_and_joined_again(walk: Walk) -> None:
    count = len(walk.shown.view.regions)  # type: ignore[union-attr]
    walk.do(acts.split(walk.shown, HALF))
    assert len(walk.shown.view.regions) == count + 1  # type: ignore[union-attr]
    walk.go((5, 10))
    walk.do(acts.join(walk.shown, (20, 10)))
    assert len(walk.shown.view.regions) == count  # type: ignore[union-attr]


def test_spread_and_gap_are_acts_too(walk: Walk) -> None:
    walk.do(acts.spread(walk.shown, "bold"))
    assert walk.page.spread == "bold"
    before = walk.page.done
    walk.do(acts.find(7.0, None))
    assert walk.page.done == before + 1


def test_what_is_needless_is_no_act(walk: Walk) -> None:
    assert acts.join(walk.shown, LEFT) is None
    assert acts.join(walk.shown, (-1, 0)) is None
    assert acts.spread(walk.shown, "off") is None
    nothing = Shown()
    for act in (acts.suggested, acts.clear, acts.skip, acts.keep):
        assert act(nothing) is None
    assert acts.color(nothing, RED) is acts.everywhere(nothing, RED) is None
    assert acts.split(nothing, HALF) is acts.join(nothing, LEFT) is None
    assert acts.spread(nothing, "bold") is None


def test_a_piece_is_kept_where_the_artist_stays(walk: Walk) -> None:
    here = walk.number
    walk.do(acts.keep_at(RIGHT))
    assert walk.number == here
    region = walk.shown.view.region_at(*RIGHT)  # type: ignore[union-attr]
    assert region is not None
    assert region.state == "blank"


def test_all_that_is_proposed_is_kept_at_once() -> None:
    told: list[object] = []
    page: Any = SimpleNamespace(keep=told.append)
    acts.keep_all().do(page)
    assert told == ["all"]
