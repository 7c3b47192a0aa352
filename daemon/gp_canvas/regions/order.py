"""What asking about a group of pieces is expected to mend, in pixels."""

from __future__ import annotations

import numpy as np
from gp_client.types import Level
from numpy.typing import NDArray

from gp_canvas.regions.spread import SURE

_MOST = 1e4  # log-odds: as good as certain


def worth(
    sizes: NDArray[np.integer],
    affinity: NDArray[np.float32],
    group: NDArray[np.int32],
    scores: NDArray[np.float32],
    right: NDArray[np.float32],
    level: Level,
) -> NDArray[np.float32]:
    """How many pixels are expected to become right when a group gets its colour.

    Those of its own pieces, and those of all pieces outside that would follow it: whose
    probability of having its colour passes the level's threshold.

    Args:
        sizes: pixels of each piece, int [n].
        affinity: log-odds that two pieces have the same colour, float32 [n, n].
        group: the group of each piece, from 0, or -1, int32 [n].
        scores: log-odds that a piece has each of the known colours, float32 [n, k].
        right: how likely a piece is right as it is, float32 [n]; 1 for what the artist coloured.
        level: how far colours spread.

    Returns:
        Pixels, float32 [number of groups].
    """
    count = int(group.max(initial=-1)) + 1
    if not count:
        return np.zeros(0, np.float32)
    unsure = np.flatnonzero(right < 1)
    members = np.flatnonzero(group >= 0)
    members = members[np.argsort(group[members], kind="stable")]
    starts = np.searchsorted(group[members], np.arange(count))
    near = np.maximum.reduceat(affinity[members][:, unsure], starts, axis=0)
    known = np.logaddexp.reduce(scores[unsure], axis=1, initial=0)
    near -= np.minimum(known, _MOST)  # inf - inf is nothing
    with np.errstate(over="ignore"):  # 1 / inf is the right answer
        follows = 1 / (1 + np.exp(-near))
    follows[follows < SURE[level]] = 0
    own = group[unsure]
    inside = np.flatnonzero(own >= 0)
    follows[own[inside], inside] = 1
    gain = np.maximum(follows - right[unsure], 0)
    return gain @ sizes[unsure].astype(np.float32)
