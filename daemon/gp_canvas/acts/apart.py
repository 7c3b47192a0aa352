"""Which other pieces are bound to pieces that are to stand alone. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.affinities import Units
from gp_canvas.regions.grouping import merged


def others(
    pieces: NDArray[np.integer],
    units: Units,
    region: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """What binds pieces to something else than themselves.

    Args:
        pieces: those that are to stand alone.
        units: what the guide decides over.
        region: of each piece, int32 [n]: then they leave what shares their regions too.

    Returns:
        Pieces, rising, int32 [m]: what merges bind to them, in other regions too (it may have got
        another colour since), and what shares their regions; of these only those that the guide
        decides over or that follow one of `pieces`.
    """
    count = len(units.unit)
    found, mine, decides = np.zeros((3, count), np.bool_)
    mine[pieces] = True
    decides[units.pieces] = True
    if region is not None:
        found |= np.isin(region, region[pieces])
    bound = merged(units.affinity)
    if bound is not None:
        found[units.pieces] |= np.isin(bound, bound[units.unit[pieces]])
    found &= decides | np.isin(units.unit, units.unit[pieces])
    return np.flatnonzero(found & ~mine).astype(np.int32)
