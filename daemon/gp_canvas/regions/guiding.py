"""What the guide proposes, and what it asks about next: a function of what is known, and no more.

Nothing here remembers anything: the same pieces, affinities and colours of the artist give the same
answer, whatever came before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gp_client.types import Level
from numpy.typing import NDArray

from gp_canvas.lines.tables import parts
from gp_canvas.regions.grouping import average_linkage, merged
from gp_canvas.regions.order import worth
from gp_canvas.regions.spread import SURE, Evidence, log_odds, probabilities, shared


@dataclass(frozen=True)
class Group:
    """Pieces without a colour of the artist's that belong together, to ask about at once.

    Attributes:
        pieces: their numbers, rising, int32 [at least 1].
        proposed: the colour that the guide proposes for all of them, an index of the palette, or
            -1: undecided.
        worth: pixels that asking about it is expected to mend.
        color: the likeliest colour, an index of the palette, or -1 where nothing is known.
        probability: of that colour, mean over the group's pixels; 0 where nothing is known.
        blank: the same of staying blank, as pieces are that the artist closed.
        chances: of each colour of the palette, mean over the group's pixels, float32 [k].
        skipped: the artist has put off a piece of it.
    """

    pieces: NDArray[np.int32]
    proposed: int
    worth: float
    color: int
    probability: float
    blank: float
    chances: NDArray[np.float32]
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
        group: for each piece its place in `groups`, int32 [n]; -1 where it has a colour of the
            artist's or is closed.
        groups: all pieces that the artist neither coloured nor closed, in the order in which to
            ask about them: those not skipped first, then by falling worth. Undecided pieces and
            proposals of different colours are never in one.
    """

    proposed: NDArray[np.int32]
    probability: NDArray[np.float32]
    doubt: NDArray[np.float32]
    group: NDArray[np.int32]
    groups: tuple[Group, ...]

    @property
    def next(self) -> Group | None:
        """What to ask about now; None when the artist has coloured or closed every piece."""
        return next(iter(self.groups), None)

    @property
    def regions(self) -> tuple[Group, ...]:
        """The groups that are undecided, in their order."""
        return tuple(group for group in self.groups if group.proposed < 0)

    @property
    def doubtful(self) -> tuple[Group, ...]:
        """The groups that have a proposal, in their order: accept, or give the right colour."""
        return tuple(group for group in self.groups if group.proposed >= 0)


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
            +inf where the artist merged, -inf where they split. The diagonal is not read.
        evidence: what the artist has said.
        level: how sure the guide must be to propose a colour.

    Returns:
        Proposals, and groups in their order. Renumbered pieces give the renumbered answer
        (where no two values are equal: among equals the lowest piece comes first).
    """
    free, colors = evidence.free, len(evidence.palette)
    bound = merged(affinity)
    if bound is not None:
        affinity = np.where(bound[:, None] == bound, np.float32(np.inf), affinity)
    scores = log_odds(affinity, evidence)
    if bound is not None:
        scores = shared(scores, bound)
    chances = probabilities(scores)
    blank = chances[:, colors]
    best = chances[:, :colors].argmax(axis=1) if colors else np.zeros(len(sizes), np.intp)
    probability = chances[np.arange(len(sizes)), best]
    sure = free & (probability >= SURE[level]) & (probability > blank)
    proposed = np.where(sure, best, -1).astype(np.int32)
    right = np.where(sure, probability, np.where(free, blank, 1))
    joined = _grouped(free, sizes, affinity, proposed)
    gains = worth(sizes, affinity, joined, scores, right, level)
    group, groups = _ranked(joined, gains, sizes, chances, proposed, evidence.skipped)
    return Guidance(
        proposed=proposed,
        probability=np.where(evidence.given >= 0, 1, probability).astype(np.float32),
        doubt=np.where(sure, sizes * (1 - probability), 0).astype(np.float32),
        group=group,
        groups=groups,
    )


def _grouped(
    free: NDArray[np.bool_],
    sizes: NDArray[np.integer],
    affinity: NDArray[np.float32],
    proposed: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The group of each free piece, from 0, and -1 for the others, int32 [n].

    Pieces with different proposals are never in one group.
    """
    places = np.flatnonzero(free)
    links = affinity[places][:, places]
    links[proposed[places, None] != proposed[places]] = -np.inf
    np.fill_diagonal(links, -np.inf)
    group = np.full(len(sizes), -1, np.int32)
    group[places] = np.unique(average_linkage(sizes[places], links), return_inverse=True)[1]
    return group


def _ranked(
    group: NDArray[np.int32],
    worths: NDArray[np.float32],
    sizes: NDArray[np.integer],
    chances: NDArray[np.float32],
    proposed: NDArray[np.int32],
    skipped: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], tuple[Group, ...]]:
    """Each piece's place among the groups, and these, in the order in which to ask about them."""
    if not len(worths):
        return np.full(len(group), -1, np.int32), ()
    members = np.flatnonzero(group >= 0)
    members = members[np.argsort(group[members], kind="stable")]
    starts = np.searchsorted(group[members], np.arange(len(worths)))
    weight = np.maximum(sizes[members], 1).astype(np.float32)[:, None]
    means = np.add.reduceat(chances[members] * weight, starts, axis=0)
    means /= np.add.reduceat(weight, starts, axis=0)
    likeliest = means[:, :-1].argmax(axis=1) if means.shape[1] > 1 else None
    put_off = np.logical_or.reduceat(skipped[members], starts)
    order = np.lexsort((members[starts], -worths, put_off))
    pieces = parts(members.astype(np.int32), starts)
    groups = []
    for number in order.tolist():
        first = -1 if likeliest is None else int(likeliest[number])
        chance = float(means[number, first]) if first >= 0 else 0.0
        groups.append(
            Group(
                pieces=pieces[number],
                proposed=int(proposed[pieces[number][0]]),
                worth=float(worths[number]),
                color=first if chance > 0 else -1,
                probability=chance,
                blank=float(means[number, -1]),
                chances=means[number, :-1],
                skipped=bool(put_off[number]),
            )
        )
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return place[group], tuple(groups)
