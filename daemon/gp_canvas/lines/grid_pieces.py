"""Pieces: what the segmenter decides over, at grid size.

A network learns what a piece of a given number means, so what is found here belongs to the trained
weights: change it only together with them. Nothing in this module depends on the canvas-size rules
of `gp_canvas.lines.areas`, which may get better at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

import cc3d
import cv2
import numpy as np
from numpy.typing import NDArray

# Ball radii of the pieces, in pixels of a grid whose long side is 256.
PIECE_RADII = (5.0, 2.5, 1.2)
# Of the grid: smaller pieces (hatching, specks between strokes) join their nearest neighbour, or
# they would flow together into one region that nobody could name.
MIN_PIECE = 0.001
# Of the grid: an area below this is one piece; its parts would be decided together anyway.
WHOLE_PIECE = 0.06
PIECE_GAP = 2.0  # grid pixels; gaps narrower than this are closed when pieces are found
_SPREAD_PASSES = 8  # pixels that areas grow over ink before the nearest is looked up
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_BOX = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


def trapped_balls(paper: NDArray[np.bool_], radii: Sequence[float]) -> NDArray[np.int32]:
    """Fills the paper with balls of the given radii, each only where earlier ones could not go.

    Args:
        paper: bool [H, W].
        radii: pixels, usually falling.

    Returns:
        int32 [H, W]: 0 where no ball fitted (and on ink), else 1..n.
    """
    free = paper.astype(np.uint8)
    labels = np.zeros(paper.shape, np.int32)
    count = 0
    for radius in radii:
        distance = cv2.distanceTransform(free, cv2.DIST_L2, 5)
        core = distance > radius
        if not core.any():
            continue
        components, found = cc3d.connected_components(core, connectivity=4, return_N=True)
        # A core pixel's whole ball is free, so all that lies within the radius of it belongs to it.
        back, owner = _nearest(core, components.astype(np.int32))
        reach = (back <= radius) & (free > 0)
        labels[reach] = owner[reach] + count
        free[reach] = 0
        count += found
    return labels


def nearest_labels(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Gives each pixel labelled 0 the label of the nearest labelled pixel.

    Args:
        labels: int32 [H, W], 0 = none.

    Returns:
        int32 [H, W] without zeros, unless all are zero.
    """
    seeds = labels > 0
    if seeds.all() or not seeds.any():
        return labels
    return _nearest(seeds, labels)[1]


def _nearest(
    seeds: NDArray[np.bool_], labels: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Each pixel's distance to the nearest seed, and that seed's label; both [H, W]."""
    distance, index = cv2.distanceTransformWithLabels(
        (~seeds).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.asarray(index, np.int32)
    table = np.zeros(int(index.max()) + 1, np.int32)
    table[index[seeds]] = labels[seeds]
    return np.asarray(distance, np.float32), table[index]


def find_pieces(sketch: NDArray[np.float32], regions: int = 30) -> NDArray[np.int32]:
    """The pieces that the segmenter decides over.

    Small areas are one piece each; large ones, which may be open drawings, are cut by trapped
    balls. The `regions` largest pieces are numbered 0..regions-1 by falling size. A smaller piece
    has the number of the large piece that it lies nearest to, plus a multiple of `regions`: so
    the number alone tells the segmenter where every piece belongs if nothing better is known.

    Args:
        sketch: float32 [H, W] in 0..1 at grid size, 1 = paper.
        regions: N_c, the most regions that the segmenter proposes.

    Returns:
        int32 [H, W], 0..H*W-1 for every pixel, ink included; all 0 where no ball fits at all.
    """
    gray = np.clip(sketch * 255, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    paper = gray >= int(np.clip(otsu + 1, 64, 224))
    scale = max(sketch.shape) / 256
    labels = trapped_balls(paper, [max(1.0, radius * scale) for radius in PIECE_RADII])
    if not labels.any():
        return labels
    labels = nearest_labels(labels)
    areas = _enclosed(paper)
    sizes = np.bincount(areas.ravel())
    shape = (sizes < WHOLE_PIECE * gray.size)[areas]
    labels = np.where(shape, areas + 1, labels + len(sizes)).astype(np.int32)
    labels = _absorb_small(labels, MIN_PIECE * gray.size)
    sizes = np.bincount(labels.ravel())
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), np.int32)
    rank[order] = np.arange(len(sizes), dtype=np.int32)
    return _number_by_neighbour(rank[labels], regions)


def _enclosed(paper: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The areas of a grid, 0..n-1 for every pixel, ink shared out among them."""
    labels = cc3d.connected_components(paper, connectivity=4, out_dtype=np.uint32).astype(np.int32)
    labels = _spread(_split_at_gaps(labels, paper))
    table = np.cumsum(np.bincount(labels.ravel()) > 0, dtype=np.int32) - 1
    return table[labels]


def _split_at_gaps(components: NDArray[np.int32], paper: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Splits components where a ball of diameter PIECE_GAP cannot pass; 0 = to be spread over."""
    balls = trapped_balls(paper, [PIECE_GAP / 2, 1.0])
    found = int(balls.max()) + 1
    pairs = components.astype(np.int64) * found + balls
    keys, counts = np.unique(pairs[(components > 0) & (balls > 0)], return_counts=True)
    owners, members = keys // found, keys % found
    order = np.argsort(counts, kind="stable")
    home = np.zeros(found, np.int64)
    home[members[order]] = owners[order]
    split = np.bincount(home[home > 0], minlength=int(components.max()) + 1) >= 2
    split[0] = False
    inside = split[components]
    at_home = inside & (home[balls] == components) & (balls > 0)
    labels = np.where(inside, 0, components)
    labels[at_home] = balls[at_home] + int(components.max())
    return labels


def _spread(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fills zeros from both sides of a line at the same speed, then with the nearest label."""
    current = labels.astype(np.float32)  # OpenCV dilates float32, not int32
    for step in range(_SPREAD_PASSES):
        empty = current == 0
        if not empty.any():
            return current.astype(np.int32)
        # Cross and box in turn: an octagon, close enough to a disc over a few pixels.
        grown = cv2.dilate(current, _CROSS if step % 2 == 0 else _BOX)
        np.copyto(current, grown, where=empty)
    return nearest_labels(current.astype(np.int32))


def _number_by_neighbour(ranks: NDArray[np.int32], regions: int) -> NDArray[np.int32]:
    """Renumbers pieces ranked `regions` and above after the large piece nearest to them."""
    count = int(ranks.max()) + 1
    if count <= regions:
        return ranks
    owner = _vote_nearest(ranks + 1, (np.arange(count + 1) <= regions))[1:] - 1
    table = np.arange(count, dtype=np.int32)
    # More followers than numbers below H*W can tell apart (tiny grids only) share their last one.
    most = ranks.size // regions - 1
    followers = np.zeros(regions, np.int32)
    for piece in range(regions, count):
        leader = owner[piece]
        followers[leader] = min(followers[leader] + 1, most)
        table[piece] = leader + regions * followers[leader]
    return table[ranks]


def _vote_nearest(labels: NDArray[np.int32], keep: NDArray[np.bool_]) -> NDArray[np.int32]:
    """For each label 1..n, itself if kept, else the kept label nearest to most of its pixels.

    Args:
        labels: int32 [H, W], 1..n.
        keep: bool [n + 1], at least one label that occurs is kept.

    Returns:
        int32 [n + 1].
    """
    kept = keep[labels]
    table = np.arange(len(keep), dtype=np.int32)
    near = nearest_labels(np.where(kept, labels, 0).astype(np.int32))
    keys = labels[~kept].astype(np.int64) * len(keep) + near[~kept]
    pairs, votes = np.unique(keys, return_counts=True)
    order = np.argsort(votes, kind="stable")
    table[pairs[order] // len(keep)] = pairs[order] % len(keep)
    return table


def _absorb_small(labels: NDArray[np.int32], least: float) -> NDArray[np.int32]:
    """Gives each piece of fewer than `least` pixels, whole, to the piece nearest to most of it."""
    sizes = np.bincount(labels.ravel())
    keep = sizes >= least
    if keep.all() or not keep.any():
        return labels
    return _vote_nearest(labels, keep)[labels]
