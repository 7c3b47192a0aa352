"""The procedure that colours a page from hints, in a real GIMP, by its database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gimp_harness import GimpProcess, Place
from PIL import Image, ImageOps

RED = (200, 30, 10)
BLUE = (10, 100, 200)


def colorize(gimp: GimpProcess, hints: dict[int, str] | None = None, **arguments: Any) -> list:
    """Colour the image from these hints alone; return the regions."""
    options = {"n_colors": 0, **arguments}
    if hints is not None:
        options["hints_json"] = json.dumps({"hints": hints})
    return json.loads(gimp.run(f"result = call('colorize', image, **{options!r})[0]"))


def counts(pixels: bytes) -> dict[bytes, int]:
    """Count the pixels of each value."""
    values, found = np.unique(np.frombuffer(pixels, "<u4"), return_counts=True)
    return {
        int(value).to_bytes(4, "little"): int(n) for value, n in zip(values, found, strict=True)
    }


def test_a_hints_region_has_exactly_its_colour(gimp: GimpProcess, page: Path) -> None:
    regions = colorize(gimp, {1: "#c81e0a", 2: "#0a64c8"})
    found = counts(gimp.bytes("pixels(our_layer(image, 'Flats'))"))
    assert found.pop(bytes((*RED, 255))) == regions[0]["pixels"]
    assert found.pop(bytes((*BLUE, 255))) == regions[1]["pixels"]
    assert list(found) == [bytes(4)]


def test_the_line_art_is_byte_identical(gimp: GimpProcess, page: Path) -> None:
    before = gimp.bytes("pixels(image.get_layers()[0])")
    colorize(gimp, kind="soft", n_colors=-1)
    assert gimp.bytes("pixels(image.get_layers()[-1])") == before


def test_regions_come_in_priority_order_and_share_out_the_canvas(
    gimp: GimpProcess, page: Path
) -> None:
    regions = colorize(gimp)
    assert [region["number"] for region in regions] == list(range(1, len(regions) + 1))
    size = gimp.run("result = image.get_width() * image.get_height()")
    assert sum(region["pixels"] for region in regions) == size


def test_suggestions_fill_up_to_so_many_regions(gimp: GimpProcess, page: Path) -> None:
    regions = colorize(gimp, {2: "#0a64c8"}, n_colors=2)
    hints = {region["number"]: region["hint"] for region in regions if region["hint"]}
    assert len(hints) == 3
    assert hints[2] == "#0a64c8"


def test_soft_colours_lie_over_the_flats_and_fill_the_canvas(gimp: GimpProcess, page: Path) -> None:
    colorize(gimp, {1: "#c81e0a"}, kind="soft")
    names = gimp.run("result = [one.get_name() for one in ours(image).get_children()]")
    assert names == ["Soft colours", "Flats"]
    soft = gimp.bytes("pixels(our_layer(image, 'Soft colours'))")
    assert set(soft[3::4]) == {255}
    assert len(counts(soft)) > 100


def test_layers_hold_one_colour_each(gimp: GimpProcess, page: Path) -> None:
    colorize(gimp, {1: "#c81e0a", 2: "#0a64c8", 3: "#c81e0a"}, kind="layers")
    names = gimp.run("result = sorted(one.get_name() for one in ours(image).get_children())")
    assert names == ["#0a64c8", "#c81e0a"]
    found = counts(gimp.bytes("pixels(our_layer(image, '#c81e0a'))"))
    assert set(found) == {bytes((*RED, 255)), bytes(4)}


def test_another_output_repaints_the_same_hints(gimp: GimpProcess, page: Path) -> None:
    colorize(gimp, {1: "#c81e0a"})
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    colorize(gimp, kind="layers")
    assert gimp.bytes("pixels(our_layer(image, '#c81e0a'))") == flats
    colorize(gimp)
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    assert not gimp.run("result = our_layer(image, '#c81e0a').get_visible()")
    assert gimp.run("result = our_layer(image, 'Flats').get_visible()")


def test_colours_go_over_opaque_line_art_and_multiply(gimp: GimpProcess, page: Path) -> None:
    colorize(gimp, {1: "#c81e0a"})
    assert gimp.run("result = image.get_item_position(ours(image))") == 0
    assert gimp.run("result = ours(image).get_mode() == Gimp.LayerMode.MULTIPLY")


def test_colours_go_under_line_art_on_transparency(
    place: Place, gimp: GimpProcess, page: Path
) -> None:
    path = place.base / "clear.png"
    with Image.open(page) as picture:
        ink = ImageOps.invert(picture.convert("L"))
    Image.merge("LA", (Image.new("L", ink.size, 0), ink)).convert("RGBA").save(path)
    gimp.run(f"image = load({str(path)!r})")
    colorize(gimp, {1: "#c81e0a"})
    assert gimp.run("result = image.get_item_position(ours(image))") == 1
    assert gimp.run("result = ours(image).get_mode() == Gimp.LayerMode.NORMAL")


def test_the_artists_layer_selection_and_colours_stay(gimp: GimpProcess, page: Path) -> None:
    state = (
        "result = [one.get_id() for one in image.get_selected_layers()], "
        "list(Gimp.context_get_foreground().get_rgba()), Gimp.context_get_opacity()"
    )
    before = gimp.run("Gimp.context_set_opacity(42.0); " + state)
    colorize(gimp, {1: "#c81e0a"})
    assert gimp.run(state) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"hints_json": "{"}, "is not JSON"),
        ({"hints_json": "[]"}, "holds no hints"),
        ({"hints_json": '{"hints": {"99": "#ffffff"}}'}, "no region 99"),
        ({"hints_json": '{"hints": {"1": "red"}}'}, "is no colour"),
    ],
)
def test_hints_that_are_none_are_a_calling_error(
    gimp: GimpProcess, page: Path, arguments: dict, said: str
) -> None:
    with pytest.raises(AssertionError, match=f"calling-error.*{said}"):
        gimp.run(f"call('colorize', image, **{arguments!r})")
    assert gimp.run("result = ours(image) is None and kept(image) is None")


def test_a_mask_is_no_line_art(gimp: GimpProcess, page: Path) -> None:
    gimp.run("""
        line = image.get_layers()[0]
        line.add_mask(line.create_mask(Gimp.AddMaskType.WHITE))
    """)
    with pytest.raises(AssertionError, match="A mask or a channel is no line art"):
        gimp.run("call('colorize', image, [line.get_mask()])")


def test_without_a_daemon_the_message_says_what_to_do(
    place: Place, gimp: GimpProcess, page: Path
) -> None:
    with place.without_daemon(), pytest.raises(AssertionError, match=r"gp-daemon.*Install"):
        gimp.run("call('colorize', image)")
    assert gimp.run("result = ours(image) is None")
