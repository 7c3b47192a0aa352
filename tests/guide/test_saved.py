"""A plug-in's state: what a document keeps, and a guide that follows the picture."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Region
from gp_guide import opening
from gp_guide import saved as state
from gp_guide.guide import Change, Guide
from hypothesis import given
from hypothesis import strategies as st

RED, BLUE = (255, 0, 0), (0, 0, 255)
_BAD_ACTS = state.Saved(acts=b"abc").to_bytes().replace(b'"YWJj"', b'"Y*"')


def picture(guide: Guide) -> dict:
    """What the layer shows when it agrees with the guide."""
    return {number: guide.hints.get(number) for number in range(1, guide.count + 1)}


def test_a_guide_that_agrees_with_the_picture_stays() -> None:
    guide = Guide(3)
    guide.apply(RED)
    before = guide.to_json()
    assert state.follow(guide, picture(guide)) == ()
    assert guide.to_json() == before


def test_an_undone_fill_takes_hint_and_place_back() -> None:
    guide = Guide(3)
    guide.apply(RED)
    shown = picture(guide)
    guide.apply(BLUE)
    assert state.follow(guide, shown) == (Change(2, None),)
    assert guide.current == 2


def test_a_redone_fill_brings_hint_and_place_again() -> None:
    guide = Guide(3)
    blank = picture(guide)
    guide.apply(RED)
    guide.apply(BLUE)
    full = picture(guide)
    state.follow(guide, blank)
    assert guide.hints == {}
    assert state.follow(guide, full) == (Change(1, RED), Change(2, BLUE))
    assert guide.current == 3


def test_a_colour_that_the_artist_filled_by_hand_becomes_the_hint() -> None:
    guide = Guide(3)
    guide.apply(RED)
    assert state.follow(guide, {1: BLUE, 3: RED}) == (Change(1, BLUE), Change(3, RED))
    assert guide.hints == {1: BLUE, 3: RED}
    assert guide.current == 2


@given(
    st.lists(st.sampled_from([RED, BLUE, None]), max_size=8),
    st.dictionaries(st.integers(1, 4), st.sampled_from([RED, BLUE, None])),
)
def test_after_following_the_guide_agrees_with_the_picture(steps: list, painted: dict) -> None:
    guide = Guide(4)
    for color in steps:
        if guide.current is not None:
            guide.skip() if color is None else guide.apply(color)
    state.follow(guide, painted)
    for number, color in painted.items():
        assert guide.hints.get(number) == color


def test_what_a_document_keeps_comes_back() -> None:
    guide = Guide(2)
    guide.apply(RED)
    saved = state.Saved(guide.to_json(), "f", "{id}", "soft", 12.0, 90)
    assert state.Saved.from_bytes(saved.to_bytes()) == saved
    acts = replace(saved, guide="", acts=bytes(range(256)))
    assert state.Saved.from_bytes(acts.to_bytes()) == acts


def test_version_1_reads_a_document_until_it_has_acts() -> None:
    assert json.loads(state.Saved(gap=3.0).to_bytes())["schema"] == 1
    assert json.loads(state.Saved(acts=b"a").to_bytes())["schema"] == 2


def test_a_document_without_our_state_gets_the_defaults() -> None:
    assert state.Saved.from_bytes(b"") == state.Saved()


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b"1", b'{"schema": 99}', b'{"schema": 1}', b"\xff", _BAD_ACTS],
)
def test_damaged_state_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(GuidingPainterError) as caught:
        state.Saved.from_bytes(data)
    assert caught.value.code == BAD_REQUEST


def test_the_walk_goes_on_where_line_art_and_networks_are_the_same() -> None:
    guide = Guide(3)
    guide.apply(RED)
    found, same, trouble = opening.resume(state.Saved(guide.to_json(), "print"), "print", 3)
    assert trouble == ""
    assert same
    assert found.hints == {1: RED}


def test_other_regions_start_a_new_walk_with_the_old_palette() -> None:
    guide = Guide(3)
    guide.apply(RED)
    found, same, trouble = opening.resume(state.Saved(guide.to_json(), "print"), "other", 5)
    assert trouble == ""
    assert not same
    assert (found.hints, found.palette) == ({}, (RED,))


def test_the_fingerprint_changes_with_all_that_may_change_regions() -> None:
    first, second = Region(1, (0, 0, 4, 4), 16, RED), Region(2, (4, 0, 4, 4), 9, RED)
    default = state.Saved()
    prints = [
        opening.fingerprint_of(b"art", default, "networks", [first, second]),
        opening.fingerprint_of(b"other", default, "networks", [first, second]),
        opening.fingerprint_of(b"art", state.Saved(gap=2.0), "networks", [first, second]),
        opening.fingerprint_of(b"art", state.Saved(ink=90), "networks", [first, second]),
        opening.fingerprint_of(b"art", state.Saved(area=(0, 0, 2, 2)), "networks", [first, second]),
        opening.fingerprint_of(b"art", default, "newer networks", [first, second]),
        opening.fingerprint_of(b"art", default, "networks", [first]),
        opening.fingerprint_of(b"art", default, "networks", [replace(first, pixels=15), second]),
    ]
    assert len(set(prints)) == len(prints)


def test_the_fingerprint_does_not_change_with_what_is_suggested() -> None:
    prints = {
        opening.fingerprint_of(b"", state.Saved(), "", [Region(1, (0, 0, 4, 4), 16, color)])
        for color in (RED, BLUE)
    }
    assert len(prints) == 1
