"""Ink, gap closing and areas: what the line art alone says about where colours may end.

`gp_canvas.lines.pieces` makes pieces of them. docs/regions.md shows the rules and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.grow import WALL, grow, inner, pad, thicken
from gp_canvas.lines.ink import find_ink
from gp_canvas.lines.lettering import fill_letters
from gp_canvas.lines.passages import join_passages
from gp_canvas.lines.raster import page_side
from gp_canvas.lines.tables import Runs, changes, count, look_up, strips
from gp_canvas.lines.tone import without_tone

# Of the gap's ball: an area of its own has room for a ball so much larger, or a corridor about as
# wide as the gap would be cut wherever it swells.
_ROOM = 1.25
# Of the default gap: an area without room for a ball of this diameter is a sliver between strokes.
_SLIVER = 0.5
# So many slivers side by side are hatching or screentone, and one area;
_TEXTURE = 8
# so are so many holes of a dark tone, which are no wider than so many default gaps, and alike: none
# is so many times as large as the middle one of them.
_DOTS = 8
_HOLE = 1.5
_LIKE = 2.5
_HALF_LINE = 4  # pixels: most ink is nearer to paper
_THIN, _CORE, _STRONG = 1, 2, 4  # bits: room for a sliver's ball, the gap's, and a larger one


@dataclass(frozen=True)
class Areas:
    """A partition of the canvas into areas.

    Attributes:
        labels: int32 [H, W], 0..count-1 for every pixel; ink pixels carry the nearest area's.
        ink: bool [H, W].
        sizes: int64 [count], pixels of each area, ink under it included.
        threshold: luminance 0..255; darker pixels are ink.
        gap: gaps narrower than this many canvas pixels were closed.
    """

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    threshold: int
    gap: float

    @property
    def count(self) -> int:
        return len(self.sizes)


def default_gap(height: int, width: int) -> float:
    """Gap in canvas pixels that a hand leaves without meaning to, at this canvas size."""
    return max(3.0, page_side(height, width) / 250)


def find_areas(gray: NDArray[np.uint8], gap: float | None = None, ink: int | None = None) -> Areas:
    """Divides a page into areas enclosed by ink, gaps closed.

    Paper that hangs together is divided only between places where a ball of diameter `gap` has
    room but no way from one to the other; each place then takes what it reaches first. Shapes
    without such room, however thin, stay what they are. Hatching and screentone do not become
    areas by the thousand.

    Args:
        gray: uint8 [H, W], 255 = paper.
        gap: canvas pixels; gaps narrower than this are closed. 0 closes none; None: by canvas size.
        ink: luminance threshold 0..255, None: measured.

    Returns:
        The areas; a page without any paper is one area.
    """
    mask, threshold = find_ink(gray, ink)
    mask, _ = fill_letters(without_tone(mask), default_gap(*gray.shape))
    if gap is None:
        gap = default_gap(*gray.shape)
    labels = enclose(mask, gap)
    return Areas(labels, mask, count(labels), threshold, float(gap))


def enclose(
    ink: NDArray[np.bool_], gap: float, seams: NDArray[np.int32] | None = None
) -> NDArray[np.int32]:
    """The areas that ink and seams enclose.

    Args:
        ink: bool [H, W].
        gap: canvas pixels; gaps narrower than this are closed. 0 closes none.
        seams: int32 [n, 4], (row, column, row, column): straight lines that part the paper as ink
            does.

    Returns:
        int32 [H, W], 0..n-1 for every pixel, ink included.
    """
    usual = default_gap(*ink.shape)
    paper = np.zeros(pad(ink.shape), np.uint8)
    np.logical_not(ink, out=inner(paper).view(np.bool_))
    for top, left, bottom, right in [] if seams is None else seams.tolist():
        # The canvas lies one pixel further in.
        cv2.line(paper, (left + 1, top + 1), (right + 1, bottom + 1), 0, 1)
    room = _room(paper, ink, gap, usual)
    # By runs, so that there is one map of four bytes a pixel at a time.
    components = _components(paper)
    del paper
    labels = _divide(components, room, ink, gap, usual)
    del room, components
    _share_ink(labels)
    return _without_wall(labels)


def _components(mask: NDArray[np.uint8], connectivity: Literal[4, 8] = 4) -> Runs:
    """The connected parts of what is not 0, numbered from 1; 0 beside them."""
    found = cc3d.connected_components(mask, connectivity=connectivity, out_dtype=np.uint32)
    return Runs.of(np.asarray(found).view(np.int32))


def _without_wall(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The canvas within its wall, counted from 0, in the same memory: a second one is large."""
    height, width = labels.shape[0] - 2, labels.shape[1] - 2
    canvas = labels.reshape(-1)[: height * width].reshape(height, width)
    whole = inner(labels)
    # What is written lies before what is still to be read.
    for rows in strips(canvas):
        canvas[rows] = whole[rows] - np.int32(1)
    return canvas


def _room(
    paper: NDArray[np.uint8], ink: NDArray[np.bool_], gap: float, usual: float
) -> NDArray[np.uint8]:
    """Where balls have their centres, as bits, on the padded canvas; outside counts as ink."""
    free = paper | _dots(ink, max(gap, usual))
    room = np.zeros(paper.shape, np.uint8)
    radii = ((_THIN, max(1.0, _SLIVER * usual / 2)), (_CORE, gap / 2), (_STRONG, _ROOM * gap / 2))
    # Only distances up to the largest radius matter, so strips that overlap by it will do.
    reach = int(max(radius for _, radius in radii)) + 3
    for rows in strips(paper, least=4 * reach):
        top = max(0, rows.start - reach)
        distance = np.asarray(cv2.distanceTransform(free[top : rows.stop + reach], cv2.DIST_L2, 5))[
            rows.start - top : rows.stop - top
        ]
        part = room[rows]
        for bit, radius in radii:
            part |= (distance > radius).view(np.uint8) * np.uint8(bit)
        part *= paper[rows]
    return room


def _dots(ink: NDArray[np.bool_], gap: float) -> NDArray[np.uint8]:
    """Isolated specks of ink, on the padded canvas: a screentone's dots close no gaps."""
    dots = np.zeros(pad(ink.shape), np.uint8)
    factor = max(1, int(gap / 5))
    size = [-(-side // factor) for side in ink.shape[::-1]]
    small = ink.view(np.uint8)
    if factor > 1:
        # Scaled to 0 and 255, a cell with any ink does not round to none.
        small = cv2.resize(small * np.uint8(255), size, interpolation=cv2.INTER_AREA)
        small = (np.asarray(small).reshape(size[::-1]) > 0).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    side = max(2.0, gap / 2) / factor + (factor > 1)
    speck = (stats[:, cv2.CC_STAT_WIDTH] <= side) & (stats[:, cv2.CC_STAT_HEIGHT] <= side)
    speck[0] = False
    if np.count_nonzero(speck) < _TEXTURE:
        return dots
    shown = look_up(speck.view(np.uint8), np.asarray(labels, np.int32))
    resized = cv2.resize(shown, ink.shape[::-1], interpolation=cv2.INTER_NEAREST)
    np.bitwise_and(np.asarray(resized).reshape(ink.shape), ink.view(np.uint8), out=inner(dots))
    return dots


def _divide(
    components: Runs,
    room: NDArray[np.uint8],
    ink: NDArray[np.bool_],
    gap: float,
    usual: float,
) -> NDArray[np.int32]:
    """Turns components of the paper, 0 = ink, into areas 1..n, 0 where none is yet."""
    total = components.count
    thin = np.ones(total, bool)
    thin[components.at(changes(room & _THIN))] = False
    low = np.bincount(components.values, minlength=total) <= _HOLE * usual
    table = np.arange(total, dtype=np.int32)
    _join_slivers(components, thin, low, table, usual)
    split = np.zeros(total, bool)
    own = np.zeros(1, np.int32)
    cores = None
    if gap > 0:
        cores = _components(room & np.uint8(_CORE))
        home = np.zeros(cores.count, np.int32)
        inside = cores.values > 0
        home[cores.values[inside]] = components.at(cores.starts[inside])
        strong = np.unique(cores.at(changes(room & _STRONG)))
        split = np.bincount(home[strong], minlength=total) >= 2
        strong = strong[split[home[strong]]]
        own = np.zeros(len(home), np.int32)
        own[strong] = total + np.arange(len(strong), dtype=np.int32)
    # Numbered without holes, in the order of first pixels: the same line art, the same numbers.
    table[split] = 0
    used, compact = np.unique(np.concatenate([[0], table, own]), return_inverse=True)
    del used
    compact = compact.astype(np.int32)[1:]
    table, own = compact[:total], compact[total:]
    # Only divided paper grows before ink does: all else is in the way.
    table[~split & (table == 0)] = WALL
    areas = np.empty(components.shape, np.int32)
    for rows in strips(areas):
        components.write(rows, table, areas[rows])
        if cores is not None and split.any():
            seeds = cores.write(rows, own, np.empty_like(areas[rows]))
            np.copyto(areas[rows], seeds, where=seeds > 0)
    if split.any():
        gained: list[NDArray[np.intp]] = []
        grow(areas, gained=gained)
        _join(areas, gained, ink, gap)
    return areas


def _join(
    areas: NDArray[np.int32], gained: list[NDArray[np.intp]], ink: NDArray[np.bool_], gap: float
) -> None:
    """Makes areas one that balls have parted where no line has a gap, in place."""
    pixels = np.concatenate(gained) if gained else np.zeros(0, np.intp)
    gained.clear()
    leader = join_passages(areas, pixels, ink, gap)
    if leader is None:
        return
    _, table = np.unique(leader, return_inverse=True)
    table = table.astype(np.int32)
    for rows in strips(areas):
        part = areas[rows]
        np.copyto(part, table[np.maximum(part, 0)], where=part > 0)


def _join_slivers(
    components: Runs,
    thin: NDArray[np.bool_],
    low: NDArray[np.bool_],
    table: NDArray[np.int32],
    usual: float,
) -> None:
    """Makes slivers in company one area, and specks none; and so the holes of a dark tone.

    Args:
        components: of the paper.
        thin: which of them are slivers, bool [n].
        low: which may be holes of a tone: their pixels lie in few rows, bool [n].
        table: the area of each, changed in place.
        usual: canvas pixels of the default gap.
    """
    able = thin | low
    able[0] = False
    if not able.any():
        return
    sizes = np.bincount(components.values, components.lengths, len(thin)).astype(np.int64)
    table[thin & (sizes < usual**2 / 2)] = 0
    holes = low & ~thin & (sizes <= (_HOLE * usual) ** 2)
    for kind, least in ((thin, _TEXTURE), (holes, _DOTS)):
        kind[0] = False
        if np.count_nonzero(kind) < least:
            continue
        group = _company(components, kind, usual)
        members = np.flatnonzero(kind)
        if kind is holes:
            members = _alike(members, group[members], sizes)
        crowd = np.bincount(group[members])
        total = np.bincount(group[members], sizes[members])
        texture = (crowd >= least) & (total >= 4 * usual**2)
        members = members[texture[group[members]]]
        first = np.zeros(len(crowd), np.int32)
        first[group[members[::-1]]] = members[::-1]
        table[members] = first[group[members]]


def _company(components: Runs, kind: NDArray[np.bool_], usual: float) -> NDArray[np.int64]:
    """The group of each component of a kind, int64 [n]: those of one are but a stroke apart.

    Args:
        components: of the paper.
        kind: which of them, at least one and not the ink, bool [n].
        usual: canvas pixels of the default gap.
    """
    height, width = components.shape
    mine = np.flatnonzero(kind[components.values])
    starts = components.starts[mine]
    # About the width of a stroke: across it they see each other.
    reach = max(2, round(0.4 * usual))
    top = max(0, int(starts[0]) // width - reach)
    bottom = min(height, int(starts[-1]) // width + reach + 1)
    mask = np.empty((bottom - top, width), np.uint8)
    for rows in strips(mask):
        whole = slice(top + rows.start, top + rows.stop)
        components.write(whole, kind.view(np.uint8), mask[rows])
    near = np.asarray(cv2.dilate(mask, np.ones((2 * reach + 1,) * 2, np.uint8)), np.uint8)
    del mask
    groups = _components(near, connectivity=8)
    group = np.zeros(len(kind), np.int64)
    group[components.values[mine]] = groups.at(starts - top * width)
    return group


def _alike(
    members: NDArray[np.intp], group: NDArray[np.int64], sizes: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Those components whose size is about the middle one of their group."""
    order = np.lexsort((sizes[members], group))
    counts = np.bincount(group)
    middle = np.cumsum(counts) - counts + counts // 2
    median = np.zeros(len(counts), np.int64)
    some = counts > 0
    median[some] = sizes[members[order[middle[some]]]]
    ratio = sizes[members] / median[group]
    return members[(ratio >= 1 / _LIKE) & (ratio <= _LIKE)]


def _share_ink(labels: NDArray[np.int32]) -> None:
    """Shares ink and specks out among the areas around them, in place."""
    np.maximum(labels, 0, out=labels)
    if not labels.any():
        labels[:] = 1  # nothing but ink and slivers
    labels[[0, -1]] = WALL
    labels[:, [0, -1]] = WALL
    thicken(labels, _HALF_LINE)
    grow(labels, diagonal=True)
