"""The walk by procedures: next, apply, skip, clear; what the image keeps of it."""

from __future__ import annotations

from pathlib import Path

import drawn_comics
import pytest
from gimp_hands import acts, colors
from gimp_harness import GimpProcess, Place
from gp_guide.guide import Guide
from gp_guide.saved import Saved
from PIL import Image

APPLY = "result = call('apply-color', image, color=Gegl.Color.new({!r}))[0]"


def test_next_selects_exactly_the_first_region(gimp: GimpProcess, page: Path) -> None:
    pixels = gimp.run("result = json.loads(call('colorize', image, n_colors=0)[0])[0]['pixels']")
    gimp.run("call('clear', image)")
    assert gimp.run("result = call('next-region', image)[0]") == 1
    selection = gimp.bytes("selection(image)")
    assert set(selection) == {0, 255}
    assert selection.count(255) == pixels


def test_a_colour_fills_the_region_and_selects_the_next(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image)")
    first = gimp.bytes("selection(image)")
    assert gimp.run(APPLY.format("#102030")) not in (0, 1)
    assert gimp.bytes("selection(image)") != first
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert flats[3::4] == first
    assert flats[first.index(255) * 4 :][:4] == b"\x10\x20\x30\xff"


def test_without_a_colour_the_foreground_is_taken(gimp: GimpProcess, page: Path) -> None:
    gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#405060'))")
    gimp.run("call('next-region', image); call('apply-color', image)")
    assert colors(gimp) == [[64, 80, 96]]


def test_a_skipped_region_is_passed_over(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image)")
    assert gimp.run("result = call('skip-region', image)[0]") not in (0, 1)
    assert acts(gimp)[-1]["op"] == "skip"


def test_a_region_can_be_named_and_recoloured(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image)")
    for color in ("#102030", "#405060"):
        gimp.run(f"call('apply-color', image, region=3, color=Gegl.Color.new('{color}'))")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert {flats[at : at + 4] for at in range(0, len(flats), 4)} == {bytes(4), b"\x40\x50\x60\xff"}


def test_a_region_that_is_not_there_is_a_calling_error(gimp: GimpProcess, page: Path) -> None:
    with pytest.raises(AssertionError, match=r"calling-error.*This page has no region 999"):
        gimp.run("call('apply-color', image, region=999)")


def test_a_number_of_before_the_gaps_changed_means_no_other_region(
    gimp: GimpProcess, page: Path
) -> None:
    listed = "result = [one['number'] for one in json.loads(call('colorize', image{})[0])]"
    before = gimp.run(listed.format(", n_colors=0"))
    numbers = gimp.run(listed.format(", n_colors=0, gap=9.0"))
    assert len(numbers) > 3
    assert not set(numbers) & set(before)
    with pytest.raises(AssertionError, match=rf"This page has no region {before[0]}\b"):
        gimp.run(f"call('apply-color', image, region={before[0]})")
    gimp.run(f"call('apply-color', image, region={numbers[0]})")


def test_clearing_a_region_makes_it_transparent(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image); call('apply-color', image)")
    gimp.run("call('clear', image, region=1)")
    assert set(gimp.bytes("pixels(our_layer(image, 'Flats'))")[3::4]) == {0}


def test_clear_leaves_the_image_as_it_was(gimp: GimpProcess, page: Path) -> None:
    before = gimp.bytes("pixels(image.get_layers()[0])")
    gimp.run("call('next-region', image); call('apply-color', image); call('clear', image)")
    assert gimp.run("result = len(image.get_layers()), len(image.get_channels())") == [1, 0]
    assert gimp.run("result = kept(image) is None and image.get_parasite_list() or []") == [
        name for name in gimp.run("result = image.get_parasite_list()") if name != "guidingpainter"
    ]
    assert gimp.bytes("pixels(image.get_layers()[0])") == before
    assert set(gimp.bytes("selection(image)")) == {0}


def test_a_saved_xcf_goes_on_where_it_stopped(place: Place, gimp: GimpProcess, page: Path) -> None:
    path = str(place.base / "saved.xcf")
    gimp.run("call('next-region', image)")
    gimp.run(APPLY.format("#102030"))
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    gimp.run(f"save(image, {path!r}); image.delete(); image = load({path!r})")
    gimp.run(APPLY.format("#405060"))
    assert colors(gimp) == [[16, 32, 48], [64, 80, 96]]
    after = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert after != flats
    assert after[flats.index(b"\x10\x20\x30\xff") :][:4] == b"\x10\x20\x30\xff"


def test_next_after_a_reopening_goes_to_a_region_without_colour(
    place: Place, gimp: GimpProcess, page: Path
) -> None:
    path = str(place.base / "saved.xcf")
    gimp.run("call('next-region', image)")
    gimp.run(APPLY.format("#102030"))
    gimp.run(f"save(image, {path!r}); image.delete(); image = load({path!r})")
    assert gimp.run("result = call('next-region', image)[0]") not in (0, 1)
    assert colors(gimp) == [[16, 32, 48]]


def test_a_damaged_state_starts_afresh_and_says_so(gimp: GimpProcess, page: Path) -> None:
    gimp.run("image.attach_parasite(Gimp.Parasite.new('guidingpainter', 3, b'{nonsense'))")
    assert gimp.run("result = call('next-region', image)[0]") == 1


def test_all_done_is_no_region(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('colorize', image)")
    assert gimp.run("result = call('next-region', image)[0]") == 0
    with pytest.raises(AssertionError, match="All regions are done"):
        gimp.run("call('apply-color', image)")


def test_an_image_of_version_1_opens_with_its_colours(gimp: GimpProcess, page: Path) -> None:
    gimp.run('call(\'colorize\', image, hints_json=\'{"hints": {"1": "#c81e0a"}}\', n_colors=0)')
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    guide = Guide(5)
    guide.apply((200, 30, 10))
    saved = Saved(guide=guide.to_json(), line_art=gimp.run("result = kept(image)['line_art']"))
    gimp.run(f"image.attach_parasite(Gimp.Parasite.new('guidingpainter', 3, {saved.to_bytes()!r}))")
    assert gimp.run("result = call('next-region', image)[0]") != 0
    assert [act["color"] for act in acts(gimp)[0]["acts"]] == [[200, 30, 10]]
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    gimp.run(APPLY.format("#102030"))
    after = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert after.count(b"\xc8\x1e\x0a\xff") == flats.count(b"\xc8\x1e\x0a\xff")


def test_the_acts_can_be_called_by_name(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image)")
    gimp.run("call('spread', image, level='off')")
    red = "color=Gegl.Color.new('#c81e0a')"
    gimp.run(f"call('fill', image, x=image.get_width() // 2, y=image.get_height() // 2, {red})")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert {flats[at : at + 4] for at in range(0, len(flats), 4)} == {
        bytes(4),
        bytes((200, 30, 10, 255)),
    }
    one = gimp.run("result = call('next-region', image)[0]")
    two = gimp.run("result = call('skip-region', image)[0]")
    assert one != two
    merged = gimp.run(f"result = call('merge', image, region={one}, other={two})[0]")
    gimp.run(f"call('split', image, region={merged})")
    gimp.run(f"call('keep', image, region={two})")
    given = [act["op"] for act in acts(gimp)]
    assert given[-5:] == ["color", "skip", "merge", "split", "keep"]


def test_what_is_proposed_is_paler_on_a_layer_of_its_own(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('spread', image, level='bold'); call('next-region', image)")
    gimp.run(APPLY.format("#102030"))
    gimp.run("layer = our_layer(image, 'Proposals')")
    assert gimp.run("result = [layer.get_opacity(), layer.get_lock_content()]") == [50.0, True]
    shown = gimp.bytes("pixels(layer)")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert {shown[at : at + 4] for at in range(0, len(shown), 4)} == {bytes(4), b"\x10\x20\x30\xff"}
    assert not any(one and other for one, other in zip(shown[3::4], flats[3::4], strict=True))
    gimp.run("call('next-region', image)")  # opened anew it shows the same
    assert gimp.bytes("pixels(layer)") == shown
    gimp.run("call('keep', image)")
    after = gimp.bytes("pixels(layer)")  # what was kept may have led to other proposals
    assert not any(one and other for one, other in zip(after[3::4], shown[3::4], strict=True))
    kept = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert all(
        kept[at : at + 4] == b"\x10\x20\x30\xff" for at in range(0, len(kept), 4) if shown[at + 3]
    )


def test_strokes_of_a_layer_colour_what_they_run_through(gimp: GimpProcess, page: Path) -> None:
    gimp.run("""
        line = image.get_layers()[0]
        strokes = line.copy()
        strokes.add_alpha()
        image.insert_layer(strokes, None, 0)
        strokes.edit_clear()
        image.set_selected_layers([line])
    """)
    with pytest.raises(AssertionError, match="calling-error: Nothing is painted on the layer"):
        gimp.run("call('scribble', image, strokes=strokes)")
    with pytest.raises(AssertionError, match="calling-error: The strokes are on no layer"):
        gimp.run("call('scribble', image)")
    gimp.run("""
        for left, color in ((150, (200, 30, 10)), (20, (10, 60, 200))):
            box = Gegl.Rectangle.new(left, 110, 12, 12)
            buffer = strokes.get_buffer()
            buffer.set(box, "R'G'B'A u8", bytes((*color, 255)) * 144)
            buffer.flush()
        call('scribble', image, strokes=strokes)
    """)
    assert sorted(colors(gimp)) == [[10, 60, 200], [200, 30, 10]]
    width = gimp.run("result = image.get_width()")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    for left, color in ((156, (200, 30, 10)), (26, (10, 60, 200))):
        assert flats[4 * (116 * width + left) :][:4] == bytes((*color, 255))


def test_panels_are_told_and_worked_in_one_by_one(
    gimp: GimpProcess, page: Path, place: Place
) -> None:
    with pytest.raises(AssertionError, match="calling-error: This page has 0 panels"):
        gimp.run("call('work-in', image, panel=1)")
    path = place.base / "comic.png"
    Image.fromarray(drawn_comics.draw(drawn_comics.GRID)).convert("RGB").save(path)
    gimp.run(f"image = load({str(path)!r})")
    boxes = gimp.run("result = json.loads(call('panels', image)[0])")
    assert len(boxes) == len(drawn_comics.GRID)
    gimp.run("call('work-in', image, panel=2)")
    assert list(acts(gimp)[-1]["box"]) == boxes[1]
    gimp.run("call('colorize', image)")
    x, y, width, height = boxes[1]
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    for row in range(drawn_comics.HEIGHT):
        start = 4 * row * drawn_comics.WIDTH
        alpha = flats[start + 3 : start + 4 * drawn_comics.WIDTH : 4]
        assert not any(alpha[: x - 9])
        assert not any(alpha[x + width + 9 :])
        if not y - 9 <= row < y + height + 9:
            assert not any(alpha)
    assert flats[4 * ((y + height // 2) * drawn_comics.WIDTH + x + width // 2) + 3] == 255
    gimp.run("Gimp.Selection.none(image)")
    with pytest.raises(AssertionError, match="calling-error: Nothing is selected"):
        gimp.run("call('work-in', image, selection=True)")
    gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 40, 50, 200, 100)")
    gimp.run("call('work-in', image, selection=True)")
    assert list(acts(gimp)[-1]["box"]) == [40, 50, 200, 100]
    gimp.run("call('work-in', image)")
    assert acts(gimp)[-1]["box"] is None


def test_a_colour_is_selected_and_locked_by_name(gimp: GimpProcess, page: Path) -> None:
    one = gimp.run("call('spread', image, level='off'); result = call('next-region', image)[0]")
    with pytest.raises(AssertionError, match=f"calling-error: Region {one} has no colour of yours"):
        gimp.run("call('lock', image)")
    gimp.run(APPLY.format("#102030"))
    gimp.run(APPLY.format("#102030"))
    gimp.run(f"call('select-color', image, region={one})")
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    assert gimp.bytes("selection(image)") == flats[3::4]
    assert gimp.run(f"result = call('lock', image, region={one})[0]")
    assert gimp.run(f"result = call('lock', image, region={one}, state='lock')[0]")
    done = acts(gimp)
    with pytest.raises(AssertionError, match="calling-error: This colour is locked"):
        gimp.run(f"call('apply-color', image, region={one}, color=Gegl.Color.new('#ff0000'))")
    with pytest.raises(AssertionError, match="calling-error: This colour is locked"):
        gimp.run(f"call('clear', image, region={one})")
    assert acts(gimp) == done
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    assert not gimp.run(f"result = call('lock', image, region={one}, state='unlock')[0]")
    gimp.run(f"call('clear', image, region={one})")
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") != flats


def test_a_region_filled_by_hand_counts_as_filled(gimp: GimpProcess, page: Path) -> None:
    gimp.run("call('next-region', image)")
    one = gimp.run(APPLY.format("#102030"))
    gimp.run("""
        layer = our_layer(image, 'Flats')
        Gimp.context_set_foreground(Gegl.Color.new("#30c050"))
        layer.edit_fill(Gimp.FillType.FOREGROUND)
    """)
    flats = gimp.bytes("pixels(layer)")
    assert gimp.run("result = call('next-region', image)[0]") != one
    assert acts(gimp)[-1]["color"] == [0x30, 0xC0, 0x50]
    assert not acts(gimp)[-1]["teaches"]
    assert gimp.bytes("pixels(layer)") == flats
