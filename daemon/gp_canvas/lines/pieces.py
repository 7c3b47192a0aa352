"""Pieces: what every decision about a page's colours is taken over, at canvas size.

A closed area is one piece, whatever its size and shape. Where lines leave gaps wider than `gap`,
an area is divided at the gaps (`gp_canvas.lines.throats`). docs/regions.md has the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.areas import default_gap, enclose
from gp_canvas.lines.ink import find_ink
from gp_canvas.lines.lettering import fill_letters
from gp_canvas.lines.tables import count
from gp_canvas.lines.throats import find_seams
from gp_canvas.lines.tone import without_tone

_LOOK = 3  # pixels from a seam on either side at which pieces are looked up


@dataclass(frozen=True)
class Pieces:
    """A partition of the canvas into pieces.

    Attributes:
        labels: int32 [H, W], 0..count-1 for every pixel; ink pixels carry a neighbour's.
        ink: bool [H, W].
        sizes: int64 [count], pixels of each piece, ink under it included.
        area: int32 [count], the area of each piece, 0..areas-1: pieces of one area are parted by
            seams alone, not by ink.
        seams: int32 [n, 4], (row, column, row, column): the straight lines that were drawn across
            gaps, from ink to ink.
        threshold: luminance 0..255; darker pixels are ink.
        gap: gaps narrower than this many canvas pixels were closed whatever is beside them.
        lettering: int32 [n, 4], (x, y, width, height) of each row of letters, canvas pixels.
    """

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    area: NDArray[np.int32]
    seams: NDArray[np.int32]
    threshold: int
    gap: float
    lettering: NDArray[np.int32]

    @property
    def count(self) -> int:
        return len(self.sizes)


def find_pieces(
    gray: NDArray[np.uint8], gap: float | None = None, ink: int | None = None
) -> Pieces:
    """Divides a page into pieces.

    Args:
        gray: uint8 [H, W], 255 = paper.
        gap: canvas pixels; gaps narrower than this are closed, and wider ones where the lines
            beside them end. 0 closes none; None: by canvas size.
        ink: luminance threshold 0..255, None: measured.

    Returns:
        The pieces; a page without any paper is one piece.
    """
    mask, threshold = find_ink(gray, ink)
    usual = default_gap(*gray.shape)
    mask, lettering = fill_letters(without_tone(mask), usual)
    if gap is None:
        gap = usual
    seams = find_seams(mask, gap, usual)
    labels = enclose(mask, gap, seams)
    sizes = count(labels)
    area = _areas_of(labels, seams, len(sizes))
    return Pieces(labels, mask, sizes, area, seams, threshold, float(gap), lettering)


def _areas_of(
    labels: NDArray[np.int32], seams: NDArray[np.int32], pieces: int
) -> NDArray[np.int32]:
    """The area of each piece: pieces on both sides of a seam are of one."""
    leader = np.arange(pieces)
    for seam in seams.astype(float):
        along = seam[2:] - seam[:2]
        across = np.array([-along[1], along[0]]) / max(1.0, float(np.hypot(*along)))
        middle = (seam[:2] + seam[2:]) / 2
        beside = []
        for spot in (middle - _LOOK * across, middle + _LOOK * across):
            row, column = np.clip(np.round(spot), 0, np.array(labels.shape) - 1).astype(int)
            beside.append(leader[labels[row, column]])
        leader[np.isin(leader, beside)] = min(beside)
    return np.unique(leader, return_inverse=True)[1].astype(np.int32)
