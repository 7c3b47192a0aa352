"""A drag with the real mouse fills what it passes, in the docker's picture and on the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

GREEN, BLUE = (18, 150, 86), (40, 50, 251)
# Over five petals of the flower, there and back, and a swing to a sixth.
WAY = ((311, 102), (351, 221), (406, 324), (438, 340), (366, 396))


def passed(krita: KritaProcess, way: tuple[tuple[int, int], ...]) -> list[int]:
    """The pieces on the straight lines from point to point, in no order."""
    return krita.run(f"""
        places, found = controller().session.view.places, set()
        for (left, top), (right, down) in zip({way}, {way[1:]}):
            for step in range(1001):
                x = left + (right - left) * step / 1000
                y = top + (down - top) * step / 1000
                found.add(places.piece(round(x), round(y)))
        result = sorted(found)
    """)


def near(krita: KritaProcess, way: tuple[tuple[int, int], ...], margin: int) -> set[int]:
    """All pieces that come that close to the way, in pixels of the canvas."""
    found: set[int] = set()
    for across in (-margin, 0, margin):
        for down in (-margin, 0, margin):
            found |= set(passed(krita, tuple((x + across, y + down) for x, y in way)))
    return found


def filled(krita: KritaProcess, color: tuple[int, int, int]) -> set[int]:
    return set(
        krita.run(f"""
        view = controller().session.view
        result = [piece for piece in range(view.places.count)
                  if tuple(view.given[4 * piece : 4 * piece + 4]) == {(*color, 255)}]
        """)
    )


def press_and_move(page: Page, place: str, way: tuple[tuple[int, int], ...]) -> None:
    """With Shift held, press at the first point and move to the others in few large steps."""
    points = [page.krita.run(f"result = at_{place}({x}, {y})") for x, y in way]
    page.mouse("mousemove", *points[0], "keydown", "shift", "mousedown", 1)
    for point in points[1:]:
        page.mouse("mousemove", *point, "sleep", 0.05)


@pytest.mark.parametrize("place", ["picture", "canvas"])
def test_a_drag_fills_what_it_passes_in_one_undo_step(
    krita: KritaProcess, page: Page, place: str
) -> None:
    page.begin()
    krita.run("click('canvas')")
    page.settle()
    try:
        krita.run(f"set_foreground{GREEN}")
        steps, hers = krita.run("result = [history()[1], hers()]")
        before = krita.run("result = acts()")
        least, most = set(passed(krita, WAY)), near(krita, WAY, 3)
        assert len(least) >= len(WAY)
        press_and_move(page, place, WAY)
        krita.until("result = idle()")
        krita.screenshot(f"drag-{place}")
        assert not layer(krita, "Flats")[..., 3].any()  # nothing before the button comes up
        assert krita.run("result = acts()") == before
        page.mouse("mouseup", 1, "keyup", "shift")
        krita.until(f"result = acts() == {before} + 1 and idle()")
        given = filled(krita, GREEN)
        assert given <= most
        assert len(given & least) >= len(least) - 2  # corners that a rounded pixel may miss
        mask = krita.pixels(f"pieces_mask(doc, {sorted(given)})")
        inside = np.frombuffer(mask, np.uint8).reshape(SIZE) == 255
        picture = layer(krita, "Flats")
        assert {tuple(pixel) for pixel in picture[inside]} == {(*GREEN, 255)}
        assert not picture[~inside, 3].any()
        krita.screenshot(f"dragged-{place}")
        assert krita.run("result = [history()[1], hers()]") == [steps + 1, hers]
        page.undo()
        assert not layer(krita, "Flats")[..., 3].any()
        page.undo(redo=True)
        assert filled(krita, GREEN) == given
    finally:
        page.mouse("mouseup", 1, "keyup", "shift")
        krita.run("click('canvas')")


def test_a_drag_without_the_key_moves_the_picture_and_fills_nothing(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    x, y = krita.run("result = at_picture(300, 200)")
    page.mouse("mousemove", x, y, "click", 4, "click", 4, "click", 4)  # the wheel: zoomed
    krita.until("result = dock.findChild(QWidget, 'picture')._zoom > 1.5")
    here = krita.run("result = at_picture(300, 200)")
    before = krita.run("result = acts()")
    page.mouse("mousemove", x, y, "mousedown", 1, "mousemove", x - 20, y - 15)
    page.mouse("mousemove", x - 40, y - 30, "mouseup", 1)
    krita.until(f"result = at_picture(300, 200) == {[here[0] - 40, here[1] - 30]}")
    page.settle()
    assert krita.run("result = acts()") == before
    page.mouse("mousemove", x, y, "click", "--repeat", 2, 3)
    krita.until("result = dock.findChild(QWidget, 'picture')._zoom == 1.0")


def test_a_drag_over_what_another_act_cuts_meanwhile_fills_what_it_showed(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run(f"set_foreground{BLUE}")
    way = WAY[:2]
    press_and_move(page, "picture", way)
    krita.until("result = len(dock.findChild(QWidget, 'picture').hovered) > 1")
    shown = krita.run("result = list(dock.findChild(QWidget, 'picture').hovered)")
    mask = krita.pixels(f"pieces_mask(doc, {shown})")
    inside = np.frombuffer(mask, np.uint8).reshape(SIZE) == 255
    page.act("controller().set_gap(9.0)")
    before = krita.run("result = acts()")
    page.mouse("mouseup", 1, "keyup", "shift")
    krita.until(f"result = acts() == {before} + 1 and idle()")
    blue = (layer(krita, "Flats") == (*BLUE, 255)).all(axis=2)
    assert blue[inside].mean() > 0.9
    assert blue[~inside].mean() < 0.02
