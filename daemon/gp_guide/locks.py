"""What keeps its colour whatever the artist's hand passes: locked colours, and more. Pure."""

from __future__ import annotations

from collections.abc import Collection

from gp_client.types import Color, Mask

from gp_guide.clicks import FILL, REST
from gp_guide.drags import Drag
from gp_guide.page_view import PageView, color_of
from gp_guide.places import Point


def pieces_of(view: PageView, colors: Collection[Color]) -> list[int]:
    """Return the pieces to which the artist gave one of these colours."""
    if not colors:
        return []
    found = ((piece, color_of(view.given, piece)) for piece in range(view.places.count))
    return [piece for piece, color in found if color in colors]


def beside(mask: Mask, view: PageView, locked: Collection[Color]) -> Mask | None:
    """Return what a mask has beside all that is locked; None where that is nothing.

    Args:
        mask: a byte a pixel, 0 or 255.
        view: the page.
        locked: colours.
    """
    pieces = pieces_of(view, locked)
    if not pieces:
        return mask
    kept = view.places.mask(pieces)
    (left, top, width, height), (x, y, across, down) = mask.bbox, kept.bbox
    first, last = max(left, x), min(left + width, x + across)
    data = bytearray(mask.data)
    for row in range(max(top, y), min(top + height, y + down)):
        if first < last:
            at, there = (row - top) * width - left, (row - y) * across - x
            part = int.from_bytes(data[at + first : at + last], "big")
            part &= ~int.from_bytes(kept.data[there + first : there + last], "big")
            data[at + first : at + last] = part.to_bytes(last - first, "big")
    return Mask(mask.bbox, bytes(data)) if any(data) else None


def white(view: PageView) -> list[int]:
    """Return the pieces that the artist has said stay white for good."""
    closed = {number for number, region in view.regions.items() if region.state == "blank"}
    return [piece for piece, number in enumerate(view.piece_regions) if number in closed]


def decided(view: PageView) -> frozenset[int]:
    """Return the pieces that the artist gave a colour, and those that stay white for good."""
    given = view.given[3::4]
    return frozenset(white(view)) | {piece for piece, alpha in enumerate(given) if alpha}


def begun(view: PageView, x: int, y: int, meaning: str) -> Drag | None:
    """Return the drag that a press at a pixel of the canvas begins; None where that begins none.

    Args:
        view: the page.
        x, y: the pixel.
        meaning: of the press, see ``gp_guide.clicks``.
    """
    if meaning not in (FILL, REST):
        return None
    return Drag(view.places, x, y, decided(view) if meaning == REST else None)


def passed(drag: Drag, view: PageView | None, locked: Collection[Color]) -> Point | Mask | None:
    """Return what a drag fills; None: nothing.

    That is all that it passed, but for what is locked and what stays white for good. A click on one
    piece means that piece: it is filled, or left to be refused.

    Args:
        drag: over the page.
        view: the page as it is when it is filled.
        locked: colours.
    """
    if view is None or view.places is not drag.places:
        return drag.without(())
    if drag.rest:  # an act before it may have given colours meanwhile
        return drag.without(decided(view))
    if len(drag.pieces) == 1:
        return drag.without(())
    return drag.without({*pieces_of(view, locked), *white(view)})


def changed(before: PageView, after: PageView, locked: Collection[Color]) -> bool:
    """Whether anything that has a locked colour before an act has another, or none, after it."""
    for piece in pieces_of(before, locked):
        color = color_of(before.given, piece)
        for x, y in before.places.probes[piece]:
            there = after.places.piece(x, y)
            if there is None or color_of(after.given, there) != color:
                return True
    return False
