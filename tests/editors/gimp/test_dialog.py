"""The dialog and the menu's procedures under a user's hands: keys on a real screen."""

from __future__ import annotations

import time

from gimp_hands import Hands


def test_the_dialog_selects_the_first_region_and_waits(hands: Hands) -> None:
    hands.open()
    assert set(hands.gimp.bytes("selection(image)")) == {0, 255}
    assert hands.gimp.run("result = ours(image) is None")
    hands.shot("dialog-first")


def test_undo_and_redo_take_picture_and_guide_along(hands: Hands) -> None:
    before = hands.gimp.bytes("pixels(line)")
    hands.open()
    selected = hands.gimp.bytes("selection(image)")
    hands.press("f")
    assert hands.hints(1) == [[10, 100, 200]]
    flats = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    hands.shot("dialog-one-colour")
    hands.key("ctrl+z")
    hands.no_hints()
    assert hands.gimp.run("result = ours(image) is None")
    assert hands.gimp.bytes("selection(image)") == selected
    hands.key("ctrl+y")
    hands.hints(1)
    assert hands.gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    assert hands.gimp.bytes("pixels(line)") == before


def test_the_dialog_goes_on_from_where_an_undo_led(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.press("u")
    hands.hints(2)
    hands.key("ctrl+z", "ctrl+z")
    hands.no_hints()
    time.sleep(0.6)  # two looks of the dialog's
    hands.press("f")
    assert hands.hints(1) == [[10, 100, 200]]


def test_all_is_one_undo_step(hands: Hands) -> None:
    hands.open()
    hands.press("a")
    hands.gimp.until("""
        flats = ours(image) and our_layer(image, 'Flats')  # the group comes first
        result = flats and set(pixels(flats)[3::4]) == {255}
    """)
    hands.shot("dialog-all")
    hands.key("ctrl+z")
    hands.gimp.until("result = ours(image) is None")


def test_the_menus_procedures_work_beside_the_dialog(hands: Hands) -> None:
    hands.open()
    hands.key("ctrl+alt+a")
    assert hands.hints(1) == [[10, 100, 200]]
    time.sleep(0.6)
    hands.press("f")
    hands.hints(2)


def test_each_procedure_is_one_undo_step(hands: Hands) -> None:
    hands.key("ctrl+alt+n")
    hands.gimp.until("result = kept(image) is not None")
    hands.key("ctrl+alt+a")
    hands.hints(1)
    hands.key("ctrl+alt+c")
    hands.gimp.until("result = kept(image) is None and ours(image) is None")
    hands.key("ctrl+z")
    hands.hints(1)
    assert hands.gimp.run("result = our_layer(image, 'Flats') is not None")
    hands.key("ctrl+z")
    hands.no_hints()
    hands.key("ctrl+z")
    hands.gimp.until("result = kept(image) is None")
    assert set(hands.gimp.bytes("selection(image)")) == {0}


def test_cancelled_work_leaves_the_image_and_next_begins_anew(hands: Hands) -> None:
    # Large enough that the key comes before the work is done, also on an idle machine.
    hands.gimp.run("image.scale(5400, 4194)")
    hands.key("ctrl+alt+g")
    hands.wait(lambda: hands.dialog, "no dialog")
    hands.screen.move(hands.window, 940, 0)
    for _ in range(4):  # a window that has only just come up may miss the first
        hands.press("l")
    time.sleep(3)
    assert hands.gimp.run("result = kept(image) is None and ours(image) is None")
    hands.shot("dialog-cancelled")
    assert len(set(hands.said())) > 9  # it says how to go on, in words
    hands.press("n")
    hands.gimp.until("result = kept(image) is not None")


def test_closing_the_image_closes_the_dialog(hands: Hands) -> None:
    hands.open()
    hands.gimp.run("display.delete()")
    hands.wait(lambda: not hands.dialog, "the dialog stays")


def test_options_are_remembered_for_the_next_image(hands: Hands) -> None:
    hands.open()
    hands.choose_output("Down")
    hands.gimp.until("result = kept(image)['output'] == 'soft'")
    hands.close()
    hands.next_image()
    hands.open()
    assert hands.gimp.run("result = kept(image)['output']") == "soft"
    hands.press("f")
    hands.hints(1)
    hands.gimp.until(
        "layer = our_layer(image, 'Soft colours'); result = layer and 255 in pixels(layer)"
    )
