"""The guide with a cast, on a page of six boxes: what it proposes, keeps, and takes back."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from gp_canvas.acts import acts
from gp_canvas.acts.affinities import Affinity
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY
from gp_canvas.acts.hands import Hands
from gp_canvas.acts.packing import pack, unpack
from gp_canvas.acts.targets import Target
from gp_canvas.cast.handed import CastPieces, hand
from gp_canvas.cast.learning import learn
from gp_client.cast import Cast, CastPage
from gp_client.errors import BAD_REQUEST, TOO_LARGE, GuidingPainterError
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

RED, BLUE, GREEN = (200, 10, 20), (10, 20, 200), (20, 200, 10)
SHA = "a" * 64
# Six pieces in two rows, 10 pixels high; their tokens are the rows of the unit matrix.
A, B, C, D, E, F = (0, 0), (30, 0), (50, 0), (0, 10), (30, 10), (50, 10)


def open_page(asked: list[CastPieces] | None = None) -> Hands:
    top = np.repeat(np.arange(3, dtype=np.int32), (30, 20, 10))
    labels = np.repeat(np.stack([top, top + 3]), 10, axis=0)
    apart = np.full((6, 6), -6, np.float32)
    own = np.ones(6, np.bool_)
    known = Affinity(apart, np.arange(6, dtype=np.int32), own, None, np.eye(6, dtype=np.float32))

    def match(cast: CastPieces, affinity: Affinity) -> NDArray[np.float32] | None:
        if asked is not None:
            asked.append(cast)
        tokens = affinity.tokens
        assert tokens is not None
        return None if cast.segmenter != SHA else tokens @ cast.tokens.astype(np.float32).T - 6

    return Hands(lambda _gap, _ink: lambda: labels, lambda *_: known, match=match)


def cast(*pieces: tuple[int, tuple[int, int, int] | None, float], sha: str = SHA) -> CastPieces:
    """Each: which box's token, the colour or None (blank), and the log-odds for that box."""
    tokens = np.zeros((len(pieces), 6), np.float16)
    colors = np.zeros((len(pieces), 4), np.uint8)
    for place, (box, color, odds) in enumerate(pieces):
        tokens[place, box] = odds + 6
        colors[place] = (*color, 255) if color else (0, 0, 0, 0)
    return CastPieces(sha, tokens, colors, np.full(len(pieces), 0.1, np.float32))


def seen(page: Hands, point: tuple[int, int]) -> tuple:
    pick = page.pick(*point)
    return pick.color, pick.by


def everything(page: Hands) -> list:
    return [seen(page, point) for point in (A, B, C, D, E, F)]


SURE_AND_NOT = ((0, RED, 5.0), (1, BLUE, 5.0), (2, GREEN, 0.5), (3, None, 5.0))


def test_the_guide_is_careful_with_a_cast_and_says_nothing_where_it_does_not_know():
    page = open_page()
    page.use_cast(cast(*SURE_AND_NOT))
    assert page.work.spread == "careful"
    assert seen(page, A) == (RED, GUIDE)
    assert seen(page, B) == (BLUE, GUIDE)
    assert [seen(page, point) for point in (C, D, E, F)] == [(None, NOBODY)] * 4
    likely = {point: page.pick(*point).region.likely for point in (C, D, E)}
    assert likely[C][0] == GREEN
    assert likely[D][0] == (255, 255, 255)  # it stayed blank there
    assert likely[E] == ()


def test_what_is_sure_is_kept_by_one_act_whatever_else_is_proposed():
    page = open_page()
    page.spread("bold")
    page.use_cast(cast(*SURE_AND_NOT))
    assert page.work.spread == "bold"
    assert seen(page, C) == (GREEN, GUIDE)
    before = len(page.history.acts)
    page.keep(Target(sure=True))
    assert len(page.history.acts) == before + 1
    assert seen(page, A) == (RED, ARTIST)
    assert seen(page, B) == (BLUE, ARTIST)
    assert seen(page, C) == (GREEN, GUIDE)
    page.undo()
    assert seen(page, A) == (RED, GUIDE)
    page.keep(Target(everything=True))
    assert seen(page, C) == (GREEN, ARTIST)


def test_where_nothing_can_be_kept_it_is_said_why():
    page = open_page()
    for target in (Target(sure=True), Target(everything=True), Target(color=RED)):
        with pytest.raises(GuidingPainterError, match="proposes nothing"):
            page.keep(target)
    page.spread("bold")
    page.use_cast(cast((2, GREEN, 0.5)))
    assert seen(page, C) == (GREEN, GUIDE)
    with pytest.raises(GuidingPainterError, match="sure of none of its proposals"):
        page.keep(Target(sure=True))
    page.color(Target(point=F), BLUE)
    with pytest.raises(GuidingPainterError, match="decided already"):
        page.keep(Target(point=F))


def test_the_artists_word_is_stronger_than_the_casts():
    page = open_page()
    page.color(Target(point=A), GREEN)
    page.use_cast(cast(*SURE_AND_NOT))
    assert seen(page, A) == (GREEN, ARTIST)
    page.clear(Target(point=B))
    assert seen(page, B) == (None, NOBODY)


def test_a_cast_is_an_act_like_any_other_and_a_saved_list_needs_no_file():
    page = open_page()
    page.color(Target(point=F), BLUE)
    before = everything(page)
    page.use_cast(cast(*SURE_AND_NOT))
    after = everything(page)
    assert after != before
    page.undo()
    assert everything(page) == before
    assert page.work.spread == "off"
    page.redo()
    assert everything(page) == after
    twin = open_page()
    twin.history.play(*unpack(pack(page.history.acts)))
    assert everything(twin) == after
    page.use_cast(None)
    assert page.work.cast is None
    assert page.use_cast(None) is None


def test_one_cast_takes_the_place_of_another_right_after_it():
    page = open_page()
    first, second = cast(SURE_AND_NOT[0]), cast(SURE_AND_NOT[1])
    page.use_cast(first)
    assert page.use_cast(first) is None
    page.use_cast(second)
    assert len(page.history.acts) == 1
    assert (seen(page, A), seen(page, B)) == ((None, NOBODY), (BLUE, GUIDE))
    page.undo()
    assert page.work.cast is None


def test_a_cast_of_other_networks_says_nothing_and_fails_nothing():
    page = open_page()
    page.use_cast(cast(*SURE_AND_NOT, sha="b" * 64))
    assert everything(page) == [(None, NOBODY)] * 6


def test_the_matcher_is_asked_once_for_a_page_and_a_cast():
    asked: list[CastPieces] = []
    page = open_page(asked)
    page.use_cast(cast(*SURE_AND_NOT))
    for point in (C, D, E):
        page.color(Target(point=point), GREEN)
        everything(page)
    assert len(asked) == 1


def test_a_list_of_acts_holds_so_many_casts():
    page = open_page()
    for place in range(64):
        page.use_cast(cast((place % 6, RED, 5.0)))
        page.color(Target(point=F), (place, 0, 0))
    with pytest.raises(GuidingPainterError) as caught:
        page.use_cast(cast((0, BLUE, 5.0)))
    assert caught.value.code == TOO_LARGE


@pytest.mark.parametrize(
    "changed",
    [
        {"segmenter": "a"},
        {"tokens": b""},
        {"tokens": bytes(3)},
        {"tokens": "text"},
        {"colors": bytes(3)},
        {"shares": bytes(5)},
        {"shares": bytes(8)},
        {"shares": struct.pack("<f", float("inf"))},
        {"shares": bytes(4 * 1025), "colors": bytes(4 * 1025), "tokens": bytes(2 * 1025)},
    ],
)
def test_a_cast_that_cannot_be_is_refused_in_a_list(changed):
    act = acts.UseCast(SHA, bytes(4), bytes(4), bytes(4))
    assert unpack(pack([act])) == ([act], [])
    with pytest.raises(GuidingPainterError) as caught:
        unpack(pack([acts.UseCast(**{**vars(act), **changed})]))
    assert caught.value.code == BAD_REQUEST


def learned(title: str, colors: list, sizes: list[int], width: int = 2, sha: str = SHA) -> CastPage:
    shown = np.array([(*color, 255) if color else (0, 0, 0, 0) for color in colors], np.uint8)
    tokens = np.arange(len(colors) * width, dtype=np.float32).reshape(-1, width)
    points = np.zeros((len(colors), 2), np.int32)
    page = learn(tokens, shown, np.array(sizes), points, (100, 100), sha)
    return CastPage(**{**vars(page), "title": title})


def test_of_many_pieces_each_colours_largest_come_first():
    one = learned("one", [RED] * 5 + [BLUE, None], [50, 40, 30, 20, 10, 2, 1])
    found = hand(Cast((one,)), SHA, most=4)
    assert found is not None
    assert found.colors[:, :3].tolist() == [list(RED), list(RED), list(BLUE), [0, 0, 0]]
    assert found.shares.tolist() == pytest.approx([0.005, 0.004, 0.0002, 0.0001])
    assert found.tokens[0].tolist() == [0, 1]
    assert found.blank.tolist() == [False, False, False, True]
    assert found.seen[3].tolist() == [1, 1, 1]


@given(st.lists(st.integers(1, 9999), min_size=1, max_size=30), st.integers(1, 12))
def test_every_colour_is_handed_over_while_there_is_room(sizes, most):
    kinds = [RED, BLUE, GREEN, None]
    colors = [kinds[size % 4] for size in sizes]
    if not any(colors):
        return
    found = hand(Cast((learned("one", colors, sizes),)), SHA, most)
    assert found is not None
    assert found.count == min(most, len(sizes))
    kinds_found = {tuple(color) for color in found.colors.tolist()}
    assert len(kinds_found) == min(most, len(set(colors)))


def test_only_pages_of_this_network_are_handed_over():
    mine, other = learned("one", [RED], [5]), learned("two", [BLUE], [9], sha="b" * 64)
    found = hand(Cast((other, mine)), SHA)
    assert found is not None
    assert found.codes.tolist() == [RED[0] << 16 | RED[1] << 8 | RED[2]]
    assert hand(Cast((other,)), SHA) is None


def test_a_page_without_a_colour_teaches_nothing():
    with pytest.raises(GuidingPainterError) as caught:
        learned("one", [None], [5])
    assert caught.value.code == BAD_REQUEST
