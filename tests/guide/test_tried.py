"""A picture of what other options for gaps and ink would give; nothing is chosen by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from boxes_art import LEFT, RIGHT, SIDE, two_boxes
from gp_client import Client, connect
from gp_guide.pixels import LineArt
from gp_guide.tried import apart, tried

pytestmark = pytest.mark.usefixtures("fake_daemon")
ART = LineArt(two_boxes(), SIDE, SIDE, "GRAY8", True)


@pytest.fixture
def client() -> Iterator[Client]:
    with connect(start=True) as client:
        yield client


def test_regions_have_colours_of_their_own_and_pieces_that_of_their_region(client: Client) -> None:
    picture = tried(client, ART, None, None, (SIDE, SIDE))
    left, right = (picture[4 * (y * SIDE + x) :][:4] for x, y in (LEFT, RIGHT))
    assert left != right
    assert left[3] == right[3] == 255
    first, second, third = (apart([1, 2, 1])[at : at + 4] for at in (0, 4, 8))
    assert first == third != second


def test_an_open_page_stays_as_it_is(client: Client) -> None:
    page = client.open_guided(ART.pixels, SIDE, SIDE, ART.format)
    page.fill(LEFT, (200, 10, 20))
    before = page.acts
    tried(client, ART, 9.0, 200, (SIDE, SIDE))
    assert page.acts == before
    assert page.pick(*LEFT).color == (200, 10, 20)
