"""A daemon's life: one per user, a key, the connection file, the word "ready", and a clean end."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gp_client.connection import RUNTIME, Connection, is_alive, runtime_folder
from gp_client.errors import GuidingPainterError as GPError
from gp_client.launch import LOG_FILE
from gp_client.wire import PROTOCOL

from gp_daemon.networks.hardware import be_nice
from gp_daemon.service.endpoints import default_listen, parse_listen
from gp_daemon.service.keys import KeyRing, keys_folder
from gp_daemon.service.limits import keep_memory_small
from gp_daemon.service.logs import find_again, look_after
from gp_daemon.service.place import AlreadyRunning, Place
from gp_daemon.service.server import Backend, Guard, Options, Server
from gp_daemon.service.upkeep import ASLEEP

log = logging.getLogger(__name__)

ALREADY_RUNNING = "already_running"  # in the ready line only; never on the wire


@dataclass(frozen=True)
class RunOptions:
    """How a daemon is to run.

    Attributes:
        listen: endpoint; None takes the runtime folder's.
        ready_fd: file descriptor (Windows: handle) to write the ready line to.
        parent: process that started it; with one, the daemon ends after its last client, and soon
            where that process is gone too.
        grace: seconds without clients after which such a daemon ends.
        while_used: end after ``grace`` without a parent too.
    """

    listen: str | None = None
    ready_fd: int | None = None
    parent: int | None = None
    grace: float = 30.0
    while_used: bool = False


def run(
    how: RunOptions, load: Callable[[], Backend], limits: Callable[[], Options] | None = None
) -> None:
    """Serve until the end; on the way say to the starter that we are ready, or why not.

    Args:
        how: how to run.
        load: loads networks and makes pages; called once we are the only daemon.
        limits: makes the server's limits, called then too; None: by this machine.

    Raises:
        GuidingPainterError: UNWRITABLE for the runtime folder, BAD_REQUEST for the endpoint,
            AlreadyRunning, or what ``load`` raises.
    """
    try:
        folder = runtime_folder(create=True).absolute()
        if os.environ.get(RUNTIME):
            os.environ[RUNTIME] = str(folder)  # it may be relative to where we are no more later on
        with Place(folder) as place:
            look_after(folder / LOG_FILE)
            keep_memory_small()
            _serve(how, load, limits, folder, place)
    except GPError as error:
        code = ALREADY_RUNNING if isinstance(error, AlreadyRunning) else error.code
        failure = {"code": code, "message": error.message, "hint": error.hint}
        _say(how.ready_fd, {"ready": False, "error": failure})
        raise


def memory_budget() -> int:
    """Return the bytes that pages may hold: half of the machine's memory, 1 to 8 GiB."""
    half = 2 * 1024**3
    if hasattr(os, "sysconf"):
        half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min(max(half, 1024**3), 8 * 1024**3)


def _serve(
    how: RunOptions,
    load: Callable[[], Backend],
    limits: Callable[[], Options] | None,
    folder: Path,
    place: Place,
) -> None:
    listen = how.listen or default_listen(folder)
    remote = parse_listen(listen).remote
    token = secrets.token_hex(32) if listen.startswith("tcp:") and not remote else ""
    guard = Guard(token)
    if remote:
        ring = KeyRing(keys_folder().absolute())
        guard = ring.guard()
        if not ring.clients():
            log.warning("nobody may connect yet; make a key file with: gp-daemon keys add NAME")
    else:
        be_nice()  # the artist's editor is on this machine
    options = Options(memory=memory_budget()) if limits is None else limits()
    backend = load()
    companion = how.while_used or how.parent is not None
    over = _Companion(how.parent, how.grace) if companion else lambda clients: False

    def tick(clients: int) -> bool:
        if not place.keep(server.reachable):
            server.drain()  # who is here is served to the end; then they find the other one
        find_again()  # what is no line of ours, such as a crash in a library, goes there too
        return over(clients)

    server = Server(
        backend,
        listen,
        guard,
        options,
        tick=tick,
        # Whoever comes now starts the next daemon, which waits for our lock.
        leaving=place.withdraw,
    )
    connection = Connection(
        server.main, server.control, token, os.getpid(), PROTOCOL, time.time(), remote
    )
    with _ends_on_signals(server):
        try:
            place.publish(connection)
            # Whoever ejects the disk that we were started from should not have to look for us.
            os.chdir(folder.anchor)
            device = backend.about().get("device")
            log.info("process %d ready at %s on %s", os.getpid(), server.main, device)
            _notify("READY=1")
            _say(how.ready_fd, {"ready": True, "pid": os.getpid(), "endpoint": server.main})
            backend.warm()
        except BaseException:
            server.stop()
            server.serve()  # closes what is open
            raise
        try:
            server.serve()
        finally:
            place.withdraw()
            log.info("ended")


class _Companion:
    """Ends a daemon that a client started: when the last client has left, or nobody ever came."""

    def __init__(self, parent: int | None, grace: float) -> None:
        self._parent, self._grace = parent, grace
        self._idle_since = self._seen = time.monotonic()

    def __call__(self, clients: int) -> bool:
        now = time.monotonic()
        asleep, self._seen = now - self._seen > ASLEEP, now
        # Who came while we were stopped or swapped out may be waiting at the door still.
        if clients or asleep:
            self._idle_since = now
            return False
        if now - self._idle_since > self._grace:
            log.info("no client for %.0f s", self._grace)
            return True
        if self._parent is None:
            return False
        # Nobody is left who could come back; a client that is just connecting gets a moment.
        return now - self._idle_since > min(2.0, self._grace) and not is_alive(self._parent)


@contextlib.contextmanager
def _ends_on_signals(server: Server) -> Iterator[None]:
    def end(number: int, frame: object) -> None:
        server.drain()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _notify(state: str) -> None:
    """Tell systemd, where it started us (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            one.sendto(state.encode(), name)
    except OSError as error:
        log.warning("systemd does not listen (%s)", error.strerror)


def _say(descriptor: int | None, line: dict[str, Any]) -> None:
    """Write the ready line, once, and close the pipe."""
    if descriptor is None:
        return
    if os.name == "nt":
        import msvcrt

        descriptor = msvcrt.open_osfhandle(descriptor, os.O_WRONLY)  # type: ignore[attr-defined]
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(line) + "\n")
    except OSError as error:
        log.warning("whoever started this daemon does not listen (%s)", error.strerror)
