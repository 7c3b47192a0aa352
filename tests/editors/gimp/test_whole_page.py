"""A page from the first colour to the last, as docs/gimp.md tells it; pictures in out/gimp."""

from __future__ import annotations

from pathlib import Path

import pytest
from gimp_hands import JOIN, Hands, acts
from gimp_harness import Place
from PIL import Image

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
BENCH, HILL = (165, 276), (52, 178)  # in the dialog, where its picture shows them
FLATS = "pixels(our_layer(image, 'Flats'))"


def last(hands: Hands, op: str, count: int = 1) -> None:
    """Wait until the last act is of this kind, and as many of it have been done."""
    hands.wait(
        lambda: (
            [act["op"] for act in acts(hands.gimp)].count(op) == count
            and acts(hands.gimp)[-1]["op"] == op
        ),
        f"no act {op}",
    )


def test_the_walk_of_the_manual(hands: Hands, place: Place) -> None:
    line = hands.gimp.bytes("pixels(line)")
    chosen = hands.gimp.run("result = [one.get_id() for one in image.get_selected_layers()]")
    hands.open()
    hands.shot("walk-1-first")
    hands.press("u")
    hands.hints(1)
    hands.press("f")
    hands.hints(2)
    hands.press("s")
    last(hands, "skip")
    hands.shot("walk-2-colours")
    hands.screen.click(hands.window, *BENCH, "shift")
    hands.hints(3)
    hands.screen.click(hands.window, *HILL)
    hands.screen.click(hands.window, *JOIN)
    hands.screen.click(hands.window, *BENCH)
    last(hands, "several")  # joined, and coloured alike
    hands.press("t")
    last(hands, "split")
    hands.press("r")
    last(hands, "clear")
    hands.shot("walk-3-mended")
    hands.press("a")
    hands.gimp.until("result = our_layer(image, 'Flats') is not None")
    hands.gimp.until(f"result = set({FLATS}[3::4]) == {{255}}")
    hands.shot("walk-4-done")
    flats = hands.gimp.bytes(FLATS)
    done = acts(hands.gimp)
    hands.close()
    path = str(place.base / "walked.xcf")
    hands.gimp.run(f"save(image, {path!r}); display.delete(); image = load({path!r})")
    hands.gimp.run("display = Gimp.Display.new(image); line = image.get_layers()[-1]")
    hands.open()
    assert acts(hands.gimp) == done
    assert hands.gimp.bytes(FLATS) == flats
    assert hands.gimp.bytes("pixels(line)") == line
    assert len(chosen) == 1
    hands.close()
    assert set(hands.gimp.bytes("selection(image)")) == {0}


@pytest.fixture
def picture(place: Place) -> Path:
    """The page of this module's walk."""
    path = place.base / "page.png"
    with Image.open(SAMPLES / "tuxpaint_17.png") as sample:
        sample.convert("RGB").save(path)
    return path
