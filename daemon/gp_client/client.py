"""The client: requests with progress, cancel, reconnect and replay (DESIGN section 7)."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

from gp_client.answers import Box, ProgressCallback
from gp_client.calls import Call, Calls, Dispatch, Done, Failed
from gp_client.client_page import ClientPage
from gp_client.errors import CONNECTION_LOST, NO_DAEMON, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.heartbeat import Heartbeat
from gp_client.launch import launch_daemon
from gp_client.link import Link
from gp_client.wire import Buffer, Frame, Reply

_BEAT_AFTER = 5.0  # seconds between heartbeats, or a quarter of what the daemon endures
_SILENCE = 60.0  # seconds that a daemon endures if it does not say


def connect(
    endpoint: str | None = None,
    start: bool = False,
    timeout: float = 10.0,
    bundle: str | os.PathLike[str] | None = None,
    device: str | int | None = None,
    token: str | None = None,
    key: str | os.PathLike[str] | None = None,
    dispatch: Dispatch | None = None,
    stay: bool = False,
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
        key: key file for a daemon on another machine (needs pyzmq); None takes
            ``$GUIDINGPAINTER_KEY``.
        dispatch: runs a callback of the ``*_async`` methods on the UI's thread, such as
            ``GLib.idle_add``; None: they wait for ``Client.poll``.
        stay: let a daemon that is started outlive this process by half a minute, for the next one.

    Raises:
        GuidingPainterError: NO_DAEMON, TIMEOUT, VERSION, or a started daemon's own reason.
    """
    client = Client(endpoint, start, timeout, bundle, device, token, key, dispatch, stay)
    client.ensure_connected()
    return client


class Client:
    """A connection to the daemon; calls from several threads wait for each other.

    Attributes:
        lock: held during a call.
        generation: changes whenever the daemon no longer knows this client's pages.
        alive: whether the daemon gave the last sign of life that was due.
        calls: the asynchronous calls.
    """

    def __init__(
        self,
        endpoint: str | None,
        start: bool,
        timeout: float,
        bundle: str | os.PathLike[str] | None,
        device: str | int | None,
        token: str | None,
        key: str | os.PathLike[str] | None = None,
        dispatch: Dispatch | None = None,
        stay: bool = False,
    ) -> None:
        self._endpoint, self._start, self._stay = endpoint, start, stay
        self._bundle, self._device = bundle, device
        self._link = Link(endpoint, timeout, token, key)
        self.lock = threading.RLock()
        self.generation = 0
        self._heartbeat: Heartbeat | None = None
        self.alive = False
        self.calls = Calls(self._link.cancel_of, dispatch)
        self._closed = False

    @property
    def info(self) -> dict[str, Any]:
        """What the daemon said at hello: version, bundle, device, limits."""
        return self._link.info

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
        area: Box | None = None,
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
            area: (x, y, width, height), the part of the canvas to work in; None: all of it.

        Raises:
            GuidingPainterError: TOO_LARGE, UNSUPPORTED_FORMAT, BAD_REQUEST, BLANK_PAGE, CANCELLED,
                or a connection's failure.
        """
        # Kept for replay, so it must not change under us.
        frozen = pixels if isinstance(pixels, bytes) else bytes(pixels)
        options: dict[str, Any] = {"gap": gap, "ink": ink}
        if area is not None:
            options["area"] = list(area)
        page = ClientPage(self, Frame(frozen, (height, width), format), options)
        page.open_remote(progress)
        return page

    def open_async(
        self,
        pixels: Buffer,
        width: int,
        height: int,
        format: str = "GRAY8",
        gap: float | None = None,
        ink: int | None = None,
        done: Done | None = None,
        failed: Failed | None = None,
        progress: ProgressCallback | None = None,
        area: Box | None = None,
    ) -> Call:
        """Do what ``open`` does without waiting; see ``AsyncPage`` for the callbacks."""
        frozen = pixels if isinstance(pixels, bytes) else bytes(pixels)

        def work(tell: ProgressCallback) -> ClientPage:
            return self.open(frozen, width, height, format, gap, ink, tell, area)

        return self.calls.start(work, done, failed, progress)

    def poll(self, wait: float = 0.0) -> int:
        """Run the callbacks of finished asynchronous calls on this thread; for a UI's timer.

        Args:
            wait: seconds to wait for the first one; 0 returns at once.

        Returns:
            How many callbacks ran.
        """
        return self.calls.poll(wait)

    def status(self) -> dict[str, Any]:
        """Return what the daemon is doing; answered while work runs in another thread.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        return self._link.control.ask("status", {})

    def cancel(self) -> bool:
        """Cancel the request that runs in another thread; that call raises CANCELLED.

        Returns:
            False where nothing runs or it was over already.
        """
        running = self._link.running
        return running is not None and self._link.cancel_of(running)

    def shutdown(self) -> None:
        """End the daemon, for everybody.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        self._link.control.ask("shutdown", {})

    def close(self) -> None:
        """Close the connection; the daemon forgets this client's pages. Twice does no harm."""
        self.calls.close()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        with self.lock:
            self._closed = True
            self._link.disconnect()

    def ensure_connected(self) -> None:
        """Connect, or connect again, and start a daemon where that was wished.

        Raises:
            GuidingPainterError: see ``connect``.
        """
        with self.lock:
            if self._closed:
                raise GPError(NO_DAEMON, "This client is closed.", "Connect again.")
            if self._link.connected:
                return
            self._link.disconnect()
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
                return self._link.exchange(op, args, frames, progress)
            except GPError as error:
                if not reconnect or error.code != CONNECTION_LOST:
                    raise
            self.ensure_connected()
            return self._link.exchange(op, args, frames, progress)

    def beat(self) -> None:
        """Show the daemon that we live, and see whether it does; the heartbeat calls this.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        if self._link.session and not self._closed:
            self._link.control.ask("ping", {"session": self._link.session})
            self.alive = True

    def forget(self, page: ClientPage, page_id: str, generation: int) -> None:
        """Close a page on the daemon where the daemon can still know it."""
        if self._closed or not self._link.connected or generation != self.generation:
            return
        try:
            self.call("close", {"page": page_id}, reconnect=False)
        except GPError as error:
            # Gone is what was asked for.
            if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE):
                raise

    def _hello(self) -> None:
        if not self._link.connect():
            self.generation += 1
        self.alive = True
        if self._heartbeat is None:
            silence = float((self.info.get("limits") or {}).get("silence", _SILENCE))
            self._heartbeat = Heartbeat(self, min(silence / 4, _BEAT_AFTER))
