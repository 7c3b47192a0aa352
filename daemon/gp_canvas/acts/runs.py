"""A map of pieces as runs: small enough to be sent, and looked up without unpacking."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def runs(
    labels: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.uint16], NDArray[np.int32]]:
    """Each row of a map as runs of one piece.

    Args:
        labels: int32 [H, W], W up to 65535.

    Returns:
        starts int32 [H + 1], the first run of each row and the number of all runs; ends
        uint16 [runs], the column after each run's last; pieces int32 [runs]. The piece at (x, y) is
        that of the first run from starts[y] on whose end is above x.
    """
    ends = np.ones(labels.shape, np.bool_)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=ends[:, :-1])
    found = np.flatnonzero(ends)
    starts = np.zeros(len(labels) + 1, np.int32)
    np.cumsum(np.count_nonzero(ends, axis=1), out=starts[1:])
    columns = (found % labels.shape[1] + 1).astype(np.uint16)
    return starts, columns, labels.ravel()[found]
