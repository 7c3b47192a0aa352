"""Panels: on drawn pages whose panels are known, and on pages that have none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_comics import (
    BESIDE,
    BLEEDING,
    GRID,
    HEIGHT,
    LINE,
    SLANTED,
    STRIP,
    WIDTH,
    Corners,
    box,
    draw,
)
from gp_canvas.lines.panels import find_panels, panel_of
from gp_canvas.lines.pieces import find_pieces
from numpy.typing import NDArray


def owners(page: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The panel that is found at each pixel, int32 [H, W]."""
    found = find_panels(page < 128)
    big = np.kron(found.owners, np.ones((found.factor,) * 2, np.int32))
    return big[: page.shape[0], : page.shape[1]]


def check(page: NDArray[np.uint8], panels: list[Corners], share: float = 0.9) -> None:
    """The panels are found, each where it is, in this order."""
    shown = owners(page)
    assert find_panels(page < 128).count == len(panels)
    for number, corners in enumerate(panels):
        inside = np.zeros(page.shape, np.uint8)
        cv2.fillPoly(inside, [np.array(corners, np.int32)], 1)
        common = np.count_nonzero((shown == number) & (inside > 0))
        either = np.count_nonzero((shown == number) | (inside > 0))
        assert common >= share * either, number


LAYOUTS = [GRID, SLANTED, BLEEDING, BESIDE]


@pytest.mark.parametrize("panels", LAYOUTS, ids=["grid", "slanted", "bleeding", "beside"])
def test_framed_panels_are_found_in_the_order_of_reading(panels: list[Corners]) -> None:
    check(draw(panels), panels)


@pytest.mark.parametrize("panels", [GRID, BLEEDING, BESIDE], ids=["grid", "bleeding", "beside"])
def test_panels_without_frames_are_known_by_the_drawings_that_end_there(
    panels: list[Corners],
) -> None:
    check(draw(panels, framed=False), panels, 0.85)


@pytest.mark.parametrize("scale", [2, 3])
def test_size_changes_nothing(scale: int) -> None:
    page = draw(GRID)
    large = np.kron(page, np.ones((scale, scale), np.uint8))
    check(large, [[(scale * x, scale * y) for x, y in corners] for corners in GRID])


def test_a_page_that_was_scanned_askew_keeps_its_panels() -> None:
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 1.5, 1.0)
    page = cv2.warpAffine(draw(GRID), turn, (WIDTH, HEIGHT), borderValue=(255,))
    turned = [
        [(round(x), round(y)) for x, y in np.array(corners) @ turn[:, :2].T + turn[:, 2]]
        for corners in GRID
    ]
    check(np.asarray(page, np.uint8), turned)


def test_a_strip_of_panels_far_apart() -> None:
    check(draw(STRIP, shape=(5600, 800)), STRIP)


def test_a_balloon_may_lie_across_a_gutter() -> None:
    page = draw(GRID)
    for middle in ((350, 320), (300, 500), (240, 800)):
        cv2.ellipse(page, middle, (50, 34), 0, 0, 360, (255,), -1)
        cv2.ellipse(page, middle, (50, 34), 0, 0, 360, (0,), LINE)
    check(page, GRID)


def test_a_title_and_a_page_number_are_no_panels() -> None:
    panels = [[(x, 60 + int(0.9 * y)) for x, y in corners] for corners in GRID]
    page = draw(panels)
    cv2.putText(page, "THE TITLE OF IT", (90, 55), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0,), 4)
    cv2.putText(page, "12", (330, 985), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0,), 2)
    check(page, panels)


def a_shelf() -> NDArray[np.uint8]:
    """A framed picture with a board across all of it: two straight lines, nothing between."""
    page = draw([box(30, 30, 640, 940)])
    page[500:520, 33:668] = 255
    page[500:503, 30:670] = page[517:520, 30:670] = 0
    return page


def two_figures() -> NDArray[np.uint8]:
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for y in (250, 750):
        cv2.ellipse(page, (350, y), (200, 180), 0, 0, 360, (0,), LINE)
        cv2.circle(page, (300, y - 30), 30, (0,), LINE)
    return page


def a_picture_with_its_text() -> NDArray[np.uint8]:
    page = draw([box(30, 30, 640, 700)])
    for row, words in enumerate(("Once upon a time there was", "a page with a picture", "on it.")):
        cv2.putText(page, words, (60, 800 + 50 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0,), 2)
    return page


NONE = {
    "blank": np.full((HEIGHT, WIDTH), 255, np.uint8),
    "black": np.zeros((HEIGHT, WIDTH), np.uint8),
    "a picture": draw([box(-50, -50, 800, 1100)]),
    "a framed picture": draw([box(30, 30, 640, 940)]),
    "a shelf": a_shelf(),
    "two figures": two_figures(),
    "with text": a_picture_with_its_text(),
    "tiny": np.zeros((1, 1), np.uint8),
    "a line": np.tile(np.array([255, 0, 255], np.uint8), (1, 40)),
}


@pytest.mark.parametrize("page", list(NONE.values()), ids=list(NONE))
def test_a_page_that_is_one_picture_has_no_panels(page: NDArray[np.uint8]) -> None:
    assert find_panels(page < 128).count == 0


def test_a_piece_belongs_to_the_panel_that_holds_it() -> None:
    page = draw(GRID)
    pieces = find_pieces(page)
    panels = find_panels(pieces.ink)
    panel = panel_of(panels, pieces.labels, pieces.count)
    assert panel is not None
    assert panel[pieces.labels[15, 15]] == -1
    assert panel[pieces.labels[320, 350]] == -1  # a gutter
    assert set(panel.tolist()) == {-1, 0, 1, 2, 3, 4, 5}
    for number, (x, y, width, height) in enumerate(panels.boxes.tolist()):
        inside = pieces.labels[y + 8 : y + height - 8, x + 8 : x + width - 8]
        assert set(panel[np.unique(inside)].tolist()) == {number}


def test_a_piece_too_small_for_a_cell_belongs_to_a_panel_too() -> None:
    page = np.kron(draw(GRID), np.ones((4, 4), np.uint8))
    page[1600:1620, 200:220] = 255
    page[1602:1610, 202:210] = 0
    page[1604:1608, 204:208] = 255
    pieces = find_pieces(page, gap=0)
    panels = find_panels(pieces.ink)
    panel = panel_of(panels, pieces.labels, pieces.count)
    assert panel is not None
    assert (panel >= -1).all()
    assert panel[pieces.labels[1605, 205]] == 1
