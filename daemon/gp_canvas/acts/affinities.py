"""What the segmenter says of a page's pieces, however many there are and however they were cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.work import Work

_SAME = 6.0  # log-odds for pieces of one label; finite, so that the artist's word is stronger


@dataclass(frozen=True)
class Affinity:
    """Log-odds that pieces have the same colour.

    Attributes:
        matrix: float32 [rows, rows], symmetric.
        row: for each uncut piece the row that speaks for it, int32 [n].
        own: uncut pieces that the row is about; the others follow one of these, bool [n].
        blank: log-odds that the row's piece stays white, float32 [rows]; None: nobody knows.
        tokens: what a matcher compares with pieces of other pages, float32 [rows, D]; None: this
            segmenter makes none.
    """

    matrix: NDArray[np.float32]
    row: NDArray[np.int32]
    own: NDArray[np.bool_]
    blank: NDArray[np.float32] | None = None
    tokens: NDArray[np.float32] | None = None


def of_labels(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Affinities of a segmenter that gives each piece a label.

    Args:
        labels: of each piece, integers [n].

    Returns:
        float32 [n, n].
    """
    same = labels[:, None] == labels
    return np.where(same, _SAME, -_SAME).astype(np.float32)


@dataclass(frozen=True)
class Units:
    """The pieces that the guide decides over, m of n, and which of them the others follow.

    Attributes:
        pieces: theirs, rising, int32 [m].
        unit: for each piece the unit that it is or follows, int32 [n].
        affinity: log-odds with the artist's links in them, float32 [m, m].
        blank: log-odds of staying white, float32 [m]; None where nobody knows.
        row: that speaks for each, int32 [m].
    """

    pieces: NDArray[np.int32]
    unit: NDArray[np.int32]
    affinity: NDArray[np.float32]
    blank: NDArray[np.float32] | None
    row: NDArray[np.int32]


def units_of(work: Work, affinity: Affinity) -> Units:
    """What the guide decides over on a page as it stands.

    A piece that is too small for a row of its own follows another, unless the artist has cut,
    joined or split it: then it has the row of what it followed. So has each part of a cut piece.

    Args:
        work: the page.
        affinity: of its uncut pieces.
    """
    origin = work.pieces.origin
    stands = affinity.own[origin]
    parts = np.bincount(origin)[origin] > 1
    stands |= parts
    for link in work.links:
        stands[link.pieces] = stands[link.rest] = True
    pieces = np.flatnonzero(stands).astype(np.int32)
    row = affinity.row[origin]
    # The uncut piece that has a row, or what is left of it, leads those that follow that row.
    leads = np.full(len(affinity.matrix), -1, np.int32)
    main = np.flatnonzero(affinity.own)
    leads[affinity.row[main]] = main
    unit = np.searchsorted(pieces, np.where(stands, np.arange(len(origin)), leads[row]))
    rows = row[pieces]
    links = affinity.matrix[np.ix_(rows, rows)]
    alike = rows[:, None] == rows
    links[alike] = _SAME
    place = np.full(len(origin), -1, np.int32)
    place[pieces] = np.arange(len(pieces))
    for link in work.links:
        moved = link.moved(place)
        if moved is not None:
            moved.bind(links)
    blank = None if affinity.blank is None else affinity.blank[rows]
    return Units(pieces, unit.astype(np.int32), links, blank, rows)
