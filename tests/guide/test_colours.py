"""Palettes from files, and strokes divided by colour."""

from __future__ import annotations

from pathlib import Path

import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Mask
from gp_guide import palettes, strokes
from hypothesis import given
from hypothesis import strategies as st

RED, GREEN = (200, 10, 20), (10, 200, 30)


def bgra(color: tuple[int, int, int], alpha: int = 255, wide: int = 1) -> bytes:
    red, green, blue = color
    return b"".join(bytes([0, part])[2 - wide :] for part in (blue, green, red, alpha))


def test_a_palettes_colours_come_in_order_and_once_with_their_names() -> None:
    text = (
        "GIMP Palette\nName: x\nColumns: 4\n# c\n255 0 0 Red\n"
        "  1   2   3\tdark  skin\n9 9 9\tUntitled\n255 0 0\n"
    )
    named = {(255, 0, 0): "Red", (1, 2, 3): "dark  skin", (9, 9, 9): ""}
    assert list(palettes.parse_gpl(text).items()) == list(named.items())


def test_a_large_palette_is_cut() -> None:
    lines = [f"{index // 256} {index % 256} 0" for index in range(600)]
    assert len(palettes.parse_gpl("\n".join(["GIMP Palette", *lines]))) == palettes.MOST


@pytest.mark.parametrize("text", ["", "1 2 3", "GIMP Palette\n", "GIMP Palette\n1 2 256 x\n"])
def test_what_is_no_palette_is_refused(text: str) -> None:
    with pytest.raises(GuidingPainterError) as caught:
        palettes.parse_gpl(text)
    assert caught.value.code == BAD_REQUEST


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuidingPainterError, match="cannot be read"):
        palettes.read_gpl(str(tmp_path / "none.gpl"))


@pytest.mark.parametrize(("format", "wide"), [("BGRA8", 1), ("BGRA16", 2)])
def test_each_colour_gets_the_pixels_that_are_painted_with_it(format: str, wide: int) -> None:
    row = [bgra(RED, 255, wide)] * 3 + [bgra(GREEN, 255, wide)] * 2 + [bgra(RED, 100, wide)]
    assert strokes.strokes(b"".join(row), format) == {
        RED: b"\xff\xff\xff\0\0\0",
        GREEN: b"\0\0\0\xff\xff\0",
    }


def test_soft_edges_between_colours_are_no_colours() -> None:
    between = bgra((105, 105, 25))
    row = bgra(RED) * 80 + between + bgra(GREEN) * 60
    assert list(strokes.strokes(row, "BGRA8")) == [RED, GREEN]


def test_red_and_blue_of_either_order_are_told_apart() -> None:
    assert strokes.strokes(bytes((*RED, 255)), "RGBA8") == {RED: b"\xff"}
    assert strokes.strokes(bgra(RED), "BGRA8") == {RED: b"\xff"}


def test_a_layer_painted_on_again_tells_its_new_strokes_by_colour() -> None:
    box, size = (1, 0, 2, 1), (4, 2)
    known, fresh = strokes.painted(bgra(RED) + bgra(RED, 0), "BGRA8", box, size, {})
    assert fresh == {RED: Mask((0, 0, 4, 1), b"\0\xff\0\0")}
    more = bgra(RED) + bgra(GREEN)
    known, fresh = strokes.painted(more, "BGRA8", box, size, known)
    assert fresh == {GREEN: Mask((0, 0, 4, 1), b"\0\0\xff\0")}
    assert strokes.painted(more, "BGRA8", box, size, known) == (known, {})
    assert strokes.painted(b"", "", (0, 0, 0, 0), size, known) == ({}, {})


def test_gray_layers_give_tones() -> None:
    assert strokes.strokes(bytes([90, 255, 0, 0]), "GRAYA8") == {(90, 90, 90): b"\xff\0"}


@given(st.lists(st.tuples(st.sampled_from([RED, GREEN, (0, 0, 0)]), st.integers(0, 255))))
def test_every_painted_pixel_is_in_one_mask(row: list) -> None:
    masks = strokes.strokes(b"".join(bgra(color, alpha) for color, alpha in row), "BGRA8")
    for place, (_, alpha) in enumerate(row):
        assert sum(mask[place] == 255 for mask in masks.values()) == (alpha >= 128)
