"""Screentone: dots on a lattice of any angle, pitch and darkness are paper, whatever they merge to.

A part of the page is toned where its spectrum has two sharp peaks across each other, of one
frequency: hatching has one, and a drawing none. From these follow the two steps of the lattice.
Ink that most steps from it find again is tone; lines and solid blacks are not found again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.lattices import BLOCK, MOST, lattices
from gp_canvas.lines.tables import look_up

_BUSY = 0.03  # of a block's pixels, where ink begins or ends, both across and down
_AGREE = 0.08  # of the pitch by which neighbouring blocks may differ
_COMPANY = 3  # blocks that agree, at least
_AGAIN = 55  # of 255: so much ink at a place between pixels is ink, or a little beside it
_OFTEN = 6  # of the eight places a step away that have ink too: then it is tone
_DOT = 0.6  # of the pitch: so wide are dots that a line runs through
_OUTLINE = 0.35  # of the pitch: so far from clean paper, ink is an outline
_LINE, _HAIR = 2.0, 8.0  # pitches: what is shorter is no line; what is as thin as a hair
_NET = 2.5  # pitches: ink that hangs together so far is more than a dot
_HALF = 0.42  # of a block's pixels; where more is ink, dots begin to meet
_ALL = 0.9  # of a block's ink hangs together in a net; dots beside a line stay by themselves
_LOOKED_AT = 32  # blocks of a tone, to tell it from a net
_AROUND = np.argwhere(np.ones((5, 5))) - 2  # half blocks from a toned one that are looked at next


@dataclass(frozen=True)
class _Tone:
    """Blocks that share a lattice.

    Attributes:
        blocks: (row, column) of each, in half blocks, int64 [n, 2].
        side: canvas pixels of a block.
        steps: (down, right) canvas pixels of the lattice's two steps, float64 [2, 2].
    """

    blocks: NDArray[np.int64]
    side: int
    steps: NDArray[np.float64]

    @property
    def pitch(self) -> float:
        """Pixels from dot to dot."""
        return float(np.hypot(*self.steps.T).max())


def without_tone(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink without what is screentone; `ink` itself where there is none.

    Args:
        ink: bool [H, W].
    """
    tones = [tone for tone in _find_tones(ink) if not _is_net(ink, tone)]
    if not tones:
        return ink
    result = ink.copy()
    for tone in tones:
        _take_out(ink, tone, result)
    return result


def _find_tones(ink: NDArray[np.bool_]) -> list[_Tone]:
    if min(ink.shape) < BLOCK:
        return []
    page = ink.view(np.uint8) * np.uint8(255)
    fine = _find_at(page, 1)
    # Wide ones at half the size: a block must hold some dots.
    size = [side // 2 for side in ink.shape[::-1]]
    half = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
    return fine + [tone for tone in _find_at(half, 2) if tone.pitch > MOST]


def _is_net(ink: NDArray[np.bool_], tone: _Tone) -> bool:
    """Whether lines cross there, such as tiles, a fence or a checked cloth.

    A tone's dots meet only where about half of the paper is covered; the lines of a net always do.
    """
    half, long = tone.side // 2, _NET * tone.pitch
    nets = light = 0
    for row, column in tone.blocks[:: -(-len(tone.blocks) // _LOOKED_AT)].tolist():
        top, left = row * half, column * half
        part = ink[top : top + tone.side, left : left + tone.side].view(np.uint8)
        if part.mean() >= _HALF:
            continue
        light += 1
        _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
        far = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) > long
        far[0] = False  # paper
        nets += bool(stats[far, cv2.CC_STAT_AREA].sum() > _ALL * part.sum())
    return 2 * nets > light


def _find_at(ink: NDArray[np.uint8], factor: int) -> list[_Tone]:
    """The tones of a page that was made smaller, uint8 [h, w], 255 = ink."""
    if min(ink.shape) < BLOCK:
        return []
    places = _busy(ink)
    if not len(places):
        return []
    at = np.full(places.max(axis=0) + 3, -1, np.int64)  # its last row and column are beside
    at[tuple(places.T)] = np.arange(len(places))
    steps = np.full((len(places), 2, 2), np.nan)
    # Blocks that do not overlap come first: a page of lines has no tone in them. Where there is
    # some, the blocks around are looked at, and so on as far as it reaches.
    unseen = np.ones(len(places), np.bool_)
    looked = np.flatnonzero((places % 2 == 0).all(axis=1))
    while len(looked):
        unseen[looked] = False
        steps[looked] = lattices(ink, places[looked])
        toned = places[looked[np.isfinite(steps[looked, 0, 0])]]
        around = np.unique((toned[:, None] + _AROUND).reshape(-1, 2), axis=0)
        around = around[((around >= 0) & (around < np.array(at.shape))).all(axis=1)]
        near = at[tuple(around.T)]
        looked = near[near >= 0]
        looked = looked[unseen[looked]]
    toned = np.isfinite(steps[:, 0, 0])
    return _in_company(places[toned], steps[toned], factor)


def _busy(ink: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(row, column) of the blocks in which ink begins and ends often, both ways, int64 [n, 2]."""
    half = BLOCK // 2
    rows, columns = ink.shape[0] // half, ink.shape[1] // half
    page = ink[: rows * half, : columns * half]
    counts = []
    for across in (True, False):
        changed = np.zeros(page.shape, np.uint8)
        if across:
            cv2.absdiff(page[:, 1:], page[:, :-1], dst=changed[:, 1:])
        else:
            cv2.absdiff(page[1:], page[:-1], dst=changed[1:])
        means = cv2.resize(changed, (columns, rows), interpolation=cv2.INTER_AREA)
        sums = np.asarray(means, np.float32).reshape(rows, columns)
        counts.append(sums[:-1, :-1] + sums[1:, :-1] + sums[:-1, 1:] + sums[1:, 1:])
    return np.argwhere(np.minimum(*counts) >= _BUSY * 4 * 255)


def _in_company(places: NDArray[np.int64], steps: NDArray[np.float64], factor: int) -> list[_Tone]:
    """Blocks side by side with the same lattice; single ones are chance."""
    if len(places) < _COMPANY:
        return []
    at = np.full(places.max(axis=0) + 2, -1, np.int64)
    at[tuple(places.T)] = np.arange(len(places))
    leader = np.arange(len(places))

    def find(block: int) -> int:
        while leader[block] != block:
            leader[block] = leader[leader[block]]
            block = int(leader[block])
        return block

    limit = _AGREE * np.hypot(*steps[:, 0].T) + 0.3
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        beside = places + np.array([down, right])
        other = np.where(beside[:, 1] >= 0, at[tuple(beside.T)], -1)
        _, far = _turned(steps[other], steps)
        for block in np.flatnonzero((other >= 0) & (far <= limit)).tolist():
            leader[find(block)] = find(int(other[block]))
    whole = np.array([find(block) for block in range(len(places))])
    tones = []
    for name in np.unique(whole):
        members = whole == name
        if np.count_nonzero(members) >= _COMPANY:
            alike, _ = _turned(steps[members], steps[name][None])
            usual = np.median(alike, axis=0) * factor
            tones.append(_Tone(places[members], BLOCK * factor, usual))
    return tones


def _turned(
    steps: NDArray[np.float64], model: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same lattices, [n, 2, 2], their steps in the order and direction of a model's, and how
    far they then are from it, pixels [n]."""
    ways = np.stack(
        [
            steps[:, order] * np.array(signs)[:, None]
            for order in ([0, 1], [1, 0])
            for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
    )
    far = np.abs(ways - model).max(axis=(2, 3))
    best, every = far.argmin(axis=0), np.arange(len(steps))
    return ways[best, every], far[best, every]


def _take_out(ink: NDArray[np.bool_], tone: _Tone, result: NDArray[np.bool_]) -> None:
    """Makes paper of what a tone has printed on and around its blocks, in place."""
    margin = half = tone.side // 2  # a tone may end within the blocks beside
    reach = int(np.ceil(tone.pitch)) + 2
    first = np.maximum(tone.blocks.min(axis=0) * half - margin - reach, 0)
    last = np.minimum(
        tone.blocks.max(axis=0) * half + tone.side + margin + reach, np.array(ink.shape)
    )
    box = tuple(slice(*ends) for ends in zip(first.tolist(), last.tolist(), strict=True))
    mine = np.zeros(ink[box].shape, np.uint8)
    for row, column in (tone.blocks * half - first).tolist():
        top, left = max(0, row - margin), max(0, column - margin)
        mine[top : row + tone.side + margin, left : column + tone.side + margin] = 1
    part = ink[box].view(np.uint8)
    kept = (_found_again(part * np.uint8(255), tone.steps) < _OFTEN).view(np.uint8)
    # What has no dots is no tone, nor is its outline, though a dark tone hide it.
    large = np.ones((round(tone.pitch) + 2,) * 2, np.uint8)
    clean = _clean(1 - part, large)
    beside = np.ones((2 * round(max(2, _OUTLINE * tone.pitch)) + 1,) * 2, np.uint8)
    kept |= np.asarray(cv2.dilate(clean, beside), np.uint8)
    kept &= part
    lines = _lines_of(kept, part, tone.pitch)
    solid = np.asarray(cv2.morphologyEx(part, cv2.MORPH_OPEN, large), np.uint8)
    gone = (mine & ~lines & ~solid & 1).view(np.bool_)
    left = result[box]
    left &= ~gone
    # Paper between a line and the dots that stay with it.
    left |= _specks(np.logical_not(left).view(np.uint8), tone.pitch**2) & mine.view(np.bool_)


def _found_again(part: NDArray[np.uint8], steps: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Of the eight places a step away, how many have ink, uint8 [h, w].

    Args:
        part: uint8 [h, w], 255 = ink.
        steps: float64 [2, 2], (down, right) pixels.
    """
    found = np.zeros(part.shape, np.uint8)
    part = np.asarray(cv2.GaussianBlur(part, (3, 3), 0), np.uint8)
    one, other = steps
    for down, right in (one, other, one + other, one - other):
        for sign in (1, -1):
            matrix = np.array([[1, 0, sign * right], [0, 1, sign * down]])
            size = part.shape[::-1]
            moved = cv2.warpAffine(part, matrix, size, borderMode=cv2.BORDER_REPLICATE)
            cv2.add(found, cv2.threshold(moved, _AGAIN, 1, cv2.THRESH_BINARY)[1], dst=found)
    return found


def _clean(paper: NDArray[np.uint8], large: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Paper without dots: where a box has room, and corners of what mostly has room for it."""
    clean = np.asarray(cv2.morphologyEx(paper, cv2.MORPH_OPEN, large), np.uint8)
    total, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    labels = np.asarray(labels, np.int32)
    roomy = np.bincount(labels[clean > 0], minlength=total) >= stats[:, cv2.CC_STAT_AREA] / 2
    roomy[0] = False
    return clean | look_up(roomy.view(np.uint8), labels)


def _lines_of(kept: NDArray[np.uint8], ink: NDArray[np.uint8], pitch: float) -> NDArray[np.uint8]:
    """The lines that ink is of which no more than this is kept; uint8 [h, w] all three.

    A dot in the way of a line is a part of it. A dot by itself, or the rim of some, is none.
    """
    side = round(_DOT * pitch) | 1
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    lines = np.asarray(cv2.dilate(kept, ball), np.uint8) & ink
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    labels = np.asarray(labels, np.int32)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    thick = cv2.morphologyEx(kept, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    has_thick = np.zeros(len(stats), np.bool_)
    has_thick[labels[np.asarray(thick, np.uint8) > 0]] = True
    found = np.where(has_thick, long >= _LINE * pitch, long >= _HAIR * pitch)
    found[0] = False
    return look_up(found.view(np.uint8), labels)


def _specks(mask: NDArray[np.uint8], area: float) -> NDArray[np.bool_]:
    """What of a mask has fewer pixels and hangs together, bool [h, w]."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < area
    small[0] = False
    return look_up(small, np.asarray(labels, np.int32))
