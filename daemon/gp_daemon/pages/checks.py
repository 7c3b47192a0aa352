"""What a page accepts, and what it says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from gp_canvas.lines.pieces import Pieces
from gp_client.errors import BAD_REQUEST, BLANK_PAGE, GuidingPainterError
from gp_client.types import Box, Color
from numpy.typing import NDArray


def check_color(color: Any) -> Color:
    """Three whole numbers from 0 to 255, else BAD_REQUEST."""
    try:
        values = tuple(color)
    except TypeError:
        values = ()
    if len(values) != 3 or not all(is_whole(value) and 0 <= value <= 255 for value in values):
        raise GuidingPainterError(
            BAD_REQUEST, "A colour must be three whole numbers from 0 to 255."
        )
    return values[0], values[1], values[2]


def check_mask(mask: Any, width: int, height: int, area: Box) -> NDArray[np.bool_]:
    """What a mask of canvas size selects within the working area, bool [area height, area width].

    Raises:
        GuidingPainterError: BAD_REQUEST where it has another size or type, or selects nothing.
    """
    shape = (height, width)
    if not isinstance(mask, np.ndarray) or mask.shape != shape or mask.dtype != np.uint8:
        raise GuidingPainterError(
            BAD_REQUEST, f"The mask must have one byte for each of {width} x {height} pixels."
        )
    left, top, across, down = area
    chosen = mask[top : top + down, left : left + across] >= 128
    if not chosen.any():
        raise GuidingPainterError(
            BAD_REQUEST,
            "The selection is empty.",
            "Select at least one pixel of the part that is being coloured.",
        )
    return chosen


def check_not_blank(pieces: Pieces) -> None:
    """Refuses a page without ink, or without paper (BLANK_PAGE)."""
    if not pieces.ink.any():
        raise GuidingPainterError(
            BLANK_PAGE,
            "There is no line art on this page.",
            "Choose the layer that holds the lines, or raise the ink threshold.",
        )
    if pieces.ink.all():
        raise GuidingPainterError(
            BLANK_PAGE,
            "This page is all ink, there is no paper to colour.",
            "Choose the layer that holds the lines, or lower the ink threshold.",
        )


def is_whole(value: Any) -> bool:
    """Whether a value is an int; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)
