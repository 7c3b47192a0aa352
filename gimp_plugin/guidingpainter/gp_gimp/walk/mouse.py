"""What the mouse does on the dialog's picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gp_client.types import Color, GuidedRegion
from gp_guide import acts, locks
from gp_guide.acts import Act
from gp_guide.clicks import GO, JOIN, TAKE
from gp_guide.drags import Drag

from ..editor.document import foreground, to_rgb
from ..editor.host import Gegl, Gimp
from .coloring import Coloring
from .parts import Parts
from .picker import Picker


class Walk(Protocol):
    """What the mouse needs of the controller; see there."""

    coloring: Coloring
    parts: Parts
    picker: Picker

    @property
    def region(self) -> GuidedRegion | None: ...

    def changed(self) -> None: ...

    def quick(self, do: Callable[[], None]) -> None: ...

    def act(self, plan: Callable[[], Act | None], exact: Gegl.Color | None = None) -> None: ...


class Mouse:
    """Clicks and drags.

    Args:
        walk: does what they mean.

    Attributes:
        joining: whether the next click names a region to be joined with the one shown.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.joining = False

    def join(self) -> None:
        """Have the next click name the region to be joined with the one shown, or do not."""
        self.joining = not self.joining and self._walk.region is not None
        self._walk.changed()

    def hover(self, point: tuple[int, int] | None) -> None:
        """Light the region at a pixel of the canvas, None: no region. It asks nobody."""
        view = self._walk.coloring.view
        if view is not None and self._walk.parts.hover(view, point):
            self._walk.changed()

    def click(self, point: tuple[int, int], meaning: str) -> None:
        """Do what a click at a pixel of the canvas means, see ``gp_guide.clicks``."""
        view = self._walk.coloring.view
        if view is None or view.region_at(*point) is None:
            return
        joining, self.joining = self.joining, False
        if joining or meaning == JOIN:
            self._walk.act(lambda: acts.join(self._walk.coloring.shown, point))
        elif meaning == GO:
            self._walk.quick(lambda: self._go_at(point))
        elif meaning == TAKE:
            color = view.color_at(*point)
            if color is not None:
                self.take(color)
        else:
            drag = locks.begun(view, *point, meaning)
            if drag is not None:
                self.fill(drag)

    def drag(self, point: tuple[int, int], meaning: str) -> Drag | None:
        """Begin a drag that fills; None where there is no page, or a press means none."""
        view = self._walk.coloring.view
        made = None if view is None else locks.begun(view, *point, meaning)
        if made is not None:
            self._light(made)
        return made

    def drag_to(self, drag: Drag, point: tuple[int, int]) -> None:
        """Go on with a drag."""
        if drag.to(*point):
            self._light(drag)

    def fill(self, drag: Drag) -> None:
        """Fill what a drag has passed with GIMP's foreground colour: one undo step."""
        exact = foreground()

        def plan() -> Act | None:
            coloring = self._walk.coloring
            target = locks.passed(drag, coloring.view, coloring.saved.locked)
            return None if target is None else acts.fill(target, to_rgb(exact))

        if drag.pieces:
            self._walk.act(plan, exact)

    def take(self, color: Color) -> None:
        """Make a colour GIMP's foreground colour, and no more."""
        Gimp.context_set_foreground(self._walk.coloring.exact(color))
        self._walk.picker.forget()
        self._walk.changed()

    def _light(self, drag: Drag) -> None:
        self._walk.parts.show_light(drag.places, drag.pieces)
        self._walk.changed()

    def _go_at(self, point: tuple[int, int]) -> None:
        view = self._walk.coloring.view
        found = None if view is None else view.region_at(*point)
        if found is not None:
            self._walk.coloring.go(found.number)
