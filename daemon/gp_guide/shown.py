"""Which region of a page is shown, by which way one came there, and colours for it. Pure."""

from __future__ import annotations

from gp_client.types import Color, GuidedRegion

from gp_guide.page_view import PageView

TRAIL = 200  # regions that "Back" knows
NEXT, STAY = "next", "stay"  # after an act: the region to ask about, or the one that was shown


class Shown:
    """Where the artist is on a page.

    Regions that were shown before are remembered by a pixel of each, which outlives their numbers.

    Attributes:
        view: the page, None before it was opened.
        number: of the region that is shown, None where nothing is left or chosen.
        suggestions: colours for it, the likeliest first; () until the daemon was asked.
    """

    def __init__(self) -> None:
        self.view: PageView | None = None
        self.number: int | None = None
        self.suggestions: tuple[Color, ...] = ()
        self._trail: list[tuple[int, int]] = []

    @property
    def region(self) -> GuidedRegion | None:
        """The region that is shown."""
        return None if self.view is None else self.view.regions.get(self.number or 0)

    @property
    def suggested(self) -> Color | None:
        """The colour suggested for the region that is shown: that which is proposed comes first."""
        region = self.region
        if region is None:
            return None
        if region.state == "proposed":
            return region.color
        return self.suggestions[0] if self.suggestions else region.suggestion

    def take(self, view: PageView | None, number: int | None) -> None:
        """Show a region of a page; "Back" does not know of the one before."""
        self.view, self.number, self.suggestions = view, number, ()

    def go(self, view: PageView, number: int | None) -> None:
        """Show a region of a page; "Back" leads to the one before where that is another."""
        points = () if self.view is None else self.view.probes(self.number or 0)[:1]
        if number != self.number and points:
            self._trail = [*self._trail, points[0]][-TRAIL:]
        self.take(view, number)

    def back(self) -> bool:
        """Show the region that was shown before.

        Returns:
            Whether there was one; else nothing has changed.
        """
        while self.view is not None and self._trail:
            found = self.view.region_at(*self._trail.pop())
            if found is not None and found.number != self.number:
                self.take(self.view, found.number)
                return True
        return False

    def after(self, view: PageView, then: str) -> int | None:
        """Return the region to show after an act.

        Args:
            view: the page after it.
            then: NEXT or STAY: where the region was that is shown now.
        """
        if then == NEXT or self.view is None:
            return view.next
        here = view.region_with(self.view.probes(self.number or 0))
        return None if here is None else here.number
