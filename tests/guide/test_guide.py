"""The guide: the user's walk, on its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, VERSION
from gp_client.errors import GuidingPainterError as GPError
from gp_guide.guide import PALETTE_SIZE, Change, Guide
from hypothesis import given
from hypothesis import strategies as st

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def test_the_walk_starts_at_the_first_region() -> None:
    assert Guide(3).current == 1


def test_a_page_without_regions_has_no_walk() -> None:
    guide = Guide(0)
    assert (guide.current, guide.next(), guide.skip(), guide.back()) == (None,) * 4
    assert guide.finished


def test_applying_gives_the_hint_and_goes_to_the_next_region() -> None:
    guide = Guide(3)
    assert guide.apply(RED) == Change(1, RED)
    assert (guide.hints, guide.current) == ({1: RED}, 2)


def test_next_passes_hinted_and_skipped_regions_and_goes_round() -> None:
    guide = Guide(4)
    guide.apply(RED)
    guide.skip()
    guide.go_to(4)
    assert guide.next() == 3
    guide.apply(BLUE)
    assert guide.current == 4
    guide.apply(BLUE)
    assert (guide.current, guide.finished) == (None, True)


def test_back_goes_the_way_that_was_come() -> None:
    guide = Guide(5)
    guide.next()
    guide.go_to(5)
    assert [guide.back(), guide.back(), guide.back()] == [2, 1, 1]


def test_a_skipped_region_that_gets_a_colour_is_no_longer_skipped() -> None:
    guide = Guide(2)
    guide.skip()
    guide.go_to(1)
    guide.apply(RED)
    assert guide.skipped == frozenset()


def test_undo_takes_back_a_colour_and_returns_to_its_region() -> None:
    guide = Guide(3)
    guide.apply(RED)
    assert guide.undo() == (Change(1, None),)
    assert (guide.hints, guide.current) == ({}, 1)


def test_undo_of_a_second_colour_brings_the_first_back() -> None:
    guide = Guide(2)
    guide.apply(RED)
    guide.go_to(1)
    guide.apply(GREEN)
    assert guide.undo() == (Change(1, RED),)
    assert guide.redo() == (Change(1, GREEN),)


def test_undo_of_a_skip_changes_no_hint() -> None:
    guide = Guide(2)
    guide.skip()
    assert guide.undo() == ()
    assert (guide.skipped, guide.current) == (frozenset(), 1)


def test_a_new_colour_ends_redo() -> None:
    guide = Guide(2)
    guide.apply(RED)
    guide.undo()
    guide.apply(BLUE)
    assert (guide.can_redo, guide.redo()) == (False, ())


def test_clearing_takes_the_hint_away_and_can_be_undone() -> None:
    guide = Guide(2)
    guide.apply(RED)
    assert guide.clear(1) == Change(1, None)
    assert guide.undo() == (Change(1, RED),)


def test_the_palette_has_each_colour_once_newest_first() -> None:
    guide = Guide(9, palette=[GREEN])
    for color in (RED, BLUE, RED):
        guide.apply(color)
    assert guide.palette == (RED, BLUE, GREEN)


def test_the_palette_is_bounded() -> None:
    guide = Guide(200)
    for number in range(100):
        guide.apply((number, 0, 0))
    assert len(guide.palette) == PALETTE_SIZE


def test_a_walk_that_is_over_takes_no_colour() -> None:
    guide = Guide(1)
    guide.apply(RED)
    with pytest.raises(GPError) as caught:
        guide.apply(RED)
    assert caught.value.code == NO_SUCH_REGION


@pytest.mark.parametrize(
    "color", [(1, 2), (1, 2, 256), (1, 2, -1), (1, 2, 3.0), (1, 2, True), "#fff"]
)
def test_what_is_no_colour_is_refused(color: Any) -> None:
    with pytest.raises(GPError) as caught:
        Guide(1).apply(color)
    assert caught.value.code == BAD_REQUEST


steps = st.lists(
    st.sampled_from(["next", "skip", "back", "undo", "redo"])
    | st.tuples(st.just("go_to"), st.integers(1, 4))
    | st.tuples(st.just("clear"), st.integers(1, 4))
    | st.tuples(st.just("apply"), st.tuples(*[st.integers(0, 255)] * 3)),
    max_size=40,
)


def walk(guide: Guide, moves: list[Any]) -> dict[int, Any]:
    """Do the moves; return what a daemon that is told every change holds."""
    held: dict[int, Any] = {}
    for move in moves:
        name, *arguments = (move,) if isinstance(move, str) else move
        if name == "apply" and guide.current is None:
            continue
        answer = getattr(guide, name)(*arguments)
        changes = answer if isinstance(answer, tuple) else (answer,)
        for change in changes:
            if isinstance(change, Change):
                held.pop(change.number, None)
                if change.color is not None:
                    held[change.number] = change.color
    return held


@given(steps)
def test_a_daemon_told_every_change_agrees_with_the_guide(moves: list[Any]) -> None:
    guide = Guide(4)
    assert walk(guide, moves) == guide.hints


@given(steps)
def test_undoing_everything_leaves_no_hint_and_redoing_brings_all_back(moves: list[Any]) -> None:
    guide = Guide(4)
    walk(guide, moves)
    while guide.can_redo:
        guide.redo()
    hints, skipped = guide.hints, guide.skipped
    while guide.can_undo:
        guide.undo()
    assert (guide.hints, guide.skipped) == ({}, frozenset())
    while guide.can_redo:
        guide.redo()
    assert (guide.hints, guide.skipped) == (hints, skipped)


@given(steps)
def test_a_walk_survives_json(moves: list[Any]) -> None:
    guide = Guide(4, palette=[GREEN])
    walk(guide, moves)
    again = Guide.from_json(guide.to_json())
    assert again.to_json() == guide.to_json()
    assert list(again.hints.items()) == list(guide.hints.items())
    assert (again.current, again.back()) == (guide.current, guide.back())


def test_unknown_fields_are_ignored_and_a_newer_schema_is_named() -> None:
    fields = json.loads(Guide(2).to_json())
    assert Guide.from_json(json.dumps({**fields, "mood": "blue"})).count == 2
    with pytest.raises(GPError) as caught:
        Guide.from_json(json.dumps({**fields, "schema": 99}))
    assert caught.value.code == VERSION


@pytest.mark.parametrize(
    "damage",
    [
        {"count": -1},
        {"count": 10**9},
        {"hints": [[1]]},
        {"hints": [[1, [0, 0, 999]]]},
        {"hints": None},
        {"current": "1"},
        {"palette": [[1]]},
        {"skipped": 3},
        {"trail": [9]},
    ],
)
def test_a_damaged_walk_is_a_typed_error(damage: dict[str, Any]) -> None:
    text = json.dumps({**json.loads(Guide(2).to_json()), **damage})
    with pytest.raises(GPError) as caught:
        Guide.from_json(text)
    assert caught.value.code in (BAD_REQUEST, NO_SUCH_REGION)
