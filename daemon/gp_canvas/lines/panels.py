"""Panels of a comic page or a strip, found by the gutters between them.

A gutter is a straight strip of paper across the page, or across what other gutters have cut off,
that the page's margin leads to. What tells it from any other blank strip are its edges: frames run
along them, or drawings end there side by side, as they do where a panel has no frame. All of it at
a reduced size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.tables import look_up, reduce_ink

_SIDE = 420  # pixels of the short side at the reduced size, about
_LEAST = 48  # canvas pixels; on a page with a shorter side nobody draws panels
_MOST = 400  # panels of a page; what has more parts is no comic
# Of the short side, and of its square: a smaller part is a title or a page number.
_SHORT, _AREA = 0.09, 0.02
_NARROW = 3  # pixels: a narrower strip is two strokes of one line, or a board
_CLEAN = 0.004  # of a strip that may be ink, and still is blank: dust
# The same where frames run along both sides: a balloon or a figure may reach across,
_CROSSED = 0.15
_BROAD = 0.08  # but only across a strip not broader than this, of the short side.
_OUTSIDE = 0.6  # of a strip's paper that the margin leads to
_FRAME = 0.6  # of a side: so much ink along it is a frame
_NEAR = 3  # pixels from a strip in which that ink lies
# Where a drawing without a frame is cut off, so many strokes end within so many pixels of the
# strip, over so much of its length. Fewer begin further in, within _DEEP pixels;
# more do where figures stand in a row or grass grows.
_ENDS, _END_NEAR, _SPREAD, _DEEP = 3, 2, 0.25, 12
_SLANT = 35.0  # degrees by which a gutter may lie aslant
_ANGLES = 6  # other than level that are looked at, the ones with the longest lines first
_LINE = 0.3  # of the short side: a straight line of this length gives its angle


@dataclass(frozen=True)
class Panels:
    """The panels of a page, in the order of reading: from left to right, then down.

    Attributes:
        boxes: (x, y, width, height) of each in canvas pixels, int32 [n, 4]; n is 0 or at least 2.
        owners: int32 [h, w], the panel of each cell of `factor` canvas pixels a side, 0..n-1;
            -1 in gutters and margins.
        factor: canvas pixels.
    """

    boxes: NDArray[np.int32]
    owners: NDArray[np.int32]
    factor: int

    @property
    def count(self) -> int:
        return len(self.boxes)


def find_panels(ink: NDArray[np.bool_]) -> Panels:
    """Finds the panels of a page.

    Args:
        ink: bool [H, W].

    Returns:
        At least two panels, or none where the page is one picture.
    """
    height, width = ink.shape
    factor = max(1, round(min(ink.shape) / _SIDE))
    small = reduce_ink(ink, factor)[1:-1, 1:-1].view(np.bool_)
    page = _Block((slice(0, small.shape[0]), slice(0, small.shape[1])), np.ones_like(small))
    found = _Search(small).cut(page, _NEAR)
    owners = np.full(small.shape, -1, np.int32)
    if min(ink.shape) < _LEAST or not 2 <= len(found) <= _MOST:
        return Panels(np.zeros((0, 4), np.int32), owners, factor)
    boxes = np.zeros((len(found), 4), np.int32)
    for number, panel in enumerate(found):
        owners[panel.box][panel.mask] = number
        left, top = panel.box[1].start * factor, panel.box[0].start * factor
        right = min(width, panel.box[1].stop * factor)
        bottom = min(height, panel.box[0].stop * factor)
        boxes[number] = left, top, right - left, bottom - top
    return Panels(boxes, owners, factor)


def panel_of(panels: Panels, labels: NDArray[np.int32], count: int) -> NDArray[np.int32] | None:
    """The panel that most of each piece lies in.

    Args:
        panels: of the page.
        labels: the piece of each pixel, int32 [H, W], 0..count-1.
        count: of pieces.

    Returns:
        int32 [count], 0..n-1, -1 for what lies in none; None where the page has no panels.
    """
    if not panels.count:
        return None
    middle = panels.factor // 2
    votes = np.zeros((count, panels.count + 1), np.int32)
    seen = labels[middle :: panels.factor, middle :: panels.factor]
    owners = panels.owners[: seen.shape[0], : seen.shape[1]]
    np.add.at(votes, (seen.ravel(), owners.ravel()), 1)  # -1 is the last column
    lost = votes.sum(axis=1) == 0
    if lost.any():
        pixels = np.flatnonzero(look_up(lost, labels))
        rows, columns = np.divmod(pixels, labels.shape[1])
        under = panels.owners[rows // panels.factor, columns // panels.factor]
        np.add.at(votes, (labels.ravel()[pixels], under), 1)
    most = votes.argmax(axis=1).astype(np.int32)
    most[most == panels.count] = -1
    return most


@dataclass(frozen=True)
class _Gutters:
    """Parallel gutters across a block.

    Attributes:
        upright: they run from top to bottom.
        slope: pixels that they go down (to the right, where upright) for each one along.
        spans: rows (columns, where upright) of each, counted from where they begin, rising.
        worth: a greater one is the surer cut.
    """

    upright: bool
    slope: float
    spans: list[tuple[int, int]]
    worth: tuple[float, float]


class _Search:
    """Cuts a page, at its reduced size, into blocks along gutters."""

    def __init__(self, ink: NDArray[np.bool_]) -> None:
        self._ink = ink
        self._short = min(ink.shape)
        paper = np.asarray(
            cc3d.connected_components(~ink, connectivity=4, out_dtype=np.uint32)
        ).view(np.int32)
        rim = np.concatenate([paper[0], paper[-1], paper[:, 0], paper[:, -1]])
        open_ones = np.zeros(int(paper.max()) + 1, np.bool_)
        open_ones[rim] = True
        open_ones[0] = False
        self._outside = look_up(open_ones, paper)
        self._slopes = _slopes(ink)

    def cut(self, block: _Block, loose: int) -> list[_Block]:
        """The panels in a block, in the order of reading.

        Args:
            block: what is looked at.
            loose: pixels by which its border may lie beside what it holds.
        """
        block = block.trimmed(self._ink)
        if not self._large(block):
            return []
        best: _Gutters | None = None
        for upright in (False, True):
            for slope in self._slopes[upright]:
                found = self._gutters(block, upright, slope, loose)
                if found is not None and (best is None or found.worth > best.worth):
                    best = found
        if best is None:
            return [block]
        across = _across(block.mask.shape, best.upright, best.slope)
        edges = [-(1 << 30), *((start + stop) // 2 for start, stop in best.spans), 1 << 30]
        loose = max(loose, *((stop - start) // 2 + _NEAR for start, stop in best.spans))
        panels = []
        for start, stop in pairwise(edges):
            inside = (across >= start) & (across < stop)
            panels += self.cut(_Block(block.box, block.mask & inside), loose)
        return panels

    def _large(self, block: _Block) -> bool:
        high, wide = block.mask.shape
        short = self._short
        return min(wide, high) >= _SHORT * short and wide * high >= _AREA * short * short

    def _gutters(self, block: _Block, upright: bool, slope: float, loose: int) -> _Gutters | None:
        """The gutters of one direction across a block, if there are any."""
        mask = _sheared(block.mask, upright, slope)
        ink = _sheared(self._ink[block.box], upright, slope) & mask
        outside = _sheared(self._outside[block.box], upright, slope) & mask
        total = mask.sum(axis=1)
        inked = ink.sum(axis=1) / np.maximum(1, total)
        # What is too short to be across the block only cuts its corner.
        full = total >= 0.5 * np.median(total[total > 0])
        found: dict[tuple[int, int], float] = {}
        for limit in (_CLEAN, _CROSSED):
            blank = (inked <= limit) & full
            edges = np.flatnonzero(np.diff(np.concatenate([[0], blank.view(np.int8), [0]])))
            for start, stop in edges.reshape(-1, 2).tolist():
                if start < 1 or stop >= len(total) or stop - start < _NARROW:
                    continue
                if limit == _CROSSED and stop - start > _BROAD * self._short:
                    continue
                if outside[start:stop].sum() < _OUTSIDE * total[start:stop].sum():
                    continue
                if any(one < stop and start < other for one, other in found):
                    continue
                above, below = slice(max(0, start - _DEEP), start), slice(stop, stop + _DEEP)
                sides = (
                    _look_at_side(mask[above][::-1], ink[above][::-1], loose),
                    _look_at_side(mask[below], ink[below], loose),
                )
                (mark_above, share_above), (mark_below, share_below) = sides
                marks = mark_above + mark_below
                if marks == 2 and mark_above != mark_below:
                    # A frame beside what has none: a title or a page number, or no gutter at all.
                    beyond = np.flatnonzero((ink[:start] if mark_below else ink[stop:]).any(axis=1))
                    if not len(beyond) or np.ptp(beyond) >= _SHORT * self._short:
                        continue
                if marks >= (4 if limit == _CROSSED else 2):
                    found[start, stop] = share_above + share_below
        if not found:
            return None
        first = _first(block.mask.shape, upright, slope)
        surest = max(found, key=lambda span: (found[span], span))
        spans = [(start + first, stop + first) for start, stop in sorted(found)]
        return _Gutters(upright, slope, spans, (found[surest], surest[1] - surest[0]))


def _look_at_side(mask: NDArray[np.bool_], ink: NDArray[np.bool_], loose: int) -> tuple[int, float]:
    """How much the side of a strip looks like the edge of a panel.

    Args:
        mask: what belongs to the block, bool [rows, length], the row nearest to the strip first.
        ink: the ink there.
        loose: pixels by which the block may reach beyond the panel at either end.

    Returns:
        2 for a frame, 1 for drawings that end there, 0; and the share of its length that has ink.
    """
    there = np.flatnonzero(mask[:_NEAR].any(axis=0))
    if not len(there):
        return 0, 0.0
    side = ink[:, there[0] : there[-1] + 1]
    share = float(side[:_NEAR].any(axis=0).mean())
    if share * len(there) >= _FRAME * max(1, len(there) - 2 * loose):
        return 2, share
    where = np.flatnonzero(side[:_END_NEAR].any(axis=0))
    if not len(where) or where[-1] - where[0] < _SPREAD * len(there):
        return 0, share
    ends = np.count_nonzero(np.diff(where) > 1) + 1
    strokes, labels = cv2.connectedComponents(side.view(np.uint8))
    begun = strokes - len(np.unique(np.asarray(labels)[:_END_NEAR]))
    return int(ends >= _ENDS and ends > begun), share


def _shifts(shape: tuple[int, ...], upright: bool, slope: float) -> NDArray[np.intp]:
    """How far down each column (row, where upright) a line of a slope has come."""
    return np.round(slope * np.arange(shape[0 if upright else 1])).astype(np.intp)


def _first(shape: tuple[int, ...], upright: bool, slope: float) -> int:
    """What the first row of `_sheared` is in `_across`."""
    return -int(_shifts(shape, upright, slope).max())


def _across(shape: tuple[int, ...], upright: bool, slope: float) -> NDArray[np.intp]:
    """On which line of a slope each pixel lies, integers [h, w]."""
    shifts = _shifts(shape, upright, slope)
    if upright:
        return np.arange(shape[1]) - shifts[:, None]
    return np.arange(shape[0])[:, None] - shifts


def _sheared(values: NDArray[np.bool_], upright: bool, slope: float) -> NDArray[np.bool_]:
    """Lines of a slope as rows, bool [lines, length]; False beside the picture."""
    shifts = _shifts(values.shape, upright, slope)
    if upright:
        values = values.T
    if not shifts.any():
        return values
    low, high = int(shifts.min()), int(shifts.max())
    sheared = np.zeros((len(values) + high - low, values.shape[1]), np.bool_)
    rows = np.arange(len(values))[:, None] - shifts + high
    sheared[rows, np.arange(values.shape[1])] = values
    return sheared


@dataclass(frozen=True)
class _Block:
    """A part of the page: its box, rows and columns, and bool of the box's size."""

    box: tuple[slice, slice]
    mask: NDArray[np.bool_]

    def trimmed(self, ink: NDArray[np.bool_]) -> _Block:
        """The same without the blank paper around what is drawn in it."""
        held = (self.mask & ink[self.box]).view(np.uint8)
        left, top, wide, high = cv2.boundingRect(held)
        down, right = self.box[0].start + top, self.box[1].start + left
        part = self.mask[top : top + high, left : left + wide]
        return _Block((slice(down, down + high), slice(right, right + wide)), part)


def _slopes(ink: NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    """Slopes that gutters may have, level and upright: those of the page's long straight lines."""
    solid = ink.view(np.uint8)
    outline = solid - np.asarray(cv2.erode(solid, np.ones((3, 3), np.uint8)))
    least = int(_LINE * min(ink.shape))
    found = cv2.HoughLinesP(outline, 1, np.pi / 360, max(20, least // 2), None, least, 3)
    sums: tuple[dict[int, float], dict[int, float]] = ({}, {})
    for left, top, right, bottom in [] if found is None else np.asarray(found).reshape(-1, 4):
        along, down = float(right - left), float(bottom - top)
        upright = abs(down) > abs(along)
        slope = along / down if upright else down / along
        if abs(slope) <= np.tan(np.radians(_SLANT)):
            step = round(2 * float(np.degrees(np.arctan(slope))))
            sums[upright][step] = sums[upright].get(step, 0.0) + float(np.hypot(along, down))
    chosen = []
    for lengths in sums:
        lengths.pop(0, None)
        longest = sorted(lengths, key=lambda step: (-lengths[step], step))[:_ANGLES]
        chosen.append([0.0, *(float(np.tan(np.radians(step / 2))) for step in longest)])
    return chosen[0], chosen[1]
