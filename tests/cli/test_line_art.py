"""Lines lie over colours as the artist drew them: dark ones multiplied, light strokes on top."""

from __future__ import annotations

import numpy as np
import pytest
from gp_cli.files.picture import Picture
from gp_cli.line_art import LineArt, under_lines
from numpy.typing import NDArray

BLUE = (100, 150, 200)


def strokes(ink: int) -> NDArray[np.uint8]:
    """A box of lines on transparency, uint8 [80, 120, 4], with two dark pupils in it."""
    page = np.zeros((80, 120, 4), np.uint8)
    for lines in (np.s_[10:70, 20:23], np.s_[10:70, 97:100], np.s_[10:13, 20:100]):
        page[lines] = (ink, ink, ink, 255)
    page[67:70, 20:100] = (ink, ink, ink, 255)
    page[40:43, 45:48] = page[40:43, 70:73] = (0, 0, 0, 255)
    return page


def colors(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 4), (*BLUE, 255), np.uint8)


def test_dark_lines_multiply_the_colours_under_them() -> None:
    paper = np.full((20, 30, 3), 255, np.uint8)
    paper[:, 8:12] = 0
    layer = colors(20, 30)
    layer[0] = 0  # transparent: paper shows
    out = under_lines(layer, paper)
    assert (out[1:, :8] == BLUE).all()
    assert (out[:, 8:12] == 0).all()
    assert (out[0, 12:] == 255).all()
    assert (LineArt(Picture(paper, "RGB8")).over(layer) == out).all()


def test_white_lines_on_black_become_dark_lines_on_paper() -> None:
    page = np.zeros((60, 80, 1), np.uint8)
    page[:, 20:22] = 255
    lines = LineArt(Picture(page, "GRAY8"))
    assert lines.multiplied
    assert (lines.paper()[:, 20:22] == 0).all()
    assert (lines.paper()[:, 30:] == 255).all()
    assert (lines.layer()[:, 20:22] == (0, 0, 0, 255)).all()


@pytest.mark.parametrize("bits", [8, 16])
def test_light_strokes_on_transparency_lie_over_the_colours(bits: int) -> None:
    page = strokes(255)
    page[5, 5] = (255, 255, 255, 128)  # half a stroke
    shown = page if bits == 8 else page.astype(np.uint16) * 257
    lines = LineArt(Picture(shown, f"RGBA{bits}"))
    assert not lines.multiplied
    out = lines.over(colors(80, 120))
    assert (out[30, 21] == 255).all()
    assert (out[41, 46] == 0).all()  # a pupil
    assert (out[30, 60] == BLUE).all()
    assert out[5, 5].tolist() == [178, 203, 228]
    assert (lines.layer() == page).all()
    # To measure colours beside, and on sheets, they are lines like any others.
    assert (lines.paper()[30, 21] == 0).all()
    assert (lines.paper()[30, 60] == 255).all()


def test_rows_of_a_band_are_the_rows_of_the_page() -> None:
    for page, kind in (
        (strokes(255), "RGBA8"),
        (strokes(0), "RGBA8"),
        (strokes(0)[..., 3:], "GRAY8"),
    ):
        lines = LineArt(Picture(np.ascontiguousarray(page), kind))
        whole = lines.over(colors(80, 120))
        assert (lines.over(colors(30, 120), 35) == whole[35:65]).all()
