"""A colour that is dragged from a swatch onto the page."""

from __future__ import annotations

import pytest
from gp_client import GuidedPage
from gp_guide import acts
from gp_guide.carried import Carried
from gp_guide.page_view import PageView, view_of
from gp_guide.shown import NEXT, STAY, Shown

RED = (200, 10, 20)
# The middles of a row of three closed boxes, and of one below, of another region.
A, B, C, D = (20, 24), (64, 24), (106, 24), (20, 72)


@pytest.fixture
def view(six: GuidedPage) -> PageView:
    return view_of(six, (64, 48))


def test_it_lights_the_region_under_it_and_nothing_beside_the_page(view: PageView) -> None:
    carried = Carried(RED)
    assert carried.lit(view) == []
    carried.to(view, A, False, False)
    region = view.region_at(*A)
    assert region is not None
    assert carried.lit(view) == view.pieces[region.number]
    carried.to(view, None, False, False)
    assert carried.lit(view) == []
    assert (carried.point, carried.drag) == (None, None)


def test_from_where_shift_is_held_it_fills_what_it_passes(view: PageView) -> None:
    carried = Carried(RED)
    carried.to(view, A, False, False)
    carried.to(view, B, True, False)
    carried.to(view, None, True, False)  # over another window
    carried.to(view, C, False, False)  # let go of a moment too early
    assert carried.lit(view) == [view.places.piece(*B), view.places.piece(*C)]


def test_with_ctrl_too_it_leaves_alone_what_has_a_colour(six: GuidedPage) -> None:
    six.color(B, RED)
    view = view_of(six, (64, 48))
    carried = Carried((10, 20, 200))
    carried.to(view, A, True, True)
    carried.to(view, C, True, True)
    assert carried.lit(view) == [view.places.piece(*A), view.places.piece(*C)]


def test_the_walk_goes_on_only_from_the_region_that_is_shown(view: PageView) -> None:
    shown = Shown()
    here, there = view.region_at(*A), view.region_at(*D)
    assert here is not None
    assert there is not None
    shown.take(view, here.number)
    act = acts.color_at(shown, A, RED)
    other = acts.color_at(shown, D, RED)
    assert act is not None
    assert other is not None
    assert (act.then, other.then) == (NEXT, STAY)
    assert other.note.place == there.number
    assert acts.color_at(shown, (-1, 0), RED) is None
