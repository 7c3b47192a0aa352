"""Letters have no holes to colour; rings and windows keep theirs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from gp_canvas.lines.lettering import fill_letters
from gp_canvas.lines.pieces import find_pieces


def balloon(scale: float = 1.0, words: tuple[str, ...] = ("GOOD DAY", "FOR DOODLES")) -> np.ndarray:
    """A balloon with lettering in a frame, uint8 [H, W]."""
    page = np.full((round(500 * scale), round(700 * scale)), 255, np.uint8)
    thick = max(1, round(3 * scale))
    middle = (round(350 * scale), round(250 * scale))
    cv2.ellipse(page, middle, (round(260 * scale), round(150 * scale)), 0, 0, 360, 0, thick)
    for line, word in enumerate(words):
        corner = (round(160 * scale), round((225 + 60 * line) * scale))
        cv2.putText(page, word, corner, cv2.FONT_HERSHEY_SIMPLEX, 1.5 * scale, 0, thick)
    return page


@pytest.mark.parametrize("scale", [0.5, 1, 4])
def test_a_balloon_is_one_piece_whatever_stands_in_it(scale: float) -> None:
    assert find_pieces(balloon(scale)).count == 2


def test_lettering_in_small_letters_has_no_holes_either() -> None:
    page = balloon(words=("a good day", "for doodles"))
    assert find_pieces(page).count == 2


def test_only_paper_within_letters_becomes_ink() -> None:
    ink = balloon() < 128
    filled, rows = fill_letters(ink, 3)
    assert filled.sum() > ink.sum()
    assert len(rows) == 2  # or, in order, "GOOD DAY" and "FOR DOODLES"
    assert (filled[ink]).all()
    assert not filled[130:170, 250:450].any()  # between balloon and letters


@pytest.mark.parametrize("square", [False, True])
def test_a_row_of_beads_or_windows_keeps_what_is_within(square: bool) -> None:
    page = np.full((300, 700), 255, np.uint8)
    for x in range(100, 600, 50):
        if square:
            cv2.rectangle(page, (x - 16, 134), (x + 16, 166), 0, 3)
        else:
            cv2.circle(page, (x, 150), 16, 0, 3)
    ink = page < 128
    assert fill_letters(ink, 3)[0] is ink


def test_eyes_and_buttons_keep_what_is_within() -> None:
    page = np.full((400, 400), 255, np.uint8)
    for x in (150, 250):
        cv2.ellipse(page, (x, 120), (20, 26), 0, 0, 360, 0, 3)
        cv2.ellipse(page, (x, 126), (9, 12), 0, 0, 360, 0, 3)
    for y in (220, 260, 300):
        cv2.circle(page, (200, y), 9, 0, 3)
    ink = page < 128
    assert fill_letters(ink, 3)[0] is ink


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (300, 20)])
def test_pages_of_any_shape_work(shape: tuple[int, int]) -> None:
    ink = np.zeros(shape, np.bool_)
    ink[:, ::4] = True
    assert fill_letters(ink, 3)[0] is ink
