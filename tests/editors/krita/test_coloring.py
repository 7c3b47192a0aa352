"""A page coloured in the real Krita through the docker's own buttons."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, region

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


def test_a_colour_paints_exactly_its_region_in_one_undo_step(
    krita: KritaProcess, page: Page
) -> None:
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    steps = krita.run("result = history()[1]")
    masks = []
    for color in (RED, GREEN):
        masks.append(region(krita))
        page.color(*color)
    assert krita.run("result = history()[1]") == steps + 2
    picture = layer(krita, "Flats")
    for mask, color in zip(masks, (RED, GREEN), strict=True):
        assert {tuple(pixel) for pixel in picture[mask]} == {(*color, 255)}
    assert not picture[~(masks[0] | masks[1]), 3].any()
    assert sorted(page.colored().values()) == sorted((RED, GREEN))
    krita.screenshot("two-colours")
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_undo_and_redo_keep_picture_and_page_together(krita: KritaProcess, page: Page) -> None:
    page.begin()
    first = krita.run("result = region()")
    page.color(*RED)
    one = layer(krita, "Flats")
    second = krita.run("result = region()")
    page.color(*GREEN)
    two = layer(krita, "Flats")
    page.undo()
    assert page.colored() == {first: RED}
    assert np.array_equal(layer(krita, "Flats"), one)
    assert krita.run("result = region()") == second
    page.undo()
    assert page.colored() == {}
    assert not layer(krita, "Flats")[..., 3].any()
    assert krita.run("result = region()") == first
    page.undo(redo=True)
    page.undo(redo=True)
    assert list(page.colored().values()) == [RED, GREEN]
    assert np.array_equal(layer(krita, "Flats"), two)


def test_acts_without_a_pixel_are_undo_steps_too(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.color(*RED)
    page.act("click('skip')")
    page.act("click('keep')")  # stays white
    page.act("choose('spread', 2)")
    picture, acts = layer(krita, "Flats"), krita.run("result = acts()")
    states = "result = sorted((r.number, r.state, r.skipped) for r in "
    states += "controller().session.view.regions.values())"
    last = krita.run(states)
    seen = []
    for _ in range(3):
        page.undo()
        seen.append(krita.run(states))
        assert np.array_equal(layer(krita, "Flats"), picture)
    assert krita.run("result = acts()") == acts - 3
    assert not any(skipped or state == "blank" for _, state, skipped in seen[-1])
    for expected in (*reversed(seen[:-1]), last):
        page.undo(redo=True)
        assert krita.run(states) == expected


def test_proposals_are_a_layer_of_their_own_until_they_are_accepted(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.act("choose('spread', 2)")
    page.color(*RED)
    page.color(*GREEN)
    flats, faint = layer(krita, "Flats"), layer(krita, "Proposals")
    assert faint[..., 3].any()
    assert not (flats[..., 3].astype(bool) & faint[..., 3].astype(bool)).any()
    assert krita.run("result = nodes(doc)['Proposals'].opacity()") < 255
    krita.screenshot("proposals")
    page.act("click('keepAll')")
    kept = layer(krita, "Flats")
    there = faint[..., 3] > 0
    assert np.array_equal(kept[there], faint[there])
    assert np.array_equal(kept[..., 3][~there], flats[..., 3][~there])
    given = ~there & (flats[..., 3] > 0)  # what is clear has no colour that means anything
    assert np.array_equal(kept[given], flats[given])
    page.settle()
    # What was accepted teaches: other pieces may be proposed now, but none of those.
    krita.until("""
        faint, flats = pixels(doc, 'Proposals')[3::4], pixels(doc, 'Flats')[3::4]
        result = not any(a and b for a, b in zip(faint, flats))
    """)
    page.undo()  # several colours, one step for the artist
    assert np.array_equal(layer(krita, "Flats"), flats)
    page.undo(redo=True)
    assert np.array_equal(layer(krita, "Flats"), kept)


def test_one_group_of_proposals_is_accepted_alone(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.act("choose('spread', 2)")
    page.color(*RED)
    krita.until("""
        waiting = [r.number for r in controller().session.view.regions.values()
                   if r.state == 'proposed']
        result = waiting
    """)
    krita.run("controller().walk.go_to(waiting[0])")
    page.settle()
    mask = region(krita)
    before = layer(krita, "Flats")
    page.act("click('keep')")
    added = (layer(krita, "Flats")[..., 3] == 255) & (before[..., 3] == 0)
    assert np.array_equal(added, mask)


def test_all_is_done_only_when_nothing_is_white_but_what_was_kept_so(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    skipped = page.piece()
    page.act("click('skip')")
    page.act("choose('spread', 2)")
    page.color(*RED)
    page.act("click('keepAll')")
    krita.run("click('next')")
    page.settle()
    while (shown := krita.run("result = region()")) is not None:
        assert not page.place().startswith("All")
        again = krita.run(f"result = controller().session.view.region_at{tuple(skipped)}.number")
        state = krita.run("result = controller().session.region.state")
        page.act(
            "click('keep')" if shown == again or state == "proposed" else "click('suggestion')"
        )
    assert page.place().startswith("All regions are done")
    blank = krita.run(
        f"result = region_at = controller().session.view.region_at{tuple(skipped)}.state"
    )
    white = layer(krita, "Flats")[..., 3] == 0
    assert white.any() == (blank == "blank")


def test_a_saved_document_goes_on_where_it_stopped(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    page.color(*RED)
    page.act("click('skip')")
    page.color(*GREEN)
    page.act("click('keep')")
    given, shown = page.colored(), krita.run("result = region()")
    picture = layer(krita, "Flats")
    path = tmp_path / "page.kra"
    krita.run(f"result = doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    assert "Continue" in again.place()
    again.begin()
    assert again.colored() == given
    assert krita.run("result = controller().session.view.next") is not None
    assert shown in krita.run("result = list(controller().session.view.regions)")
    assert np.array_equal(layer(krita, "Flats"), picture)
    again.color(*BLUE)
    assert sorted(again.colored().values()) == sorted((RED, GREEN, BLUE))


def test_a_daemon_killed_between_two_acts_is_not_noticed(krita: KritaProcess, page: Page) -> None:
    krita.needs_own_daemon()
    page.begin()
    page.color(*RED)
    killed = krita.daemon_pid()
    os.kill(killed, signal.SIGKILL)
    page.color(*GREEN)
    page.color(*BLUE)
    assert sorted(page.colored().values()) == sorted((RED, GREEN, BLUE))
    assert krita.daemon_pid() != killed


def test_soft_colours_appear_as_a_layer_and_go_again(krita: KritaProcess, page: Page) -> None:
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    page.color(*RED)
    krita.run("choose('output', 1)")
    page.settle()
    krita.screenshot("soft")
    soft = np.frombuffer(krita.pixels("pixels(doc, 'Soft colours')"), np.uint8).reshape(*SIZE, 4)
    assert (soft[..., 3] == 255).all()
    assert len(np.unique(soft.reshape(-1, 4), axis=0)) > 50
    krita.run("choose('output', 0)")
    assert krita.run("result = nodes(doc)['Soft colours'].visible()") is False
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_two_documents_keep_their_own_pages(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    page.begin()
    page.color(*RED)
    krita.run("first = doc")
    other = tmp_path / "other.png"
    other.write_bytes(line_art.read_bytes())
    second = Page(krita, other)
    second.begin()
    second.color(*BLUE)
    assert list(second.colored().values()) == [BLUE]
    krita.run("app.activeWindow().qwindow().findChild(QMdiArea).activatePreviousSubWindow()")
    krita.until("result = ready(first) and coloured()")
    assert list(page.colored().values()) == [RED]
