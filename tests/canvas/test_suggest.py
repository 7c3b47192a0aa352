"""Suggested colours."""

from __future__ import annotations

import cv2
import numpy as np
from gp_canvas.paint.suggest import undo_averaging


def lab(color: tuple[int, int, int]) -> np.ndarray:
    pixel = np.array([[color]], np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB))[0, 0]


def suggest(color: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = undo_averaging(np.array([color], np.uint8))[0].tolist()
    return red, green, blue


def test_muddy_colour_gets_chroma_in_its_own_hue():
    before, after = lab((147, 150, 137)), lab(suggest((147, 150, 137)))
    assert np.hypot(*after[1:]) > 1.3 * np.hypot(*before[1:])
    turned = np.arctan2(after[2], after[1]) - np.arctan2(before[2], before[1])
    assert abs(turned) < 0.15
    assert after[0] > before[0]


def test_clear_colours_white_and_black_stay_as_they_are():
    for color in [(230, 40, 40), (30, 60, 200), (255, 255, 255), (0, 0, 0), (250, 210, 0)]:
        assert np.abs(np.subtract(suggest(color), color)).max() <= 12


def test_grayer_never_overtakes_clearer():
    ramp = [(128 + 2 * i, 128, 128 - i) for i in range(60)]
    chroma = [np.hypot(*lab(suggest(c))[1:]) for c in ramp]
    assert (np.diff(chroma) > -0.6).all()


def test_a_cast_over_the_whole_page_is_taken_out():
    page = np.array([(150, 135, 135)] * 9 + [(142, 137, 140)], np.uint8)
    colors = undo_averaging(page)
    reddish, bluish = lab(tuple(colors[0].tolist())), lab(tuple(colors[9].tolist()))
    assert bluish[2] < -3 < reddish[2]
    assert reddish[1] > bluish[1]
