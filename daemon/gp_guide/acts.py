"""What the buttons and clicks of docker and dialog do to the page that is shown. Pure.

A region may be another one until it is the turn of an act that was asked for in quick succession.
So these functions are asked then, and give None where there is nothing to do any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gp_client.guided_page import GuidedPage
from gp_client.types import Box, Color, Mask

from gp_guide.page_view import PageView, view_of
from gp_guide.shown import NEXT, STAY, Shown

Do = Callable[[GuidedPage], object]
Point = tuple[int, int]  # x, y in canvas pixels


@dataclass(frozen=True)
class Act:
    """Something to be done to a page.

    Attributes:
        do: does it; waits for the daemon.
        then: which region is shown afterwards, NEXT or STAY.
        color: which the artist chose for it, to be offered again.
        binds: whether locked colours are held against it, see ``gp_guide.locks``.
    """

    do: Do
    then: str = NEXT
    color: Color | None = None
    binds: bool = True


def perform(page: GuidedPage, before: PageView, do: Do) -> PageView:
    """Do something to a page; return what it shows then. It waits for the daemon.

    Raises:
        GuidingPainterError: see ``GuidedPage``.
    """
    do(page)
    return view_of(page, before.places.picture, before)


# Colours


def color(shown: Shown, rgb: Color) -> Act | None:
    """Give the region a colour."""
    region = shown.region
    if region is None:
        return None
    return Act(lambda page: page.color(region.number, rgb), color=rgb)


def suggested(shown: Shown) -> Act | None:
    """Give the region the colour suggested for it."""
    rgb = shown.suggested
    return None if rgb is None else color(shown, rgb)


def everywhere(shown: Shown, rgb: Color) -> Act | None:
    """Give everything that has the region's colour another one; without a colour the region."""
    region = shown.region
    if region is None:
        return None
    target: Any = region.number
    if region.state == "colored" and region.color is not None:
        target = region.color
    return Act(lambda page: page.color(target, rgb), STAY, rgb)


def inside(mask: Mask, rgb: Color) -> Act:
    """Give every piece that lies in a selection a colour."""
    return Act(lambda page: page.color(mask, rgb), STAY, rgb)


def fill(target: Point | Mask, rgb: Color) -> Act:
    """Fill the piece at a pixel, or those of a shape; it says nothing of other pieces."""
    return Act(lambda page: page.fill(target, rgb), STAY, rgb)


def clear(shown: Shown) -> Act | None:
    """Take the region's colour away."""
    return _on_region(shown, lambda page, number: page.clear(number), STAY)


# Proposals and the walk


def skip(shown: Shown) -> Act | None:
    """Put the region off until all others are decided."""
    return _on_region(shown, lambda page, number: page.skip(number))


def keep(shown: Shown) -> Act | None:
    """Accept what is proposed for the region; one without a colour stays white for good."""
    return _on_region(shown, lambda page, number: page.keep(number))


def keep_all() -> Act:
    """Accept everything that is proposed."""
    return Act(lambda page: page.keep("all"))


def keep_at(point: Point) -> Act:
    """Accept what is proposed for the one piece at a pixel."""
    return Act(lambda page: page.keep(point), STAY)


def spread(shown: Shown, level: str) -> Act | None:
    """Say how sure the guide must be to propose a colour."""
    view = shown.view
    if view is None or view.spread == level:
        return None
    return Act(lambda page: setattr(page, "spread", level), STAY)


# Mending


def split(shown: Shown, mask: Mask | None) -> Act | None:
    """Divide the region along a selection, without one into its pieces."""
    return _on_region(shown, lambda page, number: page.split(number, mask), STAY)


def take_out(point: Point) -> Act:
    """Take the one piece at a pixel out of its region."""
    return Act(lambda page: page.split(point), STAY)


def join(shown: Shown, point: Point) -> Act | None:
    """Join the region with that at a pixel."""
    region = shown.region
    other = None if shown.view is None else shown.view.region_at(*point)
    if region is None or other is None or other.number == region.number:
        return None
    return Act(lambda page: page.merge([region.number, other.number]), STAY)


def find(gap: float | None, ink: int | None) -> Act:
    """Find the pieces anew; every colour keeps its place.

    Args:
        gap: gaps up to so many pixels are closed, None by canvas size.
        ink: pixels darker than this are ink, None measures.
    """
    return Act(lambda page: page.find(gap, ink), STAY, binds=False)


def focus(box: Box | None) -> Act:
    """Ask and propose only in a part of the canvas; None: everywhere."""
    return Act(lambda page: page.focus(box))


def _on_region(
    shown: Shown, do: Callable[[GuidedPage, int], object], then: str = NEXT
) -> Act | None:
    region = shown.region
    return None if region is None else Act(lambda page: do(page, region.number), then)
