"""Line art that is as small as can be: two closed boxes, as bytes, for tests without numpy."""

from __future__ import annotations

SIDE = 60  # pixels
LEFT, RIGHT = (10, 10), (50, 50)  # a pixel in each box


def two_boxes() -> bytes:
    """A closed box on the left and one on the right, GRAY8 of SIDE x SIDE."""
    return b"".join(
        bytes(0 if y in (0, SIDE - 1) or x in (0, 29, 30, SIDE - 1) else 255 for x in range(SIDE))
        for y in range(SIDE)
    )
