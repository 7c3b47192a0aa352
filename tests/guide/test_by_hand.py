"""What an artist paints on the flats herself is told to the page as fills of whole pieces."""

from __future__ import annotations

import pytest
from boxes_art import LEFT, RIGHT, SIDE
from gp_client import GuidedPage
from gp_client.types import Color
from gp_guide.by_hand import differing, fills_of, one_pixel, tell
from gp_guide.page_view import PageView, view_of

RED, BLUE = (200, 10, 20), (10, 20, 200)


class Flats:
    """The document's flats, RGBA8, with a brush."""

    def __init__(self, page: GuidedPage) -> None:
        self.pixels = bytearray(page.render("flats", proposals="none"))
        self.looks = 0

    def paint(self, places: list[tuple[int, int]], pixel: bytes) -> None:
        for x, y in places:
            at = 4 * (y * SIDE + x)
            self.pixels[at : at + 4] = pixel

    def pixel_at(self, x: int, y: int) -> bytes:
        self.looks += 1
        pixel = bytes(self.pixels[4 * (y * SIDE + x) :][:4])
        return pixel if pixel[3] else b""


@pytest.fixture
def page(two: GuidedPage) -> GuidedPage:
    return two


def box(left: int) -> list[tuple[int, int]]:
    return [(x, y) for x in range(left, left + 30) for y in range(SIDE)]


def shows(pixel: bytes, color: Color | None) -> bool:
    return pixel == (b"" if color is None else bytes((*color, 255)))


def color_of(pixel: bytes) -> Color:
    assert pixel, "nothing is asked about transparent pixels"
    return pixel[0], pixel[1], pixel[2]


def told(page: GuidedPage, flats: Flats) -> PageView:
    view = view_of(page, (SIDE, SIDE))
    changed = differing(view, flats.pixel_at, shows)
    tell(page, view.places, fills_of(changed, color_of))
    return view_of(page, (SIDE, SIDE), view)


def test_one_pixel_is_what_all_show_and_nothing_where_they_differ() -> None:
    assert one_pixel([b"ab", b"ab"]) == b"ab"
    assert one_pixel([b"", b""]) == b""
    assert one_pixel([b"ab", b""]) is None
    assert one_pixel([]) is None


def test_flats_as_the_page_knows_them_tell_nothing(page: GuidedPage) -> None:
    page.color(LEFT, RED)
    view = view_of(page, (SIDE, SIDE))
    assert differing(view, Flats(page).pixel_at, shows) == {}


def test_a_piece_painted_over_is_a_fill_and_one_erased_has_no_colour(page: GuidedPage) -> None:
    page.color(LEFT, RED)
    flats = Flats(page)
    flats.paint(box(0), bytes(4))
    flats.paint(box(30), bytes((*BLUE, 255)))
    view = told(page, flats)
    assert view.color_at(*LEFT) is None
    assert view.color_at(*RIGHT) == BLUE
    page.undo()
    page.undo()
    assert page.pick(*LEFT).color == RED


def test_pieces_of_one_colour_are_one_act(page: GuidedPage) -> None:
    flats = Flats(page)
    flats.paint([*box(0), *box(30)], bytes((*BLUE, 255)))
    assert told(page, flats).acts == 1
    assert page.pick(*LEFT).color == page.pick(*RIGHT).color == BLUE


def test_a_stroke_across_a_piece_says_nothing(page: GuidedPage) -> None:
    flats = Flats(page)
    flats.paint([(x, y) for x in range(30) for y in range(20)], bytes((*BLUE, 255)))
    assert told(page, flats).acts == 0


def test_only_the_pieces_that_are_asked_about_are_looked_at(page: GuidedPage) -> None:
    view, flats = view_of(page, (SIDE, SIDE)), Flats(page)
    flats.paint([*box(0), *box(30)], bytes((*BLUE, 255)))
    assert list(differing(view, flats.pixel_at, shows, 1, 2)) == [1]
    assert flats.looks == len(view.places.probes[1])
