"""Every operation with arguments and frames that nobody should send: an error each, no fault."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from gp_client import wire
from gp_client.errors import INTERNAL
from gp_client.wire import Frame, Request
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.page import Page
from gp_daemon.service.operations import PAGE_OPS
from gp_daemon.service.server import Backend, Options
from serving import Peer, Rig

VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    0.5,
    math.nan,
    math.inf,
    -math.inf,
    1e308,
    "",
    "x",
    "\0\n\x1b[2J\u202e\U0010ffff",
    "ß" * 5000,
    b"bytes",
    [],
    {},
    [0],
    [None] * 4,
    [[[[[]]]]],
    [2**64 - 1] * 4,
    [-(2**63)] * 2,
    [1e308, math.nan],
    [0, 0, 2**63, 2**63],
    [math.nan] * 3,
    ["a", {}, []],
    {"region": 2**64 - 1},
    {"region": [1]},
    {"region": math.nan},
    {"point": [2**63, 2**63]},
    {"point": [-1, -1]},
    {"point": [math.inf, 0]},
    {"color": [2**64 - 1] * 3},
    {"stroke": True},
    {"stroke": {"stroke": True}},
    {"everything": True},
    {"everything": {}},
    {"nothing": {"a": {"b": {}}}},
    [{"region": 1}] * 2000,
    [{"everything": True}] * 3,
    msgpack.ExtType(5, b"x"),
    msgpack.Timestamp(2**33, 5),
]
NAMES = {
    "page": None,
    "region": 1,
    "scribble": 1,
    "color": [1, 2, 3],
    "colors": None,
    "target": {"region": 1},
    "targets": [{"region": 1}, {"region": 2}],
    "point": [5, 5],
    "area": None,
    "box": None,
    "level": "off",
    "gap": 3.0,
    "ink": 100,
    "kind": "flats",
    "format": "RGBA8",
    "preview": False,
    "crop": None,
    "proposals": "pale",
    "by": "artist",
    "pictures": True,
    "map": True,
    "deadline": 60.0,
}
SHAPES = [(0,), (1,), (0, 0), (0, 7), (7, 0), (1, 1), (120, 160), (160, 120), (1,) * 4, (0,) * 4]
KINDS = ("GRAY8", "RGBA8", "BGRA16", "u1", "i4", "f4")
# What each operation reads; a name that it does not read cannot hurt it.
READS: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "open": ("gap", "ink", "area"),
        "close": ("page",),
        "mask": ("region",),
        "hint": ("region", "color"),
        "unhint": ("region",),
        "suggest": ("region",),
        "alternatives": ("region",),
        "correct": ("region",),
        "uncorrect": ("deadline",),
        "scribble": ("color",),
        "unscribble": ("scribble",),
        "render": ("page", "kind", "format", "preview", "crop", "proposals", "deadline"),
        "layers": ("page",),
        "layer": ("color", "format"),
    },
    2: {
        "open": ("gap", "ink", "area"),
        "close": ("page",),
        "color": ("target", "color", "box"),
        "fill": ("target", "color"),
        "split": ("target", "box"),
        "merge": ("targets",),
        "keep": ("target",),
        "skip": ("target",),
        "clear": ("target",),
        "spread": ("level",),
        "find": ("gap", "ink"),
        "focus": ("area",),
        "adopt": ("colors",),
        "undo": ("deadline",),
        "redo": ("deadline",),
        "play": ("page",),
        "regions": ("page",),
        "next": ("page",),
        "pick": ("point",),
        "pieces": ("map",),
        "acts": ("page",),
        "mask": ("target", "box"),
        "suggest": ("target", "draw"),
        "render": ("kind", "format", "preview", "crop", "proposals"),
        "panels": ("page",),
        "layers": ("page",),
        "layer": ("color", "format", "by"),
        "cast": ("page",),
        "learn": ("pictures",),
    },
}
FRAMES = {  # what each operation takes besides; the others take none
    "correct": "u1",
    "scribble": "u1",
    "split": "u1",
    "adopt": "RGBA8",
    "play": "u1",
    "cast": "u1",
    "open": "GRAY8",
}
CONTROL = ("ping", "status", "cancel", "hello")


@pytest.fixture
def rig(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A server whose pages are real ones, of a small bundle."""
    backend = Backend(
        lambda *given: Page(engine, *given),
        {},
        dict,
        open_guided=lambda *given: GuidedPage(engine, *given),
    )
    folder: Path = tmp_path_factory.mktemp("s")
    made = Rig(f"ipc://{folder}/s", Options(), backend=backend)
    yield made
    made.end()


class Asker:
    """A client that opens its page again whenever what it did has closed it."""

    def __init__(self, rig: Rig, version: int, art: np.ndarray) -> None:
        self.peer: Peer = rig.client()
        self.peer.version = version
        self._art = Frame(art.tobytes(), art.shape, "GRAY8")
        self._page = self._open()

    def _open(self) -> str:
        return (self.peer.ask("open", (self._art,)).result or {})["page"]

    def ask(self, op: str, frames: tuple[Frame, ...], **args: Any) -> str:
        """Ask about the page; the code of the error, or nothing."""
        given = {**NAMES, "page": self._page, **args}
        reply = self.peer.ask(op, frames, **given)
        if op == "close" and reply.error is None:
            self._page = self._open()
        return "" if reply.error is None else reply.error.code


@pytest.mark.parametrize("version", wire.PROTOCOLS)
def test_no_value_of_any_argument_is_a_fault(rig: Rig, version: int, boxes: np.ndarray) -> None:
    assert READS[version].keys() == PAGE_OPS[version]
    asker = Asker(rig, version, boxes)
    faults = []
    for op, names in READS[version].items():
        kind = FRAMES.get(op)
        size = 0 if kind is None else wire.expected_size(boxes.shape, kind)
        frames = () if kind is None else (Frame(b"\xff" * size, boxes.shape, kind),)
        for name in names:
            for value in VALUES:
                if asker.ask(op, frames, **{name: value}) == INTERNAL:
                    faults.append((op, name, value))
    assert faults == []
    assert (rig.client().ask("status").result or {})["failures"] == 0


@pytest.mark.parametrize("version", wire.PROTOCOLS)
def test_no_frame_is_a_fault(rig: Rig, version: int, boxes: np.ndarray) -> None:
    asker = Asker(rig, version, boxes)
    stroke = {"target": {"stroke": True}} if version == 2 else {}
    faults = []
    for op in sorted({"color", "mask", "suggest", "render", *FRAMES} & PAGE_OPS[version]):
        for kind in KINDS:
            for shape in SHAPES:
                frame = Frame(b"\xff" * wire.expected_size(shape, kind), shape, kind)
                for given in ((frame,), (frame,) * 8):
                    if asker.ask(op, given, **stroke) == INTERNAL:
                        faults.append((op, kind, shape, len(given)))
    assert faults == []


@pytest.mark.parametrize("op", CONTROL)
def test_no_question_of_the_control_socket_is_a_fault(rig: Rig, op: str) -> None:
    peer = rig.peer(control=True)
    for version in wire.PROTOCOLS:
        peer.version = version
        for name in ("session", "request", "heartbeats", "page"):
            for value in VALUES:
                reply = peer.ask(op, **{name: value})
                assert reply.error is None or reply.error.code != INTERNAL, (name, value)
    assert (peer.ask("status").result or {})["failures"] == 0


def test_headers_of_odd_types_are_errors(rig: Rig) -> None:
    peer = rig.client()
    for name in ("v", "id", "op", "args", "frames"):
        for value in VALUES:
            header = {"v": 1, "id": 5, "op": "render", "args": {}, "frames": [], name: value}
            peer.socket.send_multipart([msgpack.packb(header)])
            reply = peer.receive()
            assert reply.error is not None, (name, value)
            assert reply.error.code != INTERNAL, (name, value)


def test_requests_after_a_page_is_closed_and_from_another_session_are_errors(
    rig: Rig, boxes: np.ndarray
) -> None:
    for version in wire.PROTOCOLS:
        owner, thief = rig.client(), rig.client()
        owner.version = thief.version = version
        frame = Frame(boxes.tobytes(), boxes.shape, "GRAY8")
        page = (owner.ask("open", (frame,)).result or {})["page"]
        for op in sorted(PAGE_OPS[version] - {"open"}):
            found = thief.ask(op, **{**NAMES, "page": page})
            assert found.error is not None, op
            assert found.error.code == "no_such_page", op
        assert owner.ask("close", page=page).error is None
        for op in sorted(PAGE_OPS[version] - {"open"}):
            found = owner.ask(op, **{**NAMES, "page": page})
            if op == "close" and found.error is None:
                continue  # more than once does no harm
            assert found.error is not None, op
            assert found.error.code == "no_such_page", op


def test_half_a_hello_and_hello_after_hello_leave_the_next_client_served(rig: Rig) -> None:
    peer = rig.peer()
    whole = wire.encode_request(Request(1, "hello", {"session": "x" * 32, "heartbeats": True}))
    head = bytes(whole[0])
    for size in range(len(head)):
        peer.socket.send_multipart([head[:size]])
        assert peer.receive().error is not None
    keys = {(peer.ask("hello", session=key).result or {})["session"] for key in ("", "x", "ß" * 99)}
    assert len(keys) == 3
    assert rig.client().ask("status").error is None
