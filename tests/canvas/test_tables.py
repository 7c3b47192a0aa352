"""Canvas tables do what numpy would, only cheaper."""

from __future__ import annotations

import numpy as np
from gp_canvas.lines.tables import Runs, changes, count, look_up, parts, strips
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


@given(st.integers(1, 60), st.integers(1, 60))
def test_looking_up_is_indexing(height, width):
    index = np.arange(height * width, dtype=np.int32).reshape(height, width) % 7
    table = np.arange(7, dtype=np.uint32) * 1000
    assert (look_up(table, index) == table[index]).all()


def test_looking_up_a_large_index_joins_its_strips():
    index = np.random.default_rng(0).integers(0, 5, (1500, 1001), np.uint8)
    table = np.array([3, 1, 4, 15, 9], np.uint8)
    assert (look_up(table, index) == table[index]).all()


def test_counting_a_large_index_joins_its_strips():
    random = np.random.default_rng(1)
    index = random.integers(0, 9, (1500, 1001), np.int32)
    where = random.random(index.shape) < 0.5
    assert (count(index) == np.bincount(index.ravel())).all()
    assert (count(index, 20, where) == np.bincount(index[where], minlength=20)).all()


def test_changes_stand_for_every_value():
    index = np.random.default_rng(2).integers(0, 4, (1200, 1000)).astype(np.int32)
    index[:, 0] = 0
    at = changes(index)
    before = np.concatenate([[0], index.ravel()[:-1]])
    assert (at == np.flatnonzero((index.ravel() != before) & (index.ravel() != 0))).all()


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_strips_cover_the_rows_once(height, width, least):
    rows = [
        row
        for part in strips(np.empty((height, width), bool), least)
        for row in range(height)[part]
    ]
    assert rows == list(range(height))


@given(
    arrays(np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))
)
def test_runs_say_what_the_map_says(labels: np.ndarray) -> None:
    runs = Runs.of(labels)
    flat = labels.ravel()
    assert runs.count == labels.max() + 1
    assert runs.at(np.arange(flat.size)).tolist() == flat.tolist()
    sizes = np.bincount(runs.values, runs.lengths, runs.count)
    assert sizes.tolist() == np.bincount(flat, minlength=runs.count).tolist()
    table = np.array([7, 5, 11, 2], np.uint8)
    for top in range(len(labels)):
        part = labels[top:]
        out = runs.write(slice(top, len(labels)), table, np.zeros(part.shape, np.uint8))
        assert out.tolist() == table[part].tolist()


def test_parts_are_what_numpy_splits_into():
    values, starts = np.arange(9).reshape(9, 1), np.array([0, 2, 2, 7])
    found, expected = parts(values, starts), np.split(values, starts[1:])
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]
    assert parts(values[:0], starts[:0]) == []
