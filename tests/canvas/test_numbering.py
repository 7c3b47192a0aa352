"""Pieces have the numbers that the trained weights know them by."""

from __future__ import annotations

import numpy as np
from gp_canvas.lines.numbering import number_pieces
from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_largest_come_first_and_the_rest_are_named_after_the_nearest():
    pieces = np.zeros((20, 60), np.int32)
    pieces[:, 30:] = 7
    pieces[:, 55:] = 3
    pieces[2:5, 2:5] = 90
    pieces[10:12, 52:54] = 41
    numbers = number_pieces(pieces, 3)
    assert numbers[19, 0] == 0
    assert numbers[19, 31] == 1
    assert numbers[19, 59] == 2
    assert numbers[3, 3] == 0 + 3
    assert numbers[11, 53] == 1 + 3


@given(st.integers(0, 10**6), st.integers(2, 30))
@settings(max_examples=40, deadline=None)
def test_numbers_tell_pieces_apart_and_name_a_leader(seed, regions):
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 80, (6, 9))
    pieces = np.kron(coarse, np.ones((8, 8), np.int64))
    numbers = number_pieces(pieces, regions)
    pairs = np.unique(np.stack([pieces.ravel(), numbers.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(pieces)) == len(np.unique(numbers))
    assert numbers.min() == 0
    assert numbers.max() < numbers.size
    leaders = numbers[numbers < regions]
    assert set(np.unique(numbers % regions)) == set(np.unique(leaders))
    sizes = np.bincount(leaders)
    assert (np.diff(sizes) <= 0).all()
