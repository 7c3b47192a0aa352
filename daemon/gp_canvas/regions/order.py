"""What asking about a group of pieces is expected to mend, in pixels."""

from __future__ import annotations

import numpy as np
from gp_client.types import Level
from numpy.typing import NDArray

from gp_canvas.regions.spread import SURE

_MOST = 1e4  # log-odds: as good as certain
_WRONG = 1.5  # power of the chance that a piece is wrong; fewest clicks on validation works


def worth(
    sizes: NDArray[np.integer],
    affinity: NDArray[np.float32],
    group: NDArray[np.int32],
    scores: NDArray[np.float32],
    right: NDArray[np.float32],
    level: Level,
) -> NDArray[np.float32]:
    """What asking about a group of pieces is expected to mend, in pixels.

    The piece of it that is most in doubt stands for the group: if it is wrong, its own pixels
    become right, and those of all pieces that would follow it. The chance that it is wrong counts
    more than once: of many questions the one that promises most is mostly one that promises too
    much, and a question about what is right already is a lost click. A sum over the pieces of a
    group would ask first about many small pieces of which it is not even sure that they belong
    together: a quarter more clicks on pages of many figures.

    Args:
        sizes: pixels of each piece, int [n].
        affinity: log-odds that two pieces have the same colour, float32 [n, n].
        group: the group of each piece, from 0, or -1, int32 [n].
        scores: log-odds that a piece has each of the known colours, float32 [n, k].
        right: how likely a piece is right as it is, float32 [n]; 1 for what the artist coloured.
        level: how far colours spread; a group's own pieces get its colour at any level.

    Returns:
        Pixels, float32 [number of groups].
    """
    count = int(group.max(initial=-1)) + 1
    if not count:
        return np.zeros(0, np.float32)
    doubt = sizes * (1 - right)
    members = np.flatnonzero(group >= 0)
    members = members[np.lexsort((-doubt[members], group[members]))]
    first = members[np.searchsorted(group[members], np.arange(count))]
    unsure = np.flatnonzero(right < 1)
    known = np.logaddexp.reduce(scores[unsure], axis=1, initial=0)
    near = affinity[first][:, unsure]
    near -= np.minimum(known, _MOST)  # inf - inf is nothing
    with np.errstate(over="ignore"):  # 1 / inf is the right answer
        follows = 1 / (1 + np.exp(-near))
    inside = group[unsure] == np.arange(count)[:, None]
    follows[(follows < SURE[level]) & ~inside] = 0
    gain = np.maximum(follows - right[unsure], 0)
    gain[unsure == first[:, None]] = 0
    mended = sizes[first] + gain @ sizes[unsure].astype(np.float32)
    return ((1 - right[first]) ** _WRONG * mended).astype(np.float32)
