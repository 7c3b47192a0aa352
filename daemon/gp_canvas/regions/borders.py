"""Drawing f's borders inside one divided area at canvas size. Pure functions.

f knows a border only to a cell or two, several canvas pixels. Where a line runs near it, the border
goes to the line; elsewhere it is f's own, with the stairs of the grid rounded off.
"""

from __future__ import annotations

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.cells import box_of, cells_under, fill_nearest, upsample
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.tables import changes, look_up

_EDGE_SIGMA = 0.8  # cells; rounds the stairs of the grid
_REACH = 5  # cells that the rounding and the interpolation carry a label further
_DOUBT = 2  # cells; so far off a border may lie
_TILE = 6  # cells; paper on one side of a line is judged in tiles of this side
_SLIGHT = 0.3  # of such paper: what may give way though it hangs together with its kind
_BESIDE = 0.85  # of that lies beside the line
_INKED = 12  # of 255: a cell with so much ink has a line in it
_SPREAD_PASSES = 6  # pixels that labels grow from paper under ink
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_BOX = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))

Box = tuple[slice, slice]


def draw_borders(
    decided: NDArray[np.uint8],
    own: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    ink: NDArray[np.bool_],
    grid: GridMap,
    box: Box,
) -> NDArray[np.uint8]:
    """Draws a divided area.

    Args:
        decided: uint8 [h, w], each cell's region.
        own: bool [h, w], the area's cells.
        inside: bool, the area's pixels within the box.
        ink: bool of the same shape.
        grid: where the canvas lies on the grid.
        box: the area's rows and columns of the canvas.

    Returns:
        uint8 of the box's size, meaningful inside the area: only regions of the area's own cells.
    """
    # Beyond the area's own cells its nearest cell speaks, not the neighbour across the line.
    near = cells_under(box, grid)
    filled = decided.copy()
    filled[near] = fill_nearest(decided[near], own[near])
    labels = _round_off(filled, np.unique(decided[own]), grid, box, near)
    if max(grid.canvas) > max(grid.content):
        _follow_lines(labels, filled, inside, ink, grid, box)
    return labels


def _round_off(
    filled: NDArray[np.uint8], present: NDArray[np.uint8], grid: GridMap, box: Box, near: Box
) -> NDArray[np.uint8]:
    """The label whose softened cells weigh most at each pixel."""
    shape = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    best = np.zeros(shape, np.uint8)
    labels = np.full(shape, present[0], np.uint8)
    for label in present:
        shown = np.zeros(filled.shape, np.uint8)
        shown[near] = np.where(filled[near] == label, 255, 0)
        # A label's softened cells reach no further than their own box and a little more.
        part = _within(box, grid, box_of(shown > 0))
        if max(grid.canvas) > max(grid.content):
            shown = np.asarray(cv2.GaussianBlur(shown, (0, 0), _EDGE_SIGMA), np.uint8)
        value = upsample(shown, grid, part)
        rows, columns = (
            slice(inner.start - outer.start, inner.stop - outer.start)
            for inner, outer in zip(part, box, strict=True)
        )
        more = value > best[rows, columns]
        labels[rows, columns][more] = label
        best[rows, columns][more] = value[more]
    return labels


def _follow_lines(
    labels: NDArray[np.uint8],
    filled: NDArray[np.uint8],
    inside: NDArray[np.bool_],
    ink: NDArray[np.bool_],
    grid: GridMap,
    box: Box,
) -> None:
    """Moves borders onto lines near them, in place.

    Near a border, the paper is cut by lines and by a raster of tiles into bits. In each, labels
    that a line cuts off from all of their kind, or nearly so, give way to the bit's main label.
    """
    rows, columns = grid.cells(0)[box[0]][:, None], grid.cells(1)[box[1]]
    kernel = np.ones((2 * _DOUBT + 1,) * 2, np.uint8)
    doubtful = np.asarray(cv2.dilate(filled, kernel)) != np.asarray(cv2.erode(filled, kernel))
    band = doubtful[rows, columns] & inside
    # Sure paper around votes too, but does not move.
    wide = np.asarray(cv2.dilate(doubtful.astype(np.uint8), kernel)) > 0
    paper = inside & ~ink
    stray = _stray(labels, paper, band)
    paper &= wide[rows, columns]
    near_ink = _near_ink(ink, grid, box)[rows, columns]
    order = int(filled.max()) + 1
    for shift in (0, _TILE // 2):  # what the raster of tiles cut small is judged again
        down = ((rows + shift) // _TILE * (grid.content[1] + 1) + 1).astype(np.uint32)
        tiles = down + ((columns + shift) // _TILE).astype(np.uint32)
        tiles *= paper
        bits = np.asarray(cc3d.connected_components(tiles, connectivity=4))
        del tiles
        # Most bits have one label and nothing to decide.
        where = np.flatnonzero(look_up(_mixed(labels, bits), bits))
        owner, seen = bits.reshape(-1)[where].astype(np.int64), labels.reshape(-1)[where]
        count = int(bits.max()) + 1
        votes = np.bincount(owner * order + seen, minlength=order * count).reshape(count, order)
        winner = votes.argmax(axis=1).astype(np.uint8)
        loser = band.reshape(-1)[where] & (seen != winner[owner])
        losers = votes.sum(axis=1) - votes.max(axis=1)
        # Where a line has a gap, what it cuts off still hangs together with the rest of its label,
        # but runs along the line. Far from ink a border means what it says.
        beside = owner[loser & near_ink.reshape(-1)[where]]
        hugging = np.bincount(beside, minlength=count) >= _BESIDE * losers
        slight = losers <= _SLIGHT * votes.sum(axis=1)
        moved = loser & (stray.reshape(-1)[where] | (hugging & slight)[owner])
        labels.reshape(-1)[where[moved]] = winner[owner[moved]]
    _spread_under_ink(labels, band & ink)


def _mixed(labels: NDArray[np.uint8], bits: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The bits that hold more than one label, bool [largest + 1]; bit 0 is none."""
    mixed = np.zeros(int(bits.max()) + 1, bool)
    flat, owner = labels.reshape(-1), bits.reshape(-1)
    # A bit hangs together: if it has two labels, it has two neighbours of them.
    for step in (1, labels.shape[1]):
        at = np.flatnonzero(flat[step:] != flat[:-step])
        here = owner[at]
        mixed[here[here == owner[at + step]]] = True
    mixed[0] = False
    return mixed


def _stray(
    labels: NDArray[np.uint8], paper: NDArray[np.bool_], band: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Connected paper of one label that lies wholly in the doubtful band."""
    shown = (labels + np.uint8(1)) * paper  # at most 255 regions
    parts = np.asarray(cc3d.connected_components(shown, connectivity=4))
    stray = np.ones(int(parts.max()) + 1, bool)
    stray[parts.reshape(-1)[changes(parts * ~band)]] = False
    stray[0] = False
    return look_up(stray, parts) & band


def _near_ink(ink: NDArray[np.bool_], grid: GridMap, box: Box) -> NDArray[np.bool_]:
    """The cells of the whole grid that ink in the box touches, and those around them."""
    cells = np.zeros(grid.content, np.uint8)
    rows, columns = grid.cells(0)[box[0]], grid.cells(1)[box[1]]
    near = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    size = (int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)
    # A box that cuts cells is stretched by less than the cell that is added around.
    shade = cv2.resize(ink.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    cells[near] = np.asarray(shade).reshape(cells[near].shape) > _INKED
    return np.asarray(cv2.dilate(cells, _BOX)) > 0


def _spread_under_ink(labels: NDArray[np.uint8], ink: NDArray[np.bool_]) -> None:
    """Lets the labels of paper grow under the ink from both sides alike, in place."""
    grown = labels.astype(np.uint16) + 1
    grown[ink] = 0
    left = ink
    for step in range(_SPREAD_PASSES):
        wider = np.asarray(cv2.dilate(grown, _CROSS if step % 2 == 0 else _BOX), np.uint16)
        np.copyto(grown, wider, where=left)
        left = grown == 0
        if not left.any():
            break
    np.copyto(labels, (grown - 1).astype(np.uint8), where=ink & ~left)


def _within(box: Box, grid: GridMap, cells: Box) -> Box:
    """The part of a canvas box that these cells, softened, can reach; never empty."""
    spans = []
    for axis, (span, reach) in enumerate(zip(box, cells, strict=True)):
        scale = grid.canvas[axis] / grid.content[axis]
        start = max(span.start, int((reach.start - _REACH) * scale))
        stop = min(span.stop, int((reach.stop + _REACH) * scale) + 1)
        spans.append(slice(min(start, span.stop - 1), max(stop, span.start + 1)))
    return spans[0], spans[1]
