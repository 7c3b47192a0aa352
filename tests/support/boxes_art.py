"""Line art that is as small as can be: closed boxes, as bytes, for tests without numpy."""

from __future__ import annotations

SIDE = 60  # pixels
LEFT, RIGHT = (10, 10), (50, 50)  # a pixel in each of two boxes

WIDTH, HEIGHT = 128, 96  # pixels of six boxes


def two_boxes() -> bytes:
    """A closed box on the left and one on the right, GRAY8 of SIDE x SIDE."""
    return b"".join(
        bytes(0 if y in (0, SIDE - 1) or x in (0, 29, 30, SIDE - 1) else 255 for x in range(SIDE))
        for y in range(SIDE)
    )


def six_boxes() -> bytes:
    """Two rows of three closed boxes, GRAY8 of WIDTH x HEIGHT."""
    rows, columns = (0, 1, 47, 48, 94, 95), (0, 1, 42, 43, 84, 85, 126, 127)
    return b"".join(
        bytes(0 if y in rows or x in columns else 255 for x in range(WIDTH)) for y in range(HEIGHT)
    )
