"""Colours that keep their place when a page's pieces are found anew. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.coloring import Coloring
from gp_canvas.acts.piecemap import PieceMap
from gp_canvas.acts.shapes import pack
from gp_canvas.lines.tables import look_up, strips, tally_parts

# Of the smaller of two pieces, old and new: an overlap of so much is a place in common, and one of
# less most likely a shifted border.
_HALF = 0.5
# Of a new piece: undecided paper of less than this does not keep a colour from filling it.
_SLIGHT = 0.1
# Canvas pixels, and of the canvas's long side: by so much another threshold may shift a border.
_SHIFT, _SHIFT_SHARE = 2.0, 1 / 500


@dataclass(frozen=True)
class Moved:
    """A coloring on other pieces.

    Attributes:
        pieces: the new ones, cut where two colours, or a colour and none, lay in one of them.
        coloring: theirs.
        place: for each old piece the new one that holds most of it, int32 [old pieces].
    """

    pieces: PieceMap
    coloring: Coloring
    place: NDArray[np.int32]


@dataclass(frozen=True)
class _Overlaps:
    """Pairs of a new and an old piece that share pixels, by new piece."""

    new: NDArray[np.int64]
    old: NDArray[np.int64]
    pixels: NDArray[np.int64]


def carry(before: PieceMap, coloring: Coloring, found: PieceMap, first: int) -> Moved:
    """Brings a coloring to pieces that were found anew in the same line art.

    A new piece takes what the old pieces in its place had. Where they had different colours, it is
    cut along their borders: no colour of the artist's is lost, and none runs out. Pieces that
    the artist cut by hand stay cut.

    Args:
        before: the old pieces.
        coloring: theirs, without proposals.
        found: the new pieces.
        first: the name of the first piece that a cut makes.
    """
    overlaps = _overlaps(before, found)
    order = np.argsort(overlaps.pixels, kind="stable")
    place = np.zeros(before.count, np.int32)
    place[overlaps.old[order]] = overlaps.new[order]
    keys = _keys(before, coloring)
    shared = _shared(overlaps, before, found, coloring.decided, place)
    parts = _parts(overlaps, shared, keys, coloring.decided, found)
    speaker = np.zeros(found.count, np.int64)  # the old piece that each new one is like
    for new, by_key in enumerate(parts):
        speaker[new] = by_key[0][1]
    rounds = max(len(by_key) for by_key in parts)
    pieces = found
    for number in range(1, rounds):
        chosen = {new: by_key[number] for new, by_key in enumerate(parts) if len(by_key) > number}
        wanted = np.full(found.count, -1, np.int64)
        wanted[list(chosen)] = [key for key, _ in chosen.values()]
        shape = _where(before, found, keys, shared, wanted)
        if not shape.any():
            continue
        whole = np.array(sorted(chosen), np.int64)
        parted = pieces.cut(whole, *pack(shape), first)
        pieces, divided = parted.pieces, parted.before
        first += len(divided)
        speaker = np.concatenate([speaker, [chosen[int(new)][1] for new in divided]])
    return Moved(pieces, coloring.taken(speaker), place)


def _overlaps(before: PieceMap, found: PieceMap) -> _Overlaps:
    old_labels, new_labels = before.labels, found.labels
    pairs, pixels = tally_parts(
        new_labels[rows].ravel().astype(np.int64) * before.count + old_labels[rows].ravel()
        for rows in strips(new_labels)
    )
    new, old = np.divmod(pairs, before.count)
    return _Overlaps(new, old, pixels)


def _keys(before: PieceMap, coloring: Coloring) -> NDArray[np.int64]:
    """A number for each old piece: two pieces with the same one may be in one new piece."""
    state = np.stack(
        [coloring.codes, coloring.by, coloring.teaches, coloring.kept, coloring.decided], axis=1
    ).astype(np.int64)
    state[~coloring.decided] = 0
    _, keys = np.unique(state, axis=0, return_inverse=True)
    keys = keys.reshape(-1).astype(np.int64)
    cut = np.bincount(before.origin)[before.origin] > 1
    keys[cut] = keys.max(initial=0) + 1 + np.flatnonzero(cut)
    return keys


def _shared(
    overlaps: _Overlaps,
    before: PieceMap,
    found: PieceMap,
    decided: NDArray[np.bool_],
    place: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Which overlaps are places in common and no mere shift of a border."""
    new, old, pixels = overlaps.new, overlaps.old, overlaps.pixels
    smaller = np.minimum(found.sizes[new], before.sizes[old])
    shared = (pixels >= _HALF * smaller) | (decided[old] & (place[old] == new))
    depth = max(_SHIFT, max(found.shape) * _SHIFT_SHARE)
    for pair in np.flatnonzero(~shared & decided[old] & (pixels >= _SLIGHT * smaller)).tolist():
        shared[pair] = _deep(before, found, int(old[pair]), int(new[pair]), depth)
    return shared


def _deep(before: PieceMap, found: PieceMap, old: int, new: int, depth: float) -> bool:
    """Whether what two pieces have in common is anywhere further than this from its own border."""
    first, second = before.boxes[old], found.boxes[new]
    left, top = np.maximum(first[:2], second[:2]).tolist()
    right, bottom = np.minimum(first[:2] + first[2:], second[:2] + second[2:]).tolist()
    box = np.s_[top:bottom, left:right]
    both = (before.labels[box] == old) & (found.labels[box] == new)
    framed = np.pad(both.view(np.uint8), 1)
    return float(np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, 3)).max()) > depth


def _parts(
    overlaps: _Overlaps,
    shared: NDArray[np.bool_],
    keys: NDArray[np.int64],
    decided: NDArray[np.bool_],
    found: PieceMap,
) -> list[list[tuple[int, int]]]:
    """For each new piece what shares its place: (key, the old piece that speaks for it), the
    largest first; at least one."""
    starts = np.searchsorted(overlaps.new, np.arange(found.count + 1))
    parts: list[list[tuple[int, int]]] = []
    for new in range(found.count):
        span = slice(int(starts[new]), int(starts[new + 1]))
        pairs = list(zip(overlaps.old[span].tolist(), overlaps.pixels[span].tolist(), strict=True))
        common = [pair for pair, is_one in zip(pairs, shared[span].tolist(), strict=True) if is_one]
        common = common or [max(pairs, key=lambda pair: pair[1])]
        sums: dict[int, int] = {}
        speakers: dict[int, tuple[int, int]] = {}
        for old, pixels in common:
            key = int(keys[old])
            sums[key] = sums.get(key, 0) + pixels
            speakers[key] = max(speakers.get(key, (0, old)), (pixels, old))
        order = sorted(sums, key=lambda key: (-sums[key], key))
        least = _SLIGHT * int(found.sizes[new])
        kept = [key for key in order if decided[speakers[key][1]] or sums[key] >= least]
        parts.append([(key, speakers[key][1]) for key in kept or order[:1]])
    return parts


def _where(
    before: PieceMap,
    found: PieceMap,
    keys: NDArray[np.int64],
    shared: NDArray[np.bool_],
    wanted: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """The pixels whose old piece has the key that is wanted in their new piece, bool [H, W]."""
    shape = np.zeros(found.shape, np.bool_)
    narrow = keys.astype(np.int32)
    table = wanted.astype(np.int32)
    for rows in strips(found.labels):
        here = look_up(table, found.labels[rows])
        shape[rows] = here == look_up(narrow, before.labels[rows])
    return shape
