"""Where the artist is on a page: the region shown, the way back, the colour to offer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from boxes_art import LEFT, RIGHT, SIDE
from gp_client import GuidedPage
from gp_guide.page_view import PageView, view_of
from gp_guide.shown import NEXT, STAY, TRAIL, Shown

RED, BLUE = (200, 10, 20), (10, 20, 200)


@pytest.fixture
def page(two: GuidedPage) -> GuidedPage:
    return two


def seen(page: GuidedPage, before: PageView | None = None) -> PageView:
    return view_of(page, (SIDE, SIDE), before)


def number_at(view: PageView, place: tuple[int, int]) -> int:
    found = view.region_at(*place)
    assert found is not None
    return found.number


@pytest.fixture
def shown(page: GuidedPage) -> Shown:
    """The region on the left is shown, and there is another on the right."""
    view, shown = seen(page), Shown()
    shown.take(view, number_at(view, LEFT))
    assert number_at(view, LEFT) != number_at(view, RIGHT)
    return shown


def test_nothing_is_shown_before_a_page_is_open() -> None:
    shown = Shown()
    assert (shown.region, shown.suggested, shown.back()) == (None, None, False)


def test_back_leads_to_the_region_before_whatever_its_number_is_now(
    page: GuidedPage, shown: Shown
) -> None:
    assert shown.view is not None
    shown.go(shown.view, number_at(shown.view, RIGHT))
    page.color(LEFT, RED)
    shown.go(seen(page, shown.view), shown.number)
    assert shown.back()
    assert shown.region is not None
    assert shown.region.number == number_at(shown.view, LEFT)
    assert shown.region.color == RED
    assert not shown.back()


def test_back_passes_over_what_has_become_the_region_that_is_shown(
    page: GuidedPage, shown: Shown
) -> None:
    assert shown.view is not None
    shown.go(shown.view, number_at(shown.view, RIGHT))
    page.merge([number_at(shown.view, LEFT), number_at(shown.view, RIGHT)])
    view = seen(page, shown.view)
    shown.take(view, number_at(view, LEFT))
    assert not shown.back()


def test_the_way_is_not_noted_for_what_was_only_taken_over(shown: Shown) -> None:
    assert shown.view is not None
    shown.take(shown.view, number_at(shown.view, RIGHT))
    assert not shown.back()


def test_the_oldest_steps_are_forgotten(shown: Shown) -> None:
    assert shown.view is not None
    places = [number_at(shown.view, RIGHT), number_at(shown.view, LEFT)]
    for step in range(TRAIL + 10):
        shown.go(shown.view, places[step % 2])
    assert sum(shown.back() for _ in range(TRAIL + 10)) == TRAIL


def test_after_an_act_comes_the_next_region_or_the_same_place(
    page: GuidedPage, shown: Shown
) -> None:
    page.color(LEFT, RED)
    view = seen(page, shown.view)
    assert shown.after(view, NEXT) == view.next == number_at(view, RIGHT)
    assert shown.after(view, STAY) == number_at(view, LEFT)
    shown.take(view, None)
    assert shown.after(view, STAY) is None


def test_what_is_proposed_is_offered_first_then_what_the_daemon_says(shown: Shown) -> None:
    view, region = shown.view, shown.region
    assert view is not None
    assert region is not None
    assert shown.suggested == region.suggestion
    shown.suggestions = (BLUE, RED)
    assert shown.suggested == BLUE
    proposed = replace(region, state="proposed", color=RED)
    shown.go(replace(view, regions={**view.regions, region.number: proposed}), region.number)
    assert shown.suggestions == ()
    shown.suggestions = (BLUE,)
    assert shown.suggested == RED
