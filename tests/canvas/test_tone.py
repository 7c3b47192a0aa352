"""Screentone is found by its lattice; nothing else is."""

from __future__ import annotations

import cv2
import drawn_inputs as drawn
import numpy as np
import pytest
from gp_canvas.lines.tone import without_tone

WHITE = np.full((400, 500), 255, np.uint8)
ALL = np.ones(WHITE.shape, np.bool_)


def toned(page: np.ndarray, dark: float, pitch: float = 8, angle: float = 45) -> np.ndarray:
    return drawn.tone(page, ALL, dark, pitch, angle) < 128


@pytest.mark.parametrize("angle", [0, 30, 45])
@pytest.mark.parametrize("pitch", [3.5, 8, 18])
@pytest.mark.parametrize("dark", [0.25, 0.5, 0.8])
def test_a_sheet_of_tone_is_paper(angle: float, pitch: float, dark: float) -> None:
    ink = toned(WHITE, dark, pitch, angle)
    left = without_tone(ink)[40:-40, 40:-40]
    assert left.mean() < 0.02 * dark


@pytest.mark.parametrize("dark", [0.2, 0.35])
@pytest.mark.parametrize("thick", [2, 4])
def test_a_line_through_tone_stays_a_line(dark: float, thick: int) -> None:
    page = WHITE.copy()
    cv2.line(page, (-9, 60), (509, 300), 0, thick)
    cv2.circle(page, (250, 200), 120, 0, thick)
    left = without_tone(toned(page, dark))
    drawn_alone = page < 128
    assert left[drawn_alone].mean() > 0.8
    assert left[~drawn_alone].mean() < 0.03


def test_solid_black_in_tone_stays() -> None:
    page = WHITE.copy()
    cv2.circle(page, (250, 200), 60, 0, -1)
    left = without_tone(toned(page, 0.3))
    assert left[page < 128].mean() > 0.98


@pytest.mark.parametrize("pitch", [5, 8, 14])
@pytest.mark.parametrize("turn", [(1.0, 0.0), (0.7, 0.7)])
def test_hatching_stays_as_it_is(pitch: float, turn: tuple[float, float]) -> None:
    y, x = np.mgrid[:400, :500]
    ink = np.cos(2 * np.pi * (x * turn[0] + y * turn[1]) / pitch) > 0.5
    assert without_tone(ink) is ink


@pytest.mark.parametrize("seed", range(4))
def test_grain_and_scribbles_stay_as_they_are(seed: int) -> None:
    random = np.random.default_rng(seed)
    page = WHITE.copy()
    for _ in range(150):
        points = random.integers(0, 500, (6, 1, 2)).astype(np.int32)
        cv2.polylines(page, [points], False, 0, 1)
    ink = (page < 128) | (random.random(page.shape) < 0.1)
    assert without_tone(ink) is ink


@pytest.mark.parametrize("shape", [(1, 1), (5, 900), (64, 64), (127, 130)])
def test_pages_of_any_shape_have_none(shape: tuple[int, int]) -> None:
    ink = np.zeros(shape, np.bool_)
    ink[::7] = True
    assert without_tone(ink) is ink


@pytest.mark.parametrize("step", [9, 12, 20])
@pytest.mark.parametrize("slanted", [False, True])
def test_tiles_and_fences_stay_as_they_are(step: int, slanted: bool) -> None:
    y, x = np.mgrid[:400, :500]
    across, down = (x + y, x - y) if slanted else (x, y)
    ink = (across % step < 2) | (down % step < 2)
    assert without_tone(ink) is ink
