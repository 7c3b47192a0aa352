"""What pages of both protocols have in common in the client.

The daemon holds the page; where it lost it, the page is opened again and told all that it knew.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from gp_client.answers import frame_of, result_of, senseless
from gp_client.errors import CONNECTION_LOST, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.page_options import PageOptions
from gp_client.session import Session
from gp_client.types import Box, Tell
from gp_client.wire import Frame, Reply

Args = dict[str, Any]


class HeldPage(ABC):
    """A page that a daemon holds as long as it can.

    The daemon's side is a cache. Where it was lost (memory, restart), the next call opens the page
    again and tells it all that it was told, before it does what was asked.

    Args:
        session: the connection.
        picture: the line art; it must not change.
        options: how it is opened.
    """

    _protocol: ClassVar[int]
    # After these failures nobody knows what the daemon did: all is told again.
    _doubtful: ClassVar[frozenset[str]] = frozenset({NO_SUCH_PAGE})

    def __init__(self, session: Session, picture: Frame, options: PageOptions) -> None:
        self._session, self._picture, self._options = session, picture, options
        self._id = ""
        self._generation = -1  # the session's, where the daemon knows self._id
        self._closed = False
        self.grid = (0, 0)  # (width, height) of previews

    @property
    def width(self) -> int:
        """Canvas width in pixels."""
        return self._picture.shape[1]

    @property
    def height(self) -> int:
        """Canvas height in pixels."""
        return self._picture.shape[0]

    def render(
        self,
        kind: str = "flats",
        format: str = "RGBA8",
        preview: bool = False,
        progress: Tell | None = None,
        crop: Box | None = None,
        proposals: str = "pale",
    ) -> bytes:
        """Return a picture of the page.

        Args:
            kind: "flats" (transparent where nobody gave a colour) or "soft"; "hints" of a page of
                protocol 1.
            format: pixel format of the answer, see ``wire.FORMATS``.
            preview: grid size (see ``grid``) instead of canvas size; quicker.
            progress: called with a stage's name and its fraction, 0..1.
            crop: (x, y, width, height), the part that is wanted, in pixels of the picture.
            proposals: how flats show what the guide proposes: "pale", "full", "none" or "only".

        Returns:
            Rows from the top, tightly packed.

        Raises:
            GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, SUPERSEDED, CANCELLED, or a
                connection's failure.
        """
        return bytes(self.render_view(kind, format, preview, progress, crop, proposals))

    def render_view(
        self,
        kind: str = "flats",
        format: str = "RGBA8",
        preview: bool = False,
        progress: Tell | None = None,
        crop: Box | None = None,
        proposals: str = "pale",
    ) -> memoryview:
        """Return what ``render`` does where it arrived, which spares a copy; numpy takes it."""
        args: Args = {"kind": kind, "format": format, "preview": preview, "proposals": proposals}
        if crop is not None:
            args["crop"] = list(crop)
        return memoryview(frame_of(self._call("render", args, (), progress)).data)

    def close(self) -> None:
        """Let the daemon forget the page; more than once does no harm."""
        with self._session.lock:
            if self._closed:
                return
            self._closed = True
            self._session.forget(self._id, self._generation)
            self._picture = Frame(b"", (0, 0), "GRAY8")
            self._forget()

    def open_remote(self, progress: Tell | None = None, reconnect: bool = True) -> None:
        """Open (again) on the daemon and tell it all again; the client calls this."""
        with self._session.lock:
            frames = (self._picture,)
            reply = self._session.call(
                "open", self._options.args(), frames, progress, reconnect, self._protocol
            )
            generation, result = self._session.generation, result_of(reply)
            try:
                page_id, grid = str(result["page"]), result["grid"]
                self.grid = (int(grid[0]), int(grid[1]))
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise senseless() from error

            def send(op: str, args: Args, frames: tuple[Frame, ...]) -> Reply:
                full = {"page": page_id, **args}
                return self._session.call(op, full, frames, None, False, self._protocol)

            self._tell_again(reply, send)
            self._id, self._generation = page_id, generation

    @abstractmethod
    def _tell_again(
        self, reply: Reply, send: Callable[[str, Args, tuple[Frame, ...]], Reply]
    ) -> None:
        """Take in the answer to opening, and send all that the page was told before."""

    @abstractmethod
    def _forget(self) -> None:
        """Let go of what was kept to be told again."""

    def _call(
        self,
        op: str,
        args: Args | Callable[[], Args],
        frames: tuple[Frame, ...] = (),
        progress: Tell | None = None,
    ) -> Reply:
        """Send a request about this page; args that may change by opening again are called for."""
        with self._session.lock:
            if self._closed:
                raise GPError(NO_SUCH_PAGE, "This page is closed.", "Open it again.")
            retried: set[str] = set()
            while True:
                self._session.ensure_connected()
                try:
                    if self._generation != self._session.generation:
                        self.open_remote(reconnect=False)
                    full = {"page": self._id, **(args() if callable(args) else args)}
                    return self._session.call(op, full, frames, progress, False, self._protocol)
                except GPError as error:
                    # Once each: a page that kills the daemon must not kill one after the other.
                    if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE) or error.code in retried:
                        raise
                    retried.add(error.code)
                    if error.code in self._doubtful:
                        self._generation = -1
