"""Pixels that stand for a region."""

from __future__ import annotations

import pytest
from gp_client import Mask
from gp_guide.probes import PROBES, probes
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    cells = draw(
        st.lists(st.sampled_from((0, 255)), min_size=width * height, max_size=width * height)
    )
    cells[draw(st.integers(0, width * height - 1))] = 255
    corner = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    return Mask((*corner, width, height), bytes(cells))


@given(masks())
def test_probes_lie_inside_the_region(mask: Mask) -> None:
    x, y, width, _ = mask.bbox
    found = probes(mask)
    assert 1 <= len(found) <= PROBES
    for across, down in found:
        assert mask.data[(down - y) * width + across - x] == 255


@pytest.mark.parametrize("box", [(3, 4, 0, 0), (3, 4, 2, 3)])
def test_a_shape_without_pixels_has_no_probes(box: tuple[int, int, int, int]) -> None:
    assert probes(Mask(box, bytes(box[2] * box[3]))) == ()


def test_probes_are_in_the_middle_of_the_longest_run() -> None:
    assert probes(Mask((10, 20, 8, 1), b"\xff\0\xff\xff\xff\xff\xff\0")) == ((14, 20),)
