"""Corrections as a document keeps them."""

from __future__ import annotations

import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide.correction import Correction
from gp_guide.saved import Saved
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 9), st.lists(st.sampled_from([0, 255]), min_size=1, max_size=80))
def test_a_kept_shape_is_the_shape_that_was_drawn(width: int, cells: list[int]) -> None:
    data = bytes(cells + [0] * (-len(cells) % width) + [255] * width)
    kept = Correction.of(3, data, width)
    x, y, wide, high = kept.box
    assert (x, wide) == (0, width)
    before = bytes(width * y)
    after = bytes(len(data) - width * (y + high))
    assert before + kept.mask.data + after == data


@pytest.mark.parametrize(
    ("box", "packed"),
    [((0, 0, 2, 2), "AAAA"), ((0, 0, 3, 1), "eJz7/x8ABP4C/g=="), ((0, 0, 1, 1), "?")],
)
def test_a_damaged_shape_is_refused(box: tuple[int, int, int, int], packed: str) -> None:
    with pytest.raises(ValueError):
        _ = Correction(1, box, packed).mask


def test_a_document_keeps_palette_and_corrections() -> None:
    kept = Correction.of(2, b"\0\xff\0\0", 2)
    saved = Saved(palette=((1, 2, 3), (4, 5, 6)), corrections=(kept,))
    assert Saved.from_bytes(saved.to_bytes()) == saved
    assert Saved.from_bytes(saved.to_bytes()).corrections[0].mask.data == b"\0\xff"


def test_a_damaged_correction_is_damaged_state() -> None:
    data = Saved().to_bytes().replace(b'"corrections": []', b'"corrections": [[1]]')
    with pytest.raises(GuidingPainterError) as caught:
        Saved.from_bytes(data)
    assert caught.value.code == BAD_REQUEST
