"""How likely a piece has each of the colours that the artist has given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gp_client.types import Level
from numpy.typing import NDArray

SURE: dict[Level, float] = {"off": np.inf, "careful": 0.95, "bold": 0.1}
"""The probability from which the guide gives a piece a colour.

Bold is every best guess that is likelier than staying blank: measured on real and composed pages,
what it saves in clicks falls from a third and a half at 0.1 to nearly nothing at 0.5.
"""


@dataclass(frozen=True)
class Evidence:
    """What the artist has said about the pieces of a page, n of them.

    Attributes:
        palette: the distinct colours given so far, uint8 [k, 3] RGB; colours of the cast too.
        given: the artist's colour of each piece, an index of the palette, or -1, int32 [n].
        teaches: pieces whose colour (or, where they are closed, whose staying blank) says
            something about others, bool [n]; not those that were filled by themselves.
        closed: pieces that stay blank for good or are not to be asked about, bool [n].
        skipped: pieces that the artist has put off, bool [n]; they come back at the end.
        cast_affinity: log-odds that a piece has the colour of a piece of earlier pages,
            float32 [n, m]; None without a cast.
        cast_color: the colour of each of those, an index of the palette, int32 [m].
        blank: log-odds that a piece stays white, whatever else is known, float32 [n]; None where
            nobody has said.
    """

    palette: NDArray[np.uint8]
    given: NDArray[np.int32]
    teaches: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    cast_affinity: NDArray[np.float32] | None = None
    cast_color: NDArray[np.int32] | None = None
    blank: NDArray[np.float32] | None = None

    @property
    def free(self) -> NDArray[np.bool_]:
        """Pieces that have no colour of the artist's and may get one, bool [n]."""
        return (self.given < 0) & ~self.closed


def log_odds(affinity: NDArray[np.float32], evidence: Evidence) -> NDArray[np.float32]:
    """s(i, c): how near a piece is to the nearest piece that has a colour.

    Args:
        affinity: log-odds that two pieces have the same colour, float32 [n, n].
        evidence: what the artist has said.

    Returns:
        Log-odds, float32 [n, k + 1], -inf where nothing is known; the last column is staying blank.
    """
    colors = len(evidence.palette)
    blank = evidence.closed & (evidence.given < 0)
    known = np.where(blank, colors, evidence.given)
    teachers = np.flatnonzero(evidence.teaches & (known >= 0))
    found = _nearest(affinity[teachers], known[teachers], colors + 1)
    if evidence.cast_affinity is not None and evidence.cast_color is not None:
        cast = _nearest(evidence.cast_affinity.T, evidence.cast_color, colors + 1)
        np.maximum(found, cast, out=found)
    if evidence.blank is not None:
        np.maximum(found[-1], evidence.blank, out=found[-1])
    return found.T


def probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """P(i has c) = exp s(i, c) / (1 + sum over colours of exp s(i, .)).

    Args:
        scores: log-odds, float [n, k]; +-inf allowed. Several +inf share what there is.

    Returns:
        float32 [n, k], rows add up to at most 1; what is missing is none of them.
    """
    top = scores.max(axis=1, initial=0)
    certain = np.isposinf(top)
    top[certain] = 0
    odds = np.empty_like(scores)
    odds[~certain] = np.exp(scores[~certain] - top[~certain, None])
    odds[certain] = np.isposinf(scores[certain])
    rest = np.where(certain, 0, np.exp(-top))
    return (odds / (rest + odds.sum(axis=1))[:, None]).astype(np.float32)


def shared(scores: NDArray[np.float32], bound: NDArray[np.int32]) -> NDArray[np.float32]:
    """Scores [n, k], the same for all pieces that merges bind: the highest of any of them.

    Args:
        scores: log-odds, float32 [n, k].
        bound: the same number for pieces that are bound, int32 [n].
    """
    order = np.argsort(bound, kind="stable")
    heads, starts = np.unique(bound[order], return_index=True)
    highest = np.maximum.reduceat(scores[order], starts, axis=0)
    return highest[np.searchsorted(heads, bound)]


def _nearest(
    affinity: NDArray[np.float32], color: NDArray[np.int32], colors: int
) -> NDArray[np.float32]:
    """The largest affinity [m, n] of anything of a colour [m], float32 [colors, n]."""
    found = np.full((colors, affinity.shape[1]), -np.inf, np.float32)
    if len(color):
        order = np.argsort(color, kind="stable")
        present, starts = np.unique(color[order], return_index=True)
        found[present] = np.maximum.reduceat(affinity[order], starts, axis=0)
    return found
