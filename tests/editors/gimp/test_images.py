"""Images of all kinds: precision, colour modes, offsets, masks, groups, a selection to work in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gimp_hands import colors
from gimp_harness import GimpProcess, Place

HINTS = json.dumps({"hints": {"1": "#c81e0a"}})
COLORIZE = f"result = json.loads(call('colorize', image, hints_json={HINTS!r}, n_colors=0)[0])"


def colorize(gimp: GimpProcess) -> list[dict[str, Any]]:
    """Give the first region a colour; return the regions."""
    return gimp.run(COLORIZE)


def filled(gimp: GimpProcess) -> int:
    """Count the pixels of the flats."""
    return gimp.bytes("pixels(our_layer(image, 'Flats'))")[3::4].count(255)


@pytest.mark.parametrize("precision", ["U8_LINEAR", "U16_NON_LINEAR", "U32_LINEAR", "FLOAT_LINEAR"])
def test_a_colour_is_exact_at_any_precision(gimp: GimpProcess, page: Path, precision: str) -> None:
    gimp.run(f"image.convert_precision(Gimp.Precision.{precision})")
    before = gimp.bytes("pixels(image.get_layers()[0], \"R'G'B'A float\")")
    regions = colorize(gimp)
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    # 8-bit linear has fewer dark tones than 8-bit sRGB, so it rounds.
    near = 4 if precision == "U8_LINEAR" else 0
    tones = {flats[at : at + 3] for at in range(0, len(flats), 4) if flats[at + 3]}
    assert len(tones) == 1
    assert all(abs(a - b) <= near for a, b in zip(tones.pop(), (200, 30, 10), strict=True))
    assert flats[3::4].count(255) == regions[0]["pixels"]
    assert gimp.bytes("pixels(image.get_layers()[-1], \"R'G'B'A float\")") == before


def test_soft_colours_fill_a_floating_point_image(gimp: GimpProcess, page: Path) -> None:
    gimp.run("image.convert_precision(Gimp.Precision.FLOAT_LINEAR)")
    gimp.run("call('colorize', image, kind='soft')")
    soft = gimp.bytes("pixels(our_layer(image, 'Soft colours'))")
    assert set(soft[3::4]) == {255}
    assert len({soft[at : at + 3] for at in range(0, len(soft), 4)}) > 100


def test_a_gray_image_gets_tones(gimp: GimpProcess, page: Path) -> None:
    gimp.run("image.convert_grayscale()")
    regions = colorize(gimp)
    assert gimp.run("result = our_layer(image, 'Flats').is_gray()")
    assert filled(gimp) == regions[0]["pixels"]


def test_an_indexed_image_is_refused_with_what_to_do(gimp: GimpProcess, page: Path) -> None:
    none, palette = "Gimp.ConvertDitherType.NONE", "Gimp.ConvertPaletteType.GENERATE"
    gimp.run(f"image.convert_indexed({none}, {palette}, 8, False, False, '')")
    with pytest.raises(AssertionError, match=r"fixed set of colours.*Image > Mode > RGB"):
        colorize(gimp)
    assert gimp.run("result = ours(image) is None")


def test_an_indexed_image_is_converted_on_request(gimp: GimpProcess, page: Path) -> None:
    none, palette = "Gimp.ConvertDitherType.NONE", "Gimp.ConvertPaletteType.GENERATE"
    gimp.run(f"image.convert_indexed({none}, {palette}, 8, False, False, '')")
    gimp.run(f"call('colorize', image, hints_json={HINTS!r}, convert=True)")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert bytes((200, 30, 10, 255)) in flats


def test_an_offset_layer_gives_the_regions_of_where_it_lies(gimp: GimpProcess, page: Path) -> None:
    at_home = colorize(gimp)
    gimp.run("call('clear', image)")
    gimp.run("image.resize(image.get_width() + 90, image.get_height() + 40, 60, 30)")
    moved = colorize(gimp)

    def alike(right: int, down: int) -> int:
        """Regions of the wider image that one of before has so far to the upper left."""
        return sum(
            any(
                abs(region["bbox"][0] - right - home["bbox"][0]) < 8
                and abs(region["bbox"][1] - down - home["bbox"][1]) < 8
                for home in at_home
            )
            for region in moved
        )

    # Not every one: on the wider ground some pieces are grouped in another way.
    assert alike(60, 30) > alike(0, 0)
    assert gimp.run("result = our_layer(image, 'Flats').get_width() == image.get_width()")


def test_a_layer_in_a_group_keeps_its_group(gimp: GimpProcess, page: Path) -> None:
    gimp.run("""
        group = Gimp.GroupLayer.new(image, "Drawing")
        image.insert_layer(group, None, 0)
        line = image.get_layers()[1]
        image.reorder_item(line, group, 0)
        image.set_selected_layers([line])
    """)
    colorize(gimp)
    names = gimp.run("result = [one.get_name() for one in group.get_children()]")
    assert names[0] == "GuidingPainter"
    assert len(names) == 2


def test_a_masks_hidden_lines_do_not_count(gimp: GimpProcess, page: Path) -> None:
    whole = colorize(gimp)
    gimp.run("call('clear', image)")
    gimp.run("""
        line = image.get_layers()[0]
        line.add_alpha()
        mask = line.create_mask(Gimp.AddMaskType.WHITE)
        line.add_mask(mask)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 200, image.get_height())
        Gimp.context_set_background(Gegl.Color.new("black"))
        mask.edit_fill(Gimp.FillType.BACKGROUND)
        Gimp.Selection.none(image)
        image.set_selected_layers([line])
    """)
    before = gimp.bytes("pixels(line)"), gimp.bytes('pixels(line.get_mask(), "Y\' u8")')
    masked = colorize(gimp)
    assert len(masked) < len(whole)
    assert (gimp.bytes("pixels(line)"), gimp.bytes('pixels(line.get_mask(), "Y\' u8")')) == before


def test_a_layers_filters_count_and_stay(gimp: GimpProcess, page: Path) -> None:
    """White lines on black are inverted anyway, so a filter that leaves nothing tells."""
    gimp.run("""
        line = image.get_layers()[0]
        cover = Gimp.DrawableFilter.new(line, "gegl:color-overlay", "")
        cover.get_config().set_property("value", Gegl.Color.new("white"))
        line.append_filter(cover)
    """)
    before = gimp.bytes("pixels(line)")
    with pytest.raises(AssertionError, match="There is no line art"):
        colorize(gimp)
    assert gimp.run("result = len(line.get_filters()), len(Gimp.get_images())") == [1, 1]
    assert gimp.bytes("pixels(line)") == before


def test_a_rectangle_that_is_selected_is_the_area_to_work_in(gimp: GimpProcess, page: Path) -> None:
    gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 50, 40, 150, 100)")
    gimp.run("call('colorize', image)")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    width = gimp.run("result = image.get_width()")
    inside = b"".join(flats[4 * (y * width + 50) :][:600] for y in range(40, 140))
    assert set(inside[3::4]) == {255}
    assert flats[3::4].count(255) == 150 * 100
    assert gimp.run("result = Gimp.Selection.bounds(image)[2:]") == [50, 40, 200, 140]


def test_a_round_selection_is_the_area_and_comes_back(
    place: Place, gimp: GimpProcess, page: Path
) -> None:
    gimp.run("image.select_ellipse(Gimp.ChannelOps.REPLACE, 50, 40, 150, 100)")
    before = gimp.bytes("selection(image)")
    gimp.run("call('next-region', image)")
    region = gimp.bytes("selection(image)")
    assert all(one <= whole for one, whole in zip(region, before, strict=True))
    gimp.run("call('apply-color', image); call('clear', image)")
    assert gimp.bytes("selection(image)") == before
    assert gimp.run("result = len(image.get_channels())") == 0


def test_nothing_is_asked_about_beside_a_round_selection(gimp: GimpProcess, page: Path) -> None:
    # Between its corners and the ellipse lie whole petals and leaves.
    gimp.run("image.select_ellipse(Gimp.ChannelOps.REPLACE, 2, 2, 300, 232)")
    gimp.run("image.select_ellipse(Gimp.ChannelOps.SUBTRACT, 90, 40, 120, 100)")
    asked = 0
    number = gimp.run("call('spread', image, level='off'); result = call('next-region', image)[0]")
    while number:
        assert any(gimp.bytes("selection(image)")), number
        asked += 1
        number = gimp.run("result = call('apply-color', image)[0]")
    assert asked > 5
    listed = gimp.run("result = json.loads(call('colorize', image, n_colors=0)[0])")
    assert any(region["hint"] is None for region in listed)


def test_no_colour_leaves_a_round_selection(gimp: GimpProcess, page: Path) -> None:
    gimp.run("image.select_ellipse(Gimp.ChannelOps.REPLACE, 50, 40, 150, 100)")
    before = np.frombuffer(gimp.bytes("selection(image)"), np.uint8)
    chosen = gimp.run("result = [one.get_name() for one in image.get_selected_layers()]")
    gimp.run("call('colorize', image, kind='layers')")
    layers = gimp.bytes("b''.join(pixels(one)[3::4] for one in ours(image).get_children())")
    painted = np.frombuffer(layers, np.uint8).reshape(-1, len(before))
    assert len(painted) > 1
    assert painted.any()
    assert not painted[:, before == 0].any()
    assert gimp.run("result = [one.get_name() for one in image.get_selected_layers()]") == chosen


def test_a_locked_layer_of_ours_says_so_and_nothing_changes(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image); call('apply-color', image)")
    gimp.run("our_layer(image, 'Flats').set_lock_content(True)")
    before = gimp.bytes("pixels(our_layer(image, 'Flats'))"), gimp.run("result = kept(image)")
    with pytest.raises(AssertionError, match="Flats is locked"):
        gimp.run("call('apply-color', image)")
    after = gimp.bytes("pixels(our_layer(image, 'Flats'))"), gimp.run("result = kept(image)")
    assert after == before


def test_changed_line_art_keeps_colours_that_fill_a_region(gimp: GimpProcess, page: Path) -> None:
    gimp.run(COLORIZE)
    before = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    gimp.run("call('colorize', image, gap=5.0, n_colors=0)")
    after = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    red = bytes((200, 30, 10, 255))
    same = sum(before[at : at + 4] == after[at : at + 4] == red for at in range(0, len(after), 4))
    assert same > 0.9 * filled(gimp)


def test_script_fu_can_call_it(gimp: GimpProcess, page: Path) -> None:
    gimp.run("""
        procedure = Gimp.get_pdb().lookup_procedure("plug-in-script-fu-eval")
        config = procedure.create_config()
        config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
        config.set_property("script", f'''(python-fu-guidingpainter-colorize
            #:run-mode RUN-NONINTERACTIVE #:image {image.get_id()}
            #:drawables (car (gimp-image-get-selected-layers {image.get_id()}))
            #:kind "flats" #:n-colors 2)''')
        done = procedure.run(config)
        assert done.index(0) == Gimp.PDBStatusType.SUCCESS, done.index(1)
    """)
    assert len(colors(gimp)) == 2
