"""When a new foreground colour of the editor is one that the artist means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.types import Color

STILL = 3  # looks without a change: the artist has let go of the colour


class NewColor:
    """Watches the foreground colour, look after look.

    A colour is often made by several clicks in one selector. So it counts only when it has come to
    rest and the mouse has left the place where it was made.
    """

    def __init__(self) -> None:
        self._known: Color | None = None  # what was there before
        self._new: Color | None = None
        self._made: Any = None  # where the mouse was when it was new
        self._looks = 0

    def forget(self, color: Color | None = None) -> None:
        """Take this colour, None: the one of the next look, for no choice of the artist's."""
        self._known, self._new = color, None

    def look(
        self,
        color: Color | None,
        place: Any,
        left: Callable[[Any], bool],
        held: bool = False,
    ) -> bool:
        """Return whether a colour is new and meant.

        Args:
            color: the foreground colour; None where it cannot be told just now.
            place: where the mouse is.
            left: whether it has left the place where the colour was made.
            held: whether a button of the mouse is held: it is still being made.
        """
        if color is None or self._known is None or color == self._known:
            self.forget(color or self._known)
            return False
        if color != self._new or held:
            self._new, self._made, self._looks = color, place, 0
        self._looks += 1
        if self._looks < STILL or not left(self._made):
            return False
        self.forget(color)
        return True
