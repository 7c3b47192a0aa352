"""Each thing that an artist can do, on a page of six boxes with known affinities."""

from __future__ import annotations

import numpy as np
import pytest
from gp_canvas.acts import acts
from gp_canvas.acts.affinities import Affinity, of_labels
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY
from gp_canvas.acts.hands import Hands
from gp_canvas.acts.history import MOST_ACTS
from gp_canvas.acts.targets import Target
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, TOO_LARGE, GuidingPainterError
from numpy.typing import NDArray

RED, BLUE, GREEN = (200, 10, 20), (10, 20, 200), (20, 200, 10)
# Six pieces in two rows, 10 pixels high; the first and the last are alike, so are 1 and 2.
WIDTHS = (30, 20, 10)
A, B, C, D, E, F = (0, 0), (30, 0), (50, 0), (0, 10), (30, 10), (50, 10)


def labels() -> NDArray[np.int32]:
    top = np.repeat(np.arange(3, dtype=np.int32), WIDTHS)
    return np.repeat(np.stack([top, top + 3]), 10, axis=0)


def matrix() -> NDArray[np.float32]:
    affinity = np.full((6, 6), -6, np.float32)
    for one, other in ((0, 5), (1, 2)):
        affinity[one, other] = affinity[other, one] = 6
    return affinity


def open_page(panels: NDArray[np.int32] | None = None, affinity: Affinity | None = None) -> Hands:
    found = labels()
    known = affinity or Affinity(matrix(), np.arange(6, dtype=np.int32), np.ones(6, np.bool_))
    return Hands(lambda _gap, _ink: lambda: found, lambda *_: known, lambda *_: panels)


@pytest.fixture
def page() -> Hands:
    return open_page()


def at(point: tuple[int, int]) -> Target:
    return Target(point=point)


def number(page: Hands, point: tuple[int, int]) -> int:
    return page.pick(*point).region.number


def region(page: Hands, point: tuple[int, int]) -> Target:
    return Target(region=number(page, point))


def seen(page: Hands, point: tuple[int, int]) -> tuple:
    pick = page.pick(*point)
    return pick.color, pick.by


def code(call, *args) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        call(*args)
    return caught.value.code


def test_regions_are_numbered_in_the_order_of_asking(page):
    assert [one.number for one in page.guided.regions] == [1, 2, 3, 4]
    assert [one.pixels for one in page.guided.regions] == [400, 300, 300, 200]
    assert number(page, A) == number(page, F) != number(page, D)
    assert page.guided.next is page.guided.regions[0]


def test_a_colour_for_a_region_is_for_all_its_pieces_and_asks_for_the_next(page):
    first = page.guided.next
    page.color(Target(region=first.number), RED)
    assert seen(page, A) == seen(page, F) == (RED, ARTIST)
    assert seen(page, D) == (None, NOBODY)
    assert page.guided.next.number == 2
    assert page.guided.find(first.number).color == RED


def test_a_fill_is_for_one_piece_and_teaches_nothing(page):
    page.spread("bold")
    page.fill(at(A), RED)
    assert seen(page, A) == (RED, ARTIST)
    assert seen(page, F) == (None, NOBODY)
    page.color(at(A), RED)
    assert seen(page, F) == (RED, GUIDE)


def test_a_proposal_is_the_artists_only_once_it_is_kept(page):
    page.spread("careful")
    page.color(at(A), RED)
    assert page.pick(*F).region.state == "proposed"
    page.spread("off")
    assert seen(page, F) == (None, NOBODY)
    page.spread("careful")
    page.keep(at(F))
    page.spread("off")
    assert seen(page, F) == (RED, ARTIST)


def test_all_proposals_are_kept_by_one_act_and_nothing_is_closed(page):
    page.spread("careful")
    page.color(at(A), RED)
    page.color(at(B), BLUE)
    page.keep(Target(everything=True))
    assert seen(page, F) == (RED, ARTIST)
    assert seen(page, C) == (BLUE, ARTIST)
    assert not page.work.coloring.kept.any()
    assert page.undo() is not None
    assert seen(page, F) == (RED, GUIDE)
    page.keep(Target(color=BLUE))
    assert (seen(page, F), seen(page, C)) == ((RED, GUIDE), (BLUE, ARTIST))


def test_a_region_kept_blank_is_never_asked_about_again(page):
    page.keep(region(page, D))
    assert page.pick(*D).region.state == "blank"
    assert all(number(page, D) != one.number for one in page.guided.regions[: page.guided.asked])
    assert code(page.keep, region(page, D)) == BAD_REQUEST
    page.color(at(D), GREEN)
    assert seen(page, D) == (GREEN, ARTIST)


def test_a_cleared_proposal_does_not_come_back(page):
    page.spread("bold")
    page.color(at(A), RED)
    page.clear(at(F))
    assert seen(page, F) == (None, NOBODY)
    assert page.pick(*F).region.state == "open"
    assert page.pick(*F).region in page.guided.regions[: page.guided.asked]


def test_clearing_a_colour_takes_what_followed_it(page):
    page.spread("bold")
    page.color(at(A), RED)
    page.clear(Target(color=RED))
    assert (seen(page, A), seen(page, F)) == ((None, NOBODY), (None, NOBODY))
    assert code(page.clear, Target(color=RED)) == BAD_REQUEST


def test_skipped_regions_come_back_at_the_end_in_the_order_of_skipping(page):
    second, first = page.guided.regions[1].number, page.guided.regions[0].number
    page.skip(Target(region=second))
    page.skip(Target(region=first))
    asked = []
    while (following := page.guided.next) is not None:
        asked.append(following.number)
        page.color(Target(region=following.number), GREEN)
    assert asked == [3, 4, second, first]


def test_skipping_decides_nothing(page):
    for one in page.guided.regions:
        page.skip(Target(region=one.number))
    assert page.guided.next.number == 1
    assert page.guided.asked == 4
    page.skip(Target(region=1))
    assert page.guided.next.number == 2


def test_what_is_decided_cannot_be_skipped(page):
    page.color(at(D), RED)
    assert code(page.skip, at(D)) == BAD_REQUEST


def test_splitting_a_region_gives_its_pieces_and_keeps_the_colour(page):
    page.color(region(page, A), RED)
    page.split(region(page, A))
    assert number(page, A) == 1 != number(page, F)
    assert seen(page, A) == seen(page, F) == (RED, ARTIST)
    assert code(page.split, region(page, A)) == BAD_REQUEST


def test_taking_one_piece_out_leaves_the_others_together():
    page = alike()
    assert len(page.guided.regions) == 1
    page.split(at(B))
    assert len(page.guided.regions) == 2
    assert page.pick(*B).region.pixels == 200


def test_a_part_cut_off_a_piece_leaves_its_region_and_no_longer_follows_it(page):
    half = np.zeros((20, 60), np.bool_)
    half[:, :15] = True
    page.split(at(A), half)
    assert page.work.pieces.count == 7
    assert page.pick(0, 0).piece == 6 != page.pick(20, 0).piece == 0
    assert number(page, (0, 0)) != number(page, (20, 0))
    assert page.pick(*D).region.pixels == 300  # under the shape, but not meant
    page.spread("bold")
    page.color(at(F), RED)
    assert seen(page, (20, 0)) == (RED, GUIDE)
    assert seen(page, (0, 0)) == (None, NOBODY)
    page.color(at((0, 0)), BLUE)
    assert seen(page, (20, 0)) == (RED, GUIDE)
    while page.undo():
        pass
    assert page.work.pieces.count == 6


def test_a_cut_of_coloured_pieces_keeps_their_colour(page):
    page.color(at(A), RED)
    half = np.zeros((20, 60), np.bool_)
    half[:, :15] = True
    page.split(at(A), half)
    assert seen(page, (0, 0)) == seen(page, (20, 0)) == (RED, ARTIST)


def alike() -> Hands:
    """The page of six boxes as one region."""
    one = of_labels(np.zeros(6, np.int64))
    return open_page(affinity=Affinity(one, np.arange(6, dtype=np.int32), np.ones(6, np.bool_)))


def test_what_a_shape_holds_of_a_region_becomes_one_of_its_own():
    page = alike()
    shape = np.zeros((20, 60), np.bool_)
    shape[:, 20:50] = True  # a third of A, B, E, two thirds of D as well
    page.split(region(page, A), shape)
    assert page.work.pieces.count == 8
    inside = np.zeros((20, 60), np.bool_)
    for one in page.guided.regions:
        if one.number == number(page, B):
            inside[np.isin(page.work.pieces.labels, one.pieces)] = True
    assert (inside == shape).all()
    assert len(page.guided.regions) == 2
    page.undo()
    assert (len(page.guided.regions), page.work.pieces.count) == (1, 6)


def test_a_shape_takes_whole_pieces_apart_and_cuts_none():
    page = alike()
    page.split(region(page, A), np.isin(labels(), (1, 2)))
    assert page.work.pieces.count == 6
    assert number(page, B) == number(page, C) != number(page, A)
    assert len(page.guided.regions) == 2
    page.color(region(page, B), RED)
    assert seen(page, C) == (RED, ARTIST)
    assert seen(page, A) == (None, NOBODY)
    page.merge([at(A), at(B)])
    assert seen(page, A) == (RED, ARTIST)


def test_a_shape_over_one_piece_of_a_region_takes_it_out(page):
    page.split(region(page, A), labels() == 0)
    assert number(page, A) != number(page, F)


def test_what_is_split_off_a_merged_region_leaves_all_that_the_merge_bound_to_it(page):
    page.merge([at(A), at(D), at(E)])
    page.color(at(E), RED)  # a region of its own by colour, but still bound to both
    page.split(at(A), labels() == 0)
    assert number(page, A) != number(page, D)
    page.undo()
    page.split(region(page, A))
    assert number(page, A) != number(page, D)


def test_a_part_taken_twice_is_apart_from_both():
    page = alike()
    outer, inner = (np.zeros((20, 60), np.bool_) for _ in range(2))
    outer[:, 10:] = True
    inner[:, 40:] = True
    page.split(region(page, A), outer)
    page.split(region(page, B), inner)
    assert len({number(page, (x, 0)) for x in (0, 20, 45)}) == 3
    assert len(page.guided.regions) == 3


def test_a_shape_that_takes_nothing_apart_is_refused(page):
    assert code(page.split, region(page, A), np.isin(labels(), (0, 5))) == BAD_REQUEST
    assert code(page.split, at(D), labels() == 3) == BAD_REQUEST
    assert code(page.split, at(A), labels() == 4) == BAD_REQUEST
    assert page.history.acts == ()


def test_merged_regions_are_one_and_take_the_colour_that_one_has(page):
    page.color(at(D), GREEN)
    page.merge([region(page, A), region(page, D)])
    assert number(page, A) == number(page, D) == number(page, F)
    assert seen(page, A) == (GREEN, ARTIST)
    page.undo()
    assert seen(page, A) == (None, NOBODY)
    assert number(page, A) != number(page, D)


def test_a_split_region_can_be_merged_again_and_split_again(page):
    page.split(region(page, A))
    page.merge([at(A), at(F)])
    assert number(page, A) == number(page, F)
    page.split(region(page, A))
    assert number(page, A) != number(page, F)


def test_a_stroke_means_what_holds_much_of_it_and_what_it_covers(page):
    brushed = np.zeros((20, 60), np.bool_)
    brushed[5, 2:32] = True
    page.color(Target(stroke=brushed), RED)
    assert (seen(page, A), seen(page, B)) == ((RED, ARTIST), (None, NOBODY))
    page.undo()
    page.color(Target(stroke=np.ones((20, 60), np.bool_)), BLUE)
    assert (page.coloring.by == ARTIST).all()
    assert code(page.color, Target(stroke=np.zeros((20, 60), np.bool_)), RED) == BAD_REQUEST


def test_a_colour_as_a_target_is_all_that_has_it(page):
    page.color(at(A), RED)
    page.color(at(E), RED)
    page.color(Target(color=RED), GREEN)
    assert seen(page, A) == seen(page, E) == (GREEN, ARTIST)


def test_the_guide_asks_and_spreads_only_where_the_artist_works(page):
    page.spread("bold")
    page.focus((0, 0, 60, 10))
    page.color(at(A), RED)
    assert seen(page, F) == (None, NOBODY)
    asked = page.guided.regions[: page.guided.asked]
    assert [one.box for one in asked] == [(30, 0, 30, 10)]
    page.color(at(D), GREEN)  # by hand anywhere
    page.focus(None)
    assert seen(page, F) == (RED, GUIDE)


def test_no_region_lies_across_a_frame_unless_the_artist_merges(page):
    framed = open_page(np.array([0, 0, 0, 1, 1, 1], np.int32))
    assert number(framed, A) != number(framed, F)
    assert number(framed, B) == number(framed, C)
    framed.spread("bold")
    framed.color(at(A), RED)
    assert seen(framed, F) == (RED, GUIDE)
    framed.merge([at(A), at(F)])
    assert number(framed, A) == number(framed, F)


def test_small_pieces_follow_until_the_artist_takes_them():
    known = matrix()[:5, :5]
    row, own = np.array([0, 1, 2, 3, 4, 0], np.int32), np.array([1, 1, 1, 1, 1, 0], np.bool_)
    page = open_page(affinity=Affinity(known, row, own))
    assert number(page, A) == number(page, F)
    page.fill(at(F), BLUE)
    assert (seen(page, F), seen(page, A)) == ((BLUE, ARTIST), (None, NOBODY))
    assert number(page, A) != number(page, F)
    page.undo()
    page.fill(at(A), RED)
    assert page.pick(*F).region.state == "open"
    page.undo()
    page.split(at(F))
    assert number(page, A) != number(page, F)
    page.undo()
    page.spread("careful")
    page.color(at(A), RED)
    assert seen(page, F) == (RED, GUIDE)


def test_colours_of_a_picture_are_taken_by_place(page):
    picture = np.zeros((20, 60, 4), np.uint8)
    picture[2:9, 1:29] = (*RED, 255)
    picture[10:, 40:] = (*BLUE, 255)
    picture[:10, 50:] = (*GREEN, 255)
    page.adopt(picture, [RED, BLUE])
    assert (seen(page, A), seen(page, F)) == ((RED, ARTIST), (BLUE, ARTIST))
    assert (seen(page, C), seen(page, D)) == ((None, NOBODY), (None, NOBODY))
    assert seen(page, E) == (BLUE, ARTIST)
    page.undo()
    assert not page.coloring.by.any()
    assert code(page.adopt, np.zeros_like(picture)) == BAD_REQUEST


def test_a_fresh_page_knows_nothing_of_the_artist(page):
    page.color(at(A), RED)
    twin = page.fresh()
    assert not twin.coloring.by.any()
    assert [one.number for one in twin.guided.regions] == [1, 2, 3, 4]
    twin.color(at(D), BLUE)
    assert seen(page, D) == (None, NOBODY)


def test_unknown_targets_are_refused(page):
    assert code(page.color, Target(region=7), RED) == NO_SUCH_REGION
    assert code(page.color, at((60, 0)), RED) == BAD_REQUEST
    assert code(page.color, at((-1, 0)), RED) == BAD_REQUEST
    assert code(page.color, Target(), RED) == BAD_REQUEST
    assert code(page.merge, [at(A)]) == BAD_REQUEST
    assert code(page.keep, Target(everything=True)) == BAD_REQUEST
    assert page.history.acts == ()


def test_what_changes_nothing_is_no_act(page):
    assert page.spread("off") is None
    assert page.find(None, None) is None
    assert page.focus(None) is None
    assert page.undo() is None
    assert page.redo() is None
    assert page.history.acts == ()


def test_a_page_remembers_so_many_acts(page):
    act = acts.Give((A,), RED)
    page.history.play([act] * MOST_ACTS)
    assert code(page.color, at(A), BLUE) == TOO_LARGE
    for _ in range(100):
        assert page.undo() == act
    page.color(at(A), BLUE)
    assert seen(page, A) == (BLUE, ARTIST)
    assert code(page.history.play, [act] * (MOST_ACTS + 1)) == TOO_LARGE
    assert seen(page, A) == (BLUE, ARTIST)
