"""What the artist selects herself, beside the dialog that selects regions."""

from __future__ import annotations

from gimp_hands import FOREGROUND, SCRIBBLE, SELECTION, Hands, acts
from gimp_harness import Place

SELECT = "image.select_ellipse(Gimp.ChannelOps.REPLACE, 60, 60, 300, 200)"
SELECTED = "selection(image)"
SCRIBBLING = "result = [one.get_name() for one in image.get_selected_layers()] == ['Hints']"
BAR = (950, 826, 260, 30)  # what says how far the work is, on the screen


def select_while(hands: Hands, place: Place, *places: tuple[int, int]) -> bytes:
    """Click in the dialog, and select something before that has come about; return what."""
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    quiet = hands.screen.pixels(BAR)
    with place.daemon_held():
        for at in places:
            hands.screen.click(hands.window, *at)
        hands.wait(lambda: hands.screen.pixels(BAR) != quiet, "nothing says that it works")
        hands.gimp.run(SELECT)
    return hands.gimp.bytes(SELECTED)


def test_what_is_selected_while_acts_run_stays(hands: Hands, place: Place) -> None:
    hands.open()
    hers = select_while(hands, place, FOREGROUND, FOREGROUND, FOREGROUND)
    hands.hints(3)
    hands.screen.rest(1.0)
    assert hands.gimp.bytes(SELECTED) == hers
    hands.gimp.until("result = set(pixels(our_layer(image, 'Flats'))[3::4]) == {0, 255}")
    hands.press("f")  # asked for beside that selection, so the dialog goes on with its own
    hands.hints(4)
    hands.wait(lambda: hands.gimp.bytes(SELECTED) != hers, "no region is selected")


def test_what_is_selected_while_acts_run_is_what_selection_colours(
    hands: Hands, place: Place
) -> None:
    hands.open()
    hers = select_while(hands, place, FOREGROUND)
    hands.hints(1)
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    hands.screen.click(hands.window, *SELECTION)
    hands.hints(2)
    flats = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    inside = [at for at, chosen in enumerate(hers) if chosen]
    yellow = sum(flats[4 * at : 4 * at + 4] == bytes((255, 255, 0, 255)) for at in inside)
    assert yellow > 0.6 * len(inside)


def test_what_is_selected_while_the_dialog_opens_stays_and_is_no_area(
    hands: Hands, place: Place
) -> None:
    with place.daemon_held():
        hands.key("ctrl+alt+g")
        hands.screen.move(hands.window, 940, 0)
        hands.screen.rest(2.0)  # until the line art is read
        hands.gimp.run(SELECT)
        hers = hands.gimp.bytes(SELECTED)
    hands.gimp.until("result = kept(image) is not None")
    assert hands.gimp.bytes(SELECTED) == hers
    assert hands.gimp.run("result = kept(image)['area'], image.get_channels()") == [None, []]


def test_what_is_selected_beside_the_dialog_stays_when_it_is_closed(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.gimp.run(SELECT)
    hers = hands.gimp.bytes(SELECTED)
    hands.close()
    assert hands.gimp.bytes(SELECTED) == hers


def test_what_was_selected_before_the_dialog_is_opened_again_comes_back(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.close()
    hands.gimp.run(SELECT)
    hers = hands.gimp.bytes(SELECTED)
    layers = "result = [one.get_id() for one in image.get_selected_layers()]"
    chosen = hands.gimp.run(layers)
    hands.open()
    hands.wait(lambda: hands.gimp.bytes(SELECTED) != hers, "no region is selected")
    hands.press("f")
    hands.hints(2)
    hands.close()
    assert hands.gimp.bytes(SELECTED) == hers
    assert hands.gimp.run(layers) == chosen
    assert hands.gimp.run("result = len(image.get_channels())") == 0


def test_a_region_that_an_undo_selects_is_not_taken_for_hers(hands: Hands) -> None:
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.key("ctrl+z")
    hands.no_hints()
    hands.screen.rest(1.0)  # two looks of the dialog's
    kept = acts(hands.gimp)
    hands.screen.click(hands.window, *SELECTION)
    hands.press("s")
    hands.wait(lambda: acts(hands.gimp) != kept, "it is not skipped")
    assert [act["op"] for act in acts(hands.gimp)[len(kept) :]] == ["skip"]


def test_a_selection_that_bounds_scribbles_stays(hands: Hands) -> None:
    hands.open()
    hands.screen.click(hands.window, *SCRIBBLE)
    hands.gimp.until(SCRIBBLING)
    hands.gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 608, 472)")
    hers = hands.gimp.bytes(SELECTED)
    hands.screen.drag(hands.screen.window("GIMP$"), [(500, 300), (560, 330), (600, 350)])
    hands.hints(1)
    hands.screen.rest(1.0)
    assert hands.gimp.bytes(SELECTED) == hers
