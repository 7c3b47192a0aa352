"""Our own DEALER against real libzmq, and against peers that misbehave."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, NO_DAEMON, TIMEOUT, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport import codec as zmtp_codec
from gp_client.transport.codec import FrameReader, encode_message, encode_metadata
from gp_client.transport.zmtp import Dealer
from zmq.auth.thread import ThreadAuthenticator

SIZES = [0, 1, 254, 255, 256, 257, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 3_000_000]


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Callable[..., tuple[Any, str]]]:
    """Makes a bound ROUTER and says where it is."""
    context = zmq.Context()
    bound = []

    def make(endpoint: str = f"ipc://{tmp_path}/r", **options: Any) -> tuple[Any, str]:
        one = context.socket(zmq.ROUTER)
        bound.append(one)
        for name, value in options.items():
            setattr(one, name, value)
        one.linger = 0
        one.rcvtimeo = 60_000
        one.bind(endpoint)
        return one, one.getsockopt_string(zmq.LAST_ENDPOINT)

    yield make
    for one in bound:
        one.close()
    context.term()


@pytest.fixture
def raw_peer() -> Iterator[Callable[[bytes], str]]:
    """Makes a TCP peer that greets, then sends given bytes, and says where it is."""
    closing: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def make(then: bytes, hello: bytes = zmtp_codec.greeting(b"NULL"), rest: Any = None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        closing.append(listener)

        def serve() -> None:
            peer, _ = listener.accept()
            closing.append(peer)
            peer.sendall(hello + then)
            if rest is not None:
                rest(peer)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    yield make
    for thread in threads:
        thread.join(60)
    for one in closing:
        one.close()


READY = zmtp_codec.encode_command(b"READY", encode_metadata([(b"Socket-Type", b"ROUTER")]))


def connected_to(raw_peer: Callable[..., str], then: bytes) -> Dealer:
    """Return a dealer whose peer sends ``then`` once they have shaken hands."""
    shaken = threading.Event()

    def rest(peer: socket.socket) -> None:
        shaken.wait(60)
        peer.sendall(then)

    dealer = Dealer.connect(raw_peer(READY, rest=rest))
    shaken.set()
    return dealer


def error_of(action: Callable[[], object]) -> str:
    with pytest.raises(GPError) as caught:
        action()
    return caught.value.code


@pytest.mark.parametrize("endpoint", ["ipc", "tcp"])
def test_parts_of_all_sizes_go_to_libzmq_and_back(
    router: Callable[..., tuple[Any, str]], endpoint: str
) -> None:
    server, place = router() if endpoint == "ipc" else router("tcp://127.0.0.1:*")
    dealer = Dealer.connect(place)
    parts = [bytes([size % 251]) * size for size in SIZES[:8]] + [bytes(SIZES[9])]
    dealer.send(parts, 60)
    identity, *received = server.recv_multipart()
    assert received == parts
    for one in ([part] for part in parts):
        server.send_multipart([identity, *one])
        assert dealer.recv(60) == one
    server.send_multipart([identity, *parts[:9]])
    assert dealer.recv(60) == parts[:9]
    dealer.close()


def test_many_messages_in_one_read_come_out_one_by_one(
    router: Callable[..., tuple[Any, str]],
) -> None:
    server, place = router()
    dealer = Dealer.connect(place)
    dealer.send([b"hello"], 60)
    identity = server.recv_multipart()[0]
    for number in range(500):
        server.send_multipart([identity, b"%d" % number, b""])
    assert [dealer.recv(60)[0] for _ in range(500)] == [b"%d" % n for n in range(500)]
    dealer.close()


@pytest.mark.parametrize(("key", "fits"), [("secret", True), ("wrong", False), ("", False)])
def test_plain_lets_in_the_right_key_alone(
    router: Callable[..., tuple[Any, str]], key: str, fits: bool
) -> None:
    server, place = router("tcp://127.0.0.1:*", plain_server=True)
    guard = ThreadAuthenticator(server.context)
    guard.start()
    guard.configure_plain(passwords={"user": "secret"})
    try:
        if fits:
            dealer = Dealer.connect(place, "user", key, 60)
            dealer.send([b"in"], 60)
            assert server.recv_multipart()[1] == b"in"
            dealer.close()
        else:
            assert error_of(lambda: Dealer.connect(place, "user", key, 60)) == NO_DAEMON
    finally:
        guard.stop()


def test_libzmqs_own_pings_are_answered(
    router: Callable[..., tuple[Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, place = router(heartbeat_ivl=50, heartbeat_timeout=30_000)
    dealer = Dealer.connect(place)
    written: list[bytes] = []
    write = dealer._write

    def watch(buffer: Any, deadline: float) -> None:
        written.append(bytes(buffer))
        write(buffer, deadline)

    monkeypatch.setattr(dealer, "_write", watch)
    while sum(b"PONG" in one for one in written) < 3:
        assert error_of(lambda: dealer.recv(0.1)) == TIMEOUT  # they come and go meanwhile
    dealer.send([b"still here"], 60)
    assert server.recv_multipart()[1] == b"still here"
    dealer.close()


def test_a_ping_is_answered_with_its_own_context(raw_peer: Callable[..., str]) -> None:
    answers = []

    def rest(peer: socket.socket) -> None:
        peer.settimeout(60)
        data = b""
        while b"\x04PONG" not in data or not data.endswith(b"context"):
            data += peer.recv(4096)
        answers.append(data)
        peer.sendall(zmtp_codec.frame_header(2) + b"ok")

    ping = zmtp_codec.encode_command(b"PING", b"\x00\x10context")
    dealer = Dealer.connect(raw_peer(READY + ping, rest=rest))
    assert dealer.recv(60) == [b"ok"]
    assert answers[0].endswith(b"\x04\x0c\x04PONGcontext")
    dealer.close()


def test_nobody_at_the_endpoint_is_no_daemon(tmp_path: Path) -> None:
    assert error_of(lambda: Dealer.connect(f"ipc://{tmp_path}/none")) == NO_DAEMON


@pytest.mark.parametrize(
    "endpoint", ["", "ipc://", "tcp://host", "tcp://:1", "tcp://h:0", "tcp://h:99999", "inproc://x"]
)
def test_an_endpoint_of_another_form_is_a_bad_request(endpoint: str) -> None:
    assert error_of(lambda: Dealer.connect(endpoint)) == BAD_REQUEST


@pytest.mark.parametrize(
    "greeting",
    [b"HTTP/1.1 400 Bad Request\r\n".ljust(64), b"\xff" + bytes(8) + b"\x7f\x01" + bytes(53)],
)
def test_a_peer_that_is_not_zeromq_is_no_daemon(
    raw_peer: Callable[..., str], greeting: bytes
) -> None:
    assert error_of(lambda: Dealer.connect(raw_peer(b"", greeting))) == NO_DAEMON


def test_a_peer_that_says_nothing_times_out(raw_peer: Callable[..., str]) -> None:
    assert error_of(lambda: Dealer.connect(raw_peer(b"", b""), timeout=0.2)) == TIMEOUT


def test_a_frame_over_the_limit_is_refused_before_it_is_allocated(
    raw_peer: Callable[..., str],
) -> None:
    dealer = connected_to(raw_peer, zmtp_codec.frame_header(2**62))
    assert error_of(lambda: dealer.recv(60)) == TOO_LARGE
    assert dealer.closed


def test_endless_parts_are_refused(raw_peer: Callable[..., str]) -> None:
    dealer = connected_to(raw_peer, b"\x01\x01x" * 50)
    assert error_of(lambda: dealer.recv(60)) == TOO_LARGE


def test_unknown_flags_break_the_connection(raw_peer: Callable[..., str]) -> None:
    dealer = connected_to(raw_peer, b"\x80\x00")
    assert error_of(lambda: dealer.recv(60)) == CONNECTION_LOST


def test_a_timeout_inside_a_message_loses_nothing(raw_peer: Callable[..., str]) -> None:
    go_on = threading.Event()

    def rest(peer: socket.socket) -> None:
        go_on.wait(5)
        peer.sendall(b"b" * 60_000)

    start = zmtp_codec.frame_header(100_000) + b"a" * 40_000
    dealer = Dealer.connect(raw_peer(READY + start, rest=rest))
    assert error_of(lambda: dealer.recv(0.2)) == TIMEOUT
    go_on.set()
    assert dealer.recv(60) == [b"a" * 40_000 + b"b" * 60_000]
    dealer.close()


def test_a_peer_that_closes_is_noticed_at_once(router: Callable[..., tuple[Any, str]]) -> None:
    server, place = router()
    dealer = Dealer.connect(place)
    server.close()
    assert error_of(lambda: dealer.recv(2)) == CONNECTION_LOST


@pytest.mark.parametrize("size", [1024 * 1024 - 1, 1024 * 1024, 3_000_001])
def test_a_large_body_arrives_whole_in_whatever_slices_it_comes(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    stream = b"".join(bytes(one) for one in encode_message([b"head", memoryview(body)[:size]]))
    reader, at = FrameReader(), 0
    while at < len(stream):
        room = reader.get_buffer()
        count = min(len(room), 70_000, len(stream) - at)
        room[:count] = stream[at : at + count]
        reader.buffer_updated(count)
        at += count
    head, large = reader.pop(), reader.pop()
    assert head is not None
    assert large is not None
    assert bytes(head[1]) == b"head"
    assert bytes(large[1]) == body[:size]
    assert reader.pop() is None


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse where a queue is full")
def test_a_full_queue_of_newcomers_is_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(path)
        listener.listen(0)
        first.connect(path)
        with pytest.raises(GPError) as caught:
            Dealer.connect(f"ipc://{path}", timeout=0.1)
        assert caught.value.code == TIMEOUT
        errors: list[str] = []

        def come() -> None:
            try:
                Dealer.connect(f"ipc://{path}", timeout=60)
            except GPError as error:
                errors.append(error.code)

        second = threading.Thread(target=come)
        second.start()
        listener.accept()[0].close()
        taken, _ = listener.accept()
        assert taken.recv(64)  # its greeting
        taken.close()
        second.join(60)
        assert errors == [NO_DAEMON]  # what somebody is who says nothing and goes
