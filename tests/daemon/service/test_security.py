"""Who may come in, what strangers learn, and what the daemon writes down."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gp_client
import pytest
from gp_client.connection import read_connection
from gp_client.errors import BAD_REQUEST, NO_DAEMON, GuidingPainterError
from gp_client.transport.keyfile import ClientKey, read_key, write_private
from gp_daemon.service import keys
from gp_daemon.service.keys import KeyRing
from serving import Starter, code_of

ART = b"unpublished line art " * 390 + b"12"  # 8192 bytes, easy to find again
SIDE = (128, 64)


class Tap:
    """A TCP proxy that writes down what passes: the eavesdropper."""

    def __init__(self, port: int) -> None:
        self.heard = bytearray()
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self.heard += data
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for one in self._open:
            one.close()


@pytest.fixture
def folder(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the runtime folder, the keys and the log are."""
    monkeypatch.setenv("GUIDINGPAINTER_KEYS", str(runtime.parent / "k"))
    monkeypatch.delenv("GUIDINGPAINTER_KEY", raising=False)
    return runtime.parent


@pytest.fixture
def start(folder: Path) -> Iterator[Any]:
    """Starts a daemon with options; returns its process, whose stderr is a file in the folder."""
    starter = Starter()

    def make(*options: str) -> subprocess.Popen[str]:
        process, ready = starter.start(*options, log=folder / "log")
        assert ready.get("ready"), (folder / "log").read_text()
        return process

    yield make
    starter.end()


@pytest.fixture
def studio(folder: Path, start: Any) -> int:
    """A daemon for other machines; its port."""
    start("--listen", "tcp://0.0.0.0:*")
    connection = read_connection()
    assert connection is not None
    assert connection.curve
    return int(connection.main.rpartition(":")[2])


def key_for(name: str, folder: Path) -> Path:
    path = folder / f"{name}.gpkey"
    assert keys.main(["add", name, "-o", str(path)]) == 0
    return path


def work(client: gp_client.Client) -> bytes:
    page = client.open(ART, *SIDE)
    page.hint(1, (1, 2, 3))
    return page.render("flats")[:4]


def test_a_client_with_a_key_file_works_over_curve(studio: int, folder: Path) -> None:
    endpoint = f"tcp://127.0.0.1:{studio}"
    with gp_client.connect(endpoint, key=key_for("ann", folder)) as client:
        assert work(client) == bytes([1, 2, 3, 255])
        assert client.status()["clients"] == 1


def test_an_eavesdropper_learns_nothing_over_curve(studio: int, folder: Path) -> None:
    tap = Tap(studio)
    with gp_client.connect(f"tcp://127.0.0.1:{tap.port}", key=key_for("ann", folder)) as client:
        work(client)
    tap.close()
    assert len(tap.heard) > len(ART)
    for secret in (b"unpublished", b"line art", b"hello", b"render", b"session", b"flats"):
        assert secret not in tap.heard


def test_the_eavesdropper_of_these_tests_hears_what_is_not_encrypted(start: Any) -> None:
    start("--listen", "tcp://127.0.0.1:*")
    connection = read_connection()
    assert connection is not None
    tap = Tap(int(connection.main.rpartition(":")[2]))
    endpoint = f"tcp://127.0.0.1:{tap.port}"
    with gp_client.connect(endpoint, token=connection.token) as client:
        work(client)
    tap.close()
    assert ART in tap.heard


def test_a_wrong_key_gets_no_answer(studio: int, folder: Path) -> None:
    right = read_key(key_for("ann", folder))
    stranger = read_key(key_for("bob", folder))
    keys.main(["remove", "bob"])
    endpoint = f"tcp://127.0.0.1:{studio}"
    for name, wrong in {
        "nobody we know": stranger,
        "another daemon": ClientKey(stranger.public, right.public, right.secret),
    }.items():
        path = folder / f"{name}.gpkey"
        write_private(path, wrong.__dict__)
        assert code_of(lambda: gp_client.connect(endpoint, key=path, timeout=2)) == NO_DAEMON  # noqa: B023
    with gp_client.connect(endpoint, key=folder / "ann.gpkey") as client:
        assert work(client)


@pytest.mark.parametrize("mechanism", [b"NULL", b"PLAIN"])
def test_a_stranger_without_a_key_learns_nothing(studio: int, mechanism: bytes) -> None:
    with socket.create_connection(("127.0.0.1", studio), 5) as one:
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + mechanism.ljust(20, b"\0") + bytes(32)
        one.sendall(greeting + b"\x04\x05\x05READY")
        one.settimeout(3)
        answer = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while data := one.recv(4096):
                answer += data
    assert len(answer) <= 64  # ZMTP's own greeting at most
    assert b"guiding" not in answer.lower()


def test_another_users_client_is_shut_out_by_modes(start: Any, folder: Path) -> None:
    start()
    runtime = folder / "r"
    assert runtime.stat().st_mode & 0o077 == 0
    for name in ("connection.json", "gp.sock", "gp.sock.ctl", "daemon.lock"):
        assert (runtime / name).lstat().st_mode & 0o077 == 0


def test_without_pyzmq_there_is_one_clear_sentence(
    studio: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = key_for("ann", folder)
    monkeypatch.setitem(sys.modules, "zmq", None)
    with pytest.raises(GuidingPainterError, match="pip install pyzmq") as caught:
        gp_client.connect(f"tcp://127.0.0.1:{studio}", key=path)
    assert caught.value.code == NO_DAEMON


def test_a_daemon_for_other_machines_asks_local_clients_for_a_key_too(studio: int) -> None:
    with pytest.raises(GuidingPainterError, match="gp-daemon keys add"):
        gp_client.connect()


def test_a_key_file_that_others_can_read_is_refused(folder: Path) -> None:
    path = key_for("ann", folder)
    path.chmod(0o644)
    with pytest.raises(GuidingPainterError, match="chmod 600"):
        read_key(path)
    path.write_text("{}")
    with pytest.raises(GuidingPainterError, match="damaged"):
        read_key(path)


def test_keys_are_made_once_listed_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_for("ann", folder)
    key_for("bob", folder)
    ring = KeyRing(folder / "k")
    assert ring.server() == KeyRing(folder / "k").server()
    assert set(ring.clients()) == {"ann", "bob"}
    assert code_of(lambda: ring.add("ann")) == BAD_REQUEST
    assert code_of(lambda: ring.add("a\nb")) == BAD_REQUEST
    assert code_of(lambda: ring.remove("eve")) == BAD_REQUEST
    secret = read_key(folder / "ann.gpkey").secret
    capsys.readouterr()
    keys.main([])
    listed = capsys.readouterr().out
    assert ring.server().public in listed
    assert ring.server().secret not in listed
    stored = b"".join(path.read_bytes() for path in (folder / "k").iterdir())
    assert secret.encode() not in stored


def test_the_log_holds_no_pictures_and_no_keys(start: Any, folder: Path) -> None:
    process = start("--listen", "tcp://127.0.0.1:*", "--verbose", "--log-format", "json")
    connection = read_connection()
    assert connection is not None
    with gp_client.connect() as client:
        work(client)
        assert code_of(lambda: client.open(ART, *SIDE, ink=201)) == "internal"
    process.terminate()
    process.wait(10)
    log = (folder / "log").read_bytes()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any("RuntimeError" in line.get("error", "") for line in lines)
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    for secret in (b"unpublished", ART[:8].hex().encode(), connection.token.encode()):
        assert secret not in log
