"""Connections to one daemon, as many as work goes on at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import gp_client
from gp_client import Client
from gp_client.errors import GuidingPainterError

from gp_cli import own_daemons


class Clients:
    """Clients that are connected when they are needed, and used again. Thread-safe.

    Args:
        connect: makes one more.
    """

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect, self._lock = connect, threading.Lock()
        self._free: list[Client] = []
        self._all: list[Client] = []

    @contextlib.contextmanager
    def one(self) -> Iterator[Client]:
        """A client that nobody else uses within the block.

        Raises:
            GuidingPainterError: the daemon's reason not to start, or a connection's failure.
        """
        with self._lock:
            if self._free:
                client = self._free.pop()
            else:  # one after the other: the first may have to start the daemon
                client = self._connect()
                self._all.append(client)
        try:
            yield client
        finally:
            with self._lock:
                self._free.append(client)

    def cancel(self) -> None:
        """Breaks off what any of them waits for."""
        for client in list(self._all):
            with contextlib.suppress(GuidingPainterError):  # it has ended by itself
                client.cancel()

    def close(self) -> None:
        """Closes them all."""
        for client in self._all:
            client.close()


@contextlib.contextmanager
def clients(bundle: Path | None = None, device: str | None = None) -> Iterator[Clients]:
    """Clients of one daemon, which is started where none runs; see `gp_cli.walk.daemon`."""
    with own_daemons.at(own_daemons.own_folder(bundle, device)):
        made = Clients(
            lambda: gp_client.connect(start=True, bundle=bundle, device=device, stay=True)
        )
        try:
            yield made
        finally:
            made.close()
