"""The server over real sockets, with pages that need no networks."""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from gp_client import wire
from gp_client.errors import (
    BAD_REQUEST,
    BUSY,
    CANCELLED,
    ENDING,
    INTERNAL,
    NO_SESSION,
    NO_SUCH_LAYER,
    NO_SUCH_PAGE,
    NO_SUCH_REGION,
    SUPERSEDED,
    TOO_LARGE,
    UNKNOWN_OP,
    UNSUPPORTED_FORMAT,
    VERSION,
)
from gp_client.wire import Frame, Reply, Request
from gp_daemon.server import Options, Server


def _load_fake() -> Any:
    path = Path(__file__).with_name("fake_daemon.py")
    spec = importlib.util.spec_from_file_location("fake_daemon_for_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fake = _load_fake()


class Peer:
    """A client of real libzmq, to see what goes over the wire."""

    def __init__(self, context: zmq.Context[Any], endpoint: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self._ids = itertools.count(100)
        self.session = ""

    def send(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> int:
        request_id = next(self._ids)
        self.socket.send_multipart(wire.encode_request(Request(request_id, op, args, frames)))
        return request_id

    def receive(self, seconds: float = 5.0) -> Reply:
        assert self.socket.poll(int(seconds * 1000)), "no reply"
        return wire.decode_reply(self.socket.recv_multipart())

    def ask(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> Reply:
        request_id = self.send(op, frames, **args)
        while (reply := self.receive()).id != request_id or reply.progress is not None:
            continue
        return reply

    def replies(self, count: int) -> dict[int | None, Reply]:
        """Return the next ``count`` replies by id, without progress events."""
        found: dict[int | None, Reply] = {}
        while len(found) < count:
            reply = self.receive()
            if reply.progress is None:
                found[reply.id] = reply
        return found

    def hello(self) -> Peer:
        self.session = (self.ask("hello").result or {})["session"]
        return self

    def open(self, width: int = 32, height: int = 16, **args: Any) -> str:
        reply = self.ask("open", (picture(width, height),), **args)
        assert reply.result is not None, reply.error
        return reply.result["page"]


def keep_busy(peer: Peer) -> int:
    """Give the worker something long, and return when it is at it."""
    request_id = peer.send("open", (picture(),), gap=40)
    assert peer.receive().progress is not None
    return request_id


def picture(width: int = 32, height: int = 16) -> Frame:
    return Frame(bytes(width * height), (height, width), "GRAY8")


def code(reply: Reply) -> str:
    assert reply.error is not None, reply
    return reply.error.code


class Rig:
    """A server in a thread and the means to talk to it."""

    def __init__(self, listen: str, options: Options, tick: Any = None) -> None:
        self.server = Server(fake.backend(), listen, options=options, tick=tick)
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()
        self.context: zmq.Context[Any] = zmq.Context()
        self.peers: list[Peer] = []

    def peer(self, control: bool = False) -> Peer:
        endpoint = self.server.control if control else self.server.main
        self.peers.append(Peer(self.context, endpoint))
        return self.peers[-1]

    def client(self) -> Peer:
        return self.peer().hello()

    def end(self) -> None:
        for peer in self.peers:
            peer.socket.close()
        self.context.term()
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def make_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("s")
    rigs: list[Rig] = []

    def make(tick: Any = None, **limits: Any) -> Rig:
        rigs.append(Rig(f"ipc://{folder}/{len(rigs)}", Options(**limits), tick))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


@pytest.fixture
def rig(make_rig: Any) -> Rig:
    return make_rig()


def test_hello_tells_versions_device_bundle_limits_and_the_control_endpoint(rig: Rig) -> None:
    result = rig.peer().ask("hello").result
    assert result is not None
    assert result["protocol"] == wire.PROTOCOL
    assert result["bundle"] == fake.INFO["bundle"]
    assert result["device"] == "none"
    assert result["limits"]["side"] == 16384
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


def test_work_over_200_ms_reports_progress_before_its_reply(rig: Rig) -> None:
    peer = rig.client()
    peer.send("open", (picture(),), gap=50)
    first = peer.receive()
    assert first.progress is not None
    assert first.progress.stage.startswith("step")
    assert 0 < first.progress.fraction < 1


def test_the_control_socket_answers_while_work_runs(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    worker.send("open", (picture(),), gap=100)
    worker.receive()
    started = time.monotonic()
    assert control.ask("ping").result == {}
    assert (control.ask("status").result or {})["running"] == "open"
    assert time.monotonic() - started < 0.5


def test_a_running_job_is_cancelled_over_the_control_socket(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    request_id = worker.send("open", (picture(),), gap=500)
    worker.receive()
    started = time.monotonic()
    reply = control.ask("cancel", session=worker.session, request=request_id)
    assert reply.result == {"state": "running"}
    while (reply := worker.receive()).progress is not None:
        continue
    assert (reply.id, code(reply)) == (request_id, CANCELLED)
    assert time.monotonic() - started < 2


def test_a_waiting_job_is_cancelled_at_once(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    worker.send("open", (picture(),), gap=30)
    request_id = worker.send("open", (picture(),))
    worker.receive()
    reply = control.ask("cancel", session=worker.session, request=request_id)
    assert reply.result == {"state": "waiting"}


def test_a_cancel_without_the_session_key_does_nothing(rig: Rig) -> None:
    worker, control = rig.client(), rig.peer(control=True)
    request_id = keep_busy(worker)
    reply = control.ask("cancel", session="0" * 32, request=request_id)
    assert reply.result == {"state": "unknown"}
    while (answer := worker.receive()).progress is not None:
        continue
    assert answer.result is not None


def test_a_newer_render_of_the_same_kind_supersedes_the_waiting_one(rig: Rig) -> None:
    peer = rig.client()
    page = peer.open()
    sent = keep_busy(peer), *(peer.send("render", page=page, kind="soft") for _ in range(3))
    replies = peer.replies(len(sent))
    assert code(replies[sent[1]]) == code(replies[sent[2]]) == SUPERSEDED
    assert replies[sent[3]].result == {}


def test_renders_of_other_kinds_pages_and_sizes_do_not_supersede(rig: Rig) -> None:
    peer = rig.client()
    one, two = peer.open(), peer.open()
    keep_busy(peer)
    wanted = [
        (one, "flats", False),
        (one, "hints", False),
        (one, "flats", True),
        (two, "flats", False),
    ]
    for page, kind, preview in wanted:
        peer.send("render", page=page, kind=kind, preview=preview)
    replies = peer.replies(1 + len(wanted)).values()
    assert all(reply.error is None for reply in replies)


def test_a_render_that_runs_already_is_not_superseded(rig: Rig) -> None:
    peer, control = rig.client(), rig.peer(control=True)
    page = peer.open()
    first = peer.send("render", page=page, kind="soft")
    while (control.ask("status").result or {})["running"] != "render":
        continue
    second = peer.send("render", page=page, kind="soft")
    replies = peer.replies(2)
    assert replies[first].error is replies[second].error is None


def test_a_page_belongs_to_the_client_that_opened_it(rig: Rig) -> None:
    page = rig.client().open()
    assert code(rig.client().ask("mask", page=page, region=1)) == NO_SUCH_PAGE


def test_a_session_is_resumed_on_a_new_connection_by_its_key(rig: Rig) -> None:
    first = rig.client()
    page = first.open()
    first.socket.close()
    second = rig.peer()
    result = second.ask("hello", session=first.session).result
    assert result is not None
    assert result["resumed"] is True
    assert second.ask("hint", page=page, region=1, color=[0, 0, 0]).result == {}


def test_pages_of_a_client_that_left_are_dropped_after_the_grace_time(make_rig: Any) -> None:
    rig = make_rig(page_grace=0.1)
    leaver, watcher = rig.client(), rig.peer(control=True)
    leaver.open()
    leaver.socket.close()
    deadline = time.monotonic() + 5
    while (status := watcher.ask("status").result or {})["pages"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status["clients"] == 0


def test_the_least_recently_used_page_goes_when_memory_runs_short(make_rig: Any) -> None:
    peer = make_rig(memory=1000).client()
    first, second = peer.open(20, 20), peer.open(20, 20)
    peer.ask("mask", page=first, region=1)
    third = peer.open(20, 20)
    assert code(peer.ask("mask", page=second, region=1)) == NO_SUCH_PAGE
    assert peer.ask("mask", page=first, region=1).result is not None
    assert peer.ask("mask", page=third, region=1).result is not None


def test_work_before_hello_is_refused(rig: Rig) -> None:
    assert code(rig.peer().ask("open", (picture(),))) == NO_SESSION


def test_an_unknown_op_is_an_error_and_an_unknown_field_is_not(rig: Rig) -> None:
    peer = rig.client()
    assert code(peer.ask("paint")) == UNKNOWN_OP
    assert peer.ask("ping", future=1).result == {}


def test_another_protocol_version_is_named(rig: Rig) -> None:
    peer = rig.client()
    peer.socket.send_multipart([msgpack.packb({"v": 2, "id": 9, "op": "ping"})])
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
        (Frame(bytes(20000), (1, 20000), "GRAY8"), {}, TOO_LARGE),
        (Frame(b"", (0, 0), "GRAY8"), {}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "u1"), {}, UNSUPPORTED_FORMAT),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"gap": -1}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"gap": float("nan")}, BAD_REQUEST),
        (Frame(bytes(4), (2, 2), "GRAY8"), {"ink": 256}, BAD_REQUEST),
    ],
)
def test_line_art_that_cannot_be_gets_its_typed_error(
    rig: Rig, frame: Frame, args: dict[str, Any], expected: str
) -> None:
    assert code(rig.client().ask("open", (frame,), **args)) == expected


def test_a_fault_in_a_page_is_an_internal_error_and_the_daemon_lives_on(rig: Rig) -> None:
    peer = rig.client()
    assert code(peer.ask("open", (picture(),), ink=fake.FAIL)) == INTERNAL
    assert peer.open()


def test_too_many_waiting_requests_are_refused(make_rig: Any) -> None:
    peer = make_rig(jobs_per_client=2).client()
    page = peer.open()
    for _ in range(6):
        peer.send("open", (picture(),), gap=10)
    replies = peer.replies(6).values()
    refused = [reply for reply in replies if reply.error is not None]
    assert len(refused) >= 3
    assert {code(reply) for reply in refused} == {BUSY}
    assert peer.ask("mask", page=page, region=1).result is not None


def test_shutdown_ends_the_server_and_removes_its_sockets(rig: Rig) -> None:
    path = rig.server.main.removeprefix("ipc://")
    assert rig.peer(control=True).ask("shutdown").result == {}
    rig.thread.join(5)
    assert not rig.thread.is_alive()
    assert not os.path.exists(path)


def test_what_waits_at_the_end_hears_that_the_daemon_ends(rig: Rig) -> None:
    peer = rig.client()
    keep_busy(peer)
    waiting = peer.send("open", (picture(),))
    request_id = peer.send("ping")
    while peer.receive().id != request_id:  # so that both have arrived
        continue
    rig.server.stop()
    replies = peer.replies(2)
    assert waiting in replies
    assert {code(reply) for reply in replies.values()} == {ENDING}


def test_the_server_counts_connected_clients_for_its_companion(make_rig: Any) -> None:
    counts: list[int] = []

    def tick(clients: int) -> bool:
        counts.append(clients)
        return 2 in counts and clients == 0

    rig = make_rig(tick=tick)
    one, two = rig.client(), rig.client()
    while 2 not in counts:
        time.sleep(0.02)
    one.socket.close()
    two.socket.close()
    rig.thread.join(5)
    assert not rig.thread.is_alive()


def test_a_socket_file_is_its_owners_alone(rig: Rig) -> None:
    path = rig.server.main.removeprefix("ipc://")
    assert os.stat(path).st_mode & 0o077 == 0
    assert os.stat(path + ".ctl").st_mode & 0o077 == 0
