"""Where a long grid is cut into windows: in gutters and along panels' borders, where it can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OVERLAP = 0.25  # of a window: so much do two share where a seam runs through a picture
_DARK = 0.75  # of paper: a darker cell has a line in it
# Of the short side: a row of cells with more ink is a panel's border, or black between panels.
_BORDER = 0.6
_CUT = 3.0  # windows that one may see more of, to save a seam through a picture
_UNEVEN = 0.5  # of a window: what the shortest and longest windows possible differ in worth


@dataclass(frozen=True)
class Windows:
    """Windows along a grid.

    Attributes:
        axis: along which they follow each other; 0 = downwards.
        spans: their cells along the axis, in order. Neighbours overlap wherever there is room.
        seams: the cell at which each but the first takes over from the one before.
        shared: for each seam the cells in which two windows may find that they see the same: their
            overlap, or, where the seam lies between panels, only what is blank there.
    """

    axis: int
    spans: tuple[slice, ...]
    seams: tuple[int, ...]
    shared: tuple[slice, ...]

    @classmethod
    def along(cls, sketch: NDArray[np.float32], side: int, multiple: int) -> Windows:
        """Windows of at most `side` cells; all begin and end on multiples.

        Args:
            sketch: float32 [h, w], padded to multiples, 1 = paper.
            side: cells, at least one multiple.
            multiple: cells.
        """
        axis = int(sketch.shape[1] > sketch.shape[0])
        length = sketch.shape[axis]
        window = max(multiple, side // multiple * multiple)
        if length <= window:
            return cls(axis, (slice(0, length),), (), ())
        inked = ((sketch if axis == 0 else sketch.T) < _DARK).mean(axis=1)
        blank = inked == 0
        clear = blank | (inked > _BORDER)  # where a seam cuts nothing
        seams = _choose_seams(clear, window, multiple)
        edges = [0, *seams, length]
        spans = [
            _span(edges[at], edges[at + 1], clear, window, multiple) for at in range(len(seams) + 1)
        ]
        shared = [
            _blank_around(seam, blank, overlap) if clear[seam] else overlap
            for seam, overlap in zip(seams, map(_overlap, spans, spans[1:]), strict=True)
        ]
        return cls(axis, tuple(spans), tuple(seams), tuple(shared))

    def crop(self, values: NDArray, span: slice) -> NDArray:
        """A window's part of [h, w] values; a view."""
        return values[span] if self.axis == 0 else values[:, span]


def _overlap(before: slice, after: slice) -> slice:
    return slice(after.start, max(after.start, before.stop))


def _blank_around(seam: int, blank: NDArray[np.bool_], overlap: slice) -> slice:
    """The blank rows around a seam, within the overlap; none where the seam is not blank."""
    above = np.flatnonzero(~blank[overlap.start : seam + 1])
    below = np.flatnonzero(~blank[seam : overlap.stop])
    start = overlap.start + int(above[-1]) + 1 if len(above) else overlap.start
    return slice(start, max(start, seam + int(below[0]) if len(below) else overlap.stop))


def _span(start: int, stop: int, clear: NDArray[np.bool_], window: int, multiple: int) -> slice:
    """A window from seam to seam, with what it shares with its neighbours."""
    first = (start - _lap(start, clear, window, multiple)) // multiple * multiple
    last = -(-(stop + _lap(stop, clear, window, multiple)) // multiple) * multiple
    return slice(max(0, first), min(len(clear), last))


def _lap(seam: int, clear: NDArray[np.bool_], window: int, multiple: int) -> int:
    """Cells that a window reaches beyond a seam."""
    if window < 4 * multiple:
        return 0  # no room for more than is seen
    if seam >= len(clear) or clear[seam]:
        return 1  # both see the gutter
    return round(OVERLAP / 2 * window)


def _choose_seams(clear: NDArray[np.bool_], window: int, multiple: int) -> list[int]:
    """The seams that cost least: few windows, few seams through pictures, even lengths."""
    length = len(clear)
    places = [0, *sorted({*_middles(clear), *range(multiple, length, multiple)}), length]
    costs, before = [0.0], [0]
    for at, stop in enumerate(places[1:], 1):
        cut = 0.0 if stop == length or clear[stop] else _CUT
        best, source = np.inf, -1
        for earlier in range(at - 1, -1, -1):
            start = places[earlier]
            if stop - start > window:
                break
            span = _span(start, stop, clear, window, multiple)
            if span.stop - span.start <= window:
                part = (stop - start) / window
                cost = costs[earlier] + 1 + cut + _UNEVEN * part * part
                if cost < best:
                    best, source = cost, earlier
        costs.append(best)
        before.append(source)
    seams = []
    at = before[-1]
    while at > 0:
        seams.append(places[at])
        at = before[at]
    return seams[::-1]


def _middles(clear: NDArray[np.bool_]) -> list[int]:
    """The middle of each run of clear rows; the page's ends are no seams."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], clear.view(np.int8), [0]])))
    middles = (edges[::2] + edges[1::2]) // 2
    return middles[(middles > 0) & (middles < len(clear))].tolist()
