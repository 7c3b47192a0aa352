"""A cast through the client: learned from one page and used on another, be the daemon lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cast_samples import BLUE, COLORS, GOLD, HEIGHT, RED, TURNED, WIDTH, WIDTHS, boxes, middle
from cast_samples import page as other_page
from comparing_networks import SEGMENTER
from gp_client import Client, GuidedPage, connect
from gp_client.cast import Cast
from gp_client.errors import BAD_REQUEST, VERSION
from serving import code_of, kill_daemon

pytestmark = pytest.mark.usefixtures("fake_daemon")


@pytest.fixture(autouse=True)
def compares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GP_TEST_COMPARES", "1")


@pytest.fixture
def client(fake_daemon) -> Iterator[Client]:
    with connect(start=True) as found:
        yield found


def open_page(client: Client, order: tuple[int, ...] = WIDTHS) -> GuidedPage:
    return client.open_guided(boxes(order), WIDTH, HEIGHT)


def learned(client: Client) -> Cast:
    page = open_page(client)
    for width, color in COLORS.items():
        page.color(middle(WIDTHS, width), color)
    return Cast().learned(page.learn("one", "/pages/one.png"), {RED: "coat"})


def proposals(page: GuidedPage) -> dict[int, object]:
    return {width: page.pick(*middle(TURNED, width)).color for width in WIDTHS}


def test_colours_follow_what_is_drawn(client) -> None:
    cast = learned(client)
    (one,) = cast.pages
    assert (one.title, one.source, one.segmenter) == ("one", "/pages/one.png", SEGMENTER)
    assert {entry.color for entry in cast.colors()} == set(COLORS.values())
    assert all(entry.picture.startswith(b"\x89PNG") for entry in cast.colors())
    page = open_page(client, TURNED)
    assert page.cast == 0
    page.use(cast)
    assert page.cast == one.count == 4
    assert page.spread == "careful"
    assert proposals(page) == COLORS
    done = page.done
    page.keep("sure")
    assert page.done == done + 1
    states = [region.state for region in page.regions]
    assert states.count("colored") == 4
    page.undo()
    page.undo()
    assert (page.cast, page.spread) == (0, "off")
    assert set(proposals(page).values()) == {None}


def test_a_page_teaches_what_the_artist_gave_or_kept_and_no_proposal(client) -> None:
    cast = learned(client)
    page = open_page(client, TURNED)
    page.use(cast)
    assert code_of(lambda: page.learn("two")) == BAD_REQUEST
    page.keep(RED)
    page.color(middle(TURNED, 42), GOLD)
    page.keep(middle(TURNED, 24))
    found = page.learn("two", pictures=False)
    assert sorted(color for color, _, _ in found.each() if color) == sorted([RED, GOLD, GOLD])
    assert not found.pictures


def test_what_stays_blank_for_good_is_learned_too(client) -> None:
    page = open_page(client)
    page.color(middle(WIDTHS, 120), RED)
    page.keep(middle(WIDTHS, 68))
    other = open_page(client, TURNED)
    other.use(Cast().learned(page.learn("one")))
    assert proposals(other)[120] == RED
    assert proposals(other)[68] is None
    region = other.pick(*middle(TURNED, 68)).region
    assert other.suggest(region)[0] == (255, 255, 255)


def test_a_cast_outlives_the_daemon_and_the_document_that_keeps_the_acts(client) -> None:
    cast = learned(client)
    page = open_page(client, TURNED)
    page.use(cast)
    page.color(middle(TURNED, 42), BLUE)
    before = proposals(page)
    kill_daemon()
    assert proposals(page) == before
    page.undo()
    assert proposals(page) == COLORS
    page.redo()
    twin = client.open_guided(boxes(TURNED), WIDTH, HEIGHT, acts=page.acts)
    assert proposals(twin) == before
    assert twin.cast == 4
    twin.use(None)
    assert proposals(twin) == dict.fromkeys(WIDTHS) | {42: BLUE}


def test_a_cast_that_says_nothing_here_is_refused_in_words(client) -> None:
    page = open_page(client)
    assert code_of(lambda: page.use(Cast())) == BAD_REQUEST
    assert code_of(lambda: page.use(Cast().learned(other_page()))) == VERSION
    assert not page.can_undo


def test_networks_that_compare_no_pages_say_so(monkeypatch, fake_daemon) -> None:
    monkeypatch.delenv("GP_TEST_COMPARES")
    with connect(start=True) as client:
        page = open_page(client)
        page.color(middle(WIDTHS, 120), RED)
        assert code_of(lambda: page.learn("one")) == BAD_REQUEST
        assert code_of(lambda: page.use(Cast().learned(other_page()))) == BAD_REQUEST
