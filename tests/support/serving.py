"""What tests of the daemon share: servers in a thread, daemons as processes, clients."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_daemon
import pytest
import zmq
from gp_client import GuidingPainterError, launch, wire
from gp_client.connection import read_connection
from gp_client.wire import Frame, Progress, Reply, Request
from gp_daemon.service.server import Backend, Options, Server

FAKE = Path(fake_daemon.__file__)
PATIENCE = 60.0  # seconds; nobody waits so long but where something is broken, however busy it is


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a state that is bound to come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def code_of(action: Callable[[], object]) -> str:
    """Return the code of the error that an action raises."""
    with pytest.raises(GuidingPainterError) as caught:
        action()
    return caught.value.code


def daemon_pid() -> int:
    """Return the process of the runtime folder's daemon."""
    connection = read_connection()
    assert connection is not None
    return connection.pid


def kill_daemon() -> None:
    """Kill the runtime folder's daemon as hard as the system can, and see it dead."""
    os.kill(daemon_pid(), signal.SIGKILL)
    wait_until(lambda: read_connection() is None)


@contextlib.contextmanager
def private_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of our own; daemons that clients start in it are ended after it."""
    # Short: a unix socket's path has about 100 characters.
    base = Path(tempfile.mkdtemp(prefix="gp"))
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(base / "r"))
    monkeypatch.delenv("GUIDINGPAINTER_DAEMON", raising=False)
    before = list(launch._started)
    yield base / "r"
    for process in [one for one in launch._started if one not in before]:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(PATIENCE)
    launch.reap()
    shutil.rmtree(base)


def write_fake_program(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make ``connect(start=True)`` start the daemon without networks; return its program."""
    program = runtime.parent / "gp-daemon"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("GUIDINGPAINTER_DAEMON", str(program))
    return program


class Starter:
    """Starts daemons whose pages need no networks, and waits for their ready line.

    Args:
        program: another command to start.
    """

    def __init__(self, *program: str) -> None:
        self._program = list(program) or [sys.executable, str(FAKE)]
        self.processes: list[subprocess.Popen[str]] = []

    def start(
        self, *options: str, log: Path | None = None
    ) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        """Return the process and its ready line; standard error goes to ``log`` or to a pipe."""
        reading, writing = os.pipe()
        with contextlib.ExitStack() as stack:
            target = stack.enter_context(log.open("wb")) if log else subprocess.PIPE
            process = subprocess.Popen(
                [*self._program, "--ready-fd", str(writing), *options],
                stderr=target,
                text=True,
                pass_fds=(writing,),
            )
        os.close(writing)
        self.processes.append(process)
        with os.fdopen(reading) as pipe:
            line = pipe.readline()
        return process, json.loads(line) if line else {}

    def fail(self, *options: str) -> tuple[int, str]:
        """Return exit code and standard error of a daemon that does not start."""
        process, ready = self.start(*options)
        assert not ready.get("ready")
        _, errors = process.communicate(timeout=PATIENCE)
        return process.returncode, errors

    def end(self) -> None:
        """Kill them all."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.communicate(timeout=PATIENCE)


class Peer:
    """A client of real libzmq, to see what goes over the wire."""

    def __init__(self, context: zmq.Context[Any], endpoint: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self._ids = itertools.count(100)
        self.session = ""
        self.version = 1
        self._kept: deque[Reply] = deque()

    def send(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> int:
        """Send a request; return its id."""
        request_id = next(self._ids)
        self.socket.send_multipart(
            wire.encode_request(Request(request_id, op, args, frames, self.version))
        )
        return request_id

    def receive(self) -> Reply:
        """Return the next message, progress included."""
        return self._kept.popleft() if self._kept else self._from_wire()

    def _from_wire(self) -> Reply:
        assert self.socket.poll(int(PATIENCE * 1000)), "no reply"
        return wire.decode_reply(self.socket.recv_multipart())

    def ask(self, op: str, frames: tuple[Frame, ...] = (), **args: Any) -> Reply:
        """Send a request and return its reply; what came before it is dropped."""
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

    def begun(self) -> Progress:
        """Wait until work that tells its steps has begun; return the first that was told.

        On a busy machine a job is taken, and told of by its name alone, before its first step.
        """
        while True:
            told = self.receive().progress
            assert told is not None, "it ended before it told of a step"
            if told.stage.startswith("step"):
                return told

    def arrived(self) -> None:
        """Wait until the daemon has read all that was sent; what comes meanwhile is kept."""
        request_id = self.send("ping")
        while (reply := self._from_wire()).id != request_id:
            self._kept.append(reply)

    def hello(self) -> Peer:
        """Begin a session."""
        self.session = (self.ask("hello").result or {})["session"]
        return self

    def open(self, width: int = 32, height: int = 16, **args: Any) -> str:
        """Open a page; return its id."""
        reply = self.ask("open", (picture(width, height),), **args)
        assert reply.result is not None, reply.error
        return reply.result["page"]


class Rig:
    """A server in a thread and the means to talk to it.

    While ``hold`` is in force, openings with the gap HELD and "soft" pictures go on and on.
    """

    def __init__(
        self, listen: str, options: Options, tick: Any = None, backend: Backend | None = None
    ) -> None:
        fake_daemon.go.set()
        fake_daemon.rendered.clear()
        self.server = Server(backend or fake_daemon.backend(), listen, options=options, tick=tick)
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()
        self.context: zmq.Context[Any] = zmq.Context()
        self.peers: list[Peer] = []

    def peer(self, control: bool = False) -> Peer:
        """Return a new connection."""
        endpoint = self.server.control if control else self.server.main
        self.peers.append(Peer(self.context, endpoint))
        return self.peers[-1]

    def client(self) -> Peer:
        """Return a new connection with a session."""
        return self.peer().hello()

    def hold(self) -> None:
        """Let slow work wait from now on."""
        fake_daemon.go.clear()

    def let_go(self) -> None:
        """Let slow work come to its end."""
        fake_daemon.go.set()

    def keep_busy(self, peer: Peer) -> int:
        """Give a client work that lasts until ``let_go``; return when it has begun."""
        self.hold()
        request_id = peer.send("open", (picture(),), gap=fake_daemon.HELD)
        peer.begun()
        return request_id

    def running(self) -> str:
        """Return the operation that runs, as the status tells it."""
        watcher = self.peer(control=True)
        return (watcher.ask("status").result or {})["running"]

    def joined(self) -> bool:
        """Whether the server has ended, once it had the time to."""
        self.thread.join(PATIENCE)
        return not self.thread.is_alive()

    def end(self) -> None:
        """Close all."""
        for peer in self.peers:
            peer.socket.close()
        self.context.term()
        self.server.stop()
        assert self.joined()


@contextlib.contextmanager
def rigs(folder: Path) -> Iterator[Callable[..., Rig]]:
    """A function that makes rigs, given limits by name; they are ended after the block."""
    made: list[Rig] = []

    def make(tick: Any = None, **limits: Any) -> Rig:
        made.append(Rig(f"ipc://{folder}/{len(made)}", Options(**limits), tick))
        return made[-1]

    yield make
    for rig in made:
        rig.end()


def picture(width: int = 32, height: int = 16) -> Frame:
    """White line art."""
    return Frame(bytes(width * height), (height, width), "GRAY8")


def code(reply: Reply) -> str:
    """Return the code of an error reply."""
    assert reply.error is not None, reply
    return reply.error.code
