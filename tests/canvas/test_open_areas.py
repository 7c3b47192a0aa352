"""Where balls have parted an area: all of it stays apart or none."""

from __future__ import annotations

import cv2
import numpy as np
from gp_canvas.lines.pieces import find_pieces

HEAD, BODY, FOOT = (60, 60), (60, 150), (60, 240)


def figure(gap: int) -> np.ndarray:
    """Three disks joined by two necks; the first neck's line has a gap of so many pixels."""
    outline = np.zeros((300, 120), np.uint8)
    for center in (HEAD, BODY, FOOT):
        cv2.circle(outline, center, 38, 255, -1)
    cv2.rectangle(outline, (56, 60), (64, 240), 255, -1)
    page = 255 - cv2.morphologyEx(outline, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    if gap:
        page[103 : 103 + gap, 63:68] = 255
    return page


def test_a_closed_figure_with_narrow_necks_is_one_piece() -> None:
    labels = find_pieces(figure(0), 14.0).labels
    assert labels[60, 60] == labels[150, 60] == labels[240, 60]
    assert labels[60, 60] != labels[5, 5]


def test_a_figure_that_is_open_somewhere_is_cut_at_all_its_necks() -> None:
    labels = find_pieces(figure(6), 14.0).labels
    parts = {int(labels[y, x]) for x, y in (HEAD, BODY, FOOT)}
    assert len(parts) == 3
    assert int(labels[5, 5]) not in parts
