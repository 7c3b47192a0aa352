"""What an artist chooses in the dialog: pieces, parts of the page, palettes, by keys and mouse."""

from __future__ import annotations

from collections import Counter

import pytest
from gimp_hands import (
    FIRST_SWATCH,
    FOLLOW,
    PALETTE,
    SCRIBBLE,
    SELECTION,
    WORK_IN,
    Hands,
    acts,
    colors,
)
from gimp_harness import Place
from PIL import Image, ImageDraw

PETAL, LEAF, RING = (220, 190), (258, 295), (84, 205)  # in the dialog, where its picture shows them
GAPS, INK = 697, 737  # rows of the tab Options, in the dialog
SLIDER = (168, 290)  # its left and right end there
PICTURE = (972, 52, 376, 292)  # the dialog's, on the screen
SWATCHES = (950, 600, 70, 130)  # what they are called, on the screen
USED = (105, 650)  # the first colour that was used
LOCK = 7  # entry of the menu on a piece
MIDDLE = (220, 198)  # of the picture
BLUE = bytes((10, 100, 200, 255))
SCRIBBLING = "result = [one.get_name() for one in image.get_selected_layers()] == ['Hints']"
FLATS = "pixels(our_layer(image, 'Flats'))"


def filled(hands: Hands, color: bytes = BLUE) -> set[int]:
    """Return the pixels of the canvas that have a colour on *Flats*."""
    hands.gimp.until("result = ours(image) and our_layer(image, 'Flats') is not None")
    flats = hands.gimp.bytes(FLATS)
    return {at // 4 for at in range(0, len(flats), 4) if flats[at : at + 4] == color}


def test_all_that_lies_in_a_selection_gets_one_colour(hands: Hands) -> None:
    hands.open()
    hands.gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 60, 300, 300)")
    hands.screen.click(hands.window, *SELECTION)
    assert hands.hints(1) == [[10, 100, 200]]
    blue = filled(hands)
    inside = {y * 608 + x for x in range(60, 360) for y in range(60, 360)}
    assert len(blue & inside) > 0.7 * len(inside)
    assert len(blue - inside) < 0.2 * len(blue)


def test_without_a_selection_of_ones_own_nothing_is_coloured_by_it(hands: Hands) -> None:
    hands.open()
    kept = acts(hands.gimp)
    hands.screen.click(hands.window, *SELECTION)
    hands.shot("dialog-no-selection")
    hands.press("s")
    hands.wait(lambda: acts(hands.gimp) != kept, "it is not skipped")
    assert [act["op"] for act in acts(hands.gimp)[len(kept) :]] == ["skip"]


def test_a_region_is_shown_large_and_clicks_go_where_they_show(hands: Hands) -> None:
    hands.open()
    before = hands.gimp.bytes("selection(image)")
    hands.screen.click(hands.window, *PETAL)
    hands.wait(lambda: hands.gimp.bytes("selection(image)") != before, "it does not go there")
    petal = hands.gimp.bytes("selection(image)")
    hands.press("z")
    hands.shot("dialog-large")
    hands.screen.click(hands.window, *MIDDLE, "shift")
    hands.hints(1)
    assert filled(hands) <= {at for at, chosen in enumerate(petal) if chosen}
    hands.type("ctrl+z")
    hands.no_hints()
    hands.press("z")  # the whole page again
    hands.screen.click(hands.window, *LEAF, "shift")
    hands.hints(1)
    assert not filled(hands) & {at for at, chosen in enumerate(petal) if chosen}


def test_the_wheel_zooms_and_what_is_under_the_mouse_stays_there(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(1)
    petal = filled(hands)
    hands.type("ctrl+z")
    hands.no_hints()
    hands.screen.wheel(hands.window, [PETAL] * 4)
    hands.shot("dialog-wheel")
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(1)
    assert filled(hands) == petal


def test_a_drag_with_shift_fills_all_that_it_passes_in_one_act(hands: Hands) -> None:
    hands.open()
    kept = acts(hands.gimp)
    hands.screen.drag(hands.window, [PETAL, (240, 240), LEAF], "shift")
    hands.wait(lambda: acts(hands.gimp) != kept, "nothing is filled")
    (act,) = acts(hands.gimp)[len(kept) :]
    assert act["op"] == "color"
    assert not act["teaches"]
    assert len(act["at"]) >= 6  # x and y of a pixel of each piece
    blue = filled(hands)
    hands.type("ctrl+z")
    hands.no_hints()
    for place in (PETAL, LEAF):
        hands.screen.click(hands.window, *place, "shift")
        hands.hints(1)
        assert filled(hands) < blue
        hands.type("ctrl+z")
        hands.no_hints()


def test_a_drag_with_ctrl_and_shift_leaves_alone_what_has_a_colour(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *LEAF, "shift")
    hands.hints(1)
    leaf = filled(hands)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.drag(hands.window, [PETAL, (240, 240), LEAF], "ctrl", "shift")
    assert sorted(hands.hints(2)) == [[10, 100, 200], [255, 255, 0]]
    assert filled(hands) == leaf
    assert filled(hands, bytes((255, 255, 0, 255)))


def test_a_quick_drag_with_shift_cuts_no_corner(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *LEAF, "shift")
    hands.hints(1)
    leaf = filled(hands)
    hands.type("ctrl+z")
    hands.no_hints()
    # All of it comes in less time than a screen takes to be drawn once.
    hands.screen.drag(hands.window, [PETAL, LEAF, PETAL], "shift", pause=0)
    hands.hints(1)
    assert leaf < filled(hands)


def test_strokes_of_a_brush_colour_what_they_run_through(hands: Hands) -> None:
    chosen = hands.gimp.run("result = [one.get_name() for one in image.get_selected_layers()]")
    line = hands.gimp.bytes("pixels(line)")
    hands.open()
    region = hands.gimp.bytes("selection(image)")
    hands.screen.click(hands.window, *SCRIBBLE)
    hands.gimp.until(SCRIBBLING)
    assert set(hands.gimp.bytes("selection(image)")) == {0}  # a brush reaches all of the page
    canvas = hands.screen.window("GIMP$")
    hands.screen.drag(canvas, [(500, 300), (560, 330), (600, 350)])
    assert hands.hints(1) == [[10, 100, 200]]
    first = filled(hands)
    hands.shot("dialog-scribbles")
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.drag(canvas, [(440, 480), (470, 500)])
    assert hands.hints(2) == [[10, 100, 200], [255, 255, 0]]
    assert filled(hands) == first  # what was painted before is not done again
    hands.screen.click(hands.window, *SCRIBBLE)
    hands.gimp.until("result = not our_layer(image, 'Hints').get_visible()")
    hands.wait(lambda: any(hands.gimp.bytes("selection(image)")), "no region is selected")
    x, y = hands.gimp.run("result = kept(image)['shown']")
    # Where she was; what belongs to it may be another since the strokes.
    assert region[608 * y + x] == hands.gimp.bytes("selection(image)")[608 * y + x] == 255
    names = "result = [one.get_name() for one in image.get_selected_layers()]"
    assert hands.gimp.run(names) == chosen
    assert any(hands.gimp.bytes("pixels(our_layer(image, 'Hints'))")[3::4])
    assert hands.gimp.bytes("pixels(line)") == line


def test_closing_while_scribbling_gives_back_layer_and_selection(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *SCRIBBLE)
    hands.gimp.until(SCRIBBLING)
    hands.close()
    assert hands.gimp.run("result = image.get_selected_layers()[0].get_id() == line.get_id()")
    assert hands.gimp.run("result = not our_layer(image, 'Hints').get_visible()")
    assert set(hands.gimp.bytes("selection(image)")) == {0}


def test_a_menu_on_a_piece_takes_it_out_of_its_region(hands: Hands) -> None:
    hands.open()
    hands.screen.pick(hands.window, *RING, 3, button=3)
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "split", "nothing is taken out")


def test_a_locked_colour_is_kept_and_all_that_has_it_is_selected(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(1)
    petal = filled(hands)
    hands.screen.pick(hands.window, *PETAL, LOCK, button=3)
    hands.gimp.until("result = kept(image)['locked'] == [[10, 100, 200]]")
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.hover(hands.window, 200, 600)
    before, said = acts(hands.gimp), hands.said()
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.wait(lambda: hands.said() != said, "nothing is said")
    hands.shot("dialog-locked")
    assert acts(hands.gimp) == before
    assert filled(hands) == petal
    hands.screen.drag(hands.window, [PETAL, (240, 240), LEAF], "shift")
    hands.hints(2)
    yellow = filled(hands, bytes((255, 255, 0, 255)))
    assert filled(hands) == petal
    assert yellow
    hands.screen.pick(hands.window, *PETAL, LOCK - 1, button=3)
    hands.wait(
        lambda: {at for at, one in enumerate(hands.gimp.bytes("selection(image)")) if one} == petal,
        "what has the colour is not selected",
    )
    hands.screen.pick(hands.window, *PETAL, LOCK, button=3)
    hands.gimp.until("result = kept(image)['locked'] == []")
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(3)
    assert not filled(hands)


def test_a_new_foreground_colour_is_taken_once_the_mouse_is_away(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *FOLLOW)
    hands.screen.hover(hands.window, *FOLLOW)
    # The dialog has to see both where the mouse is and what the colour was.
    hands.screen.rest(1.0)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.rest(2.0)
    assert colors(hands.gimp) == []
    hands.screen.hover(hands.window, 200, 30)
    assert hands.hints(1) == [[255, 255, 0]]
    hands.close()
    hands.next_image()
    hands.open()  # it is remembered
    hands.screen.hover(hands.window, *FOLLOW)
    hands.screen.rest(1.0)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#00ffff'))")
    hands.screen.rest(1.0)
    hands.screen.hover(hands.window, 200, 30)
    assert hands.hints(1) == [[0, 255, 255]]


def test_a_palette_is_offered_kept_and_names_its_layers(hands: Hands, place: Place) -> None:
    path = place.base / "cast.gpl"
    path.write_text("GIMP Palette\nName: cast\n# them\n200 30 10 Coat of Anna\n9 9 90\n")
    hands.open()
    hands.choose_output("End")
    hands.gimp.until("result = kept(image)['output'] == 'layers'")
    hands.tab(1)
    hands.screen.pick(hands.window, *PALETTE, 1)
    hands.choose_file("Load a palette", path)
    hands.gimp.until("result = kept(image)['palette'] == [[200, 30, 10], [9, 9, 90]]")
    assert hands.gimp.run("result = kept(image)['names']") == {"#c81e0a": "Coat of Anna"}
    hands.shot("dialog-palette")
    hands.screen.click(hands.window, *FIRST_SWATCH, "ctrl")  # only takes it
    hands.gimp.until("result = foreground() == [200, 30, 10]")
    hands.no_hints()
    hands.screen.hover(hands.window, 200, 30)
    hands.screen.rest(1.0)  # until no tooltip lies over it
    names = hands.screen.pixels(SWATCHES)
    hands.screen.click(hands.window, *FIRST_SWATCH)
    assert hands.hints(1) == [[200, 30, 10]]
    hands.screen.hover(hands.window, 200, 30)
    hands.wait(lambda: hands.screen.pixels(SWATCHES) == names, "what is beside the swatches moves")
    hands.gimp.until("result = our_layer(image, 'Coat of Anna') is not None")
    hands.gimp.run("""
        many = [one for one in Gimp.palettes_get_list("") if one.get_color_count() > 9]
        Gimp.context_set_palette(many[0])
    """)
    hands.screen.pick(hands.window, *PALETTE, 2)
    hands.gimp.until("result = len(kept(image)['palette']) > 9")


@pytest.mark.parametrize(("key", "row", "name"), [("g", GAPS, "gap"), ("i", INK, "ink")])
def test_while_a_slider_moves_the_picture_shows_the_regions_that_would_come(
    hands: Hands, key: str, row: int, name: str
) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.tab(3)
    hands.screen.hover(hands.window, 200, 30)  # no tooltip lies over the sliders
    hands.press(key)
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "find", "the pieces are not found anew")
    hands.wait(lambda: tones(hands) < 4, "the picture is not that of the page")
    state = "result = kept(image), foreground(), [x.get_id() for x in image.get_selected_layers()]"
    before, first = hands.gimp.run(state), acts(hands.gimp)[-1][name]
    pixels = hands.gimp.bytes("selection(image)"), hands.gimp.bytes(FLATS)
    middle = sum(SLIDER) // 2
    start = SLIDER[0] if name == "gap" else middle
    hands.screen.hold(hands.window, [(start, row), (middle + 20, row)])
    hands.wait(lambda: tones(hands) > 10, "nothing is shown")
    hands.shot(f"dialog-tried-{name}")
    assert hands.gimp.run(state) == before
    assert (hands.gimp.bytes("selection(image)"), hands.gimp.bytes(FLATS)) == pixels
    hands.screen.release()
    hands.wait(lambda: acts(hands.gimp)[-1][name] > first, "it is not chosen")
    hands.wait(lambda: tones(hands) < 4, "the picture is not that of the page")


def tones(hands: Hands) -> int:
    """Return how many colours cover some of the dialog's picture, lines and shades aside."""
    data = hands.screen.pixels(PICTURE)
    counts = Counter(data[at : at + 3] for at in range(0, len(data), 3))
    return sum(max(color) - min(color) > 30 and count > 100 for color, count in counts.items())


def test_a_swatch_clicked_twice_at_once_colours_two_regions(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.press("f")
    hands.hints(2)
    older = (USED[0] + 36, USED[1])  # it would come to the front
    there = (940 + older[0], older[1], 1, 1)  # on the screen
    hands.wait(lambda: hands.screen.pixels(there) == BLUE[:3], "there is no older colour")
    hands.screen.click(hands.window, *older, times=3)
    assert hands.hints(5)[2:] == [[10, 100, 200]] * 3


def test_when_all_is_done_a_swatch_is_taken_for_fills(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.press("a")
    hands.gimp.until(f"result = set({FLATS}[3::4]) == {{255}}")
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    done = acts(hands.gimp)
    hands.screen.click(hands.window, *USED)
    hands.gimp.until("result = foreground() == [10, 100, 200]")
    assert acts(hands.gimp) == done
    before = filled(hands)
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.wait(lambda: filled(hands) > before, "the petal is not filled")
    hands.shot("dialog-done-swatch")


def test_one_panel_of_a_comic_page_is_worked_on_alone(hands: Hands, place: Place) -> None:
    hands.gimp.run("display.delete()")
    path = place.base / "comic.png"
    with Image.new("RGB", (800, 600), "white") as page:
        pen = ImageDraw.Draw(page)
        for left in (20, 410):
            pen.rectangle((left, 20, left + 370, 580), outline="black", width=5)
            pen.ellipse((left + 60, 80, left + 300, 300), outline="black", width=4)
            pen.rectangle((left + 80, 350, left + 290, 520), outline="black", width=4)
        page.save(path)
    hands.gimp.run(f"""
        image = load({str(path)!r})
        display = Gimp.Display.new(image)
        line = image.get_layers()[0]
    """)
    hands.open()
    hands.tab(2)
    hands.shot("dialog-panels")
    hands.screen.pick(hands.window, *WORK_IN, 2)
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "focus", "no panel is chosen")
    x, _, width, _ = acts(hands.gimp)[-1]["box"]
    assert x > 390
    assert x + width <= 800
    hands.press("a")
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] != "focus", "nothing is coloured")
    flats = hands.gimp.bytes(FLATS)
    alpha = [flats[4 * (y * 800) + 3 : 4 * (y + 1) * 800 : 4] for y in range(600)]
    assert not any(any(row[30:380]) for row in alpha)
    assert any(any(row[420:]) for row in alpha)
    hands.tab(2)
    hands.shot("dialog-panel-is-done")


def test_what_is_proposed_is_seen_on_the_canvas_and_goes_with_an_undo(hands: Hands) -> None:
    hands.open()
    hands.gimp.run("call('spread', image, level='bold')")
    hands.press("f")
    hands.hints(1)
    hands.gimp.until("result = our_layer(image, 'Proposals') is not None")
    hands.wait(lambda: BLUE in pixels_of(hands), "nothing is proposed")
    hands.shot("dialog-proposals")
    assert set(pixels_of(hands)) == {bytes(4), BLUE}
    names = "result = [one.get_name() for one in image.get_selected_layers()]"
    assert hands.gimp.run(names) == [hands.gimp.run("result = line.get_name()")]
    hands.type("ctrl+z")
    hands.no_hints()
    hands.wait(lambda: not any(one[3] for one in pixels_of(hands)), "it is still proposed")


def pixels_of(hands: Hands) -> list[bytes]:
    """Return each pixel of *Proposals*."""
    data = hands.gimp.bytes("pixels(our_layer(image, 'Proposals'))")
    return [data[at : at + 4] for at in range(0, len(data), 4)]


def test_undo_steps_are_called_by_region_and_colour(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    one = hands.undo_entry()
    hands.shot("dialog-undo-step")
    hands.key("Escape", "Escape")
    hands.press("f")
    hands.hints(2)
    two = hands.undo_entry()
    hands.key("Escape", "Escape")
    assert one != two  # another region
    hands.key("ctrl+z")
    hands.hints(1)
    assert hands.undo_entry() == one
    hands.key("Escape", "Escape")
