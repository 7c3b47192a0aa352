"""What a page that is done teaches: its pieces with the colours that the artist gave them."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from gp_client.cast import MOST_PICTURE, MOST_PICTURES, MOST_PIECES, CastPage
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Box, Color
from numpy.typing import NDArray

_SIDE = 96  # pixels of a picture
_AROUND = 0.6  # of a piece's longer side that is shown on each side of it, for the figure around it
_LEAST = 24  # canvas pixels that are shown at least


def learn(
    tokens: NDArray[np.float32],
    colors: NDArray[np.uint8],
    sizes: NDArray[np.integer],
    points: NDArray[np.integer],
    shape: tuple[int, int],
    segmenter: str,
    gap: float | None = None,
    ink: int | None = None,
    pictures: Mapping[Color, bytes] | None = None,
) -> CastPage:
    """Makes a page of a cast; title and source are for whoever keeps it.

    Args:
        tokens: of the segmenter, float [n, D].
        colors: uint8 [n, 4] RGB and 255, or 0, 0, 0, 0 for a piece that stays blank for good.
        sizes: canvas pixels, int [n].
        points: (x, y) of a pixel in each piece, int [n, 2].
        shape: (height, width) of the canvas.
        segmenter: sha256 of the network, hexadecimal.
        gap, ink: as the pieces were found.
        pictures: small PNGs, see `thumbnails`.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is nothing to learn.
    """
    if not (colors[:, 3] > 0).any():
        raise GuidingPainterError(
            BAD_REQUEST,
            "There is nothing to learn: this page has no colour of yours.",
            "Colour it first, or accept what the guide proposes.",
        )
    largest = np.sort(np.argsort(-sizes, kind="stable")[:MOST_PIECES])
    height, width = shape
    share = sizes[largest].astype(np.float64) / (height * width)
    clipped = np.clip(np.nan_to_num(tokens[largest]), -65504, 65504)
    return CastPage(
        title="page",
        source="",
        number=1,
        lines="",
        size=(width, height),
        gap=gap,
        ink=ink,
        segmenter=segmenter,
        width=tokens.shape[1],
        tokens=clipped.astype("<f2").tobytes(),
        colors=np.ascontiguousarray(colors[largest], np.uint8).tobytes(),
        shares=share.astype("<f4").tobytes(),
        points=np.ascontiguousarray(points[largest], "<i4").tobytes(),
        pictures=dict(pictures or {}),
    )


def thumbnails(
    gray: NDArray[np.uint8],
    labels: NDArray[np.integer],
    colors: NDArray[np.uint8],
    places: Mapping[Color, Box],
) -> dict[Color, bytes]:
    """Small pictures of where colours are: the figure around a piece, painted, lines on top.

    Args:
        gray: the line art, uint8 [H, W], 255 = paper.
        labels: the piece of each pixel, int [H, W].
        colors: of each piece, uint8 [n, 4], RGBA.
        places: for each colour the box of the piece that shows it best, the most telling first.

    Returns:
        A PNG for each of the first of these.
    """
    found = {}
    for color, box in list(places.items())[:MOST_PICTURES]:
        picture = _crop(gray, labels, colors, box)
        done, png = cv2.imencode(".png", picture[..., ::-1])
        if done and png.nbytes <= MOST_PICTURE:
            found[color] = png.tobytes()
    return found


def _crop(
    gray: NDArray[np.uint8], labels: NDArray[np.integer], colors: NDArray[np.uint8], box: Box
) -> NDArray[np.uint8]:
    """The square around a box, uint8 [_SIDE, _SIDE, 3], white beside the canvas."""
    x, y, width, height = box
    side = max(_LEAST, round(max(width, height) * (1 + 2 * _AROUND)))
    side = min(side, max(gray.shape))
    left = _within(x + (width - side) // 2, side, gray.shape[1])
    top = _within(y + (height - side) // 2, side, gray.shape[0])
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(gray.shape[1], left + side), min(gray.shape[0], top + side)
    part = colors[labels[y0:y1, x0:x1]]
    painted = np.where(part[..., 3:] > 0, part[..., :3], np.uint8(255))
    lined = cv2.multiply(
        painted, cv2.cvtColor(gray[y0:y1, x0:x1], cv2.COLOR_GRAY2RGB), scale=1 / 255
    )
    square = np.full((side, side, 3), 255, np.uint8)
    square[y0 - top : y1 - top, x0 - left : x1 - left] = lined
    method = cv2.INTER_AREA if side > _SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (_SIDE, _SIDE), interpolation=method), np.uint8)


def _within(start: int, side: int, whole: int) -> int:
    """Where a square begins so that it lies on the canvas, if it is no larger."""
    return start if side > whole else min(max(0, start), whole - side)
