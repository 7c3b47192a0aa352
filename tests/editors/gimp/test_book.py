"""Colours that follow the figures from one image to another, in a real GIMP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gimp_hands import Hands, acts
from gimp_harness import GimpProcess, Place
from gp_client.cast_file import read_cast

RED, GREEN, BLUE = (200, 30, 10), (20, 160, 60), (10, 100, 200)
PROPOSE = (328, 655)  # in the dialog, on its tab Book
HINTS = {"hints": {"1": "#c81e0a", "2": "#14a03c", "3": "#0a64c8"}}


def colored(gimp: GimpProcess) -> None:
    """Give the first three regions a colour."""
    hints = json.dumps(HINTS)
    gimp.run(f"call('colorize', image, hints_json={hints!r}, n_colors=0)")


def test_what_one_image_teaches_is_proposed_in_another(
    gimp: GimpProcess, page: Path, place: Place
) -> None:
    file = place.base / "book.cast"
    file.unlink(missing_ok=True)
    colored(gimp)
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    gimp.run(f"call('learn', image, file={str(file.with_suffix(''))!r})")
    assert gimp.run("result = kept(image)['cast']") == str(file)
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") == flats
    cast = read_cast(file)
    assert len(cast.pages) == 1
    assert {one.color for one in cast.colors()} >= {RED, GREEN, BLUE}
    file.write_bytes(cast.renamed(RED, "coat").pack())

    gimp.run(f"image = load({str(page)!r})")
    before = gimp.bytes("pixels(image.get_layers()[0])")
    gimp.run("call('spread', image, level='bold')")
    gimp.run(f"call('use-cast', image, file={str(file)!r})")
    assert acts(gimp)[-1]["op"] == "cast"
    kept = gimp.run("result = kept(image)")
    assert kept["cast"] == str(file)
    assert kept["names"] == {"#c81e0a": "coat"}
    assert list(RED) in kept["palette"]
    gimp.run("call('keep', image, region=0)")
    painted = set(gimp.bytes("pixels(our_layer(image, 'Flats'))")[0::4])
    assert painted <= {0} | {one.color[0] for one in cast.colors()}
    assert len(painted) > 1
    assert gimp.bytes("pixels(image.get_layers()[-1])") == before


@pytest.mark.parametrize("name", ["learn", "use-cast"])
def test_without_a_cast_it_is_said_what_to_do(gimp: GimpProcess, page: Path, name: str) -> None:
    colored(gimp)
    before = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    with pytest.raises(AssertionError, match="no cast"):
        gimp.run(f"call({name!r}, image)")
    assert gimp.bytes("pixels(our_layer(image, 'Flats'))") == before


def test_the_dialog_proposes_what_the_images_cast_knows(hands: Hands, place: Place) -> None:
    file = place.base / "dialog.cast"
    file.unlink(missing_ok=True)
    colored(hands.gimp)
    hands.gimp.run(f"call('learn', image, file={str(file)!r})")
    before = hands.gimp.bytes("pixels(our_layer(image, 'Flats'))")
    hands.open()
    hands.tab(4)

    def proposed() -> bool:
        hands.screen.click(hands.window, *PROPOSE)  # of no effect until the page is open
        return acts(hands.gimp)[-1]["op"] == "cast"

    hands.wait(proposed, "nothing comes of the button")
    hands.shot("dialog-book")
    assert hands.gimp.bytes("pixels(our_layer(image, 'Flats'))") == before
    hands.type("ctrl+z")
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] != "cast", "it is not undone")
