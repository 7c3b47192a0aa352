"""What of a document's flats must be painted anew after an act. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gp_client.types import Color, Mask

from gp_guide.page_view import PageView, color_of
from gp_guide.places import Places, Span, covered

Fills = dict["Color | None", list[int]]  # pieces by the colour that they get, None: cleared
Shapes = dict["Color | None", Mask]  # the same as pixels of the canvas
_RUN = re.compile(b"\xff+")


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


def repaint_pixels(before: PageView, after: PageView) -> Shapes:
    """Return the same as ``repaint``, and of pieces that were found anew only what has changed.

    So what a hand painted over a colour that stays is not touched.
    """
    one, two = before.places, after.places
    if one is two:
        return shapes(after, repaint(before, after))
    spans: dict[Color | None, list[Span]] = {}
    for y, start, end, piece in _runs_over(one, before.given, two, after.given):
        spans.setdefault(color_of(after.given, piece), []).append((y, start, end))
    return {color: Mask(*covered(found)) for color, found in spans.items()}


def shapes(view: PageView, fills: Fills) -> Shapes:
    """Return where pieces are."""
    return {color: view.places.mask(pieces) for color, pieces in fills.items()}


def merged(shapes: Mapping[Color | None, Mask]) -> tuple[Mask, bytes]:
    """Return shapes, at least one, as one picture, to be painted at once.

    Args:
        shapes: no two of them have a pixel in common.

    Returns:
        All of them as one mask, and RGBA8 of its box: each in its colour, transparent for None
        and beside them.
    """
    boxes = [mask.bbox for mask in shapes.values()]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    across = max(box[0] + box[2] for box in boxes) - left
    down = max(box[1] + box[3] for box in boxes) - top
    whole, pixels = bytearray(across * down), bytearray(4 * across * down)
    for color, mask in shapes.items():
        pixel = bytes(4) if color is None else bytes((*color, 255))
        x, y, width, _ = mask.bbox
        for run in _RUN.finditer(mask.data):
            start, end = run.span()
            while start < end:  # a run may go on in the next row
                row, column = divmod(start, width)
                stop = min(end, start - column + width)
                at, count = (y - top + row) * across + x - left + column, stop - start
                whole[at : at + count] = b"\xff" * count
                pixels[4 * at : 4 * (at + count)] = pixel * count
                start = stop
    return Mask((left, top, across, down), bytes(whole)), bytes(pixels)


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
    return sorted({piece for _, _, _, piece in _runs_over(one, old, two, new)})


def _runs_over(
    one: Places, old: bytes, two: Places, new: bytes
) -> Iterator[tuple[int, int, int, int]]:
    """Runs of pixels whose colour is another than in ``one``: row, first, end, piece of ``two``."""
    before = [old[at : at + 4] for at in range(0, len(old), 4)]
    after = [new[at : at + 4] for at in range(0, len(new), 4)]
    for y in range(min(one.height, two.height)):
        ends, pieces = one.row(y)
        at = start = 0
        for end, piece in zip(*two.row(y), strict=True):
            while True:
                stop = min(ends[at], end)
                if before[pieces[at]] != after[piece]:
                    yield y, start, stop, piece
                start = stop
                if ends[at] >= end:
                    break
                at += 1
            if ends[at] == end and at + 1 < len(ends):
                at += 1
