"""The client: blocking requests with progress, cancel, reconnect and replay (DESIGN section 7)."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from gp_client import wire
from gp_client.client_page import ClientPage, ProgressCallback
from gp_client.connection import USERNAME, locate
from gp_client.control import Control
from gp_client.errors import CONNECTION_LOST, NO_DAEMON, NO_SUCH_PAGE, TIMEOUT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.launch import launch_daemon
from gp_client.wire import Buffer, Frame, Reply, Request
from gp_client.zmtp import Dealer

PING_AFTER = 1.0  # seconds of silence after which the control socket is asked for a sign of life
WORK_TIMEOUT = 600.0  # seconds for one request of a daemon that gives signs of life


def connect(
    endpoint: str | None = None,
    start: bool = False,
    timeout: float = 10.0,
    bundle: str | os.PathLike[str] | None = None,
    device: str | int | None = None,
    token: str | None = None,
) -> Client:
    """Connect to the daemon.

    Args:
        endpoint: ``ipc://path`` or ``tcp://127.0.0.1:port``; None reads the connection file. A
            daemon at a given endpoint is never started.
        start: start a daemon where none runs, and again (once a call) where it died.
        timeout: seconds without a sign of life after which the daemon counts as hung.
        bundle: folder of the networks, for a daemon that is started.
        device: "cpu" or "gpu:N", for a daemon that is started.
        token: key of a tcp endpoint; None takes ``$GUIDINGPAINTER_TOKEN`` or the connection file's.

    Raises:
        GuidingPainterError: NO_DAEMON, TIMEOUT, VERSION, or a started daemon's own reason.
    """
    client = Client(endpoint, start, timeout, bundle, device, token)
    client.ensure_connected()
    return client


class Client:
    """A connection to the daemon; calls from several threads wait for each other.

    Attributes:
        lock: held during a call.
        info: what the daemon said at hello: version, bundle, device, limits.
        generation: changes whenever the daemon no longer knows this client's pages.
    """

    def __init__(
        self,
        endpoint: str | None,
        start: bool,
        timeout: float,
        bundle: str | os.PathLike[str] | None,
        device: str | int | None,
        token: str | None,
    ) -> None:
        self._endpoint, self._start, self._timeout = endpoint, start, timeout
        self._bundle, self._device, self._token = bundle, device, token
        self.lock = threading.RLock()
        self.info: dict[str, Any] = {}
        self.generation = 0
        self._ids = itertools.count(1)
        self._dealer: Dealer | None = None
        self._session = ""
        self._running: int | None = None
        self._control = Control(timeout)
        self._closed = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(
        self,
        pixels: Buffer,
        width: int,
        height: int,
        format: str = "GRAY8",
        gap: float | None = None,
        ink: int | None = None,
        progress: ProgressCallback | None = None,
    ) -> ClientPage:
        """Open line art as a page and find its regions.

        Args:
            pixels: rows from the top, tightly packed.
            width: canvas pixels, up to 16384.
            height: canvas pixels, up to 16384; width times height is at most 100 million.
            format: see ``wire.FORMATS``.
            gap: gaps in the lines up to this many pixels are closed; None scales with the canvas.
            ink: pixels darker than this, 0..255, are ink; None finds the threshold.
            progress: called with a stage's name and its fraction, 0..1.

        Raises:
            GuidingPainterError: TOO_LARGE, UNSUPPORTED_FORMAT, BAD_REQUEST, BLANK_PAGE, CANCELLED,
                or a connection's failure.
        """
        # Kept for replay, so it must not change under us.
        frozen = pixels if isinstance(pixels, bytes) else bytes(pixels)
        options = {"gap": gap, "ink": ink}
        page = ClientPage(self, Frame(frozen, (height, width), format), options)
        page.open_remote(progress)
        return page

    def status(self) -> dict[str, Any]:
        """Return what the daemon is doing; answered while work runs in another thread.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        return self._control.ask("status", {})

    def cancel(self) -> bool:
        """Cancel the request that runs in another thread; that call raises CANCELLED.

        Returns:
            False where nothing runs or it was over already.
        """
        running = self._running
        if running is None:
            return False
        answer = self._control.ask("cancel", {"session": self._session, "request": running})
        return answer.get("state") in ("waiting", "running")

    def shutdown(self) -> None:
        """End the daemon, for everybody.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        self._control.ask("shutdown", {})

    def close(self) -> None:
        """Close the connection; the daemon forgets this client's pages. Twice does no harm."""
        with self.lock:
            self._closed = True
            self._disconnect()

    def ensure_connected(self) -> None:
        """Connect, or connect again, and start a daemon where that was wished.

        Raises:
            GuidingPainterError: see ``connect``.
        """
        with self.lock:
            if self._closed:
                raise GPError(NO_DAEMON, "This client is closed.", "Connect again.")
            if self._dealer is not None and not self._dealer.closed:
                return
            self._disconnect()
            try:
                self._hello()
            except GPError as error:
                if error.code != NO_DAEMON or not self._start or self._endpoint is not None:
                    raise
                launch_daemon(self._bundle, self._device)
                self._hello()

    def call(
        self,
        op: str,
        args: dict[str, Any],
        frames: Sequence[Frame] = (),
        progress: ProgressCallback | None = None,
        reconnect: bool = True,
    ) -> Reply:
        """Send one request and wait for its reply.

        Args:
            op: an operation of docs/protocol.md.
            args: its arguments.
            frames: its frames.
            progress: called with a stage's name and its fraction, 0..1.
            reconnect: connect and ask once more where the connection breaks; only for requests that
                need nothing that the daemon remembers.

        Raises:
            GuidingPainterError: the daemon's error, or CONNECTION_LOST, TIMEOUT, NO_DAEMON.
        """
        with self.lock:
            self.ensure_connected()
            try:
                return self._exchange(op, args, frames, progress)
            except GPError as error:
                if not reconnect or error.code != CONNECTION_LOST:
                    raise
            self.ensure_connected()
            return self._exchange(op, args, frames, progress)

    def forget(self, page: ClientPage, page_id: str, generation: int) -> None:
        """Close a page on the daemon where the daemon can still know it."""
        connected = self._dealer is not None and not self._dealer.closed
        if self._closed or not connected or generation != self.generation:
            return
        try:
            self.call("close", {"page": page_id}, reconnect=False)
        except GPError as error:
            # Gone is what was asked for.
            if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE):
                raise

    def _hello(self) -> None:
        place = locate(self._endpoint, self._token)
        self._dealer = Dealer.connect(place.main, USERNAME, place.token, self._timeout)
        self._control.move(place.control, place.token)
        try:
            reply = self._exchange("hello", {"session": self._session}, (), None)
        except BaseException:
            self._disconnect()
            raise
        result = reply.result or {}
        self.info = result
        self._session = str(result.get("session", ""))
        self._control.move(place.control or str(result.get("control", "")), place.token)
        if not result.get("resumed"):
            self.generation += 1

    def _exchange(
        self,
        op: str,
        args: dict[str, Any],
        frames: Sequence[Frame],
        progress: ProgressCallback | None,
    ) -> Reply:
        dealer = self._dealer
        if dealer is None:
            raise GPError(CONNECTION_LOST, "There is no connection to the daemon.", "Try again.")
        request_id = next(self._ids)
        parts = wire.encode_request(Request(request_id, op, args, tuple(frames)))
        dealer.send(parts, max(self._timeout, WORK_TIMEOUT if frames else 0))
        self._running = request_id
        try:
            return self._wait(dealer, request_id, progress)
        except KeyboardInterrupt:
            self._stop_work()
            dealer.close()  # it may have been interrupted inside a frame
            raise
        finally:
            self._running = None

    def _wait(self, dealer: Dealer, request_id: int, progress: ProgressCallback | None) -> Reply:
        end = time.monotonic() + WORK_TIMEOUT
        while True:
            try:
                parts = dealer.recv(min(PING_AFTER, self._timeout))
            except GPError as error:
                if error.code != TIMEOUT:
                    raise
                if time.monotonic() > end:
                    raise GPError(TIMEOUT, "The daemon works on without end.", error.hint) from None
                if not self._control.endpoint:  # hello: there is nobody else to ask yet
                    end = min(end, time.monotonic() + self._timeout)
                    continue
                self._control.ask("ping", {})
                continue
            reply = wire.decode_reply(parts)
            if reply.id is None and reply.error is not None:
                raise reply.error
            if reply.id != request_id:
                continue  # late: its caller gave up on it
            if reply.error is not None:
                raise reply.error
            if reply.progress is None:
                return reply
            if progress is not None:
                try:
                    progress(reply.progress.stage, reply.progress.fraction)
                except BaseException:
                    self._stop_work()
                    raise

    def _stop_work(self) -> None:
        # The caller's own exception is on its way; that the daemon is gone too adds nothing.
        with contextlib.suppress(GPError):
            self.cancel()

    def _disconnect(self) -> None:
        if self._dealer is not None:
            self._dealer.close()
        self._dealer = None
        self._control.close()
