"""Pages far longer than wide, such as webtoon strips: the networks see them window by window.

A window is at most twice as long as wide, and begins and ends between panels where it can
(`gp_canvas.lines.windows`). Neighbours overlap: where both see the same region there it is one
region, and their colours fade into each other. Any other page is one window.
"""

from __future__ import annotations

import numpy as np
from gp_canvas.lines.cells import fill_nearest
from gp_canvas.lines.numbering import number_pieces
from gp_canvas.lines.raster import STRIP
from gp_canvas.lines.windows import OVERLAP, Windows
from numpy.typing import NDArray

from gp_daemon.networks.interface import ColorizerInput, PageNetworks

_LONGEST = 30.0  # sides: beyond, the short side loses cells
_SAME = 0.5  # of both regions' cells in the overlap: then they are one region
MOST_REGIONS = 250  # of a strip; regions are numbered in bytes


def grid_side(height: int, width: int, side: int) -> int:
    """The long side of the grid: more than the bundle's `side` for strips, never needlessly."""
    aspect = min(max(height, width) / min(height, width), _LONGEST)
    if aspect <= STRIP:
        return side
    return max(side, min(round(side * aspect / STRIP), max(height, width)))


def segment(
    networks: PageNetworks, sketch: NDArray[np.float32], pieces: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], int]:
    """f's regions on a grid of any length.

    Args:
        networks: f and g.
        sketch: float32 [h, w], padded, 1 = paper.
        pieces: int32 [h, w], padded, the piece of each cell.

    Returns:
        Labels uint8 [h, w], 0-based priorities; margin float32 [h, w]; and how many regions there
        may be: N_c, or for a strip as many as there are. A strip's priorities are interleaved:
        the first of each window, from the beginning, then the second of each.
    """
    bundle = networks.bundle
    windows = Windows.along(sketch, bundle.grid_side, bundle.grid_multiple)
    seen = []
    for span in windows.spans:
        part = np.ascontiguousarray(windows.crop(sketch, span))
        own = None
        if bundle.pieces:
            own = number_pieces(windows.crop(pieces, span), bundle.n_regions)
        seen.append(networks.segment(part, own))
    if len(seen) == 1:
        return (*seen[0], bundle.n_regions)
    labels = np.zeros(sketch.shape, np.int64)
    margin = np.zeros(sketch.shape, np.float32)
    keys: list[tuple[int, int]] = []  # (priority in its window, window) of each region
    names: list[dict[int, int]] = []  # for each window, region of the strip by its own label
    for index, (span, (own, sure)) in enumerate(zip(windows.spans, seen, strict=True)):
        same: dict[int, int] = {}
        start = span.start
        if index:
            before = windows.spans[index - 1]
            shared = windows.shared[index - 1]
            earlier, later = (
                windows.crop(labels, slice(shared.start - part.start, shared.stop - part.start))
                for labels, part in ((seen[index - 1][0], before), (own, span))
            )
            pairs = _matches(earlier, later)
            same = {mine: names[-1][theirs] for mine, theirs in pairs.items()}
            start = windows.seams[index - 1]
        for label in np.unique(own).tolist():
            if label not in same:
                same[label] = len(keys)
                keys.append((label, index))
        names.append(same)
        table = np.zeros(256, np.int64)
        table[list(same)] = list(same.values())
        rest = slice(start - span.start, None)
        windows.crop(labels, slice(start, span.stop))[:] = table[windows.crop(own, rest)]
        windows.crop(margin, slice(start, span.stop))[:] = windows.crop(sure, rest)
    rank = np.empty(len(keys), np.int64)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    labels = rank[labels]
    kept = labels < MOST_REGIONS
    ranked = fill_nearest(np.where(kept, labels, 0).astype(np.uint8), kept)
    return ranked, margin, min(len(keys), MOST_REGIONS)


def _matches(earlier: NDArray[np.uint8], later: NDArray[np.uint8]) -> dict[int, int]:
    """Which labels of two windows are one region, judged where both look: later to earlier."""
    both = np.bincount(later.ravel().astype(np.int64) * 256 + earlier.ravel(), minlength=65536)
    both = both.reshape(256, 256)
    mine, theirs = both.sum(axis=1), both.sum(axis=0)
    found: dict[int, int] = {}
    for label in np.flatnonzero(mine).tolist():
        best = int(both[label].argmax())
        if both[label, best] > _SAME * max(mine[label], theirs[best]):
            found[label] = best
    return found


def colorize(networks: PageNetworks, given: ColorizerInput) -> NDArray[np.float32]:
    """g's picture of a grid of any length.

    Args:
        networks: f and g.
        given: what g paints from, padded; there may be more regions than g has channels.

    Returns:
        float32 [3, h, w] in 0..1.
    """
    bundle, sketch = networks.bundle, given.sketch
    windows = Windows.along(sketch, bundle.grid_side, bundle.grid_multiple)
    if len(windows.spans) == 1:
        return networks.colorize(given)
    picture = np.zeros((3, *sketch.shape), np.float32)
    total = np.zeros(sketch.shape[windows.axis], np.float32)
    for span in windows.spans:
        part = networks.colorize(_part(given, windows, span, bundle.n_regions))
        weight = _fade(span.stop - span.start)
        total[span] += weight
        across = weight[:, None] if windows.axis == 0 else weight[None]
        for channel in range(3):
            windows.crop(picture[channel], span)[:] += part[channel] * across
    picture /= total[:, None] if windows.axis == 0 else total[None]
    return np.clip(picture, 0, 1, out=picture)


def _part(given: ColorizerInput, windows: Windows, span: slice, most: int) -> ColorizerInput:
    """What g paints a window from; its regions have channels of their own."""
    labels, names = _own_channels(windows.crop(given.labels, span), given.hinted, most)
    colors, hinted = np.zeros((most, 3), np.float32), np.zeros(most, np.bool_)
    colors[: len(names)], hinted[: len(names)] = given.colors[names], given.hinted[names]
    sketch = np.ascontiguousarray(windows.crop(given.sketch, span))
    rgb, mask = given.scribble_rgb, given.scribble_mask
    if rgb is None or mask is None:
        return ColorizerInput(sketch, labels, colors, hinted)
    strokes = np.stack([windows.crop(rgb[channel], span) for channel in range(3)])
    return ColorizerInput(sketch, labels, colors, hinted, strokes, windows.crop(mask, span))


def _own_channels(
    labels: NDArray[np.uint8], hinted: NDArray[np.bool_], most: int
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """A window's labels numbered for g, by priority, and the region of each number."""
    sizes = np.bincount(labels.ravel(), minlength=len(hinted)).astype(np.float64)
    # Where there are more regions than g has channels, hinted ones come first, then large ones.
    sizes[(sizes > 0) & hinted[: len(sizes)]] += labels.size
    order = np.argsort(-sizes, kind="stable")[:most]
    names = np.sort(order[sizes[order] > 0])
    table = np.zeros(256, np.uint8)
    table[names] = np.arange(len(names))
    known = np.isin(labels, names)
    return table[fill_nearest(labels, known)], names


def _fade(length: int) -> NDArray[np.float32]:
    """Weights of a window's cells, falling towards its ends within the overlap; never 0."""
    ramp = (np.arange(length) + 1) / (OVERLAP * length)
    return np.minimum(1, np.minimum(ramp, ramp[::-1])).astype(np.float32)
