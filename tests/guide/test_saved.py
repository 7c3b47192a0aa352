"""A plug-in's state: what a document keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import msgpack
import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide import saved as state
from gp_guide.guide import Guide

RED, BLUE = (255, 0, 0), (0, 0, 255)
_BAD_ACTS = state.Saved(acts=b"abc").to_bytes().replace(b'"YWJj"', b'"Y*"')


def test_what_a_document_keeps_comes_back() -> None:
    guide = Guide(2)
    guide.apply(RED)
    saved = state.Saved(guide.to_json(), "f", "{id}", "soft", 12.0, 90)
    assert state.Saved.from_bytes(saved.to_bytes()) == saved
    acts = replace(saved, guide="", acts=bytes(range(256)), recent=(RED,), shown=(3, 4))
    assert state.Saved.from_bytes(acts.to_bytes()) == acts
    named = replace(saved, palette=(RED,), names={"#ff0000": "skin"})
    assert state.Saved.from_bytes(named.to_bytes()) == named


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


def test_the_newest_colour_comes_first_and_each_is_kept_once() -> None:
    saved = state.Saved()
    for tone in range(state.RECENT + 3):
        saved = saved.using((tone, 0, 0))
    saved = saved.using((9, 0, 0))
    assert len(saved.recent) == len(set(saved.recent)) == state.RECENT
    assert saved.recent[:2] == ((9, 0, 0), (state.RECENT + 2, 0, 0))


def test_pieces_were_found_as_the_last_act_says_else_as_the_options_do() -> None:
    saved = state.Saved(gap=3.0, ink=90)
    assert saved.found == (3.0, 90)
    act = {"op": "find", "gap": 7.0, "ink": None}
    acts = msgpack.packb({"acts": [act, {"op": "keep"}]})
    assert replace(saved, acts=acts).found == (7.0, None)
