"""What the dialog's picture shows of a page, made anew only where it has changed."""

from __future__ import annotations

from collections.abc import Sequence

from gp_client.types import GuidedRegion
from gp_guide.page_view import PageView
from gp_guide.places import Places

from ..editor.host import GdkPixbuf
from .pixels import light_of, pixbuf, shade_of


class Parts:
    """The parts of the picture that lie over each other.

    Attributes:
        colors: the page's colours.
        shade: darkens all but the region that is shown.
        light: lights the region under the mouse, or what a drag has passed.
        tried: the regions that other options would give, while they are being chosen; else None.
    """

    def __init__(self) -> None:
        self.colors: GdkPixbuf.Pixbuf | None = None
        self.shade: GdkPixbuf.Pixbuf | None = None
        self.light: GdkPixbuf.Pixbuf | None = None
        self.tried: GdkPixbuf.Pixbuf | None = None
        self._lit: int | None = None
        self._painted: tuple[bytes, bytes] | None = None
        self._places: Places | None = None

    def show(self, view: PageView | None, region: GuidedRegion | None) -> None:
        """Show a page and the region to ask about; None: nothing."""
        self.light = self._lit = self.tried = None
        if view is None:
            self.colors = self.shade = self._painted = None
            return
        same = self._places is view.places
        data = view.places.paint(view.picture, self._painted if same else None)
        self._painted, self._places = (data, view.picture), view.places
        self.colors = pixbuf(data, *view.places.picture)
        lit = None if region is None else view.places.lit(view.pieces[region.number])
        self.shade = None if lit is None else shade_of(*lit, view.places.picture)

    def hover(self, view: PageView, point: tuple[int, int] | None) -> bool:
        """Light the region at a pixel of the canvas, None: no region; whether that is new."""
        found = None if point is None else view.region_at(*point)
        number = None if found is None else found.number
        if number == self._lit:
            return False
        self._lit = number
        self.show_light(view.places, () if number is None else view.pieces[number])
        return True

    def show_light(self, places: Places, pieces: Sequence[int]) -> None:
        """Light pieces."""
        self.light = light_of(*places.lit(pieces), places.picture) if pieces else None
