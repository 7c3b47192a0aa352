"""Ink, gap closing and areas: what the line art alone says about where colours may end.

Two scales of the same idea (DESIGN section 6): *areas* at canvas resolution, which flats and
selections are made of, and *pieces* at grid resolution, over which the segmenter decides. Both are
found with trapped balls: a ball of a given radius rolls over the paper and cannot leave through a
gap narrower than itself; smaller balls then take what larger ones could not enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
# Growing over ink one pixel a pass costs a few ms a megapixel; lines are rarely wider than this,
# and what is left (solid blacks) is done at reduced size.
_SPREAD_PASSES = 8
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_BOX = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True)
class Areas:
    """A partition of the canvas into areas.

    Attributes:
        labels: int32 [H, W], 0..count-1 for every pixel; ink pixels carry the nearest area's.
        ink: bool [H, W].
        sizes: int64 [count], pixels of each area, ink under it included.
        threshold: luminance 0..255; darker pixels are ink.
        gap: gaps narrower than this many canvas pixels were closed.
    """

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    threshold: int
    gap: float

    @property
    def count(self) -> int:
        return len(self.sizes)


def default_gap(height: int, width: int) -> float:
    """Gap in canvas pixels that a hand leaves without meaning to, at this canvas size."""
    return max(3.0, max(height, width) / 250)


def find_ink(
    gray: NDArray[np.uint8], threshold: int | None = None
) -> tuple[NDArray[np.bool_], int]:
    """Splits a page into ink and paper.

    Args:
        gray: uint8 [H, W], 255 = paper.
        threshold: luminance 0..255 under which a pixel is ink; Otsu's when None.

    Returns:
        The ink, bool [H, W], and the threshold used.
    """
    if threshold is None:
        otsu, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        # On a nearly blank page Otsu splits paper grain; on a solid black one it splits nothing.
        threshold = int(np.clip(otsu + 1, 64, 224))
    return gray < threshold, threshold


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


def spread(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """`nearest_labels` for large canvases: exact to a pixel over lines, coarse in solid blacks.

    Neighbours advance into the unlabelled from both sides at the same speed, so a line of any
    width is shared out at its middle.

    Args:
        labels: int32 [H, W], 0 = none; labels below 2**24.

    Returns:
        int32 [H, W] without zeros, unless all are zero.
    """
    current = labels.astype(np.float32)  # OpenCV dilates float32, not int32
    for step in range(_SPREAD_PASSES):
        empty = current == 0
        if not empty.any():
            return current.astype(np.int32)
        # Cross and box in turn: an octagon, close enough to a disc over a few pixels.
        grown = cv2.dilate(current, _CROSS if step % 2 == 0 else _BOX)
        np.copyto(current, grown, where=empty)
    result = current.astype(np.int32)
    empty = result == 0
    if not empty.any():
        return result
    factor = max(1, int(np.sqrt(result.size / 1e6)))
    small = nearest_labels(np.ascontiguousarray(result[::factor, ::factor]))
    rows, columns = np.nonzero(empty)
    result[rows, columns] = small[rows // factor, columns // factor]
    return nearest_labels(result) if (result == 0).any() else result


def find_pieces(sketch: NDArray[np.float32], regions: int = 30) -> NDArray[np.int32]:
    """The pieces that the segmenter decides over (DESIGN section 5).

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
    ink, _ = find_ink(gray)
    scale = max(sketch.shape) / 256
    labels = trapped_balls(~ink, [max(1.0, radius * scale) for radius in PIECE_RADII])
    if not labels.any():
        return labels
    labels = nearest_labels(labels)
    areas = find_areas(gray, gap=PIECE_GAP)
    shape = (areas.sizes < WHOLE_PIECE * gray.size)[areas.labels]
    labels = np.where(shape, areas.labels + 1, labels + areas.count).astype(np.int32)
    labels = _absorb_small(labels, MIN_PIECE * gray.size)
    sizes = np.bincount(labels.ravel())
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), np.int32)
    rank[order] = np.arange(len(sizes), dtype=np.int32)
    return _number_by_neighbour(rank[labels], regions)


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


def find_areas(gray: NDArray[np.uint8], gap: float | None = None, ink: int | None = None) -> Areas:
    """Divides a page into areas enclosed by ink, gaps closed.

    Paper that is connected at full resolution is split only where a ball of diameter `gap` cannot
    pass. The balls roll at reduced size on large canvases (they need about three pixels of
    diameter), while lines are followed at full resolution.

    Args:
        gray: uint8 [H, W], 255 = paper.
        gap: canvas pixels; gaps narrower than this are closed. 0 closes none; None: by canvas size.
        ink: luminance threshold 0..255, None: Otsu's.

    Returns:
        The areas; a page without any paper is one area.
    """
    mask, threshold = find_ink(gray, ink)
    if gap is None:
        gap = default_gap(*gray.shape)
    components = cc3d.connected_components(~mask, connectivity=4, out_dtype=np.uint32)
    labels = components.astype(np.int32)
    if gap > 0 and labels.any():
        labels = _split_at_gaps(labels, mask, gap)
    labels = spread(labels)
    # Compact, in order of first appearance: the same line art gives the same numbers.
    sizes = np.bincount(labels.ravel())
    table = np.cumsum(sizes > 0, dtype=np.int32) - 1
    return Areas(table[labels], mask, sizes[sizes > 0], threshold, float(gap))


def _split_at_gaps(
    components: NDArray[np.int32], ink: NDArray[np.bool_], gap: float
) -> NDArray[np.int32]:
    """Splits paper components where a ball of diameter `gap` cannot pass; 0 = to be spread over."""
    factor = max(1, int(gap / 4))
    small_ink = _shrink_ink(ink, factor)
    radius = gap / 2 / factor
    # A second, smaller ball keeps thin shapes (strands, frames) apart from their neighbours.
    balls = trapped_balls(~small_ink, [radius, max(1.0, radius / 2)])
    height, width = components.shape
    upscaled = cv2.resize(
        balls.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST
    ).astype(np.int32)
    # Each ball has one home, the component that it covers most; elsewhere it is a leak of the
    # coarse raster and counts for nothing.
    balls_found = int(balls.max()) + 1
    pairs = components.astype(np.int64) * balls_found + upscaled
    keys, counts = np.unique(pairs[(components > 0) & (upscaled > 0)], return_counts=True)
    owners, members = keys // balls_found, keys % balls_found
    order = np.argsort(counts, kind="stable")
    home = np.zeros(balls_found, np.int64)
    home[members[order]] = owners[order]
    balls_per_component = np.bincount(home[home > 0], minlength=int(components.max()) + 1)
    split = balls_per_component >= 2
    split[0] = False
    inside = split[components]
    at_home = inside & (home[upscaled] == components) & (upscaled > 0)
    labels = np.where(inside, 0, components)
    labels[at_home] = upscaled[at_home] + int(components.max())
    return labels


def _shrink_ink(ink: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """Ink at 1/factor size; a cell with any ink is ink, so that no line opens."""
    if factor == 1:
        return ink
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % factor), (0, -width % factor)))
    rows, columns = padded.shape
    cells = padded.reshape(rows // factor, factor, columns // factor, factor)
    return np.asarray(cells.any(axis=(1, 3)))
