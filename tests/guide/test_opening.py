"""A document is opened with all that it keeps, and afresh where that is of no use any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from boxes_art import LEFT, RIGHT, SIDE, two_boxes
from gp_client import Client, connect
from gp_client.errors import VERSION
from gp_guide.guide import Guide
from gp_guide.opening import SPREAD, open_kept
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from serving import code_of, wait_until

pytestmark = pytest.mark.usefixtures("fake_daemon")
RED, BLUE = (200, 10, 20), (10, 20, 200)
ART = LineArt(two_boxes(), SIDE, SIDE, "GRAY8", True)


@pytest.fixture
def client() -> Iterator[Client]:
    with connect(start=True) as client:
        yield client


def acts_of(client: Client, spread: str = SPREAD) -> bytes:
    """Of a page on which the left box was filled."""
    page, trouble = open_kept(client, ART, Saved(), spread=spread)
    assert not trouble
    page.fill(LEFT, RED)
    acts = page.acts
    page.close()
    return acts


def test_acts_are_played_again_and_their_spread_holds(client: Client) -> None:
    saved = Saved(acts=acts_of(client, "bold"))
    page, trouble = open_kept(client, ART, saved, spread="off")
    assert (trouble, page.spread) == ("", "bold")
    assert page.pick(*LEFT).color == RED


def test_a_new_page_proposes_with_care_or_as_it_is_told(client: Client) -> None:
    assert open_kept(client, ART, Saved())[0].spread == "careful"
    assert open_kept(client, ART, Saved(), spread="off")[0].spread == "off"


def test_a_new_page_proposes_as_the_daemons_settings_say(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.info, "spread", "bold")
    assert open_kept(client, ART, Saved())[0].spread == "bold"
    assert open_kept(client, ART, Saved(), spread="off")[0].spread == "off"


def test_a_document_of_version_1_has_its_colours_where_its_flats_show_them(client: Client) -> None:
    guide = Guide(2)
    guide.apply(RED)
    guide.apply(BLUE)
    flats = b"".join(
        bytes((*(RED if x < 30 else BLUE), 255)) for _ in range(SIDE) for x in range(SIDE)
    )
    page, trouble = open_kept(client, ART, Saved(guide=guide.to_json()), flats)
    assert not trouble
    assert (page.pick(*LEFT).color, page.pick(*RIGHT).color) == (RED, BLUE)


@pytest.mark.parametrize("saved", [Saved(acts=b"\x81"), Saved(guide="{")])
def test_what_cannot_be_read_is_told_and_a_new_page_opened(client: Client, saved: Saved) -> None:
    page, trouble = open_kept(client, ART, saved, bytes(4 * SIDE * SIDE))
    assert trouble
    assert (page.pick(*LEFT).color, page.spread) == (None, "careful")
    wait_until(lambda: client.status()["pages"] == 1)


def test_acts_of_a_newer_version_are_not_thrown_away(client: Client) -> None:
    newer = acts_of(client).replace(b"\xa7version\x02", b"\xa7version\x03")
    assert code_of(lambda: open_kept(client, ART, Saved(acts=newer))) == VERSION


def test_what_a_document_keeps_says_who_coloured_it() -> None:
    kept = (Saved(), Saved(guide="{}"), Saved(acts=b"x"), Saved(guide="{}", acts=b"x"))
    assert [saved.begun for saved in kept] == [False, True, True, True]
    assert [saved.older for saved in kept] == [False, True, False, False]
