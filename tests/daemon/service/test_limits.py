"""No leak that no limit sees: what a connection may hold, and how many there may be."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gp_client
import pytest
from gp_client import wire
from gp_client.connection import read_connection
from gp_client.errors import NO_SESSION, NOT_ALLOWED, TOO_LARGE
from gp_client.transport import codec
from gp_client.transport.dealer import Dealer
from gp_client.wire import Frame, Request
from gp_daemon.service import delivery, dispatch, local_sockets
from gp_daemon.service.intake import CLIENT, CONTROL, STRANGER, Intake
from serving import PATIENCE, Rig, Starter, code, code_of, daemon_pid, wait_until

ENDLESS = 200  # MiB that nobody may send in one message's small parts


def path_of(endpoint: str) -> str:
    return endpoint.removeprefix("ipc://")


@contextlib.contextmanager
def shaken(endpoint: str) -> Iterator[socket.socket]:
    """A connection that has shaken hands, below any library's limits."""
    about = codec.encode_metadata([(b"Socket-Type", b"DEALER"), (b"Identity", b"")])
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(PATIENCE)
        one.connect(path_of(endpoint))
        one.sendall(codec.greeting(b"NULL") + codec.encode_command(b"READY", about))
        yield one


def sent_without_end(one: socket.socket, part: bytes) -> int:
    """Send parts of one message until the daemon ends it; return how many bytes it took."""
    frame, sent = codec.frame_header(len(part), codec.MORE) + part, 0
    with contextlib.suppress(ConnectionError):
        while sent < ENDLESS * 2**20:
            one.sendall(frame)
            sent += len(frame)
    return sent


@pytest.mark.parametrize("control", [True, False])
@pytest.mark.parametrize("size", [0, 100, 64 * 1024])
def test_a_message_of_endless_parts_ends_its_connection(
    rig: Rig, control: bool, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ENDLESS", 64 if size else 1)
    with shaken(rig.server.control if control else rig.server.main) as one:
        sent = sent_without_end(one, bytes(size))
    assert sent < (64 if size else 1) * 2**20
    assert rig.client().open()


def test_a_stranger_over_tcp_is_cut_off_whatever_his_handshake_holds(runtime: Path) -> None:
    starter = Starter()
    try:
        starter.start("--listen", "tcp://127.0.0.1:*")
        connection = read_connection()
        assert connection is not None
        place = ("127.0.0.1", int(connection.main.rpartition(":")[2]))
        size = ENDLESS * 2**20
        sent = 0
        with socket.create_connection(place, PATIENCE) as one:
            one.sendall(codec.greeting(b"PLAIN") + codec.frame_header(size, codec.COMMAND))
            with contextlib.suppress(ConnectionError):
                while sent < size:
                    one.sendall(bytes(2**20))
                    sent += 2**20
        assert sent < 64 * 2**20
        with contextlib.ExitStack() as stack:
            strangers = [
                stack.enter_context(socket.create_connection(place, PATIENCE)) for _ in range(100)
            ]
            # The oldest of those who shake hands makes room for the next.
            assert strangers[0].recv(64)
            assert not strangers[0].recv(64)
            with gp_client.connect(timeout=PATIENCE) as honest:
                assert honest.open(bytes(512), 32, 16)
    finally:
        starter.end()


def test_a_client_gets_no_more_parts_than_a_message_has(rig: Rig) -> None:
    peer = rig.client()
    peer.socket.send_multipart([b"\x81", *[b"part"] * 40])
    assert code(peer.receive()) == TOO_LARGE
    assert peer.open()


def test_the_control_socket_takes_no_frames(rig: Rig) -> None:
    peer = rig.peer(control=True)
    frame = Frame(bytes(4), (2, 2), "GRAY8")
    assert code(peer.ask("ping", (frame,))) == TOO_LARGE
    assert peer.ask("ping").result == {}


def test_a_stranger_cannot_send_pictures(rig: Rig) -> None:
    peer, side = rig.peer(), 1500
    frame = Frame(bytes(side * side), (side, side), "GRAY8")
    assert code(peer.ask("open", (frame,))) == NO_SESSION
    assert peer.hello().ask("open", (frame,)).result


def collect(allowance: Any, stream: bytes, step: int = 7000) -> tuple[list[Any], int]:
    """Feed a stream in slices; return the messages and the most that was held on the way."""
    held = 0
    intake = Intake(lambda _: None, allowance, lambda _: True)
    messages: list[Any] = []
    view = memoryview(stream)
    while view:
        target = intake.target()
        if target is None:
            messages += intake.feed(view[:step])
            view = view[step:]
        else:
            count = min(len(target), step, len(view))
            target[:count] = view[:count]
            messages += intake.filled(count)
            view = view[count:]
        held = max(held, intake.room)
    return messages, held


@pytest.mark.parametrize("size", [0, 1, 255, 256, 70_000, 300_000])
def test_messages_come_whole_in_whatever_slices(size: int) -> None:
    parts = [b"head", bytes(size), b"tail"]
    stream = b"".join(bytes(one) for one in codec.encode_message(parts)) * 3
    messages, _ = collect(CLIENT, stream)
    assert [[bytes(part) for part in one.parts] for one in messages] == [parts] * 3
    assert [one.refused for one in messages] == [None] * 3


@pytest.mark.parametrize("allowance", [CONTROL, STRANGER])
def test_what_is_over_the_limits_is_thrown_away_and_its_sender_hears_why(allowance: Any) -> None:
    parts = [b"head", bytes(3 * 2**20), b"tail"]
    stream = b"".join(bytes(one) for one in codec.encode_message(parts))
    honest = b"".join(bytes(one) for one in codec.encode_message([b"next"]))
    (refused, fine), held = collect(allowance, stream + honest)
    assert refused.refused is not None
    assert [bytes(part) for part in refused.parts] == [b"head"]
    assert (fine.refused, [bytes(part) for part in fine.parts]) == (None, [b"next"])
    assert held == 0


def test_a_large_message_waits_while_there_is_no_room_for_it() -> None:
    free: list[int] = []
    intake = Intake(lambda _: None, CLIENT, lambda size: bool(free))
    stream = b"".join(bytes(one) for one in codec.encode_message([b"head", bytes(100_000)]))
    assert intake.feed(stream) == []
    assert intake.waits
    free.append(1)
    (message,) = intake.feed(b"")
    assert len(message.parts[1]) == 100_000


@pytest.mark.parametrize("drips", [False, True])
def test_a_large_message_that_hardly_comes_holds_nobody_off_for_long(
    drips: bool, make_rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_sockets, "_SLOW", 2.0)
    rig = make_rig(memory=40 * 2**20)
    with shaken(rig.server.main) as stalled:
        hello = wire.encode_request(Request(1, "hello", {}))
        stalled.sendall(b"".join(bytes(part) for part in codec.encode_message(hello)))
        wait_until(lambda: b"session" in stalled.recv(4096))
        open_it = wire.encode_request(Request(2, "open", {}))
        header = codec.frame_header(len(open_it[0]), codec.MORE) + bytes(open_it[0])
        stalled.sendall(header + codec.frame_header(39 * 2**20, 0))
        over = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not over.wait(0.2):
                    stalled.sendall(b"x")

        thread = threading.Thread(target=drip)
        if drips:
            thread.start()
        rig.peer(control=True).ask("ping")  # so the announcement has been read
        peer = rig.client()
        assert peer.open(2048, 1024)
        over.set()
        if drips:
            thread.join(PATIENCE)
        with contextlib.suppress(ConnectionError):
            while stalled.recv(4096):
                continue


def test_a_client_that_never_reads_loses_its_session(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_MAX_UNREAD_BYTES", 2 * 2**20)
    dealer, ids = Dealer.connect(rig.server.main), itertools.count(1)

    def send(op: str, *frames: Frame, **args: Any) -> None:
        request = Request(next(ids), op, args, frames)
        dealer.send(wire.encode_request(request), PATIENCE)

    def answer() -> dict[str, Any]:
        reply = wire.decode_reply(dealer.recv(PATIENCE))
        while reply.progress is not None:
            reply = wire.decode_reply(dealer.recv(PATIENCE))
        return reply.result or {}

    send("hello")
    answer()
    send("open", Frame(bytes(512 * 512), (512, 512), "GRAY8"))
    page = answer()["page"]
    with contextlib.suppress(gp_client.GuidingPainterError):  # closed while it asks still
        for turn in range(20):  # 20 MiB, of which one picture may be on its way
            send("render", page=page, kind="flats", crop=[0, 0, 512, 512 - turn])
    watcher = rig.peer(control=True)
    wait_until(lambda: not (watcher.ask("status").result or {})["clients"])
    heard = 0
    with contextlib.suppress(gp_client.GuidingPainterError):  # its connection is closed
        while dealer.recv(PATIENCE):
            heard += 1
    assert heard < 20
    assert dealer.closed


def test_somebody_without_a_session_who_never_reads_is_closed(rig: Rig) -> None:
    ping = wire.encode_request(Request(1, "status", {}))
    message = b"".join(bytes(one) for one in codec.encode_message(ping))
    sent = 0
    with shaken(rig.server.control) as one, contextlib.suppress(ConnectionError):
        while sent < 200_000:
            one.sendall(message)
            sent += 1
    assert sent < 200_000
    assert rig.client().open()


def test_a_client_that_asks_for_signs_of_life_and_reads_none_is_closed(rig: Rig) -> None:
    hello = codec.encode_message(wire.encode_request(Request(1, "hello", {})))
    pings = codec.encode_command(b"PING", b"\0\0" + b"c" * 16) * 1000
    sent = 0
    with shaken(rig.server.main) as one, contextlib.suppress(ConnectionError):
        one.sendall(b"".join(bytes(part) for part in hello))
        watcher = rig.peer(control=True)
        wait_until(lambda: (watcher.ask("status").result or {})["clients"] == 1)
        while sent < ENDLESS * 2**20:
            one.sendall(pings)
            sent += len(pings)
    assert sent < ENDLESS * 2**20
    assert rig.client().open()


@pytest.fixture
def few_descriptors(fake_daemon: Path) -> Path:
    """A daemon that the system gives no more than 160 descriptors."""
    lines = fake_daemon.read_text().splitlines()
    fake_daemon.write_text("\n".join([lines[0], "ulimit -n 160", *lines[1:]]))
    return fake_daemon


@pytest.mark.usefixtures("few_descriptors")
def test_connections_are_limited_before_descriptors_run_out() -> None:
    with gp_client.connect(start=True, timeout=PATIENCE) as honest, contextlib.ExitStack() as stack:
        page = honest.open(bytes(512), 32, 16)
        pid, endpoint = daemon_pid(), str(honest.info["control"])
        for turn in range(300):
            silent = stack.enter_context(socket.socket(socket.AF_UNIX))
            silent.connect(path_of(endpoint).removesuffix(".ctl" if turn % 2 else ""))
        with gp_client.connect(timeout=PATIENCE) as other:
            assert other.open(bytes(512), 32, 16)
        page.hint(1, (9, 8, 7))
        assert page.render("flats")[:4] == bytes([9, 8, 7, 255])
        assert daemon_pid() == pid


def test_many_who_connect_and_leave_do_not_take_anybodys_place(make_rig: Any) -> None:
    rig = make_rig(clients=2, page_grace=600.0)
    stayer = rig.client()
    for _ in range(64):
        with contextlib.closing(Dealer.connect(rig.server.main)) as guest:
            guest.send(wire.encode_request(Request(1, "hello", {})), PATIENCE)
            reply = wire.decode_reply(guest.recv(PATIENCE))
            assert reply.error is None or reply.error.code == TOO_LARGE
            while reply.error is not None:  # the one before is just leaving
                guest.send(wire.encode_request(Request(1, "hello", {})), PATIENCE)
                reply = wire.decode_reply(guest.recv(PATIENCE))
    assert stayer.open()


def test_shutdown_is_not_for_every_client_of_a_shared_daemon(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = dispatch.Dispatch(rig.server._state, None)
    assert code_of(lambda: shared(Request(1, "shutdown", {}), b"", "ann", True)) == NOT_ALLOWED


PROGRAM = """
import sys, threading
from gp_daemon.service import limits
if sys.argv[1] == "ours":
    limits.keep_memory_small()
kept = []
def work():
    blocks = [bytearray(200_000) for _ in range(200)]
    kept.append(bytearray(1000))
    blocks.clear()
    kept.append(bytearray(1000))
threads = [threading.Thread(target=work) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
if sys.argv[1] == "ours":
    limits.give_memory_back()
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * 4096 // 2**20)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux shows its memory")
def test_memory_that_threads_have_freed_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "ours"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 80  # of 12 x 40 MB; the interpreter itself has 20 to 30
