"""ClientPage: a page of protocol 1 as the client sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.answers import (
    box_of,
    canvas_mask,
    color_of,
    frame_of,
    layer_of,
    regions_of,
    result_of,
    senseless,
)
from gp_client.errors import BAD_REQUEST, SUPERSEDED
from gp_client.errors import GuidingPainterError as GPError
from gp_client.held_page import Args, HeldPage
from gp_client.journal import Journal
from gp_client.page_options import PageOptions
from gp_client.session import Session
from gp_client.types import Color, Layer, Mask, Region
from gp_client.wire import Buffer, Frame, Reply


class ClientPage(HeldPage):
    """A page that the daemon holds. Make it with ``Client.open``."""

    _protocol = 1

    def __init__(self, session: Session, picture: Frame, options: PageOptions) -> None:
        super().__init__(session, picture, options)
        self._journal = Journal(picture.shape)
        self._bundle: Any = None  # identity of the networks that made the regions
        self._regions: list[Region] = []
        self._opened = 0  # regions before any correction
        self._layers: tuple[Layer, ...] = ()  # as last told, while the page has not changed

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
            self._change("hint", {"region": number, "color": list(color)})
            self._journal.hints[number] = (color[0], color[1], color[2])

    def unhint(self, number: int) -> None:
        """Take a region's hint away; a region without one stays as it is.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, or a connection's failure.
        """
        with self._session.lock:
            self._change("unhint", {"region": number})
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
            reply = self._change("correct", {"region": number}, (self._journal.frame(data),))
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
            result = result_of(self._change("uncorrect", {}))
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
            reply = self._change("scribble", {"color": list(color)}, frames)
            kept = (color[0], color[1], color[2])
            return self._journal.scribbled(data, kept, int(result_of(reply)["scribble"]))

    def unscribble(self, number: int) -> None:
        """Take a scribble away.

        Raises:
            GuidingPainterError: BAD_REQUEST for one that is not there, or a connection's failure.
        """
        with self._session.lock:
            # Looked up for each try: a daemon that was restarted numbers them anew.
            self._change("unscribble", lambda: {"scribble": self._journal.remote(number)})
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
                raise senseless()
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
                raise senseless()
            return bytes(frame_of(reply).data)

    def _tell_again(
        self, reply: Reply, send: Callable[[str, Args, tuple[Frame, ...]], Reply]
    ) -> None:
        regions, bundle = regions_of(result_of(reply)), self._session.info.get("bundle")
        if self._journal and (bundle != self._bundle or len(regions) != self._opened):
            send("close", {}, ())
            raise GPError(
                BAD_REQUEST,
                "The restarted daemon divides this page into other regions.",
                "Open the page again, or start the daemon with the bundle of before.",
            )
        self._journal.set_opened(len(regions))
        corrected = self._journal.replay(send)
        self._opened, self._bundle = len(regions), bundle
        self._regions = regions if corrected is None else corrected

    def _forget(self) -> None:
        self._journal = Journal((0, 0))

    def _change(
        self, op: str, args: Args | Callable[[], Args], frames: tuple[Frame, ...] = ()
    ) -> Reply:
        """Do what changes the flats, and so the layers."""
        with self._session.lock:
            self._layers = ()
            return self._call(op, args, frames)
