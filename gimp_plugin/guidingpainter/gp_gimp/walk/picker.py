"""A new foreground colour in GIMP, taken at once for the region that is shown."""

from __future__ import annotations

from gp_client.types import Color

from ..editor.document import foreground, to_rgb
from ..editor.host import Gegl

STILL = 3  # looks without a change: the artist has let go of the colour
AWAY = 100  # pixels that the mouse has gone from where the colour was made
Pointer = tuple[int, int, bool]  # x, y on the screen, and whether a button is held


class Picker:
    """Watches the foreground colour.

    A colour is often made by several clicks in one selector. So it counts only when the mouse has
    left the place where it was made.

    Attributes:
        on: whether a new colour is taken.
    """

    def __init__(self) -> None:
        self.on = False
        self._known: Color | None = None  # what was there before
        self._new: Color | None = None
        self._where = (0, 0)
        self._looks = 0

    def forget(self) -> None:
        """Take what is there now, or at the next look, for no choice of the artist's."""
        self._known = None

    def look(self, usable: bool, pointer: Pointer) -> Gegl.Color | None:
        """Return a foreground colour that is new and has come to rest.

        Args:
            usable: whether a region waits for a colour.
            pointer: where the mouse is.
        """
        exact = foreground()
        color = to_rgb(exact)
        if not (self.on and usable) or self._known is None or color == self._known:
            self._known, self._new = color, None
            return None
        x, y, held = pointer
        if color != self._new or held:
            self._new, self._looks, self._where = color, 0, (x, y)
        self._looks += 1
        if self._looks < STILL or max(abs(x - self._where[0]), abs(y - self._where[1])) < AWAY:
            return None
        self._known, self._new = color, None
        return exact
