"""A plug-in's state: what a document keeps."""

from __future__ import annotations

import json
from dataclasses import replace

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
