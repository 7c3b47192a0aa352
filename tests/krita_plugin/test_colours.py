"""Palettes from files, and strokes divided by colour."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide import strokes
from hypothesis import given
from hypothesis import strategies as st

PLUG_IN = Path(__file__).parents[2] / "krita_plugin" / "guidingpainter"
RED, GREEN = (200, 10, 20), (10, 200, 30)


def load(name: str) -> ModuleType:
    """Load a module alone: its package needs Krita."""
    spec = importlib.util.spec_from_file_location(
        f"krita_{Path(name).name}", PLUG_IN / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


palettes = load("ui/palettes")


def bgra(color: tuple[int, int, int], alpha: int = 255, wide: int = 1) -> bytes:
    red, green, blue = color
    return b"".join(bytes([0, part])[2 - wide :] for part in (blue, green, red, alpha))


def test_a_palettes_colours_come_in_order_and_once() -> None:
    text = "GIMP Palette\nName: x\nColumns: 4\n# c\n255 0 0 Red\n  1   2   3\tdark\n255 0 0\n"
    assert palettes.parse_gpl(text) == ((255, 0, 0), (1, 2, 3))


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


def test_gray_layers_give_tones() -> None:
    assert strokes.strokes(bytes([90, 255, 0, 0]), "GRAYA8") == {(90, 90, 90): b"\xff\0"}


@given(st.lists(st.tuples(st.sampled_from([RED, GREEN, (0, 0, 0)]), st.integers(0, 255))))
def test_every_painted_pixel_is_in_one_mask(row: list) -> None:
    masks = strokes.strokes(b"".join(bgra(color, alpha) for color, alpha in row), "BGRA8")
    for place, (_, alpha) in enumerate(row):
        assert sum(mask[place] == 255 for mask in masks.values()) == (alpha >= 128)
