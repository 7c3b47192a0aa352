"""Images in a profile of a wide gamut: what is painted is what was picked, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gimp_harness import GimpProcess, Place
from PIL import Image
from wide_gamut import wide_gamut

# The image's own numbers; all but the last lie outside of sRGB, where the first two are one.
GREEN, GRASS, RED, BROWN = (3, 250, 16), (0, 240, 6), (249, 8, 16), (120, 80, 40)
COLORS = (GREEN, GRASS, RED, BROWN)
# As GIMP's colour picker takes them: from a picture with the same profile.
PICK = """
def exact(*rgb):
    return swatches.get_layers()[0].get_pixel({colors}.index(rgb), 0)

def numbers(color):
    return [round(part, 3) for part in struct.unpack("3f", color.get_bytes(
        Babl.format("R'G'B' float")).get_data())]
"""


@pytest.fixture
def wide(place: Place, gimp: GimpProcess, picture: Path) -> Iterator[None]:
    """A sample page at half its size in a wide gamut, open in GIMP as ``image``."""
    path = place.base / "wide.png"
    with Image.open(picture) as sample:
        sample.reduce(2).save(path, icc_profile=wide_gamut())
    swatches = Image.new("RGB", (len(COLORS), 1))
    swatches.putdata(COLORS)
    swatches.save(place.base / "swatches.png", icc_profile=wide_gamut())
    gimp.run(f"""
        Gimp.context_set_defaults()
        image = load({str(path)!r})
        line = image.get_layers()[0]
        swatches = load({str(place.base / "swatches.png")!r})
        import struct
    """)
    gimp.run(PICK.format(colors=COLORS))
    assert gimp.run("result = image.get_color_profile().get_label()") == "Wide gamut of a test"
    yield
    gimp.run("for each in Gimp.get_images(): each.delete()")


def painted(gimp: GimpProcess, layer: str = "our_layer(image, 'Flats')") -> np.ndarray:
    """A layer's pixels in numbers of sRGB, which go beyond 0..1 outside of it."""
    data = gimp.bytes(f"pixels({layer}, \"R'G'B'A float\")")
    return np.frombuffer(data, np.float32).reshape(-1, 4)


def colors(pixels: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(np.round(pixel[:3], 3)) for pixel in np.unique(pixels[pixels[:, 3] > 0], axis=0)}


def same(found: set[tuple[float, ...]], gimp: GimpProcess, *expected: tuple[int, ...]) -> bool:
    """Whether a layer has these colours and no other."""
    wanted = [gimp.run(f"result = numbers(exact(*{color}))") for color in expected]
    near = [[np.allclose(one, other, atol=2e-3) for other in wanted] for one in found]
    return len(found) == len(wanted) and all(sum(row) == 1 for row in near)


def test_a_picked_colour_is_painted_as_it_was_picked(gimp: GimpProcess, wide: None) -> None:
    before = gimp.bytes("pixels(line)")
    gimp.run("call('spread', image, level='off')")
    given = []
    for color in (GREEN, RED, BROWN, GRASS):
        gimp.run(f"call('apply-color', image, color=exact(*{color}))")
        given.append(color)
        assert same(colors(painted(gimp)), gimp, *given)
    gimp.run(f"Gimp.context_set_foreground(exact(*{GREEN})); call('apply-color', image)")
    assert same(colors(painted(gimp)), gimp, *given)
    assert gimp.bytes("pixels(line)") == before


def test_what_is_accepted_and_divided_has_the_colour_that_was_picked(
    gimp: GimpProcess, wide: None
) -> None:
    gimp.run(
        f"call('spread', image, level='bold'); call('apply-color', image, color=exact(*{RED}))"
    )
    one = np.count_nonzero(painted(gimp)[:, 3])
    gimp.run("call('keep', image)")  # another run of the plug-in, which was told no colour
    assert same(colors(painted(gimp)), gimp, RED)
    assert np.count_nonzero(painted(gimp)[:, 3]) > one
    gimp.run("call('colorize', image, kind='layers', n_colors=0)")
    layer = "next(each for each in ours(image).get_children() if each.get_name().startswith('#'))"
    assert same(colors(painted(gimp, layer)), gimp, RED)


def test_a_stroke_gives_the_colour_of_its_brush(gimp: GimpProcess, wide: None) -> None:
    gimp.run(f"""
        call('next-region', image)
        strokes = Gimp.Layer.new(image, "strokes", 60, 9, Gimp.ImageType.RGBA_IMAGE, 100,
                                 Gimp.LayerMode.NORMAL)
        image.insert_layer(strokes, None, 0)
        Gimp.context_set_foreground(exact(*{GREEN}))
        Gimp.Selection.none(image)
        strokes.edit_fill(Gimp.FillType.FOREGROUND)
        strokes.set_offsets(4, 4)
        image.set_selected_layers([line])
        call('scribble', image, strokes=strokes)
    """)
    assert same(colors(painted(gimp)), gimp, GREEN)
