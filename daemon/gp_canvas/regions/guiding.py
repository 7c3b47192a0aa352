"""What the guide proposes, and what it asks about next: a function of what is known, and no more.

Nothing here remembers anything: the same pieces, affinities and colours of the artist give the same
answer, whatever came before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_canvas.regions.grouping import average_linkage
from gp_canvas.regions.order import worth
from gp_canvas.regions.spread import SURE, Evidence, Level, log_odds, probabilities


@dataclass(frozen=True)
class Group:
    """Pieces to ask about together.

    Attributes:
        pieces: their numbers, rising, int32 [at least 1].
        worth: pixels that its colour is expected to mend; of proposals, their doubt.
        color: the likeliest colour, an index of the palette, or -1 where nothing is known.
        probability: of that colour, mean over the group's pixels; 0 where nothing is known.
        blank: the same of staying blank, as pieces are that the artist closed.
        ranked: all colours of the palette, the likeliest first, int32 [k].
        skipped: the artist has put off a piece of it.
    """

    pieces: NDArray[np.int32]
    worth: float
    color: int
    probability: float
    blank: float
    ranked: NDArray[np.int32]
    skipped: bool


@dataclass(frozen=True)
class Guidance:
    """The guide's answer for a page of n pieces.

    Attributes:
        proposed: the colour that the guide proposes for each piece, an index of the palette,
            or -1, int32 [n]; never for a piece that the artist coloured or closed.
        probability: of the likeliest colour of each piece, proposed or not, float32 [n];
            1 for a piece that the artist coloured.
        doubt: pixels of a piece times the probability that its proposal is wrong, float32 [n].
        region: for each piece its place in `regions`, -1 where it has a colour or is closed,
            int32 [n].
        regions: the undecided pieces in groups, in the order in which to ask about them: those
            not skipped first, then by falling worth.
        doubtful: the proposals in groups of pieces that follow the same colour and belong
            together; in the same order, by doubt. For when no region is left.
    """

    proposed: NDArray[np.int32]
    probability: NDArray[np.float32]
    doubt: NDArray[np.float32]
    region: NDArray[np.int32]
    regions: tuple[Group, ...]
    doubtful: tuple[Group, ...]

    @property
    def next(self) -> Group | None:
        """What to ask about now, or None when all is decided and sure."""
        return next(iter(self.regions + self.doubtful), None)


def guide(
    sizes: NDArray[np.integer],
    affinity: NDArray[np.float32],
    evidence: Evidence,
    level: Level,
) -> Guidance:
    """What the guide makes of what the artist has said.

    Args:
        sizes: pixels of paper of each piece, int [n].
        affinity: log-odds that two pieces have the same colour, float32 [n, n], symmetric;
            +inf where the artist merged, -inf where he split.
        evidence: what the artist has said.
        level: how sure the guide must be to propose a colour.

    Returns:
        Proposals, regions in their order, and doubts. Renumbered pieces give the renumbered answer
        (where no two values are equal: among equals the lowest piece comes first).
    """
    free, colors = evidence.free, len(evidence.palette)
    bound = average_linkage(sizes, affinity, np.inf)
    affinity = _chained(affinity, bound)
    scores = _shared(log_odds(affinity, evidence), bound)
    chances = probabilities(scores)
    blank = chances[:, colors]
    best = chances[:, :colors].argmax(axis=1) if colors else np.zeros(len(sizes), np.intp)
    probability = chances[np.arange(len(sizes)), best]
    sure = free & (probability >= SURE[level]) & (probability > blank)
    right = np.where(sure, probability, np.where(free, blank, 1))
    doubt = np.where(sure, sizes * (1 - probability), 0).astype(np.float32)
    proposed = np.where(sure, best, -1).astype(np.int32)

    undecided = _grouped(free & ~sure, sizes, affinity, None)
    count = int(undecided.max(initial=-1)) + 1
    known = np.logaddexp.reduce(scores, axis=1, initial=0)
    gains = worth(sizes, affinity, undecided, count, known, right, level)
    region, regions = _ranked(undecided, gains, sizes, chances, evidence.skipped)
    following = _grouped(sure, sizes, affinity, proposed)
    doubts = np.bincount(following[sure], doubt[sure]).astype(np.float32)
    _, doubtful = _ranked(following, doubts, sizes, chances, evidence.skipped)
    return Guidance(
        proposed=proposed,
        probability=np.where(evidence.given >= 0, 1, probability).astype(np.float32),
        doubt=doubt,
        region=region,
        regions=regions,
        doubtful=doubtful,
    )


def _chained(affinity: NDArray[np.float32], bound: NDArray[np.int32]) -> NDArray[np.float32]:
    """Affinities with +inf between all pieces that a chain of merges binds."""
    heads, length = np.unique(bound, return_counts=True)
    if len(heads) == len(bound):
        return affinity
    affinity = affinity.copy()
    for head in heads[length > 1]:
        pieces = np.flatnonzero(bound == head)
        affinity[np.ix_(pieces, pieces)] = np.inf
    return affinity


def _shared(scores: NDArray[np.float32], bound: NDArray[np.int32]) -> NDArray[np.float32]:
    """Scores, the same for all pieces that merges bind: the highest of any of them."""
    order = np.argsort(bound, kind="stable")
    heads, starts = np.unique(bound[order], return_index=True)
    highest = np.maximum.reduceat(scores[order], starts, axis=0)
    return highest[np.searchsorted(heads, bound)]


def _grouped(
    chosen: NDArray[np.bool_],
    sizes: NDArray[np.integer],
    affinity: NDArray[np.float32],
    apart: NDArray[np.int32] | None,
) -> NDArray[np.int32]:
    """The group of each chosen piece, from 0, and -1 for the others, int32 [n].

    Args:
        chosen: bool [n].
        sizes: pixels of each piece, int [n].
        affinity: log-odds that two pieces have the same colour, float32 [n, n].
        apart: pieces with different numbers come into different groups, int32 [n].
    """
    places = np.flatnonzero(chosen)
    links = affinity[np.ix_(places, places)]
    if apart is not None:
        links[apart[places, None] != apart[places]] = -np.inf
    group = np.full(len(sizes), -1, np.int32)
    group[places] = np.unique(average_linkage(sizes[places], links), return_inverse=True)[1]
    return group


def _ranked(
    group: NDArray[np.int32],
    worths: NDArray[np.floating],
    sizes: NDArray[np.integer],
    chances: NDArray[np.float32],
    skipped: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], tuple[Group, ...]]:
    """Groups in the order in which to ask about them, and each piece's place among them."""
    members = np.flatnonzero(group >= 0)
    members = members[np.argsort(group[members], kind="stable")]
    starts = np.searchsorted(group[members], np.arange(len(worths)))
    if not len(starts):
        return np.full(len(group), -1, np.int32), ()
    weight = np.maximum(sizes[members], 1).astype(np.float32)[:, None]
    means = np.add.reduceat(chances[members] * weight, starts, axis=0)
    means /= np.add.reduceat(weight, starts, axis=0)
    colors = means[:, :-1]
    ranks = np.argsort(-colors, axis=1, kind="stable").astype(np.int32)
    put_off = np.logical_or.reduceat(skipped[members], starts)
    order = np.lexsort((members[starts], -worths, put_off))
    pieces = np.split(members.astype(np.int32), starts[1:])
    groups = []
    for number in order.tolist():
        first = int(ranks[number, 0]) if colors.shape[1] else -1
        chance = float(colors[number, first]) if first >= 0 else 0.0
        groups.append(
            Group(
                pieces=pieces[number],
                worth=float(worths[number]),
                color=first if chance > 0 else -1,
                probability=chance,
                blank=float(means[number, -1]),
                ranked=ranks[number],
                skipped=bool(put_off[number]),
            )
        )
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return place[group], tuple(groups)
