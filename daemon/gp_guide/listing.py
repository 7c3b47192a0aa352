"""The list of regions: which are shown, in which order. Pure."""

from __future__ import annotations

from gp_client.types import Box, Color, GuidedRegion

from gp_guide.page_view import TINY, PageView

FILTERS = ("all", "left", "skipped", "doubtful", "tiny")


def listed(view: PageView, filter: str, focus: Box | None = None) -> list[GuidedRegion]:
    """Return the regions of a page for a list.

    Args:
        view: the page.
        filter: "all"; "left" for those without a colour; "skipped"; "doubtful" for those whose
            colour is only proposed; "tiny" for those below TINY of the canvas.
        focus: the part of the canvas to work in; regions elsewhere are left out.

    Returns:
        Those to ask about now first, then what has no colour and what is proposed, the largest
        first, then colours that are the same together, that which covers most first.
    """
    least = TINY * view.places.width * view.places.height
    kept = [region for region in _inside(view, focus) if _passes(region, filter, least)]
    whole: dict[Color | None, int] = {}
    for region in view.regions.values():
        if region.state == "colored":
            whole[region.color] = whole.get(region.color, 0) + region.pixels

    def rank(region: GuidedRegion) -> tuple[object, ...]:
        if region.state in ("open", "proposed"):
            first = region.number != view.next
            return (0, first, region.skipped, region.state == "proposed", -region.pixels)
        if region.state == "colored":
            return (1, -whole[region.color], region.color, -region.pixels)
        return (2, -region.pixels)

    return sorted(kept, key=rank)


def same_color(view: PageView, color: Color) -> list[int]:
    """Return the regions that the artist gave a colour."""
    return [
        region.number
        for region in view.regions.values()
        if region.state == "colored" and region.color == color
    ]


def progress(view: PageView, focus: Box | None = None) -> tuple[float, int, int]:
    """Return how far a page is, or a part of it.

    Args:
        view: the page.
        focus: the part of the canvas to work in; None: all of it.

    Returns:
        The share of it that is decided (0..1), how many of its regions have no colour yet, and how
        many have only a proposed one. Nothing is left where both are 0.
    """
    decided, left, doubtful, whole = 0, 0, 0, 0
    for region in _inside(view, focus):
        whole += region.pixels
        if region.state == "open":
            left += 1
        elif region.state == "proposed":
            doubtful += 1
        else:
            decided += region.pixels
    return decided / max(1, whole), left, doubtful


def _inside(view: PageView, focus: Box | None) -> list[GuidedRegion]:
    """The regions in a part of the canvas; none of them lies across its edge."""
    if focus is None:
        return list(view.regions.values())
    inside = view.places.inside(focus)

    def within(pieces: list[int]) -> bool:
        return 2 * sum(piece in inside for piece in pieces) >= len(pieces)

    return [region for number, region in view.regions.items() if within(view.pieces[number])]


def _passes(region: GuidedRegion, filter: str, least: float) -> bool:
    if filter == "left":
        return region.state == "open"
    if filter == "skipped":
        return region.skipped and region.state in ("open", "proposed")
    if filter == "doubtful":
        return region.state == "proposed"
    return filter != "tiny" or region.pixels < least
