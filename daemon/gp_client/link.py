"""Link: the sockets of one client, its session, and requests over them."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from gp_client import wire
from gp_client.connection import Connection, is_alive, locate
from gp_client.control import Control
from gp_client.errors import CANCELLED, CONNECTION_LOST, ENDING, NO_DAEMON, NO_SESSION, TIMEOUT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.dealer import AnyDealer, Secret, beside, open_dealer
from gp_client.transport.keyfile import VARIABLE, read_key
from gp_client.types import Tell
from gp_client.wire import Frame, Reply, Request

log = logging.getLogger(__name__)

PING_AFTER = 1.0  # seconds of silence after which the control socket is asked for a sign of life
WORK_TIMEOUT = 600.0  # seconds for one request of a daemon that gives signs of life, or just lives
WAITING = "waiting for the daemon"  # the stage that progress hears meanwhile


class Link:
    """A main and a control connection. Its session's lock guards all but ``control``'s methods.

    Args:
        endpoint: see ``connect``.
        timeout: seconds without a sign of life after which the daemon counts as hung, unless its
            process is on this machine and lives: then it is stopped or swapped out, and waited for.
        token: see ``connect``.
        key: see ``connect``.

    Attributes:
        info: what the daemon said at hello.
        session: key of our session there, empty before the first hello.
        dealer: the main connection.
        control: the second connection, for short questions while work runs.
    """

    def __init__(
        self,
        endpoint: str | None,
        timeout: float,
        token: str | None,
        key: str | os.PathLike[str] | None,
    ) -> None:
        self._endpoint, self._timeout, self._token, self._key = endpoint, timeout, token, key
        self.info: dict[str, Any] = {}
        self.session = ""
        self.dealer: AnyDealer | None = None
        self.control = Control(timeout)
        self._ids = itertools.count(1)
        self._running: tuple[int, int] | None = None  # thread and request that are waited for
        self._pid = 0  # the daemon's process, where we can see it
        self._told = False  # that we wait for it
        self._given_up = 0  # the request that was cancelled while nobody answered

    @property
    def connected(self) -> bool:
        """Whether requests can be sent, as far as we know."""
        return self.dealer is not None and not self.dealer.closed

    @property
    def running(self) -> int | None:
        """The thread that waits for an answer."""
        running = self._running
        return running[0] if running is not None else None

    def connect(self) -> bool:
        """Connect and say hello; return whether the daemon still knows our pages.

        Raises:
            GuidingPainterError: NO_DAEMON, TIMEOUT, VERSION, CONNECTION_LOST.
        """
        place = locate(self._endpoint, self._token)
        secret = self._secret(place)
        self._pid = place.pid if isinstance(secret, str) else 0  # else it is another machine's
        self.dealer = self._open(place.main, secret)
        self.control.move(beside(place.main, place.control), secret)
        hello = {"session": self.session, "heartbeats": True}
        try:
            reply = self.exchange("hello", hello, (), None)
        except BaseException:
            self.disconnect()
            raise
        result = reply.result or {}
        self.info = result
        self.session = str(result.get("session", ""))
        if isinstance(secret, str):
            self._pid = int(result.get("pid", 0))
        control = place.control or str(result.get("control", ""))
        self.control.move(beside(place.main, control), secret)
        return bool(result.get("resumed"))

    def _open(self, endpoint: str, secret: Secret) -> AnyDealer:
        end = time.monotonic() + WORK_TIMEOUT
        while True:
            try:
                return open_dealer(endpoint, secret, self._timeout)
            except GPError as error:
                if error.code != TIMEOUT or time.monotonic() > end or not self._lives(None):
                    raise

    def _lives(self, progress: Tell | None) -> bool:
        """Whether the daemon that does not answer is a living process; says once that we wait."""
        if not self._pid or os.name != "posix" or not is_alive(self._pid):
            return False
        if not self._told:
            self._told = True
            log.warning(
                "The daemon (process %d) does not answer; waiting for it while it lives.", self._pid
            )
        if progress is not None:
            progress(WAITING, 0.0)
        return True

    def _secret(self, place: Connection) -> Secret:
        path = self._key or os.environ.get(VARIABLE)
        remote = place.curve or (path and place.main.startswith("tcp:") and not place.token)
        if not remote:
            return place.token
        if not path:
            raise GPError(
                NO_DAEMON,
                "This daemon serves other machines, so it asks for a key file.",
                f"Make one with: gp-daemon keys add NAME; then set {VARIABLE} to its path.",
            )
        return read_key(path)

    def cancel_of(self, thread: int) -> bool:
        """Cancel the request that a thread waits for."""
        running = self._running
        if running is None or running[0] != thread:
            return False
        args = {"session": self.session, "request": running[1]}
        try:
            return self.control.ask("cancel", args).get("state") in ("waiting", "running")
        except GPError as error:
            if error.code != TIMEOUT:
                raise
            self._given_up = running[1]  # nobody is there to be told: its waiter hears it from us
            return True

    def exchange(
        self,
        op: str,
        args: dict[str, Any],
        frames: Sequence[Frame],
        progress: Tell | None,
        version: int = wire.PROTOCOL,
    ) -> Reply:
        """Send a request and wait for its reply; see ``Session.call``."""
        dealer = self.dealer
        if dealer is None:
            raise GPError(CONNECTION_LOST, "There is no connection to the daemon.", "Try again.")
        request_id = next(self._ids)
        parts = wire.encode_request(Request(request_id, op, args, tuple(frames), version))
        dealer.send(parts, max(self._timeout, WORK_TIMEOUT if frames else 0))
        self._running = (threading.get_ident(), request_id)
        try:
            return self._wait(dealer, request_id, progress)
        except KeyboardInterrupt:
            self._stop_work()
            dealer.close()  # it may have been interrupted inside a frame
            raise
        finally:
            self._running = None

    def _wait(self, dealer: AnyDealer, request_id: int, progress: Tell | None) -> Reply:
        end = time.monotonic() + WORK_TIMEOUT
        while True:
            if self._given_up == request_id:
                raise GPError(CANCELLED, "The work was cancelled.")
            try:
                parts = dealer.recv(min(PING_AFTER, self._timeout))
            except GPError as error:
                if error.code != TIMEOUT:
                    raise
                if time.monotonic() > end:
                    raise GPError(TIMEOUT, "The daemon works on without end.", error.hint) from None
                if not self.control.endpoint:  # hello: there is nobody else to ask yet
                    end = min(end, time.monotonic() + self._timeout)
                    continue
                self._see_alive(dealer, progress)
                continue
            self._told = False
            reply = wire.decode_reply(parts)
            if reply.id is None and reply.error is not None:
                raise reply.error
            if reply.id != request_id:
                continue  # late: its caller gave up on it
            if reply.error is not None:
                if reply.error.code in (ENDING, NO_SESSION):
                    dealer.close()  # as good as broken: connect again, to who is there then
                    raise GPError(CONNECTION_LOST, reply.error.message, reply.error.hint)
                raise reply.error
            if reply.progress is None:
                return reply
            if progress is not None:
                try:
                    progress(reply.progress.stage, reply.progress.fraction)
                except BaseException:
                    self._stop_work()
                    raise

    def _see_alive(self, dealer: AnyDealer, progress: Tell | None) -> None:
        try:
            self.control.ask("ping", {})
        except GPError as error:
            if error.code == TIMEOUT and self._lives(progress):
                return
            if error.code not in (NO_DAEMON, CONNECTION_LOST):
                raise
            # It has died, and the main connection has not heard of it yet.
            dealer.close()
            raise GPError(
                CONNECTION_LOST, "The daemon has gone.", "Try again; start it if need be."
            ) from error

    def _stop_work(self) -> None:
        # The caller's own exception is on its way; that the daemon is gone too adds nothing.
        with contextlib.suppress(GPError):
            self.cancel_of(threading.get_ident())

    def disconnect(self) -> None:
        """Close both connections; the session is kept, for the next ones."""
        if self.dealer is not None:
            self.dealer.close()
        self.dealer = None
        self.control.close()
