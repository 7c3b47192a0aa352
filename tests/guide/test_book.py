"""A document's cast: learned from its page, used on another's, its names in the palette."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cast_samples import BLUE, COLORS, HEIGHT, RED, TURNED, WIDTH, WIDTHS, boxes, middle
from gp_client import Client, GuidedPage, connect
from gp_client.cast import Cast
from gp_client.cast_file import read_cast
from gp_client.errors import BAD_REQUEST
from gp_guide import book
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from serving import code_of

ABOUT = book.Page("one.kra", "/pages/one.kra", "Ink")


@pytest.fixture
def client(fake_daemon: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("GP_TEST_COMPARES", "1")
    with connect(start=True) as found:
        yield found


def colored(client: Client, count: int = 4) -> GuidedPage:
    page = client.open_guided(boxes(), WIDTH, HEIGHT)
    for width, color in list(COLORS.items())[:count]:
        page.color(middle(WIDTHS, width), color)
    return page


def colors(page: GuidedPage) -> dict[int, object]:
    return {width: page.pick(*middle(TURNED, width)).color for width in WIDTHS}


def test_what_one_document_teaches_colours_another(client: Client, tmp_path: Path) -> None:
    file = str(tmp_path / "book.cast")
    cast = book.learn(colored(client), file, ABOUT, {"#c80a14": "coat", "?": "older"})
    assert read_cast(Path(file)) == cast
    assert cast.names == {RED: "coat"}
    assert (cast.pages[0].title, cast.pages[0].lines) == ("one.kra", "Ink")
    page = client.open_guided(boxes(TURNED), WIDTH, HEIGHT)
    book.use(book.read(file)).do(page)
    assert colors(page) == COLORS
    book.keep_sure().do(page)
    assert {region.state for region in page.regions} <= {"colored", "open"}
    page.undo()
    book.use(None).do(page)
    assert set(colors(page).values()) == {None}


def test_a_page_that_is_learned_again_takes_its_own_place(client: Client, tmp_path: Path) -> None:
    file = str(tmp_path / "book.cast")
    book.learn(colored(client, 1), file, ABOUT, {})
    book.learn(
        colored(client, 2), file, replace(ABOUT, name="two.kra", source="/pages/two.kra"), {}
    )
    cast = book.learn(colored(client, 3), file, ABOUT, {})
    assert [page.title for page in cast.pages] == ["two.kra", "one.kra"]
    assert [page.count for page in cast.pages] == [2, 3]
    other = replace(ABOUT, source="/other/one.kra")
    cast = book.learn(colored(client, 4), file, other, {})
    assert [page.title for page in cast.pages] == ["two.kra", "one.kra", "other/one.kra"]
    # Of pages that were never saved what is drawn says which is which.
    unsaved = replace(ABOUT, source="", name="Unnamed")
    for count in (1, 2):
        cast = book.learn(colored(client, count), file, unsaved, {})
    page = client.open_guided(boxes(TURNED), WIDTH, HEIGHT)
    page.color(middle(TURNED, 24), RED)
    cast = book.learn(page, file, unsaved, {})
    assert [page.title for page in cast.pages][3:] == ["Unnamed", "Unnamed (2)"]
    blank = client.open_guided(boxes(), WIDTH, HEIGHT)
    assert code_of(lambda: book.learn(blank, file, ABOUT, {})) == BAD_REQUEST
    assert read_cast(Path(file)) == cast


def test_another_open_document_teaches_by_what_is_drawn_there(client: Client) -> None:
    page = colored(client)
    art = LineArt(boxes(), WIDTH, HEIGHT, "GRAY8", True)
    saved = Saved(acts=page.acts, names={"#0a14c8": "sky"})
    cast = book.taught(client, art, saved, ABOUT)
    assert cast.names == {BLUE: "sky"}
    other = client.open_guided(boxes(TURNED), WIDTH, HEIGHT)
    book.use(cast).do(other)
    assert colors(other) == COLORS
    assert code_of(lambda: book.taught(client, art, Saved(), ABOUT)) == BAD_REQUEST


def test_the_palette_shows_the_colours_of_the_cast_and_their_names(client: Client) -> None:
    cast = Cast().learned(colored(client).learn("one"), {RED: "coat"})
    saved = book.shown(Saved(names={"#000000": "ink"}, cast="book.cast"), cast)
    assert set(saved.palette) == set(COLORS.values())
    assert saved.palette[0] == RED  # it covers most
    assert saved.names == {"#000000": "ink", "#c80a14": "coat"}
    assert Saved.from_bytes(saved.to_bytes()) == saved
    assert book.unlike(cast, client) == 0
    older = replace(cast, pages=(replace(cast.pages[0], segmenter="0" * 64),))
    assert book.unlike(older, client) == 1


def test_paths_end_as_those_of_casts_do() -> None:
    assert book.with_suffix("a/book") == "a/book.cast"
    assert book.with_suffix("a/Book.CAST") == "a/Book.CAST"
    assert book.with_suffix("") == ""
    assert code_of(lambda: book.read("")) == BAD_REQUEST
