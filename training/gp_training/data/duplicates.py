"""Near-duplicates across sources, and splits that never part them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")
# Of 256 bits of the perceptual hash. Measured on this data by looking at pairs (docs/data.md).
SAME = 8  # up to this, one drawing in other colours or with another smile: kept once
KIN = 12  # up to this, one family (cards of a pack, cars of a make): kept, in one split


@dataclass(frozen=True)
class Entry:
    """What deciding needs to know of a figure.

    Attributes:
        work: what must stay in one split, with its source's name before it.
        procedural: drawn by a program; see `Source.procedural`.
    """

    work: str
    procedural: bool


def split_of(work: str) -> str:
    """81 : 9 : 10 by a hash of the work's name, so that a work never crosses the split."""
    bucket = int.from_bytes(hashlib.sha256(work.encode()).digest()[:4], "big") % 100
    return "train" if bucket < 81 else "validation" if bucket < 90 else "test"


def difference_hash(gray: NDArray[np.uint8]) -> bytes:
    """A 256-bit perceptual hash: the sign of horizontal differences at 16 x 16."""
    small = cv2.resize(gray, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes()


def near_pairs(
    hashes: Sequence[bytes], most: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of hashes at a Hamming distance of at most `most`.

    Args:
        hashes: of equal length.
        most: bits.

    Returns:
        First index, second index (first < second), distance; sorted by first, then second.
    """
    if not hashes:
        none = np.zeros(0, np.intp)
        return none, none, none
    packed = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(hashes), -1)
    signs = np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
    found: list[tuple[NDArray[np.intp], ...]] = []
    for start in range(0, len(signs), 1024):
        distance = (signs.shape[1] - signs[start : start + 1024] @ signs[start:].T) / 2
        first, second = np.nonzero(distance <= most + 0.5)
        later = second > first
        first, second = first[later], second[later]
        apart = np.round(distance[first, second]).astype(np.intp)
        found.append((first + start, second + start, apart))
    first, second, apart = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return first, second, apart


def assign_splits(
    entries: Sequence[Entry], hashes: Sequence[bytes], same: int = SAME, kin: int = KIN
) -> list[str | None]:
    """The split of each figure, or None for a copy of an earlier one.

    Works that have near figures are one work: they take the first one's split. Procedural figures
    are trained on alone, so one that is near a figure held out is left out.

    Args:
        entries: in the order in which the first of two copies is kept.
        hashes: one a figure.
        same: bits up to which two figures are copies.
        kin: bits up to which two figures must be in one split.
    """
    first, second, apart = near_pairs(hashes, kin)
    dropped = np.zeros(len(entries), bool)
    owner: dict[str, str] = {}

    def root(work: str) -> str:
        while (above := owner.get(work, work)) != work:
            work = above
        return work

    rank = {}
    for entry in entries:
        rank.setdefault(entry.work, len(rank))
    kinship: list[tuple[int, int]] = []
    for a, b, distance in zip(first.tolist(), second.tolist(), apart.tolist(), strict=True):
        if distance <= same and not dropped[a]:
            dropped[b] = True
        if entries[a].procedural or entries[b].procedural:
            kinship.append((a, b))
            continue
        low, high = sorted((root(entries[a].work), root(entries[b].work)), key=rank.__getitem__)
        owner[high] = low
    splits: list[str | None] = [
        "train" if entry.procedural else split_of(root(entry.work)) for entry in entries
    ]
    for a, b in kinship:
        if splits[a] != "train" and entries[b].procedural:
            dropped[b] = True
        if splits[b] != "train" and entries[a].procedural:
            dropped[a] = True
    return [None if gone else split for gone, split in zip(dropped, splits, strict=True)]
