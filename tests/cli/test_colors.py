"""Palettes and hints files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gp_cli import colors
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_guide.guide import Guide


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "colours"


def test_a_gimp_palette_gives_its_colours_in_order(file: Path) -> None:
    file.write_text("GIMP Palette\nName: Skin 12\nColumns: 4\n# 9 9 9\n  1   2 255\tInk\n250 0 7\n")
    assert colors.read_palette(file) == ((1, 2, 255), (250, 0, 7))


@pytest.mark.parametrize(
    "content",
    [
        ["#0102ff", [250, 0, 7]],
        {"palette": ["#0102FF", "fa0007"]},
        {"colors": ["0102ff", "#fa0007"]},
    ],
)
def test_a_json_palette_gives_its_colours_in_order(file: Path, content: object) -> None:
    file.write_text(json.dumps(content))
    assert colors.read_palette(file) == ((1, 2, 255), (250, 0, 7))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[1]",
        '["#12345"]',
        "[[1, 2, 256]]",
        "[[1, 2, true]]",
        "GIMP Palette\n",
        "[" * 9999,
    ],
)
def test_a_file_without_colours_is_refused_by_name(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(GuidingPainterError) as caught:
        colors.read_palette(file)
    assert caught.value.code == BAD_REQUEST
    assert str(file) in str(caught.value)


def test_hints_are_region_numbers_with_hex_colours(file: Path) -> None:
    file.write_text('{"hints": {"2": "#0a0b0c", "1": "#ffeedd"}}')
    assert colors.read_hints(file, 2) == {1: (255, 238, 221), 2: (10, 11, 12)}


def test_what_a_guide_saved_gives_its_hints(file: Path) -> None:
    guide = Guide(3)
    guide.skip()
    guide.apply((1, 2, 3))
    file.write_text(guide.to_json())
    assert colors.read_hints(file, 3) == {2: (1, 2, 3)}


def test_a_guide_of_another_page_is_refused(file: Path) -> None:
    file.write_text(Guide(3).to_json())
    with pytest.raises(GuidingPainterError, match="3 regions"):
        colors.read_hints(file, 4)


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "9" * 5000])
def test_a_hint_for_no_region_is_refused(file: Path, number: str) -> None:
    file.write_text(json.dumps({"hints": {number: "#000000"}}))
    with pytest.raises(GuidingPainterError) as caught:
        colors.read_hints(file, 2)
    assert caught.value.code == NO_SUCH_REGION


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(GuidingPainterError, match="no text file"):
        colors.read_hints(file, 2)


def test_hex_and_back_is_the_same_colour() -> None:
    assert colors.parse_color(colors.to_hex((1, 128, 255))) == (1, 128, 255)
