"""The client: pages, calls that do not wait, and short questions to the daemon."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from gp_client.calls import Call, Calls, Dispatch, Done, Failed
from gp_client.guided_page import GuidedPage
from gp_client.page import ClientPage
from gp_client.page_options import PageOptions
from gp_client.session import Session
from gp_client.types import Box, Tell
from gp_client.wire import Buffer, Frame, Reply


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
        dispatch: runs a callback of ``Client.later`` on the UI's thread, such as
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

    Args: see ``connect``.

    Attributes:
        calls: the calls that do not wait.
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
        self._session = Session(endpoint, start, timeout, bundle, device, token, key, stay)
        self.calls = Calls(self._session.link.cancel_of, dispatch)

    @property
    def info(self) -> dict[str, Any]:
        """What the daemon said at hello: version, bundle, device, limits."""
        return self._session.info

    @property
    def alive(self) -> bool:
        """Whether the daemon gave the last sign of life that was due."""
        return self._session.alive

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
        progress: Tell | None = None,
        area: Box | None = None,
    ) -> ClientPage:
        """Open line art as a page and find its regions.

        Args:
            pixels: rows from the top, tightly packed. A read-only buffer must stay as it is while
                the page lives; of others a copy is kept.
            width: canvas pixels, up to `wire.MAX_SIDE`.
            height: likewise; width times height is at most `wire.MAX_PIXELS`.
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
        lasting = isinstance(pixels, bytes) or getattr(pixels, "readonly", False)
        frozen = pixels if lasting else bytes(pixels)
        options = PageOptions(gap, ink, area)
        page = ClientPage(self._session, Frame(frozen, (height, width), format), options)
        page.open_remote(progress)
        return page

    def open_guided(
        self,
        pixels: Buffer,
        width: int,
        height: int,
        format: str = "GRAY8",
        gap: float | None = None,
        ink: int | None = None,
        progress: Tell | None = None,
        area: Box | None = None,
        acts: bytes = b"",
    ) -> GuidedPage:
        """Open line art as a page of pieces, for an artist with a guide.

        Args:
            pixels, width, height, format, gap, ink, progress: see ``open``.
            area: (x, y, width, height), where the guide asks and proposes; None: everywhere.
            acts: what was done to this line art before, from ``GuidedPage.acts``.

        Raises:
            GuidingPainterError: see ``open``; VERSION or BAD_REQUEST for acts that cannot be read.
        """
        # Kept for replay, so it must not change under us.
        frozen = pixels if isinstance(pixels, bytes) else bytes(pixels)
        options = PageOptions(gap, ink, area)
        page = GuidedPage(self._session, Frame(frozen, (height, width), format), options)
        page.open_remote(progress)
        if acts:
            try:
                page.play(acts)
            except BaseException:
                page.close()
                raise
        return page

    def later(
        self,
        work: Callable[[Tell], Any],
        done: Done | None = None,
        failed: Failed | None = None,
        progress: Tell | None = None,
        slot: Hashable = None,
    ) -> Call:
        """Do work that waits for the daemon on another thread, and return at once.

        Works of one client are done one at a time in their order. See ``poll`` for where the
        callbacks run.

        Args:
            work: such as ``lambda tell: page.render("flats", progress=tell)``.
            done: called with the work's result.
            failed: called with its GuidingPainterError.
            progress: called with a stage's name and its fraction, 0..1.
            slot: what a newer work has in common with this one whose place it takes; one that
                waits still fails with SUPERSEDED then.

        Raises:
            GuidingPainterError: NO_DAEMON once the client is closed.
        """
        return self.calls.start(work, done, failed, progress, slot)

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
        return self._session.link.control.ask("status", {})

    def cancel(self) -> bool:
        """Cancel the request that runs in another thread; that call raises CANCELLED.

        Returns:
            False where nothing runs or it was over already.
        """
        running = self._session.link.running
        return running is not None and self._session.link.cancel_of(running)

    def shutdown(self) -> None:
        """End the daemon, for everybody.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        self._session.link.control.ask("shutdown", {})
        self._session.alive = False
        with self._session.lock:
            self._session.link.disconnect()  # or it would pass for connected until the next request

    def close(self) -> None:
        """Close the connection; the daemon forgets this client's pages. Twice does no harm."""
        self.calls.close()
        self._session.close()

    def ensure_connected(self) -> None:
        """Connect, or connect again, and start a daemon where that was wished.

        Raises:
            GuidingPainterError: see ``connect``.
        """
        self._session.ensure_connected()

    def call(self, op: str, args: dict[str, Any], frames: Sequence[Frame] = ()) -> Reply:
        """Send one request and wait for its reply; see docs/protocol.md.

        Raises:
            GuidingPainterError: the daemon's error, or CONNECTION_LOST, TIMEOUT, NO_DAEMON.
        """
        return self._session.call(op, args, frames)
