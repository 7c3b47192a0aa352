"""Which pieces a drag passes, and what is filled of it."""

from __future__ import annotations

import pytest
from gp_client import GuidedPage
from gp_guide.clicks import FILL, GO, REST
from gp_guide.drags import Drag
from gp_guide.locks import begun, passed
from gp_guide.page_view import PageView, view_of
from gp_guide.repaint import repaint

RED, BLUE = (200, 10, 20), (10, 20, 200)
# The middles of two rows of three closed boxes.
A, B, C = (20, 24), (64, 24), (106, 24)
D, E, F = (20, 72), (64, 72), (106, 72)


@pytest.fixture
def page(six: GuidedPage) -> GuidedPage:
    return six


def dragged(view: PageView, *points: tuple[int, int]) -> Drag:
    drag = Drag(view.places, *points[0])
    for point in points[1:]:
        drag.to(*point)
    return drag


def at(view: PageView, *points: tuple[int, int]) -> list[int | None]:
    return [view.places.piece(*point) for point in points]


def test_a_straight_drag_passes_what_lies_between_two_distant_reports(page: GuidedPage) -> None:
    view = view_of(page, (64, 48))
    assert dragged(view, A, C).pieces == at(view, A, B, C)
    assert dragged(view, F, D).pieces == at(view, F, E, D)
    assert dragged(view, C, F).pieces == at(view, C, F)


def test_each_piece_is_passed_once_in_the_order_of_the_pointer(page: GuidedPage) -> None:
    view = view_of(page, (64, 48))
    assert dragged(view, B, E, F, E, B, A).pieces == at(view, B, E, F, A)


def test_it_is_told_whether_another_piece_was_passed(page: GuidedPage) -> None:
    drag = Drag(view_of(page, (64, 48)).places, *A)
    assert not drag.to(A[0] + 5, A[1])
    assert drag.to(*B)
    assert not drag.to(*A)
    assert drag.point == A


def test_a_pointer_beside_the_canvas_passes_nothing_until_it_comes_back(page: GuidedPage) -> None:
    view = view_of(page, (64, 48))
    drag = dragged(view, (-50, 24), (-50, 72))
    assert (drag.pieces, drag.target) == ([], None)
    assert not drag.to(-1, 72)
    assert drag.to(*D)
    assert drag.pieces == at(view, D)
    assert not drag.to(20, 500)


def test_one_piece_is_filled_by_a_point_and_several_by_their_shape(page: GuidedPage) -> None:
    view = view_of(page, (64, 48))
    target = dragged(view, A, (25, 30)).target
    assert isinstance(target, tuple)
    assert at(view, target) == at(view, A)
    both = [piece for piece in at(view, A, B) if piece is not None]
    assert dragged(view, A, B).target == view.places.mask(both)


@pytest.mark.parametrize("points", [(A,), (A, C, F)])
def test_what_was_passed_is_filled_in_one_act_and_nothing_else(
    page: GuidedPage, points: tuple[tuple[int, int], ...]
) -> None:
    page.color(B, BLUE)
    view = view_of(page, (64, 48))
    drag = dragged(view, *points)
    assert drag.target is not None
    page.fill(drag.target, RED)
    after = view_of(page, (64, 48))
    assert after.acts == view.acts + 1
    assert {color: set(pieces) for color, pieces in repaint(view, after).items()} == {
        RED: set(drag.pieces)
    }
    page.undo()
    assert view_of(page, (64, 48)).given == view.given


def through(view: PageView, meaning: str, *points: tuple[int, int]) -> Drag:
    drag = begun(view, *points[0], meaning)
    assert drag is not None
    for point in points[1:]:
        drag.to(*point)
    return drag


def test_with_ctrl_a_drag_leaves_alone_what_is_decided(page: GuidedPage) -> None:
    page.spread = "off"
    page.fill(B, BLUE)
    page.keep(E)
    view = view_of(page, (64, 48))
    drag = through(view, REST, A, B, E, D)
    assert drag.pieces == at(view, A, D)
    both = [piece for piece in at(view, A, D) if piece is not None]
    assert passed(drag, view, ()) == view.places.mask(both)
    page.fill(A, RED)  # an act of a moment ago is through only now
    assert passed(drag, view_of(page, (64, 48), view), ()) == view.places.probes[both[1]][0]
    assert through(view, REST, B).pieces == []
    assert begun(view, *A, GO) is None


def test_a_drag_over_several_passes_by_what_stays_white_and_a_click_does_not(
    page: GuidedPage,
) -> None:
    page.spread = "off"
    page.fill(B, BLUE)
    page.keep(E)
    view = view_of(page, (64, 48))
    over = [piece for piece in at(view, A, B) if piece is not None]
    assert passed(through(view, FILL, A, B, E), view, ()) == view.places.mask(over)
    clicked = passed(through(view, FILL, E), view, ())
    assert clicked is not None
    page.fill(clicked, RED)
    assert view_of(page, (64, 48)).color_at(*E) == RED
