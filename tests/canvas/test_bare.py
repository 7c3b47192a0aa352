"""Balloons and gutters are taken for paper; walls with signs, and panels, are not."""

from __future__ import annotations

import cv2
import numpy as np
from drawn_comics import comic, lettered
from gp_canvas.lines.bare import bare
from gp_canvas.lines.panels import find_panels
from gp_canvas.lines.pieces import Pieces, find_pieces


def at(pieces: Pieces, x: int, y: int) -> int:
    return int(pieces.labels[y, x])


def test_balloons_captions_and_gutters_are_paper() -> None:
    page = comic()
    pieces = find_pieces(page)
    found = bare(pieces, find_panels(pieces.ink))
    for x, y in ((250, 90), (310, 270), (130, 945), (5, 500), (240, 800), (460, 640)):
        assert found[at(pieces, x, y)], (x, y)
    inside = [piece for piece in range(pieces.count) if not found[piece]]
    assert len(inside) > 20
    # What is drawn in the panels is none: no more than balloons, caption, gutters and splinters.
    assert pieces.sizes[found].sum() < 0.36 * page.size


def test_a_sign_makes_no_wall_a_balloon() -> None:
    page = np.full((600, 800), 255, np.uint8)
    cv2.rectangle(page, (40, 40), (760, 560), 0, 3)
    lettered(page, 300, 300, ("BAKERY AND DAIRY",), 0.8)
    pieces = find_pieces(page)
    assert len(pieces.lettering)
    assert not bare(pieces, find_panels(pieces.ink)).any()


def test_a_picture_without_letters_or_panels_has_none() -> None:
    page = np.full((300, 300), 255, np.uint8)
    cv2.circle(page, (150, 150), 90, 0, 3)
    pieces = find_pieces(page)
    assert not bare(pieces, find_panels(pieces.ink)).any()
