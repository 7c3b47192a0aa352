"""Gray scans: colours are tones there, and colours again once the image is an RGB one."""

from __future__ import annotations

from pathlib import Path

from gimp_hands import Hands, acts
from gimp_harness import GimpProcess

FLATS = "pixels(our_layer(image, 'Flats'))"
BLUE = bytes((10, 100, 200, 255))


def painted(gimp: GimpProcess) -> set[bytes]:
    """Return what colours *Flats* shows."""
    flats = gimp.bytes(FLATS)
    return {flats[at : at + 4] for at in range(0, len(flats), 4)} - {bytes(4)}


def test_tones_become_the_colours_that_were_given(gimp: GimpProcess, page: Path) -> None:
    gimp.run("""
        image.convert_grayscale()
        call('next-region', image)
        call('apply-color', image, color=Gegl.Color.new('#0a64c8'))
    """)
    done, alpha = acts(gimp), gimp.bytes(FLATS)[3::4]
    (tone,) = painted(gimp)
    assert tone != BLUE
    gimp.run("image.convert_rgb(); call('next-region', image)")
    assert acts(gimp) == done  # nothing is taken for painted by hand
    assert painted(gimp) == {BLUE}
    assert gimp.bytes(FLATS)[3::4] == alpha


def test_the_dialog_keeps_colours_in_a_gray_image_and_when_it_is_converted(hands: Hands) -> None:
    hands.gimp.run("image.convert_grayscale()")
    hands.open()
    hands.press("f")
    hands.hints(1)
    hands.press("f")
    hands.hints(2)
    done, before = acts(hands.gimp), hands.gimp.bytes(FLATS)
    (tone,) = painted(hands.gimp)
    assert tone != BLUE
    hands.press("d")  # looks at the line art again
    hands.press("s")
    hands.wait(lambda: acts(hands.gimp)[-1]["op"] == "skip", "nothing is put off")
    assert acts(hands.gimp)[:-1] == done
    assert hands.gimp.bytes(FLATS) == before
    hands.press("v")
    hands.wait(lambda: painted(hands.gimp) == {BLUE}, "the colours do not come back")
    hands.shot("dialog-gray-converted")
    assert acts(hands.gimp)[:-1] == done
    assert hands.gimp.run("result = image.get_base_type() == Gimp.ImageBaseType.RGB")
    hands.press("f")
    hands.hints(3)
    assert painted(hands.gimp) == {BLUE}
