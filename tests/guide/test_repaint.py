"""Many colours painted as one picture."""

from __future__ import annotations

import numpy as np
from gp_client import Mask
from gp_guide.repaint import merged
from hypothesis import given
from hypothesis import strategies as some

COLORS = (None, (200, 10, 20), (10, 20, 200), (0, 0, 0))


@given(some.integers(0, 2**32 - 1), some.integers(1, 9), some.integers(1, 9))
def test_shapes_become_one_picture_of_all_of_them(seed: int, width: int, height: int) -> None:
    random = np.random.default_rng(seed)
    owner = random.integers(-1, len(COLORS), (height, width))
    shapes, picture = {}, np.zeros((height + 5, width + 7, 4), np.uint8)
    for place, color in enumerate(COLORS):
        rows, columns = np.nonzero(owner == place)
        if len(rows):
            top, left = rows.min(), columns.min()
            inside = (owner == place)[top : rows.max() + 1, left : columns.max() + 1]
            box = (int(left) + 7, int(top) + 5, inside.shape[1], inside.shape[0])
            shapes[color] = Mask(box, (inside * np.uint8(255)).tobytes())
            picture[5:, 7:][owner == place] = (0, 0, 0, 0) if color is None else (*color, 255)
    if not shapes:
        return
    mask, pixels = merged(shapes)
    left, top, across, down = mask.bbox
    whole = np.zeros((height + 5, width + 7), np.uint8)
    whole[top : top + down, left : left + across] = np.frombuffer(mask.data, np.uint8).reshape(
        down, across
    )
    assert np.array_equal(whole[5:, 7:] == 255, owner >= 0)
    found = np.zeros_like(picture)
    found[top : top + down, left : left + across] = np.frombuffer(pixels, np.uint8).reshape(
        down, across, 4
    )
    assert np.array_equal(found, picture)
