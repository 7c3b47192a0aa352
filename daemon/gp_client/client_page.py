"""ClientPage: one page as the client sees it, with what it needs to survive the daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gp_client.answers import (
    Color,
    Mask,
    ProgressCallback,
    Region,
    canvas_mask,
    color_of,
    odd,
    regions_of,
    result_of,
)
from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.journal import Journal
from gp_client.page_async import AsyncPage
from gp_client.page_pictures import Pictures
from gp_client.wire import Buffer, Frame, Reply

if TYPE_CHECKING:
    from gp_client.client import Client

# Each changes the flats, and so the layers.
_CHANGES = frozenset({"hint", "unhint", "scribble", "unscribble", "correct", "uncorrect"})


class ClientPage(Pictures, AsyncPage):
    """A page that the daemon holds. Make it with ``Client.open``.

    The daemon's side is a cache. Where it was lost (memory, restart), the next call opens the page
    again and tells it all that it was told, before it does what was asked.
    """

    def __init__(self, client: Client, picture: Frame, options: dict[str, Any]) -> None:
        self._client = client
        self._calls = client.calls
        self._picture = picture
        self._options = options
        self._journal = Journal(picture.shape)
        self._id = ""
        self._bundle: Any = None  # identity of the networks that made the regions
        self._generation = -1  # the client's connection that knows self._id
        self._closed = False
        self._regions: list[Region] = []
        self._opened = 0  # regions before any correction
        self._layers = ()
        self.grid = (0, 0)  # (width, height) of previews

    @property
    def width(self) -> int:
        """Canvas width in pixels."""
        return self._picture.shape[1]

    @property
    def height(self) -> int:
        """Canvas height in pixels."""
        return self._picture.shape[0]

    @property
    def regions(self) -> list[Region]:
        """The guided regions in priority order."""
        return list(self._regions)

    @property
    def hints(self) -> dict[int, Color]:
        """The hints that the daemon was given, by region number."""
        return dict(self._journal.hints)

    def hint(self, number: int, color: Color) -> None:
        """Give a region one colour, (red, green, blue) in 0..255 each.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST, or a connection's failure.
        """
        with self._client.lock:
            self._call("hint", {"region": number, "color": list(color)})
            self._journal.hints[number] = (color[0], color[1], color[2])

    def unhint(self, number: int) -> None:
        """Take a region's hint away; a region without one stays as it is.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        with self._client.lock:
            self._call("unhint", {"region": number})
            self._journal.hints.pop(number, None)

    def suggest(self, number: int) -> Color:
        """Return the colour that a region would get, given the present hints.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        return color_of(result_of(self._call("suggest", {"region": number}))["color"])

    def alternatives(self, number: int) -> list[Color]:
        """Return more colours to offer for a region, beside ``suggest``'s.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        result = result_of(self._call("alternatives", {"region": number}))
        return [color_of(color) for color in result["colors"]]

    def correct(self, number: int, mask: Mask | Buffer) -> None:
        """Give a region another shape; the pixels leave the other regions. ``regions`` follows.

        Args:
            number: the region.
            mask: a Mask, or one byte a pixel of the canvas; 128 and above is inside.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST, or a connection's failure.
        """
        with self._client.lock:
            data = canvas_mask(mask, self.width, self.height)
            reply = self._call("correct", {"region": number}, frames=(self._journal.frame(data),))
            result = result_of(reply)
            if result.get("changed", True):  # else there is nothing to undo
                self._journal.corrected(number, data)
            self._regions = regions_of(result)

    def uncorrect(self) -> bool:
        """Undo the last correction; False where there is none. ``regions`` follows.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        with self._client.lock:
            result = result_of(self._call("uncorrect", {}))
            undone = bool(result.get("undone"))
            if undone:
                self._journal.uncorrected()
            self._regions = regions_of(result)
            return undone

    def scribble(self, mask: Mask | Buffer, color: Color) -> int:
        """Paint a stroke or a dot as a hint for what is under it.

        Args:
            mask: a Mask, or one byte a pixel of the canvas; 128 and above is painted.
            color: (red, green, blue), 0..255.

        Returns:
            The scribble's number, for ``unscribble``; it survives the daemon.

        Raises:
            GuidingPainterError: BAD_REQUEST, or a connection's failure.
        """
        with self._client.lock:
            data = canvas_mask(mask, self.width, self.height)
            frames = (self._journal.frame(data),)
            reply = self._call("scribble", {"color": list(color)}, frames=frames)
            kept = (color[0], color[1], color[2])
            return self._journal.scribbled(data, kept, int(result_of(reply)["scribble"]))

    def unscribble(self, number: int) -> None:
        """Take a scribble away.

        Raises:
            GuidingPainterError: BAD_REQUEST for one that is not there, or a connection's failure.
        """
        with self._client.lock:
            # Looked up for each try: a daemon that was restarted numbers them anew.
            self._call("unscribble", lambda: {"scribble": self._journal.remote(number)})
            self._journal.unscribbled(number)

    def close(self) -> None:
        """Let the daemon forget the page; more than once does no harm."""
        with self._client.lock:
            if self._closed:
                return
            self._closed = True
            self._client.forget(self, self._id, self._generation)
            self._picture = Frame(b"", (0, 0), "GRAY8")
            self._journal = Journal((0, 0))

    def open_remote(self, progress: ProgressCallback | None = None, reconnect: bool = True) -> None:
        """Open (again) on the daemon and tell it all again; the client calls this."""
        with self._client.lock:
            frames = (self._picture,)
            reply = self._client.call("open", self._options, frames, progress, reconnect)
            generation = self._client.generation
            result = result_of(reply)
            regions = regions_of(result)
            try:
                page_id, grid = str(result["page"]), result["grid"]
                self.grid = (int(grid[0]), int(grid[1]))
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise odd() from error
            bundle = self._client.info.get("bundle")
            if self._journal and (bundle != self._bundle or len(regions) != self._opened):
                self._client.forget(self, page_id, generation)
                raise GPError(
                    BAD_REQUEST,
                    "The restarted daemon divides this page into other regions.",
                    "Open the page again, or start the daemon with the bundle of before.",
                )

            def send(op: str, args: dict[str, Any], frames: tuple[Frame, ...]) -> Reply:
                return self._client.call(op, {"page": page_id, **args}, frames, reconnect=False)

            self._journal.set_opened(len(regions))
            corrected = self._journal.replay(send)
            self._opened = len(regions)
            self._id, self._generation, self._bundle = page_id, generation, bundle
            self._regions = regions if corrected is None else corrected

    def _call(
        self,
        op: str,
        args: dict[str, Any] | Callable[[], dict[str, Any]],
        progress: ProgressCallback | None = None,
        frames: tuple[Frame, ...] = (),
    ) -> Reply:
        with self._client.lock:
            if self._closed:
                raise GPError(NO_SUCH_PAGE, "This page is closed.", "Open it again.")
            if op in _CHANGES:
                self._layers = ()
            retried: set[str] = set()
            while True:
                self._client.ensure_connected()
                try:
                    if self._generation != self._client.generation:
                        self.open_remote(reconnect=False)
                    given = args() if callable(args) else args
                    full = {"page": self._id, **given}
                    return self._client.call(op, full, frames, progress, reconnect=False)
                except GPError as error:
                    # Once each: a page that kills the daemon must not kill one after the other.
                    if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE) or error.code in retried:
                        raise
                    retried.add(error.code)
                    if error.code == NO_SUCH_PAGE:
                        self._generation = -1  # dropped: open again and replay
