"""Arguments of requests, checked before anything is done or allocated; arrays as frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.page_options import PageOptions, check_size
from gp_client.types import PROPOSALS, Box, Color, Proposals, View
from gp_client.wire import FORMATS, Frame
from numpy.typing import NDArray

_PROPOSALS: dict[str, Proposals] = {shown: shown for shown in PROPOSALS}


def opening(args: dict[str, Any], frames: tuple[Frame, ...]) -> tuple[Frame, PageOptions]:
    """What a page is opened with, in both protocols: line art, and options for its canvas."""
    if len(frames) != 1:
        raise GPError(BAD_REQUEST, "Opening a page takes one frame, the line art.")
    picture = frames[0]
    if picture.kind not in FORMATS or len(picture.shape) != 2:
        raise GPError(
            UNSUPPORTED_FORMAT,
            "The line art needs a pixel format and the shape [height, width].",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    height, width = picture.shape
    check_size(width, height)
    return picture, PageOptions.read(args, width, height)


def format(value: Any) -> str:
    """A pixel format."""
    if not isinstance(value, str) or value not in FORMATS:
        raise GPError(
            UNSUPPORTED_FORMAT,
            f"The pixel format {value[:32] if isinstance(value, str) else type(value).__name__!r} "
            "is not supported.",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    return value


def crop(name: str, value: Any, width: int, height: int) -> Box | None:
    """A box within a canvas or picture of this size, or None."""
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 4 and all(type(part) is int for part in value):
        x, y, wide, high = value
        if x >= 0 and y >= 0 and wide > 0 and high > 0 and x + wide <= width and y + high <= height:
            return x, y, wide, high
    raise GPError(BAD_REQUEST, f"{name} is [x, y, width, height] within {width} x {height} pixels.")


def view(
    args: dict[str, Any], kinds: Sequence[str], canvas: tuple[int, int], grid: tuple[int, int]
) -> View:
    """Which picture is asked for; canvas and grid are (width, height)."""
    kind, preview = text(args, "kind"), args.get("preview", False)
    if kind not in kinds:
        names = " or ".join(kinds)
        raise GPError(BAD_REQUEST, f"There is no picture {kind[:32]!r}.", f"Use {names}.")
    if not isinstance(preview, bool):
        raise GPError(BAD_REQUEST, "preview is true or false.")
    shown = args.get("proposals", "pale")
    proposals = _PROPOSALS.get(shown) if isinstance(shown, str) else None
    if proposals is None:
        raise GPError(BAD_REQUEST, "proposals is " + ", ".join(PROPOSALS) + ".")
    part = crop("crop", args.get("crop"), *(grid if preview else canvas))
    return View(kind, format(args.get("format", "RGBA8")), preview, part, proposals)


def layer_format(args: dict[str, Any]) -> str | None:
    """The pixel format of a layer's picture; None: its mask is wanted."""
    value = args.get("format")
    return None if value is None else format(value)


def text(args: dict[str, Any], name: str) -> str:
    """An argument that is text."""
    value = args.get(name)
    if not isinstance(value, str):
        raise GPError(BAD_REQUEST, f"{name} is missing or no text.")
    return value


def whole(args: dict[str, Any], name: str) -> int:
    """An argument that is a whole number."""
    value = args.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GPError(BAD_REQUEST, f"{name} is missing or no whole number.")
    return value


def color(args: dict[str, Any]) -> Color:
    """The argument `color`."""
    value = args.get("color")
    if (
        not isinstance(value, list)
        or len(value) != 3
        or not all(type(part) is int and 0 <= part <= 255 for part in value)
    ):
        raise GPError(BAD_REQUEST, "color is missing or not three whole numbers from 0 to 255.")
    return (value[0], value[1], value[2])


def frame(array: NDArray[Any], kind: str) -> Frame:
    """An array of two dimensions as a frame; its own buffer goes out, where it can."""
    # Its own buffer goes out, not a copy; only a view with gaps has to be made compact.
    array = np.ascontiguousarray(array)
    if not array.size:
        return Frame(b"", (array.shape[0], array.shape[1]), kind)
    return Frame(array.data.cast("B"), (array.shape[0], array.shape[1]), kind)


def line(array: NDArray[Any], kind: str) -> Frame:
    """An array of one dimension as a frame."""
    array = np.ascontiguousarray(array)
    return Frame(array.data.cast("B") if array.size else b"", array.shape, kind)


def rgb(color: Color) -> list[int]:
    """A colour as a header holds it."""
    return [int(part) for part in color]
