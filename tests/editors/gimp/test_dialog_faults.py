"""What the dialog must never do to an artist, by keys and mouse on a real screen."""

from __future__ import annotations

from gimp_hands import DIALOG, Hands


def test_tabbing_through_gaps_and_ink_leaves_them_measured(hands: Hands) -> None:
    hands.open()
    hands.press("o")
    hands.type(*["Tab"] * 6, "alt+f")
    hands.hints(1)
    hands.close()
    hands.next_image()
    hands.open()
    assert hands.gimp.run("result = kept(image)['gap'], kept(image)['ink']") == [None, None]


def test_an_ink_that_finds_no_lines_is_not_remembered(hands: Hands) -> None:
    hands.open()
    hands.press("i")
    hands.type("Tab", "0", "Return")
    hands.shot("dialog-no-lines")
    hands.close()
    hands.next_image()
    hands.open()
    assert hands.gimp.run("result = kept(image)['ink']") is None


def test_the_wheel_over_the_dialog_changes_no_option(hands: Hands) -> None:
    hands.open()
    hands.press("g")  # Gaps as a number, which a wheel could turn
    hands.gimp.until("result = kept(image)['gap'] is not None")
    before = hands.gimp.run("result = kept(image)['gap'], kept(image)['output']")
    width, height = hands.screen.size(hands.window)
    places = [(x, y) for y in range(8, height, 12) for x in (width - 40, width - 120, width - 220)]
    hands.screen.wheel(hands.window, places)
    hands.press("f")
    hands.hints(1)
    assert hands.gimp.run("result = kept(image)['gap'], kept(image)['output']") == before


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
