"""What of a document's flats must be painted anew after an act. Pure."""

from __future__ import annotations

from gp_client.types import Color

from gp_guide.page_view import PageView, color_of
from gp_guide.places import Places

Fills = dict["Color | None", list[int]]  # pieces by the colour that they get, None: cleared


def repaint(before: PageView, after: PageView) -> Fills:
    """Return what the artist's colours have changed.

    Args:
        before: what the flats show.
        after: what they shall show.

    Returns:
        Pieces of ``after`` by the colour that they get. Pieces that are the same pixels in the same
        colour are left out, whatever their numbers.
    """
    return _changed(before.places, before.given, after.places, after.given)


def proposed_anew(before: PageView, after: PageView) -> Fills:
    """Return the same for what is proposed."""
    return _changed(before.places, before.proposed, after.places, after.proposed)


def painted(view: PageView) -> Fills:
    """Return all that the artist's colours cover, as for flats that are still empty."""
    return _all(view.places, view.given)


def proposed(view: PageView) -> Fills:
    """Return the same for what is proposed."""
    return _all(view.places, view.proposed)


def _changed(one: Places, old: bytes, two: Places, new: bytes) -> Fills:
    if one is two:
        changed = [
            piece
            for piece in range(two.count)
            if old[4 * piece : 4 * piece + 4] != new[4 * piece : 4 * piece + 4]
        ]
    else:
        changed = _over(one, old, two, new)
    fills: Fills = {}
    for piece in changed:
        fills.setdefault(color_of(new, piece), []).append(piece)
    return fills


def _all(places: Places, colors: bytes) -> Fills:
    fills: Fills = {}
    for piece in range(places.count):
        color = color_of(colors, piece)
        if color is not None:
            fills.setdefault(color, []).append(piece)
    return fills


def _over(one: Places, old: bytes, two: Places, new: bytes) -> list[int]:
    """The pieces of ``two`` with a pixel whose colour is another than in ``one``."""
    before = [old[at : at + 4] for at in range(0, len(old), 4)]
    after = [new[at : at + 4] for at in range(0, len(new), 4)]
    found: set[int] = set()
    for y in range(min(one.height, two.height)):
        ends, pieces = one.row(y)
        at = 0
        for end, piece in zip(*two.row(y), strict=True):
            while True:
                if before[pieces[at]] != after[piece]:
                    found.add(piece)
                if ends[at] >= end:
                    break
                at += 1
            if ends[at] == end and at + 1 < len(ends):
                at += 1
    return sorted(found)
