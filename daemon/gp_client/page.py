"""ClientPage: one page as the client sees it, with what it needs to survive the daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.answers import (
    box_of,
    canvas_mask,
    color_of,
    frame_of,
    layer_of,
    odd,
    regions_of,
    result_of,
)
from gp_client.errors import BAD_REQUEST, CONNECTION_LOST, NO_SUCH_PAGE, SUPERSEDED
from gp_client.errors import GuidingPainterError as GPError
from gp_client.journal import Journal
from gp_client.page_options import PageOptions
from gp_client.session import Session
from gp_client.types import Box, Color, Layer, Mask, Region, Tell
from gp_client.wire import Buffer, Frame, Reply

# Each changes the flats, and so the layers.
_CHANGES = frozenset({"hint", "unhint", "scribble", "unscribble", "correct", "uncorrect"})


class ClientPage:
    """A page that the daemon holds. Make it with ``Client.open``.

    The daemon's side is a cache. Where it was lost (memory, restart), the next call opens the page
    again and tells it all that it was told, before it does what was asked.
    """

    def __init__(self, session: Session, picture: Frame, options: PageOptions) -> None:
        self._session = session
        self._picture = picture
        self._options = options
        self._journal = Journal(picture.shape)
        self._id = ""
        self._bundle: Any = None  # identity of the networks that made the regions
        self._generation = -1  # the session's, where the daemon knows self._id
        self._closed = False
        self._regions: list[Region] = []
        self._opened = 0  # regions before any correction
        self._layers: tuple[Layer, ...] = ()  # as last told, while the page has not changed
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
        with self._session.lock:
            self._call("hint", {"region": number, "color": list(color)})
            self._journal.hints[number] = (color[0], color[1], color[2])

    def unhint(self, number: int) -> None:
        """Take a region's hint away; a region without one stays as it is.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        with self._session.lock:
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
        with self._session.lock:
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
        with self._session.lock:
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
        with self._session.lock:
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
        with self._session.lock:
            # Looked up for each try: a daemon that was restarted numbers them anew.
            self._call("unscribble", lambda: {"scribble": self._journal.remote(number)})
            self._journal.unscribbled(number)

    def mask(self, number: int) -> Mask:
        """Return a region's mask.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        reply = self._call("mask", {"region": number})
        return Mask(box_of(result_of(reply)["bbox"]), bytes(frame_of(reply).data))

    def layers(self) -> list[Layer]:
        """Return how the flats divide into one layer for each colour, the largest first.

        Pixels are asked for layer by layer, with ``layer`` or ``layer_mask``, so that neither side
        holds all of them at once.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        with self._session.lock:
            entries = result_of(self._call("layers", {})).get("layers")
            if not isinstance(entries, list):
                raise odd()
            self._layers = tuple(layer_of(entry) for entry in entries)
            return list(self._layers)

    def layer(self, layer: Layer, format: str = "RGBA8") -> bytes:
        """Return a layer's picture: its colour where it is, transparent beside it.

        Args:
            layer: one of what ``layers`` returned.
            format: pixel format of the answer, see ``wire.FORMATS``.

        Returns:
            As large as the layer's bbox, rows from the top, tightly packed.

        Raises:
            GuidingPainterError: SUPERSEDED where the page has changed since ``layers``,
                UNSUPPORTED_FORMAT, or a connection's failure.
        """
        return self._of_layer(layer, {"format": format})

    def layer_mask(self, layer: Layer) -> Mask:
        """Return a layer's shape, which has a byte a pixel where a picture has four.

        Raises:
            GuidingPainterError: see ``layer``.
        """
        return Mask(layer.bbox, self._of_layer(layer, {}))

    def _of_layer(self, layer: Layer, args: dict[str, Any]) -> bytes:
        with self._session.lock:
            if layer not in self._layers:
                raise GPError(
                    SUPERSEDED, "The page's colours have changed.", "Ask for the layers again."
                )
            reply = self._call("layer", {"color": list(layer.color), **args})
            if layer_of(result_of(reply)) != layer:
                raise odd()
            return bytes(frame_of(reply).data)

    def render(
        self,
        kind: str,
        format: str = "RGBA8",
        preview: bool = False,
        progress: Tell | None = None,
        crop: Box | None = None,
    ) -> bytes:
        """Return a picture of the page.

        Args:
            kind: "flats", "soft" or "hints".
            format: pixel format of the answer, see ``wire.FORMATS``.
            preview: grid size (see ``grid``) instead of canvas size; quicker.
            progress: called with a stage's name and its fraction, 0..1.
            crop: (x, y, width, height), the part that is wanted, in pixels of the picture.

        Returns:
            Rows from the top, tightly packed.

        Raises:
            GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, SUPERSEDED, CANCELLED, or a
                connection's failure.
        """
        return bytes(self.render_view(kind, format, preview, progress, crop))

    def render_view(
        self,
        kind: str,
        format: str = "RGBA8",
        preview: bool = False,
        progress: Tell | None = None,
        crop: Box | None = None,
    ) -> memoryview:
        """Return what ``render`` does where it arrived, which spares a copy; numpy takes it."""
        args: dict[str, Any] = {"kind": kind, "format": format, "preview": preview}
        if crop is not None:
            args["crop"] = list(crop)
        return memoryview(frame_of(self._call("render", args, progress)).data)

    def close(self) -> None:
        """Let the daemon forget the page; more than once does no harm."""
        with self._session.lock:
            if self._closed:
                return
            self._closed = True
            self._session.forget(self._id, self._generation)
            self._picture = Frame(b"", (0, 0), "GRAY8")
            self._journal = Journal((0, 0))

    def open_remote(self, progress: Tell | None = None, reconnect: bool = True) -> None:
        """Open (again) on the daemon and tell it all again; the client calls this."""
        with self._session.lock:
            frames = (self._picture,)
            reply = self._session.call("open", self._options.args(), frames, progress, reconnect)
            generation = self._session.generation
            result = result_of(reply)
            regions = regions_of(result)
            try:
                page_id, grid = str(result["page"]), result["grid"]
                self.grid = (int(grid[0]), int(grid[1]))
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise odd() from error
            bundle = self._session.info.get("bundle")
            if self._journal and (bundle != self._bundle or len(regions) != self._opened):
                self._session.forget(page_id, generation)
                raise GPError(
                    BAD_REQUEST,
                    "The restarted daemon divides this page into other regions.",
                    "Open the page again, or start the daemon with the bundle of before.",
                )

            def send(op: str, args: dict[str, Any], frames: tuple[Frame, ...]) -> Reply:
                return self._session.call(op, {"page": page_id, **args}, frames, reconnect=False)

            self._journal.set_opened(len(regions))
            corrected = self._journal.replay(send)
            self._opened = len(regions)
            self._id, self._generation, self._bundle = page_id, generation, bundle
            self._regions = regions if corrected is None else corrected

    def _call(
        self,
        op: str,
        args: dict[str, Any] | Callable[[], dict[str, Any]],
        progress: Tell | None = None,
        frames: tuple[Frame, ...] = (),
    ) -> Reply:
        with self._session.lock:
            if self._closed:
                raise GPError(NO_SUCH_PAGE, "This page is closed.", "Open it again.")
            if op in _CHANGES:
                self._layers = ()
            retried: set[str] = set()
            while True:
                self._session.ensure_connected()
                try:
                    if self._generation != self._session.generation:
                        self.open_remote(reconnect=False)
                    given = args() if callable(args) else args
                    full = {"page": self._id, **given}
                    return self._session.call(op, full, frames, progress, reconnect=False)
                except GPError as error:
                    # Once each: a page that kills the daemon must not kill one after the other.
                    if error.code not in (CONNECTION_LOST, NO_SUCH_PAGE) or error.code in retried:
                        raise
                    retried.add(error.code)
                    if error.code == NO_SUCH_PAGE:
                        self._generation = -1  # dropped: open again and replay
