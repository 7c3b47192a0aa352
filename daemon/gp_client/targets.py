"""What an act on a page is aimed at, as the daemon is told it."""

from __future__ import annotations

from typing import Any

from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Color, Mask
from gp_client.wire import Frame

# A region's number, a point (x, y), a colour (everything of it), a shape, "all" proposals, or those
# that are "sure".
Target = int | tuple[int, int] | Color | Mask | str


def aim(target: Target) -> tuple[dict[str, Any], tuple[Frame, ...]]:
    """Return a target as arguments and frames.

    Raises:
        GuidingPainterError: BAD_REQUEST for what is none.
    """
    if isinstance(target, Mask):
        return {"target": {"stroke": True}, "box": list(target.bbox)}, (mask_frame(target),)
    return target_of(target), ()


def target_of(target: Target) -> dict[str, Any]:
    """Return a target that is no shape as arguments; see ``aim``."""
    if target == "all":
        return {"target": {"everything": True}}
    if target == "sure":
        return {"target": {"sure": True}}
    if isinstance(target, int):
        return {"target": {"region": target}}
    if isinstance(target, tuple) and len(target) == 2:
        return {"target": {"point": list(target)}}
    if isinstance(target, tuple) and len(target) == 3:
        return {"target": {"color": list(target)}}
    raise GPError(BAD_REQUEST, "A target is a region's number, a point, a colour or a shape.")


def mask_frame(mask: Mask) -> Frame:
    """Return a shape as a frame, a byte a pixel of its box."""
    return Frame(mask.data, (mask.bbox[3], mask.bbox[2]), "u1")
