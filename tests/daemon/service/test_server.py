"""The protocol's answers over real sockets, with pages that need no networks."""

from __future__ import annotations

from typing import Any

import fake_daemon
import msgpack
import pytest
from gp_client import wire
from gp_client.errors import (
    BAD_REQUEST,
    INTERNAL,
    NO_SUCH_LAYER,
    NO_SUCH_PAGE,
    NO_SUCH_REGION,
    TOO_LARGE,
    UNKNOWN_OP,
    UNSUPPORTED_FORMAT,
    VERSION,
)
from gp_client.wire import Frame
from serving import Peer, Rig, code, picture


def test_hello_tells_versions_device_bundle_limits_and_the_control_endpoint(rig: Rig) -> None:
    result = rig.peer().ask("hello").result
    assert result is not None
    assert result["protocol"] == wire.PROTOCOL
    assert result["bundle"] == fake_daemon.INFO["bundle"]
    assert result["device"] == "none"
    assert result["limits"]["side"] == wire.MAX_SIDE
    assert result["control"] == rig.server.control
    assert len(result["session"]) == 32


def test_a_page_is_opened_hinted_rendered_and_closed(rig: Rig) -> None:
    peer = rig.client()
    opened = peer.ask("open", (picture(),)).result
    assert opened is not None
    assert [region["number"] for region in opened["regions"]] == [1, 2, 3, 4]
    page = opened["page"]
    mask = peer.ask("mask", page=page, region=2)
    assert (mask.result, mask.frames[0].shape) == ({"bbox": [8, 0, 8, 16]}, (16, 8))
    assert peer.ask("hint", page=page, region=1, color=[1, 2, 3]).result == {}
    assert peer.ask("suggest", page=page, region=3).result == {"color": [1, 0, 3]}
    flats = peer.ask("render", page=page, kind="flats").frames[0]
    assert (flats.shape, flats.kind) == ((16, 32), "RGBA8")
    assert bytes(flats.data[:4]) == bytes([1, 2, 3, 255])
    assert peer.ask("unhint", page=page, region=1).result == {}
    assert bytes(peer.ask("render", page=page, kind="flats").frames[0].data[:4]) == bytes(4)
    assert peer.ask("close", page=page).result == {}
    assert code(peer.ask("mask", page=page, region=2)) == NO_SUCH_PAGE


def test_layers_are_listed_at_once_and_sent_one_by_one(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    peer.ask("hint", page=page, region=2, color=[90, 80, 70])
    listed = (peer.ask("layers", page=page).result or {})["layers"]
    assert {tuple(layer["color"]) for layer in listed} == {(90, 80, 70), (0, 0, 0)}
    hinted = next(layer for layer in listed if layer["regions"] == [2])
    assert hinted == {
        "name": "#5a5046 (2)",
        "color": [90, 80, 70],
        "regions": [2],
        "bbox": [8, 0, 8, 16],
        "pixels": 128,
    }
    mask = peer.ask("layer", page=page, color=[90, 80, 70])
    assert mask.result == hinted
    assert (mask.frames[0].shape, mask.frames[0].kind) == ((16, 8), "u1")
    assert bytes(mask.frames[0].data) == b"\xff" * 128
    colored = peer.ask("layer", page=page, color=[90, 80, 70], format="BGRA8").frames[0]
    assert bytes(colored.data) == bytes([70, 80, 90, 255]) * 128
    assert code(peer.ask("layer", page=page, color=[1, 1, 1])) == NO_SUCH_LAYER


def test_corrections_and_scribbles_go_over_the_wire(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    mask = bytearray(32 * 16)
    mask[0] = 255
    frame = Frame(bytes(mask), (16, 32), "u1")
    assert len((peer.ask("correct", (frame,), page=page, region=2).result or {})["regions"]) == 4
    assert pixel(peer, page) == (2, 0, 0, 255)
    scribble = peer.ask("scribble", (frame,), page=page, color=[9, 8, 7]).result
    assert scribble is not None
    assert pixel(peer, page) == (9, 8, 7, 255)
    assert peer.ask("unscribble", page=page, **scribble).result == {}
    assert code(peer.ask("unscribble", page=page, **scribble)) == BAD_REQUEST
    assert (peer.ask("uncorrect", page=page).result or {})["undone"] is True
    assert (peer.ask("uncorrect", page=page).result or {})["undone"] is False
    assert pixel(peer, page) == (0, 0, 0, 0)


def pixel(peer: Peer, page: str) -> tuple[int, ...]:
    return tuple(peer.ask("render", page=page, kind="flats").frames[0].data[:4])


def test_a_mask_of_another_size_than_the_canvas_is_refused(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    frame = Frame(bytes(16), (4, 4), "u1")
    assert code(peer.ask("correct", (frame,), page=page, region=2)) == BAD_REQUEST
    assert code(peer.ask("scribble", (), page=page, color=[0, 0, 0])) == BAD_REQUEST


def test_a_crop_is_cut_from_the_whole_picture(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    peer.ask("hint", page=page, region=2, color=[1, 2, 3])
    whole = peer.ask("render", page=page, kind="flats").frames[0]
    part = peer.ask("render", page=page, kind="flats", crop=[6, 2, 4, 3]).frames[0]
    assert part.shape == (3, 4)
    rows = [bytes(whole.data[(y * 32 + 6) * 4 : (y * 32 + 10) * 4]) for y in range(2, 5)]
    assert bytes(part.data) == b"".join(rows)
    assert code(peer.ask("render", page=page, kind="flats", crop=[30, 0, 4, 4])) == BAD_REQUEST
    assert code(peer.ask("render", page=page, kind="flats", crop="all")) == BAD_REQUEST


def test_an_unknown_op_is_an_error_and_an_unknown_field_is_not(rig: Rig) -> None:
    peer = rig.client()
    assert code(peer.ask("paint")) == UNKNOWN_OP
    assert peer.ask("ping", future=1).result == {}


def test_another_protocol_version_is_named(rig: Rig) -> None:
    peer = rig.client()
    peer.socket.send_multipart([msgpack.packb({"v": 3, "id": 9, "op": "ping"})])
    reply = peer.receive()
    assert (reply.id, code(reply)) == (9, VERSION)


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("mask", {"region": 99}, NO_SUCH_REGION),
        ("mask", {"region": "1"}, BAD_REQUEST),
        ("mask", {}, BAD_REQUEST),
        ("hint", {"region": 1, "color": [0, 0, 256]}, BAD_REQUEST),
        ("hint", {"region": 1, "color": [0, 0, True]}, BAD_REQUEST),
        ("hint", {"region": True, "color": [0, 0, 0]}, BAD_REQUEST),
        ("render", {"kind": "oil"}, BAD_REQUEST),
        ("render", {"kind": "flats", "format": "CMYK"}, UNSUPPORTED_FORMAT),
        ("render", {"kind": "flats", "preview": 1}, BAD_REQUEST),
        ("layer", {}, BAD_REQUEST),
        ("layer", {"color": [0, 0, 0], "format": "CMYK"}, UNSUPPORTED_FORMAT),
    ],
)
def test_a_wrong_argument_gets_its_typed_error(
    rig: Rig, op: str, args: dict[str, Any], expected: str
) -> None:
    peer = rig.client()
    assert code(peer.ask(op, page=peer.open(), **args)) == expected


@pytest.mark.parametrize(
    ("frame", "args", "expected"),
    [
        (Frame(bytes(200000), (1, 200000), "GRAY8"), {}, TOO_LARGE),
        (Frame(b"", (0, 0), "GRAY8"), {}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "u1"), {}, UNSUPPORTED_FORMAT),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"gap": -1}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"gap": float("nan")}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"gap": 1001}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"ink": 256}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"ink": True}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"area": [1, 0, 2, 2]}, BAD_REQUEST),
    ],
)
def test_line_art_that_cannot_be_gets_its_typed_error(
    rig: Rig, frame: Frame, args: dict[str, Any], expected: str
) -> None:
    assert code(rig.client().ask("open", (frame,), **args)) == expected


def test_a_fault_in_a_page_is_an_internal_error_and_the_daemon_lives_on(rig: Rig) -> None:
    peer = rig.client()
    assert code(peer.ask("open", (picture(),), ink=fake_daemon.FAIL)) == INTERNAL
    assert peer.open()


@pytest.mark.parametrize("depth", [20, 500, 1000])
def test_nested_lists_are_their_senders_error_and_the_daemon_lives_on(rig: Rig, depth: int) -> None:
    peer = rig.client()
    # Packed by hand: the library's own packer stops at 511.
    crop = b"\x91" * depth + b"\x90"
    packed: Any = msgpack.packb
    head = packed({"v": 1, "id": 9, "op": "render", "args": None})
    args = b"\x83" + packed("page") + packed(peer.open())
    args += packed("kind") + packed("flats") + packed("crop") + crop
    peer.socket.send_multipart([head[:-1] + args])
    assert code(peer.receive()) == BAD_REQUEST
    assert rig.client().open()


def test_whatever_fails_in_the_server_thread_is_that_clients_error(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> dict[str, Any]:
        raise RecursionError("too deep")

    peer = rig.client()
    with monkeypatch.context() as patch:
        patch.setattr(rig.server._dispatch, "status", fail)
        assert code(peer.ask("status")) == INTERNAL
    status = peer.ask("status").result or {}
    assert (status["failures"], status["errors"][-1]["code"]) == (1, INTERNAL)
    assert peer.open()
