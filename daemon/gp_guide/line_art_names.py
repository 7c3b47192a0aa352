"""Which layer is line art, by its name. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_WORDS = ("line", "ink", "lineart", "sketch", "outline", "draw", "trait", "linie", "線")


def named_line_art(layers: Iterable[tuple[str, str]]) -> str | None:
    """Return the mark of the layer whose name says most plainly that it is line art.

    Args:
        layers: mark and name of each, the topmost first.

    Returns:
        None where no name says so.
    """
    known = [(mark, name.lower()) for mark, name in layers]
    return next((mark for word in _WORDS for mark, name in known if word in name), None)
