"""Ink: which pixels of a page are lines, whatever it was drawn with and on.

Called on luminance after compositing (`gp_daemon.raster.read_line_art`), so inverted pages and
uneven paper are dealt with already.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_DARKEST, _LIGHTEST = 64, 224  # thresholds that are measured lie between these
# Of the page: if more is "ink", Otsu has taken tinted fills for lines.
_MOSTLY = 0.35
_BLACK = 96  # mean luminance of such ink; darker, it is solid black
# Luminance below the paper's at which a stroke beside black ink still counts: pencil, blue line.
_FAINT = 40
_RIM = 2  # pixels that anti-aliasing reaches from a stroke
_FEW = 2e-4  # of the page: less faint stroke is dirt


def find_ink(
    gray: NDArray[np.uint8], threshold: int | None = None
) -> tuple[NDArray[np.bool_], int]:
    """Splits a page into ink and paper.

    Args:
        gray: uint8 [H, W], 255 = paper.
        threshold: luminance 0..255 under which a pixel is ink, and nothing else; None: Otsu's,
            and strokes lighter than that where they are no black stroke's soft edge.

    Returns:
        The ink, bool [H, W], and the threshold used.
    """
    if threshold is not None:
        return gray < threshold, threshold
    histogram = np.bincount(gray[:: _step(gray), :: _step(gray)].ravel(), minlength=256)
    split = _otsu(histogram)
    dark = histogram[: split + 1].sum()
    tones = np.arange(256)
    if dark > _MOSTLY * histogram.sum():
        mean = (histogram[: split + 1] * tones[: split + 1]).sum() / dark
        if mean > _BLACK and histogram[:_DARKEST].any():
            split = _otsu(np.where(tones <= split, histogram, 0))
    # On a nearly blank page Otsu splits paper grain; on a solid black one it splits nothing.
    threshold = int(np.clip(split + 1, _DARKEST, _LIGHTEST))
    ink = gray < threshold
    faint = _find_faint(gray, ink, histogram, threshold)
    if faint is not None:
        ink |= faint
    return ink, threshold


def _find_faint(
    gray: NDArray[np.uint8],
    ink: NDArray[np.bool_],
    histogram: NDArray[np.int64],
    threshold: int,
) -> NDArray[np.bool_] | None:
    """Thin strokes between threshold and paper, away from ink; None where there are none."""
    paper = threshold + int(histogram[threshold:].argmax())
    limit = paper - _FAINT
    least = _FEW * gray.size
    if limit <= threshold or histogram[threshold:limit].sum() < _FEW * histogram.sum():
        return None
    around = np.ones((2 * _RIM + 1,) * 2, np.uint8)
    faint = np.asarray(cv2.threshold(gray, limit - 1, 1, cv2.THRESH_BINARY_INV)[1])
    faint = faint.reshape(gray.shape)
    near = np.asarray(cv2.dilate(ink.view(np.uint8), around), np.uint8).reshape(gray.shape)
    alone = faint & ~near & 1
    if np.count_nonzero(alone.view(np.bool_)) < least:
        return None
    # A wash of gray is no line: what is broad stays paper.
    side = max(5, int(max(gray.shape) / 200)) | 1
    broad = cv2.morphologyEx(alone, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    broad = np.asarray(cv2.dilate(np.asarray(broad), np.ones((side, side), np.uint8)), np.uint8)
    thin = (alone & ~broad.reshape(gray.shape) & 1).view(np.bool_)
    return thin if np.count_nonzero(thin) >= least else None


def _step(gray: NDArray[np.uint8]) -> int:
    return max(1, int(np.sqrt(gray.size / 1e6)))


def _otsu(histogram: NDArray[np.int64]) -> int:
    """The tone that splits a histogram [256] into the two classes furthest apart."""
    weights = np.cumsum(histogram, dtype=np.float64)
    sums = np.cumsum(histogram * np.arange(256), dtype=np.float64)
    rest = weights[-1] - weights
    good = (weights > 0) & (rest > 0)
    apart = np.zeros(256)
    apart[good] = (sums[-1] * weights[good] - weights[-1] * sums[good]) ** 2 / (
        weights[good] * rest[good]
    )
    best = np.flatnonzero(apart == apart.max())
    return int(best[0]) if apart.any() else 0
