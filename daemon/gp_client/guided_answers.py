"""What the daemon's answers about a page of protocol 2 mean."""

from __future__ import annotations

from typing import Any

from gp_client.answers import box_of, color_of, senseless
from gp_client.piece_map import numbers
from gp_client.types import Color, GivenLayer, GuidedRegion
from gp_client.wire import Frame, Reply

_STATES = ("open", "proposed", "colored", "blank")
_COLUMNS = 11  # of a region's row


def frames_of(reply: Reply, least: int) -> tuple[Frame, ...]:
    """Return a reply's first frames, so many.

    Raises:
        GuidingPainterError: INTERNAL where it has fewer.
    """
    if len(reply.frames) < least:
        raise senseless()
    return reply.frames[:least]


def guided_regions_of(rows: Frame) -> list[GuidedRegion]:
    """Return the regions in a frame, a row each.

    Raises:
        GuidingPainterError: INTERNAL where they are none.
    """
    flat = numbers(rows)
    if len(flat) % _COLUMNS:
        raise senseless()
    found = []
    for start in range(0, len(flat), _COLUMNS):
        number, state, x, y, width, height, pixels, color, suggestion, skipped, pieces = flat[
            start : start + _COLUMNS
        ]
        if not 0 <= state < len(_STATES):
            raise senseless()
        found.append(
            GuidedRegion(
                number,
                _STATES[state],
                (x, y, width, height),
                pixels,
                None if color < 0 else _split_color(color),
                _split_color(suggestion),
                bool(skipped),
                pieces,
            )
        )
    return found


def given_layer_of(entry: Any) -> GivenLayer:
    """Return one entry of the answer about layers.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return GivenLayer(
        str(entry["name"]),
        color_of(entry["color"]),
        str(entry["by"]),
        box_of(entry["bbox"]),
        int(entry["pixels"]),
    )


def _split_color(code: int) -> Color:
    return code >> 16 & 255, code >> 8 & 255, code & 255
