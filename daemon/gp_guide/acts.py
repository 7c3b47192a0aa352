"""What the buttons and clicks of docker and dialog do to the page that is shown. Pure.

A region may be another one until it is the turn of an act that was asked for in quick succession.
So these functions are asked then, and give None where there is nothing to do any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gp_client.guided_page import GuidedPage
from gp_client.types import Box, Color, GuidedRegion, Mask

from gp_guide.page_view import PageView, view_of
from gp_guide.shown import NEXT, STAY, Shown

Do = Callable[[GuidedPage], object]
Point = tuple[int, int]  # x, y in canvas pixels
Place = int | Point | Mask


@dataclass(frozen=True)
class Note:
    """What a log says of an act, see ``gp_guide.study``.

    Attributes:
        name: what is done.
        place: a region's number, a pixel, or a shape; None where it is the whole page.
        color: with which colour.
        source: from where that colour came: "given", "suggested" or "proposed".
    """

    name: str
    place: Place | None = None
    color: Color | None = None
    source: str = ""


OTHER = Note("other")


@dataclass(frozen=True)
class Act:
    """Something to be done to a page.

    Attributes:
        do: does it; waits for the daemon.
        then: which region is shown afterwards, NEXT or STAY.
        color: which the artist chose for it, to be offered again.
        binds: whether locked colours are held against it, see ``gp_guide.locks``.
        note: for a log.
    """

    do: Do
    then: str = NEXT
    color: Color | None = None
    binds: bool = True
    note: Note = OTHER


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
    return None if region is None else _color(region, rgb, "given")


def color_at(shown: Shown, point: Point, rgb: Color) -> Act | None:
    """Give the region at a pixel a colour; go on only where that is the region that is shown."""
    region = None if shown.view is None else shown.view.region_at(*point)
    if region is None:
        return None
    act = _color(region, rgb, "given")
    return act if region.number == shown.number else replace(act, then=STAY)


def suggested(shown: Shown) -> Act | None:
    """Give the region the colour suggested for it."""
    region, rgb = shown.region, shown.suggested
    if region is None or rgb is None:
        return None
    return _color(region, rgb, "proposed" if region.state == "proposed" else "suggested")


def _color(region: GuidedRegion, rgb: Color, source: str) -> Act:
    note = Note("color", region.number, rgb, source)
    return Act(lambda page: page.color(region.number, rgb), color=rgb, note=note)


def everywhere(shown: Shown, rgb: Color) -> Act | None:
    """Give everything that has the region's colour another one; without a colour the region."""
    region = shown.region
    if region is None:
        return None
    target: Any = region.number
    if region.state == "colored" and region.color is not None:
        target = region.color
    note = Note("recolor", region.number, rgb, "given")
    return Act(lambda page: page.color(target, rgb), STAY, rgb, note=note)


def inside(mask: Mask, rgb: Color) -> Act:
    """Give every piece that lies in a selection a colour."""
    note = Note("color shape", mask, rgb, "given")
    return Act(lambda page: page.color(mask, rgb), STAY, rgb, note=note)


def fill(target: Point | Mask, rgb: Color) -> Act:
    """Fill the piece at a pixel, or those of a shape; it says nothing of other pieces."""
    note = Note("fill", target, rgb, "given")
    return Act(lambda page: page.fill(target, rgb), STAY, rgb, note=note)


def clear(shown: Shown) -> Act | None:
    """Take the region's colour away."""
    return _on_region(shown, "clear", lambda page, number: page.clear(number), STAY)


# Proposals and the walk


def skip(shown: Shown) -> Act | None:
    """Put the region off until all others are decided."""
    return _on_region(shown, "skip", lambda page, number: page.skip(number))


def keep(shown: Shown) -> Act | None:
    """Accept what is proposed for the region; one without a colour stays white for good."""
    act = _on_region(shown, "leave white", lambda page, number: page.keep(number))
    region = shown.region
    if act is None or region is None or region.state != "proposed":
        return act
    return replace(act, note=Note("accept", region.number, region.color, "proposed"))


def keep_all() -> Act:
    """Accept everything that is proposed."""
    return Act(lambda page: page.keep("all"), note=Note("accept all", source="proposed"))


def keep_at(point: Point) -> Act:
    """Accept what is proposed for the one piece at a pixel."""
    note = Note("accept piece", point, source="proposed")
    return Act(lambda page: page.keep(point), STAY, note=note)


def spread(shown: Shown, level: str) -> Act | None:
    """Say how sure the guide must be to propose a colour."""
    view = shown.view
    if view is None or view.spread == level:
        return None
    note = Note(f"proposals {level}")
    return Act(lambda page: setattr(page, "spread", level), STAY, note=note)


# Mending


def split(shown: Shown, mask: Mask | None) -> Act | None:
    """Divide the region along a selection, without one into its pieces."""
    return _on_region(shown, "split", lambda page, number: page.split(number, mask), STAY)


def take_out(point: Point) -> Act:
    """Take the one piece at a pixel out of its region."""
    return Act(lambda page: page.split(point), STAY, note=Note("take out", point))


def join(shown: Shown, point: Point) -> Act | None:
    """Join the region with that at a pixel."""
    region = shown.region
    other = None if shown.view is None else shown.view.region_at(*point)
    if region is None or other is None or other.number == region.number:
        return None
    note = Note("join", region.number)
    return Act(lambda page: page.merge([region.number, other.number]), STAY, note=note)


def find(gap: float | None, ink: int | None) -> Act:
    """Find the pieces anew; every colour keeps its place.

    Args:
        gap: gaps up to so many pixels are closed, None by canvas size.
        ink: pixels darker than this are ink, None measures.
    """
    return Act(lambda page: page.find(gap, ink), STAY, binds=False, note=Note("find"))


def focus(box: Box | None) -> Act:
    """Ask and propose only in a part of the canvas; None: everywhere."""
    return Act(lambda page: page.focus(box), note=Note("work in"))


def _on_region(
    shown: Shown, name: str, do: Callable[[GuidedPage, int], object], then: str = NEXT
) -> Act | None:
    region = shown.region
    if region is None:
        return None
    return Act(lambda page: do(page, region.number), then, note=Note(name, region.number))
