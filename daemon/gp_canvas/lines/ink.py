"""Ink: which pixels of a page are lines, whatever it was drawn with and on.

`read_page` brings every page to dark lines on even, light paper; `find_ink` then splits it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_canvas.lines.raster import is_inverted, page_side, pixel_format, to_gray, to_tint
from gp_canvas.lines.tables import look_up, strips

_DARKEST = 64  # luminance: below, what is measured is no threshold but a solid black page
# Luminance below the paper's at which ink may begin: so much at least, and twice as far as the
# paper's own grain reaches above its most frequent tone.
_PALE = 8
_GRAIN = 1e-3  # of the paper: so little is dust
# Of the page: if more is "ink", Otsu has taken tinted fills for lines.
_MOSTLY = 0.35
_BLACK = 96  # mean luminance of such ink; darker, it is solid black
# Luminance below the paper's at which a stroke beside black ink still counts: pencil, blue line.
_FAINT = 40
_TINT = 40  # luminance above the darkest channel: so much is a colour
_SPECKS = 0.1  # of what is opaque on a transparent layer: so little of it that is dark is specks
_FILLS = 2e-3  # of the page: less dark colour is no fill
_COLORED = 0.2  # of the page: with more of it in broad colours, it is coloured already
_LINES = 0.5  # per cent of such a page that lines cover, at least
_LIGHTER = 28  # luminance by which its broad tones are lighter than lines, or they are black
_TINTED = 0.8  # of what is coloured: so much in one colour is paper
_PALEST = 192  # luminance: lighter fills, gray ones too, are paper anyway
_RIM = 2  # pixels that anti-aliasing reaches from a stroke
_CORNER = 2.0  # stroke widths: what is broad over no more is strokes that meet
_FEW = 2e-4  # of the page: less faint stroke is dirt
_UNEVEN = 24  # luminance: if paper differs by more from place to place, it is evened out
_PAPER = 128  # luminance above which broad tone is paper, though it lie in shadow
_SHADE = 0.38  # of the lightest paper: so dark is paper in deep shadow
_LOOK = 384  # pixels of the page's long side on which paper is judged
_STROKE = 15  # of these: what is narrower is drawn on the paper and not part of it


@dataclass(frozen=True, eq=False)
class ReadPage:
    """A page as lines.

    Attributes:
        gray: dark lines on light paper, uint8 [H, W], 255 = paper.
        colored: whether it is coloured already: then colours are paper, and what is darker is
            lines.
    """

    gray: NDArray[np.uint8]
    colored: bool


def read_page(picture: NDArray[Any], format: str) -> ReadPage:
    """Brings a page to dark lines on light paper, whatever way round it was drawn.

    White lines on black, or on transparency, are inverted; shadows on scanned paper are taken out.

    Args:
        picture: uint8 or uint16 [H, W, channels] as `gp_canvas.lines.raster.decode` gives it.
        format: its pixel format, such as "BGRA8".
    """
    layout = pixel_format(format)
    gray = to_gray(picture, format)
    has_colors = len(layout.order) >= 3
    fills, colored = _fills(picture, format) if has_colors else (None, False)
    alpha = light_strokes(gray, picture, format)
    if alpha is not None:
        return ReadPage(np.asarray(np.subtract(255, alpha, out=alpha)), colored)
    if is_inverted(gray):
        np.subtract(255, gray, out=gray)
        _whiten(gray)
    elif fills is not None:
        _lighten_fills(gray, picture, format, fills, colored)
        if not colored:
            _darken_colored_strokes(gray, picture, format)
    _even_out(gray)
    return ReadPage(gray, colored)


def read_line_art(picture: NDArray[Any], format: str) -> NDArray[np.uint8]:
    """The lines of `read_page` alone, uint8 [H, W], 255 = paper."""
    return read_page(picture, format).gray


def light_strokes(
    gray: NDArray[np.uint8], picture: NDArray[Any], format: str
) -> NDArray[np.uint8] | None:
    """The opacity of light strokes that were drawn to stand on a dark layer; None: there are none.

    A few dark specks among them, such as pupils, are of the same drawing.

    Args:
        gray: the picture's luminance on white, uint8 [H, W].
        picture, format: as for `read_page`.

    Returns:
        uint8 [H, W].
    """
    layout = pixel_format(format)
    if not layout.order.endswith("A"):
        return None
    bits = layout.bits
    step = _step(gray)
    opaque = picture[::step, ::step, -1] >= 1 << (bits - 1)
    dark = np.count_nonzero(gray[::step, ::step] < _PAPER)
    if dark > _SPECKS * np.count_nonzero(opaque) or (dark == 0 and (gray < _PAPER).any()):
        return None
    alpha = to_gray(np.ascontiguousarray(picture[..., -1:]), f"GRAY{bits}")
    return alpha if is_inverted(alpha) else None


def _whiten(gray: NDArray[np.uint8]) -> None:
    """Makes paper white that was a dark ground before it was inverted, in place."""
    step = _step(gray)
    paper = int(np.median(gray[::step, ::step]))
    if 0 < paper < 255:
        cv2.convertScaleAbs(gray, dst=gray, alpha=255 / paper)


def _lighten_fills(
    gray: NDArray[np.uint8],
    picture: NDArray[Any],
    format: str,
    fills: NDArray[np.bool_],
    whole: bool,
) -> None:
    """Makes paper of what is coloured already, in place: broad dark colours are no ink.

    What is clearly darker than the colour around it stays: a line. So does tinted paper.

    Args:
        gray: uint8 [H, W], changed.
        picture, format: see `read_page`.
        fills: of `_fills`.
        whole: all of the page is coloured; then narrow colours are fills too, unless they are dark.
    """
    step, side = _step(gray), _stroke_side(gray)
    dark = np.count_nonzero(fills & (gray[::step, ::step] < _PALEST))
    if not whole and dark < _FILLS * fills.size:
        return
    least = _PALEST
    if whole:  # dark hair and gray stone, too, where lines are darker
        least = int(np.percentile(gray[::step, ::step], _LINES)) + _LIGHTER
    colored = np.empty(gray.shape, np.uint8)
    tinted = np.empty(gray.shape, np.bool_)
    for rows in strips(gray):
        tinted[rows] = _is_colored(picture[rows], format)
        colored[rows] = tinted[rows] | (gray[rows] >= least)
    box = np.ones((side, side), np.uint8)
    broad = cv2.morphologyEx(colored, cv2.MORPH_OPEN, box)
    # Corners, into which no box fits, too.
    broad = np.asarray(cv2.dilate(np.asarray(broad), box), np.uint8).reshape(gray.shape)
    if whole:
        broad |= gray >= _PAPER
    around = np.asarray(cv2.morphologyEx(gray, cv2.MORPH_CLOSE, box), np.uint8).reshape(gray.shape)
    np.subtract(around, gray, out=around)
    fill = (around < _LIGHTER) | (tinted & (around < _FAINT))
    fill &= (broad & colored).view(np.bool_)
    gray[fill] = 255


def _fills(picture: NDArray[Any], format: str) -> tuple[NDArray[np.bool_], bool]:
    """Where broad colours are that are no tinted paper, and whether they make a coloured page.

    The former at the reduced size, bool [h, w].
    """
    plane = picture[..., 0]
    step = _step(plane)
    small = picture[::step, ::step]
    seen = _is_colored(small, format)
    none = np.zeros(seen.shape, np.bool_)
    if np.count_nonzero(seen) < _FILLS * seen.size:
        return none, False
    box = np.ones((max(3, _stroke_side(plane) // step),) * 2, np.uint8)
    fills = np.asarray(cv2.morphologyEx(seen.view(np.uint8), cv2.MORPH_OPEN, box)) > 0
    if _is_paper(small, fills):
        return none, False
    return fills, bool(np.count_nonzero(fills) >= _COLORED * fills.size)


def _is_paper(picture: NDArray[Any], fills: NDArray[np.bool_]) -> bool:
    """Whether what is coloured is nearly all of one colour, and most of the page."""
    colors = picture[fills][:, :3]
    if not len(colors):
        return False
    levels = (colors >> (8 * colors.itemsize - 2)).astype(np.int64)  # four of each channel
    most = int(np.bincount(levels @ np.array([16, 4, 1])).max())
    return most >= _TINTED * len(colors) and len(colors) >= fills.size / 2


def _is_colored(picture: NDArray[Any], format: str) -> NDArray[np.bool_]:
    """Where a picture has a colour that is neither gray nor black nor transparent."""
    layout = pixel_format(format)
    if layout.bits == 16:
        picture = picture >> 8
    first, second, third = (picture[..., channel] for channel in range(3))
    most = np.maximum(np.maximum(first, second), third)
    least = np.minimum(np.minimum(first, second), third)
    colored = (most >= _BLACK) & (most - least >= _TINT)
    return colored & (picture[..., 3] >= 128) if layout.channels == 4 else colored


def _darken_colored_strokes(gray: NDArray[np.uint8], picture: NDArray[Any], format: str) -> None:
    """Makes thin strokes of a colour as dark as that is strong, in place: yellow, cyan, pink."""
    step = _step(gray)
    seen = to_tint(np.ascontiguousarray(picture[::step, ::step]), format)
    if np.count_nonzero(seen >= _TINT) < _FEW * seen.size:
        return
    tint = to_tint(picture, format)
    # What is broad is a fill or tinted paper.
    box = np.ones((_stroke_side(gray),) * 2, np.uint8)
    broad = np.asarray(cv2.morphologyEx(tint, cv2.MORPH_OPEN, box), np.uint8).reshape(gray.shape)
    broad[_corners((broad >= _TINT).view(np.uint8), len(box))] = 0
    np.subtract(tint, broad, out=tint)
    tint[tint < _TINT] = 0
    cv2.subtract(gray, tint, dst=gray)


def _even_out(gray: NDArray[np.uint8]) -> None:
    """Divides a page by its paper's tone where that differs from place to place, in place."""
    scale = _LOOK / page_side(*gray.shape)
    if scale > 1:
        return  # too small to have been scanned
    size = [max(1, round(side * scale)) for side in gray.shape[::-1]]
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = small.reshape(size[::-1])
    box = np.ones((_STROKE, _STROKE), np.uint8)
    paper = np.asarray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, box), np.uint8)
    light = paper > min(_PAPER, _SHADE * np.percentile(paper, 95))
    if not light.any():
        return
    low, high = np.percentile(paper[light], (5, 95))
    if high - low <= _UNEVEN:
        return
    # Solid blacks are no paper in shadow.
    paper = np.where(light, paper, np.uint8(high))
    paper = np.asarray(cv2.GaussianBlur(paper, (0, 0), _STROKE / 3), np.uint8)
    tone = np.asarray(cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    cv2.divide(gray, tone.reshape(gray.shape), dst=gray, scale=255)


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
    threshold = int(np.clip(split + 1, _DARKEST, _lightest(histogram, split)))
    ink = gray < threshold
    faint = _find_faint(gray, ink, histogram, threshold)
    if faint is not None:
        ink |= faint
    return ink, threshold


def _lightest(histogram: NDArray[np.int64], split: int) -> int:
    """The lightest threshold that tells ink from the grain of the paper."""
    start = max(_PAPER, split + 1)
    light = histogram[start:]
    if not light.any():
        return 255
    tone = int(light.argmax())
    above = light[tone:]
    reach = int(np.flatnonzero(np.cumsum(above) >= (1 - _GRAIN) * above.sum())[0])
    return max(_DARKEST, start + tone - max(_PALE, 2 * reach))


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
    # In place where it can be: each of these canvases is as large as the page.
    alone = np.asarray(cv2.dilate(ink.view(np.uint8), around), np.uint8).reshape(gray.shape)
    np.logical_not(alone, out=alone.view(np.bool_))
    np.bitwise_and(alone, faint, out=alone)
    if np.count_nonzero(alone.view(np.bool_)) < least:
        return None
    # A wash of gray is no line: what is broad stays paper.
    side = _stroke_side(gray)
    broad = cv2.morphologyEx(alone, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    broad = np.asarray(broad, np.uint8).reshape(gray.shape)
    broad[_corners(broad, side)] = 0
    broad = np.asarray(cv2.dilate(broad, np.ones((side, side), np.uint8)), np.uint8)
    np.greater(alone, broad.reshape(gray.shape), out=alone.view(np.bool_))
    del broad
    thin = alone.view(np.bool_)
    if np.count_nonzero(thin) < least:
        return None
    # Up to the black stroke that it meets, or there would be a slit between both.
    beside = np.asarray(cv2.dilate(thin.view(np.uint8), around), np.uint8).reshape(gray.shape)
    return np.logical_and(beside, faint, out=beside.view(np.bool_))


def _corners(broad: NDArray[np.uint8], side: int) -> NDArray[np.bool_]:
    """What is broad only because strokes meet there at a sharp angle.

    Args:
        broad: where a box of `side` pixels has room within a colour, uint8 [H, W], 0 or 1.
        side: pixels.
    """
    if not broad.any():
        return np.zeros(broad.shape, np.bool_)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(broad, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < (_CORNER * side) ** 2
    small[0] = False
    return look_up(small, np.asarray(labels, np.int32))


def _stroke_side(gray: NDArray[np.uint8]) -> int:
    """Pixels, an odd number: what is broader is no stroke."""
    return max(9, int(page_side(*gray.shape) / 120)) | 1


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
