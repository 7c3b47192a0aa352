"""A colour is dragged with the real mouse from the docker onto the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from krita_harness import KritaProcess, Page
from krita_sample import layer

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

GREEN, BLUE = (18, 150, 86), (40, 50, 251)
WAY = ((311, 102), (351, 221), (406, 324), (438, 340))  # over petals of the flower
PLACES = pytest.mark.parametrize("place", ["picture", "canvas"])


@pytest.fixture
def begun(krita: KritaProcess, page: Page, tmp_path: Path) -> Page:
    """The page, with a palette of two colours; its clicks are Krita's own."""
    palette = tmp_path / "two.gpl"
    rows = "\n".join("{} {} {}\tone".format(*color) for color in (GREEN, BLUE))
    palette.write_text(f"GIMP Palette\nName: Two\n#\n{rows}\n")
    page.begin()
    krita.run(f"dock.findChild(QWidget, 'paletteMenu').parent().load({str(palette)!r})")
    return page


def lift(page: Page, color: tuple[int, int, int]) -> None:
    """Press on a colour, and move off it."""
    x, y = page.krita.run(f"result = at_swatch('palette', {color})")
    page.mouse("mousemove", x, y, "mousedown", 1, "mousemove", x + 30, y + 4, "sleep", 0.05)


def lit(krita: KritaProcess, place: str) -> list[int]:
    """The pieces that are lit there."""
    if place == "picture":
        return krita.run("result = sorted(dock.findChild(QWidget, 'picture').hovered)")
    return krita.run("result = sorted(controller().carrying.surfaces[0]._shown[1])")


def given(krita: KritaProcess, color: tuple[int, int, int]) -> list[int]:
    return krita.run(f"""
        view = controller().session.view
        result = [piece for piece in range(view.places.count)
                  if tuple(view.given[4 * piece : 4 * piece + 4]) == {(*color, 255)}]
    """)


@PLACES
def test_a_colour_that_is_dropped_colours_the_region_there(
    krita: KritaProcess, begun: Page, place: str
) -> None:
    shown = krita.run("result = region()")
    number, pieces, x, y = krita.run("""
        view = controller().session.view
        other = next(one for one in view.regions.values()
                     if one.number != region() and len(view.pieces[one.number]) > 1)
        result = [other.number, sorted(view.pieces[other.number]), *view.probes(other.number)[0]]
    """)
    steps, hers = krita.run("result = [history()[1], hers()]")
    before = krita.run("result = acts()")
    lift(begun, GREEN)
    begun.mouse("mousemove", *krita.run(f"result = at_{place}({x}, {y})"))
    krita.until(f"result = region() == {shown}")
    begun.settle()
    assert lit(krita, place) == pieces
    krita.screenshot(f"carried-{place}")
    assert krita.run("result = acts()") == before
    begun.mouse("mouseup", 1)
    krita.until(f"result = acts() == {before} + 1 and idle()")
    krita.screenshot(f"dropped-{place}")
    assert given(krita, GREEN) == pieces, number
    assert krita.run("result = region()") == shown
    after = krita.run("result = [history()[1], hers()]")
    assert after[0] == steps + 1
    assert after[1][2] == list(GREEN)  # the foreground colour, from now on
    assert [*after[1][:2], *after[1][3:]] == [*hers[:2], *hers[3:]]
    begun.undo()
    assert not layer(krita, "Flats")[..., 3].any()


@PLACES
def test_with_shift_it_fills_what_it_passes_from_there_on(
    krita: KritaProcess, begun: Page, place: str
) -> None:
    wanted = krita.run(f"""
        places, way, found = controller().session.view.places, {WAY}, set()
        for (left, top), (right, down) in zip(way, way[1:]):
            for step in range(1001):
                x, y = left + (right - left) * step / 1000, top + (down - top) * step / 1000
                found.add(places.piece(round(x), round(y)))
        result = sorted(found)
    """)
    before = krita.run("result = acts()")
    points = [krita.run(f"result = at_{place}({x}, {y})") for x, y in WAY]
    lift(begun, BLUE)
    begun.mouse("mousemove", *points[0], "keydown", "shift")
    try:
        # Held still it is a click on the one piece there: nothing that lay on the way counts.
        first = krita.run(f"result = controller().session.view.places.piece{WAY[0]}")
        carried = "controller().carrying._carried"
        krita.until(f"result = {carried} is not None and {carried}.drag is not None")
        assert lit(krita, place) == [first]
        for point in points[1:]:
            begun.mouse("mousemove", *point, "sleep", 0.05)
        begun.mouse("mouseup", 1)
    finally:
        begun.mouse("keyup", "shift")
    krita.until(f"result = acts() == {before} + 1 and idle()")
    filled = set(given(krita, BLUE))
    assert len(filled) > 4
    assert len(filled ^ set(wanted)) <= 2  # corners that a rounded pixel may miss


def test_beside_the_page_it_is_put_back(krita: KritaProcess, begun: Page) -> None:
    before, foreground = krita.run("result = [acts(), foreground()]")
    x, y = krita.run("result = at_canvas(300, 200)")
    over_docker = krita.run("""
        label = dock.findChild(QLabel, "place")
        scroll_to(label)
        point = label.mapToGlobal(label.rect().center())
        result = [point.x(), point.y()]
    """)
    lift(begun, GREEN)
    begun.mouse("mousemove", x, y, "sleep", 0.1, "mousemove", *over_docker, "mouseup", 1)
    begun.settle()
    assert krita.run("result = [acts(), foreground()]") == [before, foreground]
    lift(begun, GREEN)  # another button takes it back too
    begun.mouse("mousemove", x, y, "sleep", 0.1, "click", 3, "mouseup", 1)
    begun.settle()
    assert krita.run("result = [acts(), foreground()]") == [before, foreground]
    assert krita.run("result = controller().carrying._carried is None")


def test_colours_that_go_away_under_a_drag_end_it(krita: KritaProcess, begun: Page) -> None:
    """As when the document is closed, or another is in front, while the button is down."""
    before, foreground = krita.run("result = [acts(), foreground()]")
    x, y = krita.run("result = at_canvas(300, 200)")
    lift(begun, GREEN)
    begun.mouse("mousemove", x, y)
    krita.until("result = controller().carrying._carried is not None")
    krita.run("dock.findChild(QWidget, 'palette').show_colors((), {})")
    krita.until("result = controller().carrying._carried is None")
    begun.mouse("mousemove", x + 9, y + 9, "mouseup", 1)
    begun.settle()
    assert krita.run("result = [acts(), foreground()]") == [before, foreground]
    assert krita.run("result = dock.findChild(QWidget, 'palette')._carrying") is False
