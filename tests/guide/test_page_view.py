"""What a plug-in takes from a guided page at once, and what follows from two such views."""

from __future__ import annotations

import pytest
from boxes_art import HEIGHT, WIDTH
from gp_client import GuidedPage, Mask
from gp_guide.clicks import FILL, GO, JOIN, REST, TAKE, meaning
from gp_guide.listing import listed, progress, same_color
from gp_guide.page_view import PageView, view_of
from gp_guide.places import within
from gp_guide.repaint import painted, proposed_anew, repaint, repaint_pixels
from gp_guide.repaint import proposed as proposals

RED, BLUE = (200, 10, 20), (10, 20, 200)
PICTURE = (64, 48)


@pytest.fixture
def page(six: GuidedPage) -> GuidedPage:
    return six


def flats(page: GuidedPage, view: PageView) -> bytes:
    """Flats painted by hand from a view's fills, as an editor does."""
    data = bytearray(4 * WIDTH * HEIGHT)
    for color, pieces in painted(view).items():
        paint(data, view.places.mask(pieces), color)
    return bytes(data)


def paint(data: bytearray, mask: Mask, color: tuple[int, int, int] | None) -> None:
    x, y, width, height = mask.bbox
    pixel = bytes((*color, 255)) if color else bytes(4)
    for row in range(height):
        for column in range(width):
            if mask.data[row * width + column]:
                at = 4 * ((y + row) * WIDTH + x + column)
                data[at : at + 4] = pixel


def test_masks_and_places_are_the_daemons(page: GuidedPage) -> None:
    page.color((10, 10), RED)
    view = view_of(page, PICTURE)
    assert view.acts == 1
    for number, region in view.regions.items():
        assert view.places.mask(view.pieces[number]) == page.mask(number)
        assert view.places.box(view.pieces[number]) == region.bbox
        assert all(page.pick(x, y).region == number for x, y in view.probes(number))
        assert view.region_with(view.probes(number)) == region
    assert view.color_at(10, 10) == RED
    assert view.color_at(60, 10) is None
    assert view.color_at(-1, 10) is None
    assert view.region_at(10, HEIGHT) is None


def test_the_small_picture_shows_each_piece_where_it_is(page: GuidedPage) -> None:
    before = view_of(page, PICTURE)
    page.color((10, 10), RED)
    page.fill((110, 80), BLUE)
    view = view_of(page, PICTURE, before)
    assert view.places is before.places
    whole = view.places.paint(view.picture)
    first = before.places.paint(before.picture)
    assert whole == view.places.paint(view.picture, (first, before.picture))
    rendered = page.render("flats", preview=False)
    for row in range(PICTURE[1]):
        for column in range(PICTURE[0]):
            at, from_ = 4 * (row * PICTURE[0] + column), 4 * (2 * row + 1) * WIDTH
            shown = rendered[from_ + 4 * (2 * column + 1) :][:4]
            assert whole[at : at + 3] == (shown[:3] if shown[3] else b"\xff\xff\xff")
    box, lit = view.places.lit(view.pieces[view.region_at(10, 10).number])  # type: ignore[union-attr]
    assert len(lit) == box[2] * box[3]
    assert lit.count(255) == whole.count(bytes((*RED, 255)))


def test_only_what_changed_is_painted_anew(page: GuidedPage) -> None:
    before = view_of(page, PICTURE)
    page.color((10, 10), RED)
    one = view_of(page, PICTURE, before)
    fills = repaint(before, one)
    assert list(fills) == [RED]
    assert one.places.mask(fills[RED]) == page.mask((10, 10))
    page.clear((10, 10))
    two = view_of(page, PICTURE, one)
    assert list(repaint(one, two)) == [None]
    page.skip((60, 10))
    assert repaint(two, view_of(page, PICTURE, two)) == {}


def test_a_cut_paints_nothing_and_a_fill_of_its_part_only_that(page: GuidedPage) -> None:
    page.color((10, 10), RED)
    one = view_of(page, PICTURE)
    page.split((10, 10), Mask((0, 0, 20, 40), b"\xff" * 800))
    two = view_of(page, PICTURE, one)
    assert two.places is not one.places
    assert repaint(one, two) == {}
    page.fill((10, 10), BLUE)
    three = view_of(page, PICTURE, two)
    # Across two maps too, as after several acts at once.
    for before in (one, two):
        fills = repaint(before, three)
        assert list(fills) == [BLUE]
        assert three.places.mask(fills[BLUE]) == page.mask((10, 10))
        assert repaint_pixels(before, three) == {BLUE: page.mask((10, 10))}
    # Back over the cut the piece is whole, and what had its colour already is left alone.
    assert repaint_pixels(three, one) == {RED: page.mask((10, 10))}


def test_pixels_of_a_shape_lie_in_it_from_top_to_bottom() -> None:
    rows = (b"\0\xff\0\0", b"\0\0\0\0", b"\xff\0\xff\xff", b"\0\0\0\xff")
    mask = Mask((10, 20, 4, 4), b"".join(rows))
    assert within(mask, 1) == ((13, 22),)
    assert within(mask, 4) == ((11, 20), (13, 22), (13, 23))
    assert within(mask, 99) == within(mask, 4)


def test_fills_put_together_are_the_daemons_flats(page: GuidedPage) -> None:
    page.color((10, 10), RED)
    page.color((60, 60), BLUE)
    view = view_of(page, PICTURE)
    assert flats(page, view) == page.render("flats", proposals="none")


def test_proposals_are_paler_and_kept_apart(page: GuidedPage) -> None:
    page.spread = "bold"
    page.color((10, 10), RED)
    view = view_of(page, PICTURE)
    colors = {view.colors[at : at + 4] for at in range(0, len(view.colors), 4)}
    shares = progress(view)
    proposed = [region for region in view.regions.values() if region.state == "proposed"]
    assert shares[2] == len(proposed)
    if proposed:
        assert bytes((*RED, 128)) in colors
        pieces = [piece for region in proposed for piece in view.pieces[region.number]]
        assert sorted(proposals(view)[RED]) == sorted(pieces)
        page.keep("all")
        kept = view_of(page, PICTURE, view)
        assert sorted(proposed_anew(view, kept)[None]) == sorted(pieces)
        assert not proposals(kept)
        assert repaint(view, kept).keys() == {RED}
        assert not any(region.state == "proposed" for region in kept.regions.values())


def test_lists_by_filter_and_the_same_colours_together(page: GuidedPage) -> None:
    page.color((10, 10), RED)
    page.color((60, 10), BLUE)
    page.color((110, 80), RED)
    page.skip((60, 60))
    view = view_of(page, PICTURE)
    red = same_color(view, RED)
    assert {view.regions[number].color for number in red} == {RED}
    everything = [region.number for region in listed(view, "all")]
    assert sorted(everything) == sorted(view.regions)
    assert everything[0] == view.next
    colors = [view.regions[number].color for number in everything if number != view.next]
    assert [color for color in colors if color] == [RED] * len(red) + [BLUE]
    assert [region.skipped for region in listed(view, "skipped")] == [True]
    assert {region.state for region in listed(view, "left")} == {"open"}
    assert listed(view, "tiny") == []
    _, left, doubtful = progress(view)
    assert left == len(listed(view, "left"))
    assert doubtful == len(listed(view, "doubtful"))


def test_a_list_and_what_is_left_are_those_of_the_part_that_is_worked_in(page: GuidedPage) -> None:
    upper = (0, 0, WIDTH, HEIGHT // 2)
    page.fill((10, 10), RED)
    page.fill((10, 80), BLUE)
    page.keep((60, 80))
    page.focus(upper)
    view = view_of(page, PICTURE)
    found = listed(view, "all", upper)
    assert found[0].number == view.next
    assert all(region.bbox[1] + region.bbox[3] <= HEIGHT // 2 + 4 for region in found)
    assert {region.color for region in found} == {None, RED}
    assert {region.color for region in listed(view, "all")} == {None, RED, BLUE}
    share, left, doubtful = progress(view, upper)
    assert (left, doubtful) == (len(listed(view, "left", upper)), 0)
    assert 0 < left == view.asked < progress(view)[1]
    assert share == pytest.approx(1 / 3, abs=0.06)
    while (number := view.next) is not None:
        page.color(number, RED)
        view = view_of(page, PICTURE, view)
    assert progress(view, upper) == (1, 0, 0)
    assert progress(view)[1] > 0


def test_clicks_mean_what_the_keys_say() -> None:
    assert meaning(False, False, False) == GO
    assert meaning(True, False, False) == FILL
    assert meaning(True, True, False) == REST
    assert meaning(False, True, False) == TAKE
    assert meaning(False, False, True) == JOIN
    assert meaning(False, False, False, joining=True) == JOIN
