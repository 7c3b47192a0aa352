"""A colour on its way from the editor's swatches to the page. Pure."""

from __future__ import annotations

from gp_client.types import Color

from gp_guide.clicks import meaning
from gp_guide.drags import Drag
from gp_guide.locks import begun
from gp_guide.page_view import PageView
from gp_guide.places import Point


class Carried:
    """A colour that the artist drags from a swatch onto the page.

    Where she lets go it colours the region there. From where she holds Shift it is a drag with
    Shift, as one that begins on the page: it fills what it passes.

    Args:
        color: which.

    Attributes:
        point: where it is on the page, None beside it.
        drag: what it fills; None: the region at ``point``.
    """

    def __init__(self, color: Color) -> None:
        self.color = color
        self.point: Point | None = None
        self.drag: Drag | None = None

    def to(self, view: PageView, point: Point | None, shift: bool, control: bool) -> None:
        """Go on to a pixel of the canvas, with these keys held; None: beside the page."""
        if self.drag is not None:
            if point is not None:
                self.drag.to(*point)
                self.point = point
            return
        self.point = point
        if point is not None:
            self.drag = begun(view, *point, meaning(shift, control, False))

    def lit(self, view: PageView) -> list[int]:
        """Return the pieces that would have the colour, were it let go of now."""
        if self.drag is not None:
            return self.drag.pieces
        region = None if self.point is None else view.region_at(*self.point)
        return [] if region is None else view.pieces.get(region.number, [])
