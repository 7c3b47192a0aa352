"""A page of protocol 2 through the client: acts, undo, the map of pieces, a daemon that dies."""

from __future__ import annotations

import pytest
from client_steps import Kill
from drawn_comics import GRID, draw
from fake_daemon import DIE
from gp_client import Client, GuidedPage, Mask, connect
from gp_client.act_list import ActList
from gp_client.errors import (
    BAD_REQUEST,
    BLANK_PAGE,
    CONNECTION_LOST,
    NO_SUCH_LAYER,
    NO_SUCH_PAGE,
    NO_SUCH_REGION,
    VERSION,
)
from serving import code_of

pytestmark = pytest.mark.usefixtures("fake_daemon")
RED, BLUE = (200, 10, 20), (10, 20, 200)
WIDTH, HEIGHT = 128, 96


def six_boxes() -> bytes:
    """Two rows of three closed boxes."""
    rows = []
    for y in range(HEIGHT):
        edge = y in (0, 1, 47, 48, 94, 95)
        line = bytes(
            0 if edge or x in (0, 1, 42, 43, 84, 85, 126, 127) else 255 for x in range(WIDTH)
        )
        rows.append(line)
    return b"".join(rows)


def open_page(client: Client, acts: bytes = b"") -> GuidedPage:
    return client.open_guided(six_boxes(), WIDTH, HEIGHT, acts=acts)


def color_at(page: GuidedPage, x: int, y: int) -> tuple[int, ...]:
    at = 4 * (y * WIDTH + x)
    return tuple(page.render("flats")[at : at + 4])


def views(page: GuidedPage) -> list:
    return [
        page.render("flats"),
        page.render("soft"),
        page.regions,
        page.next(),
        page.layers(),
        page.pick(10, 10),
    ]


def test_an_artist_colours_a_page_region_by_region() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        asked = []
        while (region := page.next()) is not None:
            asked.append(region.number)
            colors = page.suggest(region.number)
            page.color(region.number, colors[0])
        assert asked == sorted(asked)
        assert page.asked == 0
        assert {region.state for region in page.regions} == {"colored"}
        assert page.render("flats").count(b"\xff", 3) >= WIDTH * HEIGHT
        assert sum(layer.pixels for layer in page.layers()) == WIDTH * HEIGHT


def test_a_draw_is_asked_for_by_its_number() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        assert page.suggest(1, draw=3) == page.suggest(1, draw=3)
        for number in (-1, 1 << 32, 1 << 70):
            assert code_of(lambda number=number: page.suggest(1, draw=number)) == BAD_REQUEST


def test_pictures_pick_layers_and_masks_agree() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        page.fill((60, 60), BLUE)
        for x, y in ((10, 10), (60, 60), (100, 10)):
            pick = page.pick(x, y)
            shown = (*pick.color, 255) if pick.color else (0, 0, 0, 0)
            assert color_at(page, x, y) == shown
            mask = page.mask((x, y))
            left, top, width, _ = mask.bbox
            assert mask.data[(y - top) * width + x - left] == 255
        for layer in page.layers():
            assert page.layer_mask(layer).data.count(b"\xff") == layer.pixels
            assert len(page.layer(layer, "RGB8")) == 3 * layer.bbox[2] * layer.bbox[3]
        old = page.layers()[0]
        page.clear(old.color)
        assert code_of(lambda: page.layer(old)) == NO_SUCH_LAYER


def test_hover_asks_the_daemon_only_after_the_page_has_changed(monkeypatch) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        first = page.pick(10, 10)
        asked = []
        real = page._call
        monkeypatch.setattr(
            page, "_call", lambda op, *a, **k: asked.append(op) or real(op, *a, **k)
        )
        assert [page.pick(x, 10).piece for x in (10, 41, 60)] == [first.piece] * 2 + [
            page.pick(60, 40).piece
        ]
        assert asked == []
        page.color((10, 10), RED)
        assert page.pick(10, 10).color == RED
        page.pick(60, 60)
        assert asked == ["color", "pieces"]
        page.split((10, 10), Mask((0, 0, 20, HEIGHT), b"\xff" * (20 * HEIGHT)))
        assert page.pick(10, 10).piece != page.pick(30, 10).piece
        assert code_of(lambda: page.pick(WIDTH, 0)) == BAD_REQUEST


def test_every_act_can_be_undone_and_done_again() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        seen = [views(page)]
        page.spread = "careful"
        seen.append(views(page))
        for do in (
            lambda: page.color((10, 10), RED),
            lambda: page.color(Mask((50, 10, 20, 4), b"\xff" * 80), BLUE),
            lambda: page.merge([(10, 10), (60, 60)]),
            lambda: page.split((10, 10), Mask((0, 0, 20, 96), b"\xff" * 1920)),
            lambda: page.split((60, 60)),
            lambda: page.keep((100, 80)),
            lambda: page.clear(BLUE),
            lambda: page.skip((60, 10)),
            lambda: page.find(9.0, None),
            lambda: page.focus((0, 0, 60, 96)),
            lambda: page.adopt(bytes((*RED, 255)) * (WIDTH * HEIGHT), [RED]),
        ):
            do()
            seen.append(views(page))
        assert page.spread == "careful"
        for before in seen[-2::-1]:
            assert page.can_undo
            assert page.undo()
            assert views(page) == before
        assert not page.can_undo
        assert not page.undo()
        for after in seen[1:]:
            assert page.can_redo
            assert page.redo()
            assert views(page) == after
        assert not page.redo()


def test_a_daemon_killed_between_two_acts_is_not_noticed(kill: Kill) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        page.split((60, 10), Mask((43, 0, 20, 40), b"\xff" * 800))
        page.find(5.0, None)
        page.find(9.0, None)  # takes the other's place
        page.fill((60, 60), BLUE)
        page.color((100, 10), BLUE)
        assert page.undo()
        before = views(page)
        kill()
        assert views(page) == before
        kill()
        assert page.redo()
        assert color_at(page, 100, 10) == (*BLUE, 255)
        kill()
        page.clear((10, 10))
        assert color_at(page, 10, 10) == (0, 0, 0, 0)
        for _ in range(6):
            assert page.undo()
        assert not page.undo()


def test_what_a_document_keeps_opens_as_the_same_page() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        page.color((60, 10), BLUE)
        page.undo()
        again = open_page(client, page.acts)
        assert views(again) == views(page)
        assert again.acts == page.acts
        assert again.redo()
        assert color_at(again, 60, 10) == (*BLUE, 255)
        page.play(again.acts)
        assert views(page) == views(again)


def test_a_newer_or_damaged_list_changes_nothing() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        before, kept = views(page), page.acts
        assert code_of(lambda: page.play(kept.replace(b"\xa7version\x02", b"\xa7version\x03"))) == (
            VERSION
        )
        assert code_of(lambda: page.play(kept[:-1])) == BAD_REQUEST
        assert code_of(lambda: page.play(b"\x90")) == BAD_REQUEST
        assert views(page) == before
        assert page.acts == kept


def test_a_refused_act_changes_nothing_and_costs_nothing(monkeypatch) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        before = views(page)
        opened = []
        monkeypatch.setattr(page, "open_remote", lambda **_: opened.append(1))
        assert code_of(lambda: page.color(999, RED)) == NO_SUCH_REGION
        assert code_of(lambda: page.keep()) == BAD_REQUEST
        assert code_of(lambda: page.color("some", RED)) == BAD_REQUEST
        assert code_of(lambda: page.find(None, 0)) == BLANK_PAGE
        assert views(page) == before
        assert opened == []


def test_an_act_whose_answer_was_lost_is_not_done_twice(kill: Kill, monkeypatch) -> None:
    """Undo, above all: the list is played again, then it is taken back once."""
    with connect(start=True) as client:
        page = open_page(client)
        page.color((10, 10), RED)
        page.color((60, 10), BLUE)
        real = page._session.call
        lost = []

        def call(op, *args, **kwargs):
            reply = real(op, *args, **kwargs)
            if op == "undo" and not lost:
                lost.append(op)
                raise KeyboardInterrupt
            return reply

        monkeypatch.setattr(page._session, "call", call)
        with pytest.raises(KeyboardInterrupt):
            page.undo()
        assert page.undo()
        assert color_at(page, 10, 10) == (*RED, 255)
        assert color_at(page, 60, 10) == (0, 0, 0, 0)


def test_a_closed_page_says_so_and_a_deadly_one_is_not_opened_for_ever() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.close()
        page.close()
        assert code_of(lambda: page.color((1, 1), RED)) == NO_SUCH_PAGE
        deadly = lambda: client.open_guided(six_boxes(), WIDTH, HEIGHT, ink=DIE)  # noqa: E731
        assert code_of(deadly) == CONNECTION_LOST


def test_one_panel_after_the_other_can_be_worked_on() -> None:
    with connect(start=True) as client:
        assert open_page(client).panels() == []
        gray = draw(GRID)
        page = client.open_guided(gray.tobytes(), gray.shape[1], gray.shape[0])
        assert len(page.panels()) == len(GRID)
        everything = page.asked
        for panel in page.panels():
            page.focus(panel.bbox)
            assert page.asked < everything
            following = page.next()
            assert following is not None
            x, y = following.bbox[:2]
            assert panel.bbox[0] - 9 <= x < panel.bbox[0] + panel.bbox[2]
            assert panel.bbox[1] - 9 <= y < panel.bbox[1] + panel.bbox[3]


def test_lists_of_acts_keep_their_order() -> None:
    acts = ActList()
    for number in range(3):
        acts.add(bytes([0x81, 0xA1, 0x61, number]), number + 1)
    acts.undo()
    acts.undo()
    again = ActList.unpack(acts.pack())
    assert (again.done, again.undone) == (1, 2)
    again.redo()
    acts.redo()
    assert again.pack() == acts.pack()
    acts.add(b"\x81\xa1\x61\x09", 2)
    assert (acts.done, acts.undone) == (2, 0)


def test_a_page_of_thousands_of_colours_tells_all_its_layers() -> None:
    side, step = 630, 9  # wide enough cells to be no holes of a dark screentone
    art = bytearray(b"\xff" * side * side)
    flats = bytearray(4 * side * side)
    for y in range(side):
        for x in range(side):
            if x % step < 2 or y % step < 2:
                art[y * side + x] = 0
            at = 4 * (y * side + x)
            flats[at : at + 4] = bytes((3 * (x // step), 3 * (y // step), 7, 255))
    with connect(start=True) as client:
        page = client.open_guided(bytes(art), side, side)
        page.adopt(bytes(flats))
        layers = page.layers()
        assert len(layers) > 4000
        assert len({(layer.color, layer.by) for layer in layers}) == len(layers)
        assert sum(layer.pixels for layer in layers) == side * side
        assert any(page.layer_mask(layers[-1]).data)
