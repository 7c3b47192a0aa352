"""The numbers by which a segmenter of labels knows pieces.

Such a network learns what a piece of a given number means, so this rule belongs to its trained
weights: change it only together with them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def number_pieces(pieces: NDArray[np.integer], regions: int = 30) -> NDArray[np.int32]:
    """Numbers pieces by size.

    The `regions` largest pieces are 0..regions-1 by falling size. A smaller piece has the number of
    the large piece that it lies nearest to, plus a multiple of `regions`: so the number alone tells
    the segmenter where every piece belongs if nothing better is known.

    Args:
        pieces: integers [h, w], any from 0, the piece of each cell.
        regions: N_c, the most regions that the segmenter proposes.

    Returns:
        int32 [h, w], 0..h*w-1.
    """
    _, compact, sizes = np.unique(pieces, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), np.int32)
    rank[order] = np.arange(len(sizes), dtype=np.int32)
    ranks = rank[compact].reshape(pieces.shape)
    count = len(sizes)
    if count <= regions:
        return ranks
    leaders = _nearest_large(ranks, regions)
    table = np.arange(count, dtype=np.int32)
    # More followers than numbers below h*w can tell apart (tiny grids only) share their last one.
    most = ranks.size // regions - 1
    followers = np.zeros(regions, np.int32)
    for piece in range(regions, count):
        leader = leaders[piece]
        followers[leader] = min(followers[leader] + 1, most)
        table[piece] = leader + regions * followers[leader]
    return table[ranks]


def _nearest_large(ranks: NDArray[np.int32], regions: int) -> NDArray[np.int64]:
    """For each piece the one below `regions` that is nearest to most of its cells, int64 [n]."""
    large = ranks < regions
    _, nearest = cv2.distanceTransformWithLabels(
        (~large).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(nearest, np.int32)
    table = np.zeros(int(nearest.max()) + 1, np.int64)
    table[nearest[large]] = ranks[large]
    keys = ranks[~large].astype(np.int64) * regions + table[nearest[~large]]
    pairs, votes = np.unique(keys, return_counts=True)
    order = np.argsort(votes, kind="stable")
    leaders = np.arange(int(ranks.max()) + 1)
    leaders[pairs[order] // regions] = pairs[order] % regions
    return leaders
