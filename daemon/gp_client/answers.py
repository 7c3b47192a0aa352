"""What the daemon's answers mean: regions, masks, colours; and the mistakes in them."""

from __future__ import annotations

from typing import Any

from gp_client.errors import BAD_REQUEST, INTERNAL
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Box, Color, Layer, Mask, Region
from gp_client.wire import Buffer, Frame, Reply


def canvas_mask(mask: Mask | Buffer, width: int, height: int) -> bytes:
    """Return a mask of canvas size, one byte a pixel.

    Args:
        mask: a Mask within the canvas, or width times height bytes.
        width: canvas pixels.
        height: canvas pixels.

    Raises:
        GuidingPainterError: BAD_REQUEST for a mask of another size.
    """
    if not isinstance(mask, Mask):
        data = bytes(mask)
        if len(data) != width * height:
            raise GPError(BAD_REQUEST, f"The mask is not {width} x {height} bytes.")
        return data
    x, y, wide, high = mask.bbox
    fits = x >= 0 and y >= 0 and wide > 0 and high > 0 and x + wide <= width and y + high <= height
    if not fits or len(mask.data) != wide * high:
        raise GPError(BAD_REQUEST, "The mask's box lies outside the canvas or does not fit.")
    canvas = bytearray(width * height)
    for row in range(high):
        start = (y + row) * width + x
        canvas[start : start + wide] = mask.data[row * wide : (row + 1) * wide]
    return bytes(canvas)


def result_of(reply: Reply) -> dict[str, Any]:
    """Return a reply's result.

    Raises:
        GuidingPainterError: INTERNAL where it has none.
    """
    if reply.result is None:
        raise senseless()
    return reply.result


def frame_of(reply: Reply) -> Frame:
    """Return a reply's frame.

    Raises:
        GuidingPainterError: INTERNAL where it has none.
    """
    if not reply.frames:
        raise senseless()
    return reply.frames[0]


def regions_of(result: dict[str, Any]) -> list[Region]:
    """Return a result's regions.

    Raises:
        GuidingPainterError: INTERNAL where they are none.
    """
    try:
        return [
            Region(
                int(entry["number"]),
                box_of(entry["bbox"]),
                int(entry["pixels"]),
                color_of(entry["suggestion"]),
            )
            for entry in result["regions"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise senseless() from error


def layer_of(entry: Any) -> Layer:
    """Return one entry of the answer about layers.

    Raises:
        GuidingPainterError: INTERNAL where it is none.
    """
    try:
        return Layer(
            str(entry["name"]),
            color_of(entry["color"]),
            tuple(int(number) for number in entry["regions"]),
            box_of(entry["bbox"]),
            int(entry["pixels"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise senseless() from error


def box_of(value: Any) -> Box:
    """Return (x, y, width, height); ValueError or TypeError where the value is none."""
    x, y, width, height = (int(part) for part in value)
    return (x, y, width, height)


def color_of(value: Any) -> Color:
    """Return (red, green, blue); ValueError or TypeError where the value is none."""
    red, green, blue = (int(part) for part in value)
    return (red, green, blue)


def senseless() -> GPError:
    """Return the error for an answer that makes no sense."""
    return GPError(INTERNAL, "The daemon sent an answer that makes no sense.", "Update both sides.")
