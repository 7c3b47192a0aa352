"""What the acts of a page say of its options. Pure."""

from __future__ import annotations

from typing import Any

import msgpack
from gp_client.types import Box


def last_find(acts: bytes) -> tuple[float | None, int | None] | None:
    """Return gap and ink of the last act that found the pieces anew; None where none did.

    Args:
        acts: from ``GuidedPage.acts``.
    """
    act = _last(acts, "find")
    return None if act is None else (act.get("gap"), act.get("ink"))


def last_focus(acts: bytes, at_first: Box | None) -> Box | None:
    """Return the part of the canvas to which the artist keeps the guide; None: all of it.

    Args:
        acts: from ``GuidedPage.acts``.
        at_first: what the page was opened with.
    """
    act = _last(acts, "focus")
    if act is None:
        return at_first
    box = act.get("box")
    return None if box is None else (box[0], box[1], box[2], box[3])


def _last(acts: bytes, op: str) -> dict[str, Any] | None:
    fields: Any = msgpack.unpackb(acts) if acts else {"acts": []}
    return next((act for act in reversed(fields["acts"]) if act.get("op") == op), None)
