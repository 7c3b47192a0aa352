"""ClientPage: one page as the client sees it, with what it needs to survive the daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, INTERNAL, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Frame, Reply

if TYPE_CHECKING:
    from gp_client.client import Client

Color = tuple[int, int, int]
ProgressCallback = Callable[[str, float], None]


@dataclass(frozen=True)
class Region:
    """A guided region.

    Attributes:
        number: its priority, 1 first.
        bbox: (x, y, width, height) in canvas pixels.
        pixels: canvas pixels in it.
        suggestion: (red, green, blue), 0..255, the colour that the daemon would give it.
    """

    number: int
    bbox: tuple[int, int, int, int]
    pixels: int
    suggestion: Color


@dataclass(frozen=True)
class Mask:
    """A region's shape: ``data`` has one byte a pixel, 0 or 255, bbox's width times height."""

    bbox: tuple[int, int, int, int]
    data: bytes


class ClientPage:
    """A page that the daemon holds. Make it with ``Client.open``.

    The daemon's side is a cache. Where it was lost (memory, restart), the next call opens the page
    again and gives its hints again, in their order, before it does what was asked.
    """

    def __init__(self, client: Client, picture: Frame, options: dict[str, Any]) -> None:
        self._client = client
        self._picture = picture
        self._options = options
        self._hints: dict[int, Color] = {}
        self._id = ""
        self._bundle: Any = None  # identity of the networks that made the regions
        self._generation = -1  # the client's connection that knows self._id
        self._closed = False
        self._regions: list[Region] = []
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
        return dict(self._hints)

    def mask(self, number: int) -> Mask:
        """Return a region's mask.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        reply = self._call("mask", {"region": number})
        return Mask(_bbox(_result(reply)["bbox"]), bytes(_frame(reply).data))

    def hint(self, number: int, color: Color) -> None:
        """Give a region one colour, (red, green, blue) in 0..255 each.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST, or a connection's failure.
        """
        with self._client.lock:
            self._call("hint", {"region": number, "color": list(color)})
            self._hints[number] = (color[0], color[1], color[2])

    def unhint(self, number: int) -> None:
        """Take a region's hint away; a region without one stays as it is.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        with self._client.lock:
            self._call("unhint", {"region": number})
            self._hints.pop(number, None)

    def suggest(self, number: int) -> Color:
        """Return the colour that a region would get, given the present hints.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        return _rgb(_result(self._call("suggest", {"region": number}))["color"])

    def render(
        self,
        kind: str,
        format: str = "RGBA8",
        preview: bool = False,
        progress: ProgressCallback | None = None,
    ) -> bytes:
        """Return a picture of the page.

        Args:
            kind: "flats", "soft" or "hints".
            format: pixel format of the answer, see ``wire.FORMATS``.
            preview: grid size (see ``grid``) instead of canvas size; quicker.
            progress: called with a stage's name and its fraction, 0..1.

        Returns:
            Rows from the top, tightly packed.

        Raises:
            GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, SUPERSEDED, CANCELLED, or a
                connection's failure.
        """
        args = {"kind": kind, "format": format, "preview": preview}
        return bytes(_frame(self._call("render", args, progress)).data)

    def close(self) -> None:
        """Let the daemon forget the page; more than once does no harm."""
        with self._client.lock:
            if self._closed:
                return
            self._closed = True
            self._client.forget(self, self._id, self._generation)
            self._picture = Frame(b"", (0, 0), "GRAY8")

    def open_remote(self, progress: ProgressCallback | None = None, reconnect: bool = True) -> None:
        """Open (again) on the daemon and give all hints again; the client calls this."""
        with self._client.lock:
            frames = (self._picture,)
            reply = self._client.call("open", self._options, frames, progress, reconnect)
            generation = self._client.generation
            result = _result(reply)
            try:
                page_id, grid = str(result["page"]), result["grid"]
                regions = [_region(entry) for entry in result["regions"]]
                self.grid = (int(grid[0]), int(grid[1]))
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise _odd() from error
            bundle = self._client.info.get("bundle")
            if self._hints and (bundle != self._bundle or len(regions) != len(self._regions)):
                self._client.forget(self, page_id, generation)
                raise GPError(
                    BAD_REQUEST,
                    "The restarted daemon divides this page into other regions.",
                    "Open the page again, or start the daemon with the bundle of before.",
                )
            self._id, self._generation = page_id, generation
            self._regions, self._bundle = regions, bundle
            for number, color in self._hints.items():
                args = {"page": page_id, "region": number, "color": list(color)}
                self._client.call("hint", args, reconnect=False)

    def _call(
        self, op: str, args: dict[str, Any], progress: ProgressCallback | None = None
    ) -> Reply:
        with self._client.lock:
            if self._closed:
                raise GPError(NO_SUCH_PAGE, "This page is closed.", "Open it again.")
            retried: set[str] = set()
            while True:
                self._client.ensure_connected()
                try:
                    if self._generation != self._client.generation:
                        self.open_remote(reconnect=False)
                    full = {"page": self._id, **args}
                    return self._client.call(op, full, progress=progress, reconnect=False)
                except GPError as error:
                    # Once each: a page that kills the daemon must not kill one after the other.
                    if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE) or error.code in retried:
                        raise
                    retried.add(error.code)
                    if error.code == NO_SUCH_PAGE:
                        self._generation = -1  # dropped: open again and replay


def _result(reply: Reply) -> dict[str, Any]:
    if reply.result is None:
        raise _odd()
    return reply.result


def _frame(reply: Reply) -> Frame:
    if not reply.frames:
        raise _odd()
    return reply.frames[0]


def _region(entry: dict[str, Any]) -> Region:
    return Region(
        int(entry["number"]),
        _bbox(entry["bbox"]),
        int(entry["pixels"]),
        _rgb(entry["suggestion"]),
    )


def _bbox(value: Any) -> tuple[int, int, int, int]:
    x, y, width, height = (int(part) for part in value)
    return (x, y, width, height)


def _rgb(value: Any) -> Color:
    red, green, blue = (int(part) for part in value)
    return (red, green, blue)


def _odd() -> GPError:
    return GPError(INTERNAL, "The daemon sent an answer that makes no sense.", "Update both sides.")
