"""A document of version 1 opens as a page of pieces, with the artist's colours in their places."""

from __future__ import annotations

import pytest
from boxes_art import SIDE, two_boxes
from gp_client import connect
from gp_client.errors import BAD_REQUEST, VERSION
from gp_guide.guide import Guide
from gp_guide.older import adopt_walk, open_saved
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from serving import code_of, wait_until

pytestmark = pytest.mark.usefixtures("fake_daemon")
RED, GRAY = (200, 10, 20), (150, 150, 150)


def walked(*colors: tuple[int, int, int]) -> Saved:
    guide = Guide(2)
    for color in colors:
        guide.apply(color)
    return Saved(guide=guide.to_json())


def flats() -> bytes:
    """The left half as the artist gave it, the right half as the networks guessed."""
    return b"".join(
        bytes((*(RED if x < 30 else GRAY), 255)) for _ in range(SIDE) for x in range(SIDE)
    )


def test_given_colours_come_back_by_place_and_guesses_do_not() -> None:
    with connect(start=True) as client:
        page = client.open_guided(two_boxes(), SIDE, SIDE)
        assert adopt_walk(page, walked(RED), flats())
        assert page.pick(10, 10).color == RED
        assert page.pick(50, 50).color is None
        assert page.undo()
        assert page.pick(10, 10).color is None


@pytest.mark.parametrize(
    ("saved", "picture"),
    [(Saved(), flats()), (walked(), flats()), (walked(RED), bytes(4 * SIDE * SIDE))],
)
def test_without_colours_nothing_is_done(saved: Saved, picture: bytes) -> None:
    with connect(start=True) as client:
        page = client.open_guided(two_boxes(), SIDE, SIDE)
        assert not adopt_walk(page, saved, picture)
        assert not page.can_undo


def test_flats_of_another_size_are_refused() -> None:
    with connect(start=True) as client:
        page = client.open_guided(two_boxes(), SIDE, SIDE)
        assert code_of(lambda: adopt_walk(page, walked(RED), flats()[4:])) == BAD_REQUEST


def test_acts_of_a_newer_version_leave_no_page_open() -> None:
    with connect(start=True) as client:
        page = client.open_guided(two_boxes(), SIDE, SIDE)
        page.fill((10, 10), RED)
        newer = Saved(acts=page.acts.replace(b"\xa7version\x02", b"\xa7version\x03"))
        page.close()
        art = LineArt(two_boxes(), SIDE, SIDE, "GRAY8", True)
        assert code_of(lambda: open_saved(client, art, newer)) == VERSION
        wait_until(lambda: not client.status()["pages"])
