"""A page coloured in the real Krita through the docker's own buttons."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import gp_client
import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN, BLUE = (201, 33, 47), (18, 150, 86), (40, 50, 251)


@pytest.fixture
def remote(krita: KritaProcess, line_art: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """The same page, asked for by a client of our own of the daemon that the plug-in started."""
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(krita.runtime / "guidingpainter"))
    with Image.open(line_art) as image, gp_client.connect() as client:
        rgba = np.asarray(image.convert("RGBA"))
        bgra = np.ascontiguousarray(rgba[..., [2, 1, 0, 3]])
        yield client.open(bgra.tobytes(), *image.size, format="BGRA8")


def whole(mask: gp_client.Mask) -> np.ndarray:
    """Return a mask of canvas size."""
    x, y, width, height = mask.bbox
    canvas = np.zeros(SIZE, np.uint8)
    canvas[y : y + height, x : x + width] = np.frombuffer(mask.data, np.uint8).reshape(
        height, width
    )
    return canvas


def selection(krita: KritaProcess) -> np.ndarray:
    return np.frombuffer(krita.pixels("selected(doc)"), np.uint8).reshape(SIZE)


def flats(krita: KritaProcess) -> np.ndarray:
    data = krita.pixels("pixels(doc, 'Flats')")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]


def test_next_region_selects_the_regions_mask(
    krita: KritaProcess, page: Page, request: pytest.FixtureRequest
) -> None:
    page.begin()
    remote = request.getfixturevalue("remote")  # the daemon runs only now
    assert np.array_equal(selection(krita), whole(remote.mask(1)))
    krita.run("click('next')")
    page.settle()
    assert page.place().startswith("Region 2 of ")
    assert np.array_equal(selection(krita), whole(remote.mask(2)))
    krita.run("click('back')")
    page.settle()
    assert np.array_equal(selection(krita), whole(remote.mask(1)))
    krita.screenshot("region")


def test_a_colour_paints_exactly_its_region_in_one_undo_step(
    krita: KritaProcess, page: Page
) -> None:
    before = krita.pixels("pixels(doc, 'Background')")
    page.begin()
    masks = []
    for color in (RED, GREEN):
        masks.append(selection(krita))
        page.color(*color)
    picture = flats(krita)
    for mask, color in zip(masks, (RED, GREEN), strict=True):
        assert {tuple(pixel) for pixel in picture[mask == 255]} == {(*color, 255)}
    assert not picture[(masks[0] | masks[1]) == 0, 3].any()
    assert page.hints() == {1: RED, 2: GREEN}
    krita.screenshot("two-colours")
    assert krita.pixels("pixels(doc, 'Background')") == before


def test_undo_and_redo_keep_picture_and_guide_together(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.color(*RED)
    one = flats(krita)
    page.color(*GREEN)
    two = flats(krita)
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = [number for number, color in hints()] == [1]")
    assert np.array_equal(flats(krita), one)
    assert page.place().startswith("Region 2 of ")
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = hints() == []")
    assert not flats(krita)[..., 3].any()
    for _ in range(2):
        krita.run("app.action('edit_redo').trigger()")
    krita.until("result = [number for number, color in hints()] == [1, 2]")
    assert np.array_equal(flats(krita), two)
    assert page.place().startswith("Region 3 of ")


def test_a_saved_document_goes_on_where_it_stopped(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    page.begin()
    page.color(*RED)
    page.color(*GREEN)
    picture = flats(krita)
    path = tmp_path / "page.kra"
    krita.run(f"result = doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    assert "Continue" in again.place()
    again.begin()
    assert again.place().startswith("Region 3 of ")
    assert np.array_equal(flats(krita), picture)
    again.color(*BLUE)
    assert again.hints() == {1: RED, 2: GREEN, 3: BLUE}


def test_a_daemon_killed_between_two_hints_is_not_noticed(krita: KritaProcess, page: Page) -> None:
    krita.needs_own_daemon()
    page.begin()
    page.color(*RED)
    killed = krita.daemon_pid()
    os.kill(killed, signal.SIGKILL)
    page.color(*GREEN)
    page.color(*BLUE)
    assert page.hints() == {1: RED, 2: GREEN, 3: BLUE}
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


def test_two_documents_keep_their_own_walks(
    krita: KritaProcess, page: Page, line_art: Path, tmp_path: Path
) -> None:
    page.begin()
    page.color(*RED)
    krita.run("first = doc")
    other = tmp_path / "other.png"
    other.write_bytes(line_art.read_bytes())
    second = Page(krita, other)
    assert second.hints() == {}
    second.begin()
    assert second.place().startswith("Region 1 of ")
    second.color(*BLUE)
    krita.run("app.activeWindow().qwindow().findChild(QMdiArea).activatePreviousSubWindow()")
    krita.until("result = ready(first) and text('place').startswith('Region 2 of ')")
    assert page.hints() == {1: RED}
