"""Protocol 2 over the wire: what a client in any language sends, and what it gets."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
import pytest
from drawn_comics import GRID, draw
from gp_client.errors import (
    BAD_REQUEST,
    NO_SUCH_LAYER,
    NO_SUCH_REGION,
    UNKNOWN_OP,
    UNSUPPORTED_FORMAT,
    VERSION,
)
from gp_client.wire import Frame, Reply
from serving import Peer, Rig, code

RED, BLUE = [200, 10, 20], [10, 20, 200]
WIDTH, HEIGHT = 128, 96


def six_boxes() -> Frame:
    """Two rows of three closed boxes, whose frames lie in different quarters."""
    gray = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for x in (0, 42, 84, 126):
        gray[:, x : x + 2] = 0
    for y in (0, 47, 94):
        gray[y : y + 2] = 0
    return Frame(gray.tobytes(), gray.shape, "GRAY8")


class Page:
    """A page of protocol 2, asked by plain messages."""

    def __init__(self, peer: Peer, **options: Any) -> None:
        peer.version = 2
        self.peer = peer
        self.opened = peer.ask("open", (six_boxes(),), **options)
        assert self.opened.result is not None, self.opened.error
        self.id = self.opened.result["page"]

    def ask(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> Reply:
        return self.peer.ask(op, frames, page=self.id, **args)

    def ok(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> tuple[dict, list]:
        reply = self.ask(op, frames, **args)
        assert reply.result is not None, reply.error
        return reply.result, [array(frame) for frame in reply.frames]

    def at(self, x: int, y: int) -> dict[str, Any]:
        return self.ok("pick", point=[x, y])[0]


def array(frame: Frame) -> np.ndarray:
    types = {"u1": "u1", "u2": "<u2", "i4": "<i4"}
    if frame.kind in types:
        return np.frombuffer(frame.data, types[frame.kind]).reshape(frame.shape)
    channels = {"RGBA8": 4, "RGB8": 3, "GRAY8": 1}[frame.kind]
    return np.frombuffer(frame.data, np.uint8).reshape(*frame.shape, channels)


@pytest.fixture
def page(rig: Rig) -> Page:
    return Page(rig.client())


def test_opening_tells_all_regions_and_what_to_ask_first(page):
    result, rows = page.opened.result, array(page.opened.frames[0])
    assert (result["width"], result["height"]) == (WIDTH, HEIGHT)
    assert result["next"] == 1
    assert result["asked"] == result["regions"] == len(rows)
    assert rows[:, 0].tolist() == list(range(1, len(rows) + 1))
    assert rows[:, 6].sum() == WIDTH * HEIGHT
    assert result["gap"] == 3.0
    assert page.ok("next")[0]["worth"] > 0


def test_a_colour_is_answered_with_the_act_and_what_changed(page):
    result, (act, rows, gone) = page.ok("color", target={"region": 1}, color=RED)
    assert result["done"] is True
    assert (result["acts"], result["undone"], result["next"]) == (1, 0, 2)
    assert rows[:, 0].tolist() == [1]
    assert rows[0, [1, 7]].tolist() == [2, 0xC80A14]
    assert gone.size == 0
    kept = msgpack.unpackb(act.tobytes())
    assert (kept["op"], kept["color"], kept["teaches"]) == ("color", RED, True)


def test_every_act_can_be_done_undone_and_done_again(page):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, :20] = 255
    shape = Frame(mask.tobytes(), mask.shape, "u1")
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[:, :60] = (*RED, 255)
    flats = Frame(picture.tobytes(), (HEIGHT, WIDTH), "RGBA8")
    part = Frame(bytes([255] * 60), (6, 10), "u1")
    acts: list[tuple[str, tuple[Frame, ...], dict[str, Any]]] = [
        ("color", (), {"target": {"point": [10, 10]}, "color": RED}),
        ("color", (shape,), {"target": {"stroke": True}, "color": BLUE}),
        ("color", (part,), {"target": {"stroke": True}, "color": RED, "box": [50, 60, 10, 6]}),
        ("fill", (), {"target": {"point": [60, 10]}, "color": BLUE}),
        ("spread", (), {"level": "bold"}),
        ("keep", (), {"target": {"point": [100, 80]}}),
        ("merge", (), {"targets": [{"point": [10, 10]}, {"point": [60, 10]}]}),
        ("split", (shape,), {"target": {"point": [10, 10]}}),
        ("split", (), {"target": {"point": [60, 10]}}),
        ("clear", (), {"target": {"color": BLUE}}),
        ("find", (), {"gap": 9.0, "ink": None}),
        ("focus", (), {"area": [0, 0, 60, 96]}),
        ("adopt", (flats,), {"colors": [RED]}),
        ("clear", (), {"target": {"point": [10, 10]}}),
        ("skip", (), {"target": {"point": [10, 10]}}),
    ]
    views = [page.ok("render", kind="flats")[1][0].tobytes()]
    for count, (op, frames, args) in enumerate(acts, 1):
        result, told = page.ok(op, frames, **args)
        assert result["done"] is True
        assert result["acts"] == count
        assert len(told) == 3
        views.append(page.ok("render", kind="flats")[1][0].tobytes())
    for count in range(len(acts), 0, -1):
        result, _ = page.ok("undo")
        assert (result["acts"], result["undone"]) == (count - 1, len(acts) - count + 1)
        assert page.ok("render", kind="flats")[1][0].tobytes() == views[count - 1]
    assert page.ok("undo")[0]["done"] is False
    for count in range(1, len(acts) + 1):
        assert page.ok("redo")[0]["done"] is True
        assert page.ok("render", kind="flats")[1][0].tobytes() == views[count]
    assert page.ok("redo")[0]["done"] is False


def test_a_list_of_acts_makes_the_same_page_again(page, rig):
    page.ok("color", target={"region": 1}, color=RED)
    page.ok("fill", target={"point": [60, 10]}, color=BLUE)
    page.ok("undo")
    _, (saved,) = page.ok("acts")
    twin = Page(rig.client())
    result, (act, rows, gone) = twin.ok("play", (Frame(saved.tobytes(), saved.shape, "u1"),))
    assert (result["acts"], result["undone"], act.size, gone.size) == (1, 1, 0, 0)
    assert len(rows) == result["regions"]
    twin.ok("redo")
    page.ok("redo")
    one, other = (each.ok("render", kind="soft")[1][0].tobytes() for each in (page, twin))
    assert one == other
    broken = Frame(saved.tobytes()[:-1], (saved.size - 1,), "u1")
    assert code(twin.ask("play", (broken,))) == BAD_REQUEST
    assert twin.ok("next")[0]["acts"] == 2


def test_the_map_of_pieces_answers_what_pick_does(page):
    page.ok("color", target={"point": [10, 10]}, color=RED)
    result, (numbers, colors, starts, ends, pieces) = page.ok("pieces")
    assert len(numbers) == len(colors) == result["pieces"]
    assert len(starts) == HEIGHT + 1
    for x, y in ((0, 0), (10, 10), (60, 10), (127, 95), (43, 50)):
        row = ends[starts[y] : starts[y + 1]]
        piece = int(pieces[starts[y] + np.searchsorted(row, x, side="right")])
        pick = page.at(x, y)
        assert piece == pick["piece"]
        assert numbers[piece] == pick["region"]
        shown = colors[piece].tolist()
        assert shown == ([*pick["color"], 255] if pick["by"] == "artist" else [0, 0, 0, 0])
    again, tables = page.ok("pieces", map=False)
    assert (len(tables), again["map"]) == (2, result["map"])
    half = np.zeros((HEIGHT, WIDTH), np.uint8)
    half[:, :20] = 255
    cut, _ = page.ok(
        "split", (Frame(half.tobytes(), half.shape, "u1"),), target={"point": [10, 10]}
    )
    assert cut["map"] != result["map"]
    assert page.ok("undo")[0]["map"] != cut["map"]


def test_pictures_layers_and_masks_agree(page):
    page.ok("color", target={"region": 1}, color=RED)
    page.ok("color", target={"region": 2}, color=BLUE)
    _, (flats,) = page.ok("render", kind="flats")
    layers = page.ok("layers")[0]["layers"]
    assert [entry["by"] for entry in layers] == ["artist", "artist"]
    seen = np.zeros_like(flats)
    for entry in layers:
        x, y, width, height = entry["bbox"]
        _, (mask,) = page.ok("layer", color=entry["color"])
        _, (colored,) = page.ok("layer", color=entry["color"], format="RGBA8")
        assert mask.shape == (height, width)
        assert (mask > 0).sum() == entry["pixels"]
        assert ((colored == [*entry["color"], 255]).all(axis=2) == (mask > 0)).all()
        seen[y : y + height, x : x + width][mask > 0] = [*entry["color"], 255]
    assert (seen == flats).all()
    box, (mask,) = page.ok("mask", target={"region": 1})
    x, y, width, height = box["bbox"]
    assert (flats[y : y + height, x : x + width][mask > 0] == [*RED, 255]).all()
    _, (part,) = page.ok("render", kind="flats", crop=[5, 6, 20, 10])
    assert (part == flats[6:16, 5:25]).all()
    assert code(page.ask("layer", color=[1, 2, 3])) == NO_SUCH_LAYER


def test_proposals_have_layers_of_their_own_and_are_paler(page):
    page.ok("spread", level="bold")
    page.ok("color", target={"point": [10, 10]}, color=RED)
    for entry in page.ok("layers")[0]["layers"]:
        _, (mask,) = page.ok("layer", color=entry["color"], by=entry["by"])
        assert (mask > 0).sum() == entry["pixels"]
    full = page.ok("render", kind="flats", proposals="full")[1][0]
    none = page.ok("render", kind="flats", proposals="none")[1][0]
    only = page.ok("render", kind="flats", proposals="only")[1][0]
    assert (np.where(only[..., 3:] > 0, only, none) == full).all()


def test_colours_are_offered_for_a_target(page):
    colors = page.ok("suggest", target={"region": 1})[0]["colors"]
    assert 1 <= len(colors) <= 5
    assert all(0 <= part <= 255 for color in colors for part in color)


@pytest.mark.parametrize("number", [-1, 1 << 32, "one", True, 0.5])
def test_a_draw_is_a_number(page, number):
    assert page.ok("suggest", target={"region": 1}, draw=7)[0]["colors"]
    assert code(page.ask("suggest", target={"region": 1}, draw=number)) == BAD_REQUEST


def test_panels_are_told_in_the_order_of_reading(rig):
    gray = draw(GRID)
    peer = rig.client()
    peer.version = 2
    opened = peer.ask("open", (Frame(gray.tobytes(), gray.shape, "GRAY8"),)).result
    panels = peer.ask("panels", page=opened["page"]).result["panels"]
    assert [panel["id"] for panel in panels] == [1, 2, 3, 4, 5, 6]
    for panel, corners in zip(panels, GRID, strict=True):
        wanted = [*corners[0], corners[2][0] - corners[0][0], corners[2][1] - corners[0][1]]
        assert panel["bbox"] == pytest.approx(wanted, abs=6)
    assert peer.ask("focus", page=opened["page"], area=panels[1]["bbox"]).result["done"]


def test_regions_are_told_whole_to_who_asks(page):
    page.ok("color", target={"region": 1}, color=RED)
    result, (rows,) = page.ok("regions")
    assert len(rows) == result["regions"]
    assert page.ok("color", target={"region": 1}, color=RED)[1][1].size == 0


def test_only_the_working_area_is_asked_about(rig):
    page = Page(rig.client(), area=[0, 0, 42, 96])
    result, _ = page.ok("regions")
    assert result["asked"] < result["regions"]


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("color", {"color": RED}),
        ("color", {"target": {}, "color": RED}),
        ("color", {"target": {"region": 1, "point": [1, 1]}, "color": RED}),
        ("color", {"target": {"region": True}, "color": RED}),
        ("color", {"target": {"point": [1]}, "color": RED}),
        ("color", {"target": {"point": [1, 1e9]}, "color": RED}),
        ("color", {"target": {"point": [1 << 40, 1]}, "color": RED}),
        ("color", {"target": {"stroke": True}, "color": RED}),
        ("color", {"target": {"everything": True}, "color": RED}),
        ("color", {"target": {"region": 1}, "color": [1, 2, 256]}),
        ("merge", {"targets": [{"region": 1}] * 2000}),
        ("merge", {"targets": [{"point": [10, 10]}]}),
        ("merge", {}),
        ("spread", {"level": "wild"}),
        ("find", {"gap": float("nan")}),
        ("find", {"ink": True}),
        ("focus", {"area": [0, 0, 500, 10]}),
        ("pick", {"point": [1000, 1000]}),
        ("render", {"kind": "flats", "proposals": "loud"}),
        ("render", {"kind": "hints"}),
        ("play", {}),
        ("adopt", {}),
        ("layer", {"color": RED, "by": "nobody"}),
    ],
)
def test_wrong_arguments_are_refused_and_change_nothing(page, op, args):
    assert code(page.ask(op, **args)) == BAD_REQUEST
    assert page.ok("next")[0]["acts"] == 0


def test_masks_of_another_size_are_refused_before_they_are_looked_at(page):
    small = Frame(bytes(64), (8, 8), "u1")
    assert code(page.ask("color", (small,), target={"stroke": True}, color=RED)) == BAD_REQUEST
    assert code(page.ask("split", (small,), target={"region": 1})) == BAD_REQUEST
    inside = {"target": {"stroke": True}, "color": RED, "box": [0, 0, 8, 8]}
    assert code(page.ask("color", (small,), **inside)) == BAD_REQUEST  # selects nothing


def test_unknown_regions_and_formats_are_told(page):
    assert code(page.ask("color", target={"region": 999}, color=RED)) == NO_SUCH_REGION
    assert code(page.ask("render", kind="flats", format="CMYK8")) == UNSUPPORTED_FORMAT


def test_protocols_do_not_mix_on_a_page_and_each_knows_its_own_operations(rig, page):
    peer = page.peer
    assert code(page.ask("hint", region=1, color=RED)) == UNKNOWN_OP
    peer.version = 1
    assert code(page.ask("color", target={"region": 1}, color=RED)) == UNKNOWN_OP
    assert code(page.ask("mask", region=1)) == BAD_REQUEST
    older = peer.open()
    assert peer.ask("mask", page=older, region=1).result is not None
    peer.version = 2
    assert code(peer.ask("mask", page=older, target={"region": 1})) == BAD_REQUEST
    peer.version = 3
    assert code(peer.ask("ping")) == VERSION


def test_hello_tells_which_protocols_are_spoken(rig):
    peer = rig.peer()
    assert (peer.ask("hello").result or {})["protocols"] == [1, 2]


def listed(*entries: dict[str, Any]) -> Frame:
    packed: Any = msgpack.packb({"version": 2, "acts": list(entries)})
    return Frame(packed, (len(packed),), "u1")


def half_of_the_first_box(wide: int) -> Frame:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, :wide] = 255
    return Frame(mask.tobytes(), mask.shape, "u1")


def test_pieces_have_no_number_that_an_answer_cannot_hold(page):
    page.ok("split", (half_of_the_first_box(20),), target={"point": [10, 10]})
    cut = msgpack.unpackb(page.ok("acts")[1][0].tobytes())["acts"][0]
    find = {"op": "find", "gap": 3.0, "ink": None}
    for first in (1 << 53, 1 << 31):
        for entry in (cut, find):
            assert code(page.ask("play", (listed({**entry, "first": first}),))) == BAD_REQUEST
    last = (1 << 31) - 1
    for entry in ({**find, "first": last}, {"op": "several", "acts": [{**find, "first": last}]}):
        assert code(page.ask("play", (listed(entry),))) == BAD_REQUEST
    assert page.ok("next")[0]["acts"] == 1
    _, (_, rows, _) = page.ok("play", (listed({**cut, "first": last}),))
    assert last in rows[:, 0].tolist()
    shape = half_of_the_first_box(10)
    assert code(page.ask("split", (shape,), target={"point": [5, 5]})) == BAD_REQUEST
    assert code(page.ask("find", gap=5.0)) == BAD_REQUEST
    assert page.ok("color", target={"region": last}, color=RED)[0]["acts"] == 2
    page.ok("undo")
    page.ok("undo")
    assert code(page.ask("find", gap=5.0)) == BAD_REQUEST


def test_layers_come_in_parts_where_that_is_asked_for(page):
    page.ok("color", target={"point": [10, 10]}, color=RED)
    page.ok("color", target={"point": [60, 10]}, color=BLUE)
    whole = page.ok("layers")[0]
    assert whole["count"] == len(whole["layers"]) >= 2
    assert page.ok("layers", first=0)[0] == whole
    assert page.ok("layers", first=1)[0]["layers"] == whole["layers"][1:]
    assert page.ok("layers", first=1 << 40)[0]["layers"] == []
    for first in (-1, 1.5, "1", True):
        assert code(page.ask("layers", first=first)) == BAD_REQUEST


def test_a_cast_that_is_none_is_refused_and_changes_nothing(page):
    for frames in (
        (Frame(b"none", (4,), "u1"),),
        (Frame(b"none", (2, 2), "u1"),),
        (Frame(b"none", (4,), "u1"),) * 2,
        (six_boxes(),),
    ):
        assert code(page.ask("cast", frames)) == BAD_REQUEST
    result, _ = page.ok("cast")
    assert (result["done"], result["acts"], result["cast"]) == (False, 0, 0)
    assert code(page.ask("learn")) == BAD_REQUEST
    assert code(page.ask("color", target={"sure": True}, color=RED)) == BAD_REQUEST
    assert code(page.ask("keep", target={"sure": True})) == BAD_REQUEST
