"""Session: a client's standing with the daemon; it outlives lost connections and dead daemons."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from gp_client.errors import CONNECTION_LOST, NO_DAEMON, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.launch import launch_daemon
from gp_client.link import Link
from gp_client.types import Tell
from gp_client.wire import PROTOCOL, Frame, Reply

_BEAT_AFTER = 5.0  # seconds between heartbeats, or a quarter of what the daemon endures
_SILENCE = 60.0  # seconds that a daemon endures if it does not say


class Session:
    """Connects, connects again, starts a daemon where that was wished, and shows that we live.

    Args: see ``connect``.

    Attributes:
        lock: held during a call.
        link: the sockets.
        generation: changes whenever the daemon no longer knows this client's pages.
        alive: whether the daemon gave the last sign of life that was due.
    """

    def __init__(
        self,
        endpoint: str | None,
        start: bool,
        timeout: float,
        bundle: str | os.PathLike[str] | None,
        device: str | int | None,
        token: str | None,
        key: str | os.PathLike[str] | None,
        stay: bool,
    ) -> None:
        self._endpoint, self._start, self._stay = endpoint, start, stay
        self._bundle, self._device = bundle, device
        self.link = Link(endpoint, timeout, token, key)
        self.lock = threading.RLock()
        self.generation = 0
        self.alive = False
        self._end = threading.Event()  # of the heartbeats, and so of the session
        self._beats = False

    @property
    def info(self) -> dict[str, Any]:
        """What the daemon said at hello: version, bundle, device, limits."""
        return self.link.info

    def ensure_connected(self) -> None:
        """Connect, or connect again, and start a daemon where that was wished.

        Raises:
            GuidingPainterError: see ``connect``.
        """
        with self.lock:
            if self._end.is_set():
                raise GPError(NO_DAEMON, "This client is closed.", "Connect again.")
            if self.link.connected:
                return
            self.link.disconnect()
            try:
                self._hello()
            except GPError as error:
                if (
                    error.code not in (NO_DAEMON, CONNECTION_LOST)
                    or not self._start
                    or self._endpoint is not None
                ):
                    raise
                launch_daemon(self._bundle, self._device, stay=self._stay)
                self._hello()

    def call(
        self,
        op: str,
        args: dict[str, Any],
        frames: Sequence[Frame] = (),
        progress: Tell | None = None,
        reconnect: bool = True,
        version: int = PROTOCOL,
    ) -> Reply:
        """Send one request and wait for its reply.

        Args:
            op: an operation of docs/protocol.md.
            args: its arguments.
            frames: its frames.
            progress: called with a stage's name and its fraction, 0..1.
            reconnect: connect and ask once more where the connection breaks; only for requests that
                need nothing that the daemon remembers.
            version: the protocol that the request speaks.

        Raises:
            GuidingPainterError: the daemon's error, or CONNECTION_LOST, TIMEOUT, NO_DAEMON.
        """
        with self.lock:
            self.ensure_connected()
            try:
                return self.link.exchange(op, args, frames, progress, version)
            except GPError as error:
                if not reconnect or error.code != CONNECTION_LOST:
                    raise
            self.ensure_connected()
            return self.link.exchange(op, args, frames, progress, version)

    def forget(self, page_id: str, generation: int) -> None:
        """Close a page on the daemon where the daemon can still know it."""
        if self._end.is_set() or not self.link.connected or generation != self.generation:
            return
        try:
            self.call("close", {"page": page_id}, reconnect=False)
        except GPError as error:
            # Gone is what was asked for.
            if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE):
                raise

    def beat(self) -> None:
        """Show the daemon that we live, and see whether it does.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        if self.link.session and not self._end.is_set():
            self.link.control.ask("ping", {"session": self.link.session})
            self.alive = True

    def close(self) -> None:
        """Close the connections; the daemon forgets this client's pages. Twice does no harm."""
        self._end.set()
        with self.lock:
            self.link.disconnect()

    def _hello(self) -> None:
        if not self.link.connect():
            self.generation += 1
        self.alive = True
        if not self._beats:
            self._beats = True
            silence = float((self.info.get("limits") or {}).get("silence", _SILENCE))
            args = (weakref.ref(self), self._end, min(silence / 4, _BEAT_AFTER))
            threading.Thread(target=_beat, args=args, name="gp-heartbeat", daemon=True).start()


def _beat(reference: weakref.ReferenceType[Session], end: threading.Event, interval: float) -> None:
    """Beat on the control socket, between two requests too, until the session ends or is gone."""
    while not end.wait(interval):
        session = reference()
        if session is None:
            return
        try:
            session.beat()
        except GPError:
            session.alive = False  # the next call connects again, or says why it cannot
        del session
