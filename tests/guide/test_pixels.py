"""An editor's pixels, selections and masks in the daemon's forms."""

from __future__ import annotations

import pytest
from gp_client.types import Mask
from gp_guide.pixels import bounds, cropped, fitted, placed, rgba8, solid


@pytest.mark.parametrize(
    ("format", "pixel"),
    [
        ("RGBA8", (1, 2, 3, 4)),
        ("BGRA8", (3, 2, 1, 4)),
        ("RGBA16", (9, 1, 9, 2, 9, 3, 9, 4)),
        ("BGRA16", (9, 3, 9, 2, 9, 1, 9, 4)),
    ],
)
def test_colours_of_any_order_and_depth_become_rgba(format: str, pixel: tuple[int, ...]) -> None:
    assert rgba8(bytes(pixel * 2), format) == bytes((1, 2, 3, 4, 1, 2, 3, 4))


@pytest.mark.parametrize(("format", "pixel"), [("GRAYA8", (7, 4)), ("GRAYA16", (9, 7, 9, 4))])
def test_a_tone_of_gray_is_red_green_and_blue(format: str, pixel: tuple[int, ...]) -> None:
    assert rgba8(bytes(pixel * 2), format) == bytes((7, 7, 7, 4, 7, 7, 7, 4))


def test_half_selected_and_more_is_inside() -> None:
    assert solid(bytes((0, 127, 128, 255))) == bytes((0, 0, 255, 255))


def test_a_mask_keeps_only_the_rows_with_something_in_them() -> None:
    mask = bytes((0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0))
    assert cropped(mask, 3) == Mask((0, 1, 3, 2), mask[3:9])
    assert cropped(bytes(12), 3) is None
    assert cropped(b"", 3) is None


def test_the_bounds_of_a_mask_hold_all_that_is_in_it_and_no_more() -> None:
    mask = bytes((0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0))
    assert bounds(Mask((10, 20, 4, 5), mask)) == (11, 21, 2, 3)
    assert bounds(Mask((0, 0, 1, 1), b"\xff")) == (0, 0, 1, 1)


def test_a_mask_in_its_place_and_cropped_again_is_the_same() -> None:
    whole = placed(bytes((255, 255, 0, 255)), (1, 2, 2, 2), (4, 5))
    assert whole == bytes((*[0] * 8, 0, 255, 255, 0, 0, 0, 255, 0, *[0] * 4))
    assert cropped(whole, 4) == Mask((0, 2, 4, 2), whole[8:16])


def test_a_small_picture_keeps_the_canvas_proportions() -> None:
    assert fitted(4000, 2000, 1000) == (1000, 500)
    assert fitted(300, 200, 1000) == (300, 200)
    assert fitted(9000, 1, 1000) == (1000, 1)
