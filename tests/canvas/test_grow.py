"""Labels that grow: the quick first steps are those of the growth that goes pixel by pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines import grow as module
from gp_canvas.lines.grow import grow, thicken
from hypothesis import given, settings
from hypothesis import strategies as st


def seeds(seed: int, most: int) -> np.ndarray:
    """A few labelled pixels in a walled canvas, int32 [H, W]."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(3, 90, 2))
    labels = (random.random((height, width)) < 0.03) * random.integers(1, most, (height, width))
    labels = labels.astype(np.int32)
    labels[[0, -1]] = -1
    labels[:, [0, -1]] = -1
    return labels


@given(st.integers(0, 10**6), st.sampled_from([2, 4, 6]))
@settings(max_examples=40, deadline=None)
def test_strips_thicken_as_the_whole_does(seed, steps):
    labels = seeds(seed, 60000)
    expected = np.maximum(labels, 0).astype(np.float32)
    for step in range(steps):
        kernel = cv2.MORPH_RECT if step % 2 else cv2.MORPH_CROSS
        grown = cv2.dilate(expected, cv2.getStructuringElement(kernel, (3, 3)))
        expected = np.where((expected == 0) & (labels == 0), grown, expected)
    before = module._ROWS
    module._ROWS = 200  # many strips
    try:
        thicken(labels, steps)
    finally:
        module._ROWS = before
    assert (np.maximum(labels, 0) == expected).all()


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_growth_that_began_thick_reaches_every_pixel_from_as_near(seed):
    labels = seeds(seed, 60000)
    if not (labels > 0).any():
        return
    slow, quick = labels.copy(), labels.copy()
    grow(slow, diagonal=True)
    thicken(quick, 4)
    grow(quick, diagonal=True)
    assert ((quick > 0) == (slow > 0)).all()
    # Of many labels two may arrive at once; of one every step can be seen.
    alone = labels.copy()
    alone[alone > 0] = 7
    one, other = alone.copy(), alone.copy()
    grow(one, diagonal=True)
    thicken(other, 4)
    grow(other, diagonal=True)
    assert (one == other).all()


@pytest.mark.parametrize("label", [65535, 65536, 10**6])
def test_labels_of_any_size_are_kept(label):
    labels = np.full((20, 30), -1, np.int32)
    labels[1:-1, 1:-1] = 0
    labels[5, 5] = label
    thicken(labels, 4)
    grow(labels, diagonal=True)
    assert (labels[1:-1, 1:-1] == label).all()
