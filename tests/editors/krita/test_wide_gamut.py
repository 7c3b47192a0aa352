"""Documents in a profile of a wide gamut: what is painted is what was picked, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, region
from PIL import Image
from wide_gamut import wide_gamut

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

# Shares of the document's own red, green and blue; the first two lie outside of sRGB.
GREEN, RED, BROWN = (3, 60001, 9002), (64123, 2000, 4111), (30101, 20202, 10303)
SRGB = (200, 30, 10)
PICK = """
def exact(parts):
    view = app.activeWindow().activeView()
    made = ManagedColor("RGBA", doc.colorDepth(), doc.colorProfile())
    if doc.colorDepth()[0] == "F":
        made.setComponents([*(part / 65535 for part in parts), 1.0])
    else:  # which Krita cuts off
        steps = {"U8": 255, "U16": 65535}[doc.colorDepth()]
        parts = [(round(part * steps / 65535) + 0.25) / steps for part in parts]
        made.setComponents([*reversed(parts), 1.0])
    view.setForeGroundColor(made)
"""


def samples(depth: str) -> np.dtype:
    return np.dtype({"U8": "u1", "U16": "<u2", "F16": "<f2", "F32": "<f4"}[depth])


def painted(krita: KritaProcess, depth: str, name: str = "Flats") -> np.ndarray:
    """A layer's pixels, four samples each, as Krita keeps them."""
    data = krita.pixels(f"pixels(doc, {name!r})")
    return np.frombuffer(data, samples(depth)).reshape(*SIZE, 4)


def pixel_of(parts: tuple[int, int, int], depth: str) -> list[float]:
    """What Krita keeps of a colour's shares, which are sixteen bits here."""
    if depth.startswith("F"):
        return [*(np.array(parts) / 65535).astype(samples(depth)).tolist(), 1]
    whole = int(np.iinfo(samples(depth)).max)
    return [*(round(part * whole / 65535) for part in reversed(parts)), whole]


def foreground(krita: KritaProcess, depth: str) -> list[float]:
    """The pixel that Krita makes of its foreground colour in this document."""
    krita.run("""
        made = app.activeWindow().activeView().foregroundColor()
        made.setColorSpace("RGBA", doc.colorDepth(), doc.colorProfile())
    """)
    parts = np.array(krita.run("result = made.components()"))
    if depth.startswith("F"):
        return parts.astype(samples(depth)).tolist()
    return np.round(parts * np.iinfo(samples(depth)).max).tolist()


def unique(pixels: np.ndarray) -> list[list[float]]:
    return np.unique(pixels, axis=0).tolist()


@pytest.fixture
def wide(krita: KritaProcess, line_art: Path, request: pytest.FixtureRequest) -> Page:
    """The sample page in a wide gamut; the parameter is its depth."""
    depth = request.param
    profile = krita.base / "wide.icc"
    linear = depth.startswith("F")
    profile.write_bytes(wide_gamut(1.0 if linear else 2.2))
    with Image.open(line_art) as image:
        image.save(line_art, icc_profile=profile.read_bytes())
    page = Page(krita, line_art)
    krita.run(PICK)
    if depth != "U8":
        krita.run(f"""
            app.addProfile({str(profile)!r})
            doc.setColorSpace("RGBA", {depth!r}, "Wide gamut of a test")
            doc.waitForDone()
        """)
    assert krita.run("result = [doc.colorModel(), doc.colorDepth(), doc.colorProfile()]") == [
        "RGBA",
        depth,
        "Wide gamut of a test",
    ]
    return page


@pytest.fixture(autouse=True)
def _closed(krita: KritaProcess):
    yield
    krita.close_documents()


@pytest.mark.parametrize("wide", ["U8", "U16", "F32"], indirect=True)
def test_a_picked_colour_is_painted_as_it_was_picked(krita: KritaProcess, wide: Page) -> None:
    depth = krita.run("result = doc.colorDepth()")
    before = krita.pixels("pixels(doc, 'Background')")
    wide.begin()
    for parts in (GREEN, RED, BROWN):
        krita.run(f"exact({parts})")
        inside = region(krita)
        wide.act("click('foreground')")
        assert unique(painted(krita, depth)[inside]) == [pixel_of(parts, depth)]
        assert foreground(krita, depth) == pixel_of(parts, depth)  # hers still
    # A colour of another space is what Krita makes of it.
    krita.run(f"set_foreground(*{SRGB})")
    converted = foreground(krita, depth)
    inside = region(krita)
    wide.act("click('foreground')")
    assert unique(painted(krita, depth)[inside]) == [pytest.approx(converted, rel=1e-3)]
    assert krita.pixels("pixels(doc, 'Background')") == before
    # The first colour again, taken from the page, which knows eight bits of it.
    x, y = wide.piece(min(wide.colored()))
    taken = painted(krita, depth)[y, x].tolist()
    krita.run(f"controller().walk.click({x}, {y}, 'take')")
    assert foreground(krita, depth) == pytest.approx(taken, rel=1e-6)
    inside = region(krita)
    wide.act("click('foreground')")
    for pixel in unique(painted(krita, depth)[inside]):  # in floats a fill over another rounds
        assert pixel == pytest.approx(taken, abs=1e-6)
    for _ in range(3):
        krita.run("controller().look()")
    assert not wide.message()


@pytest.mark.parametrize("wide", ["U16"], indirect=True)
def test_a_page_of_sixteen_bits_opens_again_as_it_was(
    krita: KritaProcess, wide: Page, tmp_path: Path
) -> None:
    wide.begin()
    krita.run(f"exact({GREEN})")
    wide.act("click('foreground')")
    acts, colored = krita.run("result = acts()"), wide.colored()
    krita.run("choose('output', 2)")
    wide.settle()
    name = krita.run("result = colors(doc)[0]")
    layer = painted(krita, "U16", name)
    flats = painted(krita, "U16")
    there = flats[..., 3] > 0
    assert np.array_equal(layer[..., 3] > 0, there)
    for picture in (flats, layer):
        assert unique(picture[there][:, :3]) == [list(GREEN[::-1])]
    krita.run("choose('output', 0)")
    wide.settle()
    kept = tmp_path / "page.kra"
    krita.run(f"app.setBatchmode(True); doc.saveAs({str(kept)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, kept)
    again.begin()
    for _ in range(4):  # looks of the docker: none may take the finer pixels for her own hand
        krita.run("controller().look()")
        again.settle()
    assert krita.run("result = acts()") == acts
    assert again.colored() == colored
    x, y = again.piece(next(iter(colored)))
    krita.run(f"controller().walk.click({x}, {y}, 'take')")
    inside = region(krita)
    again.act("click('foreground')")
    assert unique(painted(krita, "U16")[inside][:, :3]) == [list(GREEN[::-1])]


@pytest.mark.parametrize("wide", ["U16"], indirect=True)
def test_a_scribble_gives_the_colour_of_its_brush(krita: KritaProcess, wide: Page) -> None:
    wide.begin()
    inside = region(krita)
    x, y = wide.piece()
    krita.run(f"exact({GREEN}); click('scribble')")
    krita.until("result = doc.activeNode() is not None and doc.activeNode().name() == 'Hints'")
    stroke = np.array((*GREEN[::-1], 65535), "<u2").tobytes()
    before = krita.run("result = acts()")
    krita.run(f"nodes(doc)['Hints'].setPixelData({stroke!r} * 25, {x} - 2, {y} - 2, 5, 5)")
    krita.until(f"result = acts() > {before} and idle()")
    flats = painted(krita, "U16")
    assert flats[y, x].tolist() == [*GREEN[::-1], 65535]
    assert inside[y, x]
    krita.run("click('scribble')")
