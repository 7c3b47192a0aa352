"""A new foreground colour in GIMP, taken at once for the region that is shown."""

from __future__ import annotations

from gp_guide.new_color import NewColor

from ..editor.document import foreground, to_rgb
from ..editor.host import Gegl

AWAY = 100  # pixels that the mouse has gone from where the colour was made
Pointer = tuple[int, int, bool]  # x, y on the screen, and whether a button is held


class Picker:
    """Watches the foreground colour, see ``gp_guide.new_color``.

    Attributes:
        on: whether a new colour is taken.
    """

    def __init__(self) -> None:
        self.on = False
        self._watch = NewColor()

    def forget(self) -> None:
        """Take what is there now, or at the next look, for no choice of the artist's."""
        self._watch.forget()

    def look(self, usable: bool, pointer: Pointer) -> Gegl.Color | None:
        """Return a foreground colour that is new and has come to rest.

        Args:
            usable: whether a region waits for a colour.
            pointer: where the mouse is.
        """
        exact = foreground()
        color = to_rgb(exact)
        if not (self.on and usable):
            self._watch.forget(color)
            return None
        x, y, held = pointer

        def left(place: tuple[int, int]) -> bool:
            return max(abs(x - place[0]), abs(y - place[1])) >= AWAY

        return exact if self._watch.look(color, (x, y), left, held) else None
