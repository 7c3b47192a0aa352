"""What connections over CURVE may hold, with a key and without, though libzmq counts no message."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_daemon
import pytest
import zmq
from gp_client import wire
from gp_client.transport import codec
from gp_client.transport.keyfile import ClientKey
from gp_client.wire import Frame, Request
from gp_daemon.service import delivery, inflow, sockets
from gp_daemon.service.keys import KeyRing
from gp_daemon.service.server import Options, Server
from serving import PATIENCE, picture, wait_until

pytestmark = pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="Linux counts the bytes")
MEGA = 2**20


class Studio:
    """A daemon for other machines in a thread, and keys for its clients."""

    def __init__(self, folder: Path, options: Options) -> None:
        ring = KeyRing(folder)
        self.key: ClientKey = ring.add("ann")
        self.server = Server(fake_daemon.backend(), "tcp://0.0.0.0:*", ring.guard(), options)
        self.port = int(self.server.main.rpartition(":")[2])
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()

    @property
    def clients(self) -> int:
        """How many are connected, as the daemon tells."""
        return self.server._dispatch.status()["clients"]


@pytest.fixture
def make_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Studio]]:
    monkeypatch.setattr(sockets, "_TIMEOUTS_MS", 3_600_000)  # so that nothing else closes anybody
    made: list[Studio] = []

    def make(**limits: Any) -> Studio:
        made.append(Studio(tmp_path / f"k{len(made)}", Options(**limits)))
        return made[-1]

    yield make
    for one in made:
        one.server.stop()
        one.thread.join(PATIENCE)
        assert not one.thread.is_alive()


class Narrow:
    """A way to the daemon that ends after some bytes: what is sent through it never gets whole."""

    def __init__(self, port: int, most: int) -> None:
        self._target, self._most = port, most
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut = threading.Event()  # set once the daemon has closed the connection
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            near, _ = self._listener.accept()
            far = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._forth, args=(near, far), daemon=True).start()
            with contextlib.suppress(ConnectionError):
                while data := far.recv(65536):
                    near.sendall(data)
            self.cut.set()
            near.close()
            far.close()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while passed < self._most and (data := near.recv(65536)):
                far.sendall(data)
                passed += len(data)

    def close(self) -> None:
        self._listener.close()


class Peer:
    """A client with a key, of real libzmq."""

    def __init__(self, stack: contextlib.ExitStack, key: ClientKey, port: int) -> None:
        context = stack.enter_context(zmq.Context())
        self.socket = stack.enter_context(context.socket(zmq.DEALER))
        self.socket.linger, self.socket.reconnect_ivl = 0, -1
        self.socket.sndhwm = self.socket.rcvhwm = 1
        self.socket.curve_serverkey = key.server.encode()
        self.socket.curve_publickey = key.public.encode()
        self.socket.curve_secretkey = key.secret.encode()
        self._monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        stack.callback(self._monitor.close, 0)
        self.socket.connect(f"tcp://127.0.0.1:{port}")

    def send(self, op: str, *frames: Frame, **args: Any) -> None:
        self.socket.send_multipart(wire.encode_request(Request(7, op, args, frames)))

    def ask(self, op: str, *frames: Frame, **args: Any) -> dict[str, Any]:
        self.send(op, *frames, **args)
        reply = None
        while reply is None or reply.progress is not None:
            assert self.socket.poll(int(PATIENCE * 1000)), "no reply"
            reply = wire.decode_reply(self.socket.recv_multipart())
        assert reply.result is not None, reply.error
        return reply.result

    def wait_cut_off(self) -> None:
        """Until the own end has seen it too.

        A libzmq that is told to close a socket at the moment in which it finds that half a message
        will never be sent aborts the process (libzmq's issue 3442).
        """
        assert self._monitor.poll(int(PATIENCE * 1000)), "still connected"


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as one:
        yield one


def test_who_has_no_key_is_cut_off_whatever_he_sends(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio()
    with socket.create_connection(("127.0.0.1", studio.port), PATIENCE) as one:
        one.sendall(codec.greeting(b"CURVE") + codec.frame_header(500 * MEGA, codec.COMMAND))
        one.sendall(bytes(4 * MEGA))  # of the one frame that he promised
        with contextlib.suppress(ConnectionError):
            while one.recv(4096):
                continue
    with contextlib.ExitStack() as stack:
        assert Peer(stack, studio.key, studio.port).ask("hello")


@pytest.mark.parametrize("session", [False, True])
def test_a_message_that_does_not_end_ends_its_connection(
    session: bool,
    make_studio: Callable[..., Studio],
    stack: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflow, "CLIENT", 8 * MEGA)
    studio = make_studio()
    way = stack.enter_context(
        contextlib.closing(Narrow(studio.port, (12 if session else 4) * MEGA))
    )
    peer = Peer(stack, studio.key, way.port)
    if session:
        peer.ask("hello")
        peer.ask("open", Frame(bytes(6 * MEGA), (2048, 3072), "GRAY8"))  # within the limits
        assert studio.clients == 1
    peer.socket.send_multipart([b"\x81", *[bytes(10_000)] * 3000])
    assert way.cut.wait(PATIENCE)
    wait_until(lambda: studio.clients == 0)
    peer.wait_cut_off()


def test_of_many_messages_on_their_way_the_largest_goes_where_memory_is_short(
    make_studio: Callable[..., Studio], stack: contextlib.ExitStack
) -> None:
    studio = make_studio(memory=16 * MEGA)
    ways = [
        stack.enter_context(contextlib.closing(Narrow(studio.port, size * MEGA)))
        for size in (12, 5)
    ]
    peers = [Peer(stack, studio.key, way.port) for way in ways]
    for peer in peers:
        peer.ask("hello")
        peer.send("open", Frame(bytes(24 * MEGA), (4096, 6144), "GRAY8"))
    assert ways[0].cut.wait(PATIENCE)
    wait_until(lambda: studio.clients == 1)
    assert not ways[1].cut.is_set()
    peers[0].wait_cut_off()


def test_a_client_that_never_reads_loses_session_and_connection(
    make_studio: Callable[..., Studio],
    stack: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "_MAX_UNREAD_BYTES", 2 * MEGA)
    studio = make_studio()
    way = stack.enter_context(contextlib.closing(Narrow(studio.port, 100 * MEGA)))
    peer = Peer(stack, studio.key, way.port)
    peer.ask("hello")
    page = peer.ask("open", picture(1024, 1024))["page"]
    with contextlib.suppress(zmq.Again):
        for turn in range(40):  # 160 MiB, of which the system keeps some
            peer.socket.sndtimeo = 1000
            peer.send("render", page=page, kind="flats", crop=[0, 0, 1024, 1024 - turn])
    wait_until(lambda: studio.clients == 0)

    def closed() -> bool:
        while peer.socket.poll(0):  # what was on its way
            peer.socket.recv_multipart()
        return way.cut.is_set()

    wait_until(closed)


def test_who_leaves_is_known_by_name_and_frees_the_place(
    make_studio: Callable[..., Studio], stack: contextlib.ExitStack
) -> None:
    studio = make_studio(clients=2)
    stayer = Peer(stack, studio.key, studio.port)
    stayer.ask("hello")
    for _ in range(8):
        with contextlib.ExitStack() as visit:
            Peer(visit, studio.key, studio.port).ask("hello")
            assert studio.clients == 2
        wait_until(lambda: studio.clients == 1)
    page = stayer.ask("open", picture())["page"]
    assert stayer.ask("render", page=page, kind="flats") is not None


def test_a_count_of_bytes_is_that_of_the_connection_and_of_no_other(
    stack: contextlib.ExitStack,
) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    far = stack.enter_context(socket.create_connection(listener.getsockname()))
    near, _ = listener.accept()
    counts = inflow.Inflow(10 * MEGA)
    counts.opened(near.fileno(), False)
    (one,) = counts._open.values()
    far.sendall(bytes(1000))
    wait_until(lambda: inflow._received(one) == 1000)
    counts.came(near.fileno(), b"name")
    far.sendall(bytes(500))
    wait_until(lambda: inflow._received(one) - one.before == 500)
    number = near.fileno()
    near.close()
    with (Path("/dev/null")).open("rb") as other:  # has the number now
        assert other.fileno() == number
        assert inflow._received(one) == 0
    assert counts.closed(number) == b"name"
