"""Pages opened with all that a document keeps of them, and what the daemon is told after a step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gp_client import GuidingPainterError, connect
from gp_client.errors import BAD_REQUEST
from gp_guide.asking import suggestions, tell_hints
from gp_guide.changes import changes
from gp_guide.correction import Correction
from gp_guide.guide import Guide
from gp_guide.opening import open_page, resume
from gp_guide.saved import Saved

RED, BLUE = (200, 10, 20), (10, 20, 200)
ART = bytes(512)
HALF = (bytes([255]) * 4 + bytes(28)) * 16  # the left four of 32 pixels


def test_changes_say_what_was_given_and_what_was_taken_away() -> None:
    assert changes({1: RED, 2: RED, 3: BLUE}, {1: RED, 3: RED, 4: BLUE}) == {
        2: None,
        3: RED,
        4: BLUE,
    }


def test_a_damaged_walk_begins_afresh_and_says_so() -> None:
    guide, same, trouble = resume(Saved("{", "print"), "print", 3)
    assert (guide.count, guide.hints, same) == (3, {}, False)
    assert trouble


def test_an_old_page_is_told_its_corrections_and_a_new_one_is_not(fake_daemon: object) -> None:
    with connect(start=True) as client:
        fresh = open_page(client, ART, 32, 16, "GRAY8", Saved())
        assert fresh.corrections == ()
        kept = (Correction.of(2, HALF, 32),)
        saved = Saved(fingerprint=fresh.fingerprint, corrections=kept)
        again = open_page(client, ART, 32, 16, "GRAY8", saved)
        assert again.fingerprint == fresh.fingerprint
        assert again.corrections == kept
        assert again.page.uncorrect()
        other = open_page(client, ART, 32, 16, "GRAY8", replace(saved, gap=3.0))
        assert other.corrections == ()
        assert not other.page.uncorrect()


def test_a_damaged_correction_is_an_error_that_says_what_to_do(fake_daemon: object) -> None:
    with connect(start=True) as client:
        fingerprint = open_page(client, ART, 32, 16, "GRAY8", Saved()).fingerprint
        broken = Saved(fingerprint=fingerprint, corrections=(Correction(1, (0, 0, 4, 4), "?"),))
        with pytest.raises(GuidingPainterError, match="damaged") as caught:
            open_page(client, ART, 32, 16, "GRAY8", broken)
        assert caught.value.code == BAD_REQUEST


def test_the_daemon_gets_the_hints_of_the_walk_and_says_what_comes_next(
    fake_daemon: object,
) -> None:
    with connect(start=True) as client:
        page = open_page(client, ART, 32, 16, "GRAY8", Saved()).page
        guide = Guide(len(page.regions))
        guide.apply(RED)
        guide.apply(BLUE)
        tell_hints(page, guide.hints)
        assert page.hints == {1: RED, 2: BLUE}
        guide.clear(1)
        tell_hints(page, guide.hints)
        assert page.hints == {2: BLUE}
        offered = suggestions(page, 3)
        assert offered[0] == page.suggest(3)
        assert len(set(offered)) == len(offered)
