"""The artist's hands: clicks, splits, joins, her own brush."""

from __future__ import annotations

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, region, select

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def test_without_a_selection_none_is_left_behind(krita: KritaProcess, page: Page) -> None:
    page.begin()
    assert krita.run("result = doc.selection() is None")
    page.color(*RED)
    assert krita.run("result = doc.selection() is None")
    page.undo()
    assert krita.run("result = doc.selection() is None")
    krita.run("click('select')")
    data = krita.pixels("selected(doc)")
    assert np.array_equal(np.frombuffer(data, np.uint8).reshape(SIZE) == 255, region(krita))


@pytest.mark.parametrize("place", ["picture", "canvas"])
def test_real_clicks_go_fill_and_take(krita: KritaProcess, page: Page, place: str) -> None:
    page.begin()
    krita.run("click('canvas')")
    page.settle()
    try:
        x, y = page.piece(5)
        page.click(place, x, y)
        krita.until("result = region() == 5")
        pieces = krita.run("result = controller().session.view.pieces[5]")
        krita.run(f"set_foreground{GREEN}; before = acts()")
        page.click(place, x, y, "shift")
        krita.until("result = acts() > before")
        page.settle()
        piece = krita.run(f"result = controller().session.view.places.piece({x}, {y})")
        assert piece in pieces
        mask = krita.pixels(f"pieces_mask(doc, [{piece}])")
        inside = np.frombuffer(mask, np.uint8).reshape(SIZE) == 255
        assert np.array_equal(layer(krita, "Flats")[..., 3] == 255, inside)
        assert krita.run(f"result = controller().session.view.color_at({x}, {y})") == list(GREEN)
        krita.run(f"set_foreground{BLUE}")
        page.click(place, x, y, "ctrl")
        krita.until(f"result = foreground() == {list(GREEN)}")
        assert krita.run("result = acts() == before + 1")
        krita.screenshot(f"clicks-{place}")
    finally:
        krita.run("click('canvas')")
    assert not krita.run("result = controller().overlay.taking")


def test_a_turned_and_mirrored_canvas_is_clicked_where_it_shows_the_page(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("click('canvas'); canvas = app.activeWindow().activeView().canvas()")
    try:
        for turn in ("setRotation(30)", "setMirror(True)", "setZoomLevel(0.7)"):
            krita.run(f"canvas.{turn}")
            page.settle()
            for number in (3, 8):
                x, y = page.piece(number)
                page.click("canvas", x, y)
                krita.until(f"result = region() == {number}")
            krita.screenshot(f"turned-{turn[3:8]}")
    finally:
        krita.run("canvas.setMirror(False); canvas.setRotation(0); click('canvas')")


def test_with_clicks_off_the_canvas_is_the_artists(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run(f"doc.setActiveNode(nodes(doc)['Background']); set_foreground{RED}")
    before, shown = krita.pixels("pixels(doc, 'Background')"), krita.run("result = region()")
    x, y = page.piece(5)
    page.click("canvas", x, y)  # a dab of her brush
    path = krita.base / "before"
    path.write_bytes(before)
    krita.until(f"result = pixels(doc, 'Background') != open({str(path)!r}, 'rb').read()")
    assert krita.run("result = region()") == shown


def test_split_along_a_selection_and_join_again(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run("""
        single = [r for r in controller().session.view.regions.values() if r.pieces == 1]
        controller().walk.go_to(max(single, key=lambda region: region.pixels).number)
    """)
    whole = region(krita)
    cut = np.zeros(SIZE, bool)
    cut[:, : int(np.median(np.nonzero(whole)[1]))] = True
    select(krita, cut)
    page.act("click('split')")
    krita.run("doc.setSelection(None)")
    inside, outside = (middle(part) for part in (whole & cut, whole & ~cut))
    numbers = [
        krita.run(f"result = controller().session.view.region_at{point}.number")
        for point in (inside, outside)
    ]
    assert numbers[0] != numbers[1]
    krita.run(f"controller().walk.go_to({numbers[0]})")
    page.settle()
    assert not (region(krita) & ~(whole & cut)).any()
    page.color(*RED)
    assert {tuple(pixel) for pixel in layer(krita, "Flats")[region_at(krita, inside)]} == {
        (*RED, 255)
    }
    krita.run(f"controller().walk.go_to({numbers[0]}); click('merge')")
    krita.until("result = 'belongs' in text('place')")
    krita.run("before = acts()")
    page.click("picture", *outside)
    krita.until("result = acts() > before")
    page.settle()
    both = region_at(krita, outside)
    assert both[inside[1], inside[0]]
    assert {tuple(pixel) for pixel in layer(krita, "Flats")[both]} == {(*RED, 255)}
    for _ in range(3):
        page.undo()
    assert page.colored() == {}
    assert not layer(krita, "Flats")[..., 3].any()


def middle(part: np.ndarray) -> tuple[int, int]:
    """A pixel of a part of the page that is not at its edge."""
    places = np.argwhere(part)
    y, x = places[len(places) // 2]
    return int(x), int(y)


def region_at(krita: KritaProcess, point: tuple[int, int]) -> np.ndarray:
    number = krita.run(f"result = controller().session.view.region_at{point}.number")
    return region(krita, number)


def test_everything_of_a_colour_is_recoloured_at_once(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.color(*RED)
    page.color(*GREEN)
    page.color(*RED)
    red = (layer(krita, "Flats")[..., :3] == RED).all(axis=2) & (layer(krita, "Flats")[..., 3] > 0)
    krita.run(f"controller().walk.go_to(coloured()[0][0]); set_foreground{BLUE}")
    page.act("click('everywhere')")
    now = layer(krita, "Flats")
    assert {tuple(pixel) for pixel in now[red]} == {(*BLUE, 255)}
    assert sorted(set(page.colored().values())) == sorted({BLUE, GREEN})


def test_everything_in_the_selection_gets_one_colour(krita: KritaProcess, page: Page) -> None:
    page.begin()
    krita.run("click('inside')")
    krita.until("result = 'Nothing is selected' in text('message')")
    around = np.zeros(SIZE, bool)
    around[140:330, 220:390] = True
    select(krita, around)
    krita.run(f"set_foreground{GREEN}")
    page.act("click('inside')")
    given = layer(krita, "Flats")[..., 3] == 255
    view = "controller().session.view"
    covered = krita.run(f"""
        view = {view}
        result = [piece for piece in range(view.places.count)
                  if view.given[4 * piece + 3] and view.places.boxes[piece][2] <= 390]
    """)
    assert len(covered) > 3  # all of the flower's petals at once
    assert given[around].mean() > 0.6
    page.undo()
    assert not layer(krita, "Flats")[..., 3].any()


def test_a_colour_by_her_own_hand_on_flats_is_read_back(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.color(*RED)
    mask, number = region(krita), krita.run("result = region()")
    krita.run(f"""
        click('select')
        doc.setActiveNode(nodes(doc)['Flats'])
        set_foreground{GREEN}
        app.action('fill_selection_foreground_color').trigger()
    """)
    krita.until(f"result = [{number}, {list(GREEN)}] in coloured()")
    assert {tuple(pixel) for pixel in layer(krita, "Flats")[mask]} == {(*GREEN, 255)}
    page.undo()
    assert list(page.colored().values()) == [RED]
    page.undo()
    assert page.colored() == {}
    page.undo(redo=True)
    page.undo(redo=True)
    assert list(page.colored().values()) == [RED, GREEN]
