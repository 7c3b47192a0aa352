"""What the dialog must never do to an artist, by keys and mouse on a real screen."""

from __future__ import annotations

import pytest
from gimp_hands import DIALOG, FOREGROUND, Hands, acts
from gimp_harness import Place

BLUE = bytes((10, 100, 200, 255))
FLATS = "pixels(our_layer(image, 'Flats'))"
PETAL = (220, 190)  # in the dialog, where its picture shows it
# On the screen: the tabs' names, and what stands beside the colours that come and go.
STILL = ((948, 566, 200, 24), (950, 628, 70, 20), (950, 664, 70, 20), (950, 708, 70, 20))
SUGGESTIONS = (1040, 600, 330, 30)
BAR = (950, 826, 260, 30)  # what says how far the work is


def test_tabbing_through_gaps_and_ink_leaves_them_measured(hands: Hands) -> None:
    hands.open()
    hands.tab(3)
    hands.press("o")
    hands.type(*["Tab"] * 7, "alt+f")
    hands.hints(1)
    hands.close()
    hands.next_image()
    hands.open()
    assert hands.gimp.run("result = kept(image)['gap'], kept(image)['ink']") == [None, None]
    assert not [act for act in acts(hands.gimp) if act["op"] == "find"]


def test_an_ink_that_finds_no_lines_is_not_remembered(hands: Hands) -> None:
    hands.open()
    hands.tab(3)
    hands.press("i")
    hands.type("Tab", "0", "Return")
    hands.shot("dialog-no-lines")
    hands.close()
    hands.next_image()
    hands.open()
    assert hands.gimp.run("result = kept(image)['ink']") is None


def test_the_wheel_over_the_dialog_changes_no_option(hands: Hands) -> None:
    hands.open()
    hands.tab(3)
    hands.press("g")  # Gaps as a number, which a wheel could turn
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "find", "the pieces are not found anew")
    before = acts(hands.gimp)
    width, height = hands.screen.size(hands.window)
    places = [(x, y) for y in range(8, height, 12) for x in (width - 40, width - 120, width - 220)]
    hands.screen.wheel(hands.window, places)
    hands.press("f")
    hands.hints(1)
    assert acts(hands.gimp)[:-1] == before
    assert hands.gimp.run("result = kept(image)['output']") == "flats"


def test_the_menu_called_again_raises_the_same_dialog(hands: Hands) -> None:
    hands.open()
    dialog = hands.window
    hands.key("ctrl+alt+g")
    hands.wait(lambda: hands.screen.focused() == dialog, "the dialog does not come to the front")
    assert hands.screen.count(DIALOG) == 1


def test_the_dialog_lies_over_the_images_window_and_says_what_it_colours(hands: Hands) -> None:
    hands.open()
    image = int(hands.screen.window("GIMP$"))
    said = hands.screen.property(hands.window, "WM_TRANSIENT_FOR")
    assert int(said.split()[-1], 16) == image
    title = hands.screen.property(hands.window, "_NET_WM_NAME")
    assert hands.gimp.run("result = line.get_name()") in title
    assert hands.gimp.run("result = image.get_name()") in title


def test_closing_gives_back_what_was_selected(hands: Hands) -> None:
    hands.gimp.run("image.select_ellipse(Gimp.ChannelOps.REPLACE, 50, 40, 250, 200)")
    selected = hands.gimp.bytes("selection(image)")
    state = "result = [one.get_id() for one in image.get_selected_layers()], foreground()"
    before = hands.gimp.run(state)
    hands.open()
    hands.press("u")
    hands.hints(1)
    assert hands.gimp.bytes("selection(image)") != selected
    hands.close()
    assert hands.gimp.bytes("selection(image)") == selected
    assert hands.gimp.run(state) == before


def test_clicks_in_quick_succession_are_all_done(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *FOREGROUND, times=5)
    assert hands.hints(5) == [[10, 100, 200]] * 5


def test_undo_and_redo_keys_work_in_the_dialog(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    flats = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    hands.type("ctrl+z")
    hands.no_hints()
    assert not any(hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")[3::4])
    hands.type("ctrl+y")
    hands.hints(1)
    assert hands.gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats


def test_no_colour_lands_elsewhere_after_the_image_was_flipped(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *FOREGROUND, times=3)
    hands.hints(3)
    hands.gimp.run("image.flip(Gimp.OrientationType.HORIZONTAL)")
    flats = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    hands.press("f")  # it is looked at again first
    # All colours were taken by place, as one act.
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "several", "it is not looked at again")
    hands.shot("dialog-flipped")
    assert hands.gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    hands.press("f")
    hands.hints(1)
    after = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    blue = bytes((10, 100, 200, 255))
    assert {after[at : at + 4] for at in range(0, len(after), 4)} == {bytes(4), blue}
    assert after[3::4].count(255) > flats[3::4].count(255)


@pytest.mark.parametrize(
    "changed",
    [
        "image.crop(500, 380, 60, 50)",
        "image.scale(912, 708)",
        "image.rotate(Gimp.RotationType.DEGREES90)",
    ],
    ids=["crop", "scale", "rotate"],
)
def test_no_colour_lands_elsewhere_after_the_image_had_another_shape(
    hands: Hands, changed: str
) -> None:
    hands.open()
    hands.screen.click(hands.window, *FOREGROUND, times=3)
    hands.hints(3)
    hands.gimp.run(changed)
    flats = hands.gimp.bytes(FLATS)
    hands.press("f")  # it is looked at again first
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "several", "it is not looked at again")
    hands.shot(f"dialog-{changed[6:10]}")
    assert hands.gimp.bytes(FLATS) == flats
    hands.press("f")
    hands.hints(1)
    after = hands.gimp.bytes(FLATS)
    assert len(after) == len(flats)
    places = range(0, len(flats), 4)
    kept = [at for at in places if flats[at : at + 4] == BLUE]
    assert all(after[at : at + 4] == BLUE for at in kept)
    # A region without a colour got one: what scaling made paler is no whole region.
    assert sum(after[at : at + 4] == BLUE for at in places) > len(kept) + 500


def test_a_line_drawn_meanwhile_counts_and_no_act_is_lost(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    kept = acts(hands.gimp)
    hands.gimp.run("""
        box = Gegl.Rectangle.new(20, 200, 500, 3)
        buffer = line.get_buffer()
        buffer.set(box, "R'G'B'A u8", bytes((0, 0, 0, 255)) * 1500)
        buffer.flush()
        line.update(20, 200, 500, 3)
    """)
    before = hands.gimp.bytes("selection(image)")
    hands.press("d")
    hands.wait(
        lambda: hands.gimp.bytes("selection(image)") != before or acts(hands.gimp) != kept,
        "the line is not seen",
    )
    assert acts(hands.gimp) == kept


def test_ink_that_was_mended_is_seen_by_the_next_act(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(1)
    petal = hands.gimp.bytes(FLATS)[3::4]
    rows = {at // 608 for at, alpha in enumerate(petal) if alpha}
    middle = (min(rows) + max(rows)) // 2
    hands.type("ctrl+z")
    hands.no_hints()
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    said = hands.said()
    hands.gimp.run(f"""
        box = Gegl.Rectangle.new(0, {middle}, 608, 4)
        buffer = line.get_buffer()
        buffer.set(box, "R'G'B'A u8", bytes((0, 0, 0, 255)) * 2432)
        buffer.flush()
        line.update(0, {middle}, 608, 4)
    """)
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.screen.hover(hands.window, 200, 600)
    hands.wait(lambda: hands.said() != said, "it does not say that it looked again")
    hands.shot("dialog-mended")
    hands.no_hints()
    hands.screen.click(hands.window, *PETAL, "shift")
    hands.hints(1)
    half = hands.gimp.bytes(FLATS)[3::4]
    found = {at // 608 for at, alpha in enumerate(half) if alpha}
    assert found <= rows
    assert max(found) <= middle + 4 or min(found) >= middle


def test_what_is_painted_by_hand_on_a_colours_layer_stays(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.choose_output("End")
    hands.gimp.until("result = our_layer(image, '#0a64c8') is not None")
    hands.gimp.run("""
        layer = our_layer(image, '#0a64c8')
        buffer = layer.get_buffer()
        buffer.set(Gegl.Rectangle.new(7, 9, 4, 4), "R'G'B'A u8", bytes((255, 0, 255, 255)) * 16)
        buffer.flush()
        layer.update(7, 9, 4, 4)
    """)
    painted = hands.gimp.bytes("pixels(layer)")
    hands.choose_output("Home")
    hands.gimp.until("result = not our_layer(image, '#0a64c8').get_visible()")
    assert hands.gimp.bytes("pixels(layer)") == painted
    hands.choose_output("End")
    hands.gimp.until("result = our_layer(image, '#0a64c8').get_visible()")
    assert hands.gimp.bytes("pixels(layer)") == painted
    assert not hands.gimp.run("result = our_layer(image, 'Flats').get_visible()")


def test_clicks_in_the_picture_go_there_fill_and_take(hands: Hands) -> None:
    hands.open()
    place = (220, 190)
    selected = hands.gimp.bytes("selection(image)")
    hands.screen.click(hands.window, *place)
    hands.wait(lambda: hands.gimp.bytes("selection(image)") != selected, "nothing is chosen")
    hands.screen.click(hands.window, *place, "shift")
    assert hands.hints(1) == [[10, 100, 200]]
    assert not acts(hands.gimp)[-1]["teaches"]
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.click(hands.window, *place, "ctrl")
    hands.gimp.until("result = foreground() == [10, 100, 200]")
    hands.screen.hover(hands.window, 150, 150)
    hands.shot("dialog-clicked")


def test_repeating_the_filter_gives_one_colour_and_not_the_whole_page(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.close()
    hands.key("ctrl+f")
    assert hands.hints(2) == [[10, 100, 200]] * 2
    assert acts(hands.gimp)[-1]["op"] == "color"


def test_another_layer_can_be_chosen_and_every_colour_keeps_its_place(hands: Hands) -> None:
    hands.gimp.run("""
        other = line.copy()
        image.insert_layer(other, None, 1)
        image.set_selected_layers([line])
    """)
    hands.open()
    assert hands.gimp.run("result = kept(image)['line_art'] == str(line.get_tattoo())")
    hands.press("f")
    hands.hints(1)
    hands.gimp.until("result = our_layer(image, 'Flats') is not None")
    flats = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    hands.press("y")
    hands.type("Down")
    hands.gimp.until("result = kept(image)['line_art'] == str(other.get_tattoo())")
    hands.hints(1)
    assert hands.gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    title = hands.screen.property(hands.window, "_NET_WM_NAME")
    assert hands.gimp.run("result = other.get_name()") in title


def test_the_picture_shows_the_lines_where_they_are_also_with_a_selection(hands: Hands) -> None:
    hands.open()
    whole = lines(hands)
    hands.close()
    hands.next_image()
    hands.gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 60, 300, 300)")
    hands.open()
    hands.shot("dialog-area")
    with_area = lines(hands)
    assert len(whole) > 1000
    # What is shaded is darker, so a line may look a pixel wider; rims lie over some lines.
    assert len(whole & wider(with_area)) > 0.7 * len(whole)
    assert len(with_area & wider(whole)) > 0.7 * len(with_area)


def test_all_does_not_fill_the_colours_used_here(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.press("a")
    hands.gimp.until("result = set(pixels(our_layer(image, 'Flats'))[3::4]) == {255}")
    assert hands.gimp.run("result = kept(image)['recent']") == [[10, 100, 200]]


def test_hidden_layers_of_ours_are_said(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.screen.hover(hands.window, 200, 600)
    before = hands.said()
    hands.gimp.run("ours(image).set_visible(False)")
    hands.press("f")
    hands.hints(2)
    hands.wait(lambda: hands.said() != before, "nothing is said")
    hands.shot("dialog-hidden")


def test_work_that_takes_long_is_said_until_it_is_done(hands: Hands, place: Place) -> None:
    hands.open()
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    quiet = hands.screen.pixels(BAR)
    with place.daemon_held():
        hands.press("f")
        hands.wait(lambda: hands.screen.pixels(BAR) != quiet, "nothing says that it works")
        hands.shot("dialog-works")
    hands.hints(1)
    hands.wait(lambda: hands.screen.pixels(BAR) == quiet, "it says so still")


def test_a_deleted_layer_of_flats_is_painted_anew_and_said(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.gimp.until("result = our_layer(image, 'Flats') is not None")
    one = hands.gimp.bytes(FLATS)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.hover(hands.window, 200, 600)
    before = hands.said()
    hands.gimp.run("image.remove_layer(our_layer(image, 'Flats'))")
    hands.press("f")
    hands.hints(2)
    hands.gimp.until("result = our_layer(image, 'Flats') is not None")
    both = hands.gimp.bytes(FLATS)
    places = range(0, len(one), 4)
    assert all(both[at : at + 4] == BLUE for at in places if one[at + 3])
    assert {both[at : at + 4] for at in places} == {bytes(4), BLUE, bytes((255, 255, 0, 255))}
    hands.wait(lambda: hands.said() != before, "nothing is said")
    hands.shot("dialog-flats-deleted")


def test_nothing_moves_when_suggestions_come_and_go(hands: Hands) -> None:
    hands.open()
    hands.screen.hover(hands.window, 330, 600)  # beside all swatches: they say something
    hands.screen.rest(1.0)
    still = [hands.screen.pixels(box) for box in STILL]
    suggestions = set()
    for _ in range(5):
        before = acts(hands.gimp)
        hands.press("f")
        hands.wait(lambda before=before: acts(hands.gimp) != before, "nothing is coloured")
        for _ in range(6):  # while they come
            suggestions.add(hands.screen.pixels(SUGGESTIONS))
            assert [hands.screen.pixels(box) for box in STILL] == still
            hands.screen.rest(0.2)
    hands.shot("dialog-suggestions")
    assert len(suggestions) > 1


def test_the_layer_whose_name_says_so_is_taken_for_line_art(hands: Hands) -> None:
    hands.gimp.run("""
        line.set_name("Ink")
        paint = Gimp.Layer.new(
            image, "Paint", 608, 472, Gimp.ImageType.RGBA_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
        image.insert_layer(paint, None, 1)
        image.set_selected_layers([paint])
    """)
    hands.open()
    assert hands.gimp.run("result = kept(image)['line_art'] == str(line.get_tattoo())")
    assert hands.gimp.run("result = image.get_selected_layers()[0].get_id() == paint.get_id()")


def lines(hands: Hands) -> set[int]:
    """Return which pixels of the dialog's picture are as dark as ink."""
    hands.screen.hover(hands.window, 200, 600)  # so that no region is lit
    hands.screen.rest(1.0)
    data = hands.screen.pixels((970, 50, 380, 295))
    return {at // 3 for at in range(0, len(data), 3) if max(data[at : at + 3]) < 60}


def wider(pixels: set[int]) -> set[int]:
    """Return pixels of ``lines`` and those beside them."""
    steps = [380 * down + across for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return {at + step for at in pixels for step in steps}
