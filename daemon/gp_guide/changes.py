"""What differs between two sets of hints. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gp_client.types import Color


def changes(before: Mapping[int, Color], after: Mapping[int, Color]) -> dict[int, Color | None]:
    """Return the regions whose hint is another one now, with it; None where it was taken away."""
    return {
        number: after.get(number)
        for number in dict.fromkeys((*before, *after))
        if before.get(number) != after.get(number)
    }
