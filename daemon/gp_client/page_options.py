"""What a page is opened with, and the bounds that client, daemon and `gp` hold it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Box
from gp_client.wire import MAX_PIXELS, MAX_SIDE

MAX_GAP = 1000  # canvas pixels
MAX_INK = 255  # luminance


@dataclass(frozen=True)
class PageOptions:
    """How a page is opened.

    Attributes:
        gap: gaps in lines up to this many canvas pixels are closed, 0..1000; None: by canvas size.
        ink: pixels darker than this, 0..255, are ink; None: measured.
        area: (x, y, width, height) in canvas pixels, where to work; None: everywhere.

    Raises:
        GuidingPainterError: BAD_REQUEST for a value of another type or beyond these bounds.
    """

    gap: float | None = None
    ink: int | None = None
    area: Box | None = None

    def __post_init__(self) -> None:
        # Set again in the one type that each has, whatever came over the wire.
        object.__setattr__(self, "gap", gap_of(self.gap))
        object.__setattr__(self, "ink", ink_of(self.ink))
        object.__setattr__(self, "area", _box_of(self.area))

    @classmethod
    def read(cls, args: Mapping[str, Any], width: int, height: int) -> PageOptions:
        """Read the arguments of a request to open a canvas of this size.

        Raises:
            GuidingPainterError: BAD_REQUEST, also for an area that leaves the canvas.
        """
        options = cls(args.get("gap"), args.get("ink"), args.get("area"))
        options.area_on(width, height)
        return options

    def args(self) -> dict[str, Any]:
        """Return the arguments of a request."""
        found: dict[str, Any] = {"gap": self.gap, "ink": self.ink}
        return found if self.area is None else {**found, "area": list(self.area)}

    def area_on(self, width: int, height: int) -> Box:
        """Return the area on a canvas of this size, all of the canvas where none was named.

        Raises:
            GuidingPainterError: BAD_REQUEST where it leaves the canvas.
        """
        x, y, wide, high = self.area or (0, 0, width, height)
        if x + wide > width or y + high > height:
            raise GPError(
                BAD_REQUEST,
                f"The area leaves the canvas of {width} x {height} pixels.",
                "Select a part of the picture.",
            )
        return x, y, wide, high


def gap_of(value: Any) -> float | None:
    """Return a gap in canvas pixels, 0..1000, or None.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    if value is None:
        return None
    # The comparison is False for NaN too.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_GAP:
        raise GPError(BAD_REQUEST, f"gap is a number of pixels from 0 to {MAX_GAP}.")
    return float(value)


def ink_of(value: Any) -> int | None:
    """Return the luminance 0..255 under which a pixel is ink, or None.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    if value is not None and (type(value) is not int or not 0 <= value <= MAX_INK):
        raise GPError(BAD_REQUEST, f"ink is a whole number from 0 to {MAX_INK}.")
    return value


def check_size(width: int, height: int) -> None:
    """Refuse a canvas that is too large, or has no pixels.

    Raises:
        GuidingPainterError: TOO_LARGE, BAD_REQUEST.
    """
    if any(type(side) is not int or side < 1 for side in (width, height)):
        raise GPError(BAD_REQUEST, "Width and height of a canvas are whole numbers from 1.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise GPError(
            TOO_LARGE,
            f"A canvas of {width} x {height} pixels is too large.",
            f"Sides go up to {MAX_SIDE} pixels, the whole up to {MAX_PIXELS // 10**6} MP.",
        )


def _box_of(value: Any) -> Box | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)) and [type(part) for part in value] == [int] * 4:
        x, y, width, height = value
        if x >= 0 and y >= 0 and width > 0 and height > 0:
            return x, y, width, height
    raise GPError(BAD_REQUEST, "area is [x, y, width, height] in whole pixels of the canvas.")


AUTOMATIC = PageOptions()
"""All of the canvas, with gap and ink found by the daemon."""
