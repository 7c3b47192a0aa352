"""A strip many screens long, in the real GIMP."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from gimp_harness import GimpProcess, Place
from strips import FOOT, HEIGHT, WIDTH, draw_strip

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def strip(place: Place, gimp: GimpProcess) -> Iterator[None]:
    """Panels one under the other, each with a ball, open in GIMP as ``image``."""
    path = draw_strip(place.base / "strip.png")
    gimp.run(f"Gimp.context_set_defaults(); image = load({str(path)!r})")
    yield
    gimp.run("for each in Gimp.get_images(): each.delete()")


@pytest.mark.usefixtures("strip")
def test_a_fill_at_its_foot_fills_what_lies_there_and_nothing_else(gimp: GimpProcess) -> None:
    x, y = FOOT
    gimp.run(f"call('fill', image, x={x}, y={y}, color=Gegl.Color.new('#c81e0a'))")
    flats = np.frombuffer(gimp.bytes("pixels(our_layer(image, 'Flats'))"), np.uint8)
    flats = flats.reshape(HEIGHT, WIDTH, 4)
    assert flats[y, x].tolist() == [200, 30, 10, 255]
    rows, columns = np.nonzero(flats[..., 3])
    assert 15460 - 165 <= rows.min() <= rows.max() <= 15460 + 165
    assert 550 - 165 <= columns.min() <= columns.max() <= 550 + 165
