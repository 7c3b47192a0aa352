"""Pieces stay what the trained weights know."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_canvas.lines import areas
from gp_canvas.lines.grid_pieces import find_pieces
from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
# SHA-256 of the pieces that the default bundle was trained with. A change needs new weights.
PINNED = {
    ("corbould_mice_11", 256): "5a2cd455fd03ce31",
    ("tuxpaint_18", 256): "5813d005e3c7a69c",
    ("tuxpaint_18", 512): "63535dd7c67ae98a",
}


def small_sketch(name: str, side: int) -> NDArray[np.float32]:
    """A sample at grid size by whole-number means, which every OpenCV gives alike."""
    gray = np.asarray(cv2.imread(str(SAMPLES / f"{name}.png"), cv2.IMREAD_GRAYSCALE))
    factor = -(-max(gray.shape) // side)
    height, width = (length // factor for length in gray.shape)
    cells = gray[: height * factor, : width * factor].reshape(height, factor, width, factor)
    sketch = np.full((side, side), 255, np.uint8)
    sketch[:height, :width] = cells.astype(np.uint32).sum((1, 3)) // factor**2
    return sketch.astype(np.float32) / np.float32(255)


@pytest.mark.parametrize(("name", "side"), PINNED)
def test_pieces_are_bit_identical_to_those_of_training(name, side):
    pieces = np.ascontiguousarray(find_pieces(small_sketch(name, side)), "<i4")
    assert hashlib.sha256(pieces.tobytes()).hexdigest()[:16] == PINNED[name, side]


def test_training_finds_pieces_where_it_looks_for_them():
    assert areas.find_pieces is find_pieces


def test_a_page_without_room_for_a_ball_is_one_piece():
    assert not find_pieces(np.zeros((32, 32), np.float32)).any()
