"""Lists of acts as bytes: what is written is read, and nothing else is."""

from __future__ import annotations

import zlib
from typing import Any

import msgpack
import numpy as np
import pytest
from gp_canvas.acts import acts
from gp_canvas.acts.history import MOST_ACTS
from gp_canvas.acts.packing import MOST_POINTS, pack, unpack
from gp_canvas.acts.piecemap import PieceMap
from gp_canvas.acts.shapes import pack as pack_shape
from gp_canvas.acts.shapes import unpack as unpack_shape
from gp_client.errors import BAD_REQUEST, TOO_LARGE, VERSION, GuidingPainterError
from hypothesis import given
from hypothesis import strategies as st

EVERY: list[acts.Act] = [
    acts.Give(((1, 2), (3, 4)), (5, 6, 7)),
    acts.Give(((1, 2),), (0, 0, 0), teaches=False),
    acts.Split(((1, 2),), ((3, 4), (5, 6))),
    acts.Cut(((0, 0),), (1, 2, 3, 4), b"bits", 17, ((8, 8),)),
    acts.Merge(((1, 2), (3, 4))),
    acts.Keep((((9, 8, 7), ((1, 2),)),), ((3, 4),)),
    acts.Skip(((1, 2),)),
    acts.Clear(((1, 2),)),
    acts.Spread("careful"),
    acts.Find(None, None, 5),
    acts.Find(2.5, 128, 5),
    acts.Focus(None),
    acts.Focus((0, 0, 5, 6)),
    acts.Several((acts.Merge(((1, 2),)), acts.Spread("off"))),
]


def code(data: bytes) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        unpack(data)
    return caught.value.code


def saved(*entries: Any, **fields: Any) -> bytes:
    packed: Any = msgpack.packb({"version": 2, "acts": list(entries), **fields})
    return packed


def test_every_act_is_read_as_it_was_written():
    assert unpack(pack(EVERY, EVERY[:2])) == (EVERY, EVERY[:2])


def test_a_newer_list_is_refused_and_an_unknown_field_is_not():
    assert code(saved(version=3)) == VERSION
    entry = {"op": "spread", "level": "bold", "why": "later"}
    assert unpack(saved(entry, note=1)) == ([acts.Spread("bold")], [])


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"op": "paint"},
        {"op": "color", "at": [1], "color": [1, 2, 3], "teaches": True},
        {"op": "color", "at": [1, -2], "color": [1, 2, 3], "teaches": True},
        {"op": "color", "at": [1, 2.5], "color": [1, 2, 3], "teaches": True},
        {"op": "color", "at": [1, True], "color": [1, 2, 3], "teaches": True},
        {"op": "color", "at": [1, 2], "color": [1, 2, 256], "teaches": True},
        {"op": "color", "at": [1, 2], "color": [1, 2], "teaches": True},
        {"op": "color", "at": [1, 2], "color": [1, 2, 3], "teaches": 1},
        {"op": "color", "at": [0, 0] * (MOST_POINTS + 1), "color": [1, 2, 3], "teaches": True},
        {"op": "cut", "at": [1, 2], "box": [0, 0, 0, 4], "bits": b"", "first": 1},
        {"op": "cut", "at": [1, 2], "box": [0, 0, 3, 4], "bits": "text", "first": 1},
        {"op": "cut", "at": [1, 2], "box": [0, 0, 3, 4], "bits": b"", "first": 1 << 31},
        {"op": "find", "gap": None, "ink": None, "first": 1 << 31},
        {"op": "spread", "level": "wild"},
        {"op": "spread", "level": []},
        {"op": "find", "gap": float("nan"), "ink": None, "first": 1},
        {"op": "find", "gap": 1e9, "ink": None, "first": 1},
        {"op": "find", "gap": None, "ink": 300, "first": 1},
        {"op": "several", "acts": [{"op": "several", "acts": []}]},
    ],
)
def test_an_act_that_cannot_be_is_refused(entry):
    assert code(saved(entry)) == BAD_REQUEST


def test_too_many_acts_are_refused():
    assert code(saved(*[{"op": "skip", "at": []}] * (MOST_ACTS + 1))) == TOO_LARGE


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(data):
    with pytest.raises(GuidingPainterError):
        unpack(data)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40))
def test_shapes_are_read_as_they_were_written(seed, height, width):
    mask = np.random.default_rng(seed).random((height, width)) < 0.3
    mask[seed % height, seed % width] = True
    (x, y, wide, high), bits = pack_shape(mask)
    inside = unpack_shape((x, y, wide, high), bits)
    assert (mask[y : y + high, x : x + wide] == inside).all()
    assert mask.sum() == inside.sum()


@pytest.mark.parametrize(
    ("box", "bits"),
    [
        ((0, 0, 8, 8), b"no zlib"),
        ((0, 0, 8, 8), zlib.compress(bytes(7))),
        ((0, 0, 8, 8), zlib.compress(bytes(9))),
        ((0, 0, 8, 8), zlib.compress(bytes(8)) + b"more"),
        ((0, 0, 8, 8), zlib.compress(bytes(1 << 26))),
        ((30, 0, 8, 8), zlib.compress(bytes(8))),
        ((0, 0, 1 << 20, 1 << 20), zlib.compress(bytes(8))),
    ],
)
def test_a_shape_that_does_not_fit_its_box_or_canvas_cuts_nothing(box, bits):
    labels = np.zeros((16, 32), np.int32)
    pieces = PieceMap.of(lambda: labels, 1)
    with pytest.raises(GuidingPainterError) as caught:
        pieces.cut(np.array([0]), box, bits, 2)
    assert caught.value.code == BAD_REQUEST


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=6))
def test_a_map_is_the_same_however_its_cuts_were_looked_at(seeds):
    """The labels after each cut, from those before it or all at once from the uncut pieces."""
    labels = np.repeat(np.arange(4, dtype=np.int32), 6)[None].repeat(10, 0).copy()
    maps, name = [PieceMap.of(lambda: labels, 1)], 5
    for seed in seeds:
        mask = np.random.default_rng(seed).random(labels.shape) < 0.4
        mask[0, 0] = True
        pieces = maps[-1]
        parted = pieces.cut(np.arange(pieces.count), *pack_shape(mask), name)
        maps.append(parted.pieces)
        name += len(parted.before)
    forwards = [one.labels.copy() for one in maps]
    backwards = [one.labels.copy() for one in reversed(maps)][::-1]
    for one, other, pieces in zip(forwards, backwards, maps, strict=True):
        assert (one == other).all()
        assert (np.bincount(one.ravel(), minlength=pieces.count) == pieces.sizes).all()
