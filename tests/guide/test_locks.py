"""Locked colours: what has one keeps it."""

from __future__ import annotations

import pytest
from boxes_art import LEFT, RIGHT, SIDE
from gp_client import GuidedPage, Mask
from gp_guide.drags import Drag
from gp_guide.locks import beside, changed, pieces_of
from gp_guide.page_view import PageView, view_of
from gp_guide.saved import Saved

RED, BLUE = (200, 10, 20), (10, 20, 200)


@pytest.fixture
def page(two: GuidedPage) -> GuidedPage:
    """Red on the left, blue on the right."""
    two.fill(LEFT, RED)
    two.fill(RIGHT, BLUE)
    return two


def seen(page: GuidedPage) -> PageView:
    return view_of(page, (SIDE, SIDE))


def test_the_pieces_of_a_colour_are_those_that_were_given_it(page: GuidedPage) -> None:
    view = seen(page)
    left, right = (view.places.piece(*place) or 0 for place in (LEFT, RIGHT))
    assert pieces_of(view, (RED,)) == [left]
    assert pieces_of(view, (BLUE, RED)) == sorted((left, right))
    assert pieces_of(view, ()) == pieces_of(view, ((1, 2, 3),)) == []


def test_a_shape_loses_what_is_locked_and_nothing_else(page: GuidedPage) -> None:
    view = seen(page)
    whole = Mask((0, 1, SIDE, SIDE - 1), b"\xff" * SIDE * (SIDE - 1))
    free = beside(whole, view, (RED,))
    assert free is not None
    assert free.bbox == whole.bbox
    left = view.places.piece(*LEFT)
    expected = [
        0 if view.places.piece(x, y) == left else 255 for y in range(1, SIDE) for x in range(SIDE)
    ]
    assert list(free.data) == expected
    assert beside(whole, view, ()) is whole
    assert beside(Mask((*LEFT, 1, 1), b"\xff"), view, (RED,)) is None
    assert beside(Mask((*RIGHT, 1, 1), b"\xff"), view, (RED,)) == Mask((*RIGHT, 1, 1), b"\xff")


def test_an_act_that_changes_a_locked_colour_is_seen(page: GuidedPage) -> None:
    before = seen(page)
    page.fill(RIGHT, RED)
    after = seen(page)
    assert changed(before, after, (BLUE,))
    assert not changed(before, after, (RED,))
    page.clear(LEFT)
    assert changed(after, seen(page), (RED,))


def test_a_drag_fills_what_it_passed_without_what_is_kept(page: GuidedPage) -> None:
    view = seen(page)
    drag = Drag(view.places, *LEFT)
    drag.to(*RIGHT)
    kept = pieces_of(view, (RED,))
    assert not isinstance(drag.target, tuple)
    page.fill(drag.without(kept) or RIGHT, (1, 2, 3))
    after = seen(page)
    assert after.color_at(*LEFT) == RED
    assert after.color_at(*RIGHT) == (1, 2, 3)
    assert Drag(view.places, *LEFT).without(kept) is None


def test_a_colour_is_locked_kept_and_unlocked() -> None:
    saved = Saved(acts=b"a").locking(RED).locking(BLUE)
    assert saved.locked == (RED, BLUE)
    assert Saved.from_bytes(saved.to_bytes()) == saved
    assert saved.locking(RED).locked == (BLUE,)
