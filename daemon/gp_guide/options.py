"""What the acts of a page say of its options. Pure."""

from __future__ import annotations

from typing import Any

import msgpack


def last_find(acts: bytes) -> tuple[float | None, int | None] | None:
    """Return gap and ink of the last act that found the pieces anew; None where none did.

    Args:
        acts: from ``GuidedPage.acts``.
    """
    if not acts:
        return None
    fields: Any = msgpack.unpackb(acts)
    for act in reversed(fields["acts"]):
        if act.get("op") == "find":
            return act.get("gap"), act.get("ink")
    return None
