"""A page's pictures: masks, layers, flats and soft colours; asked for, never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gp_client.answers import (
    Box,
    Layer,
    Mask,
    ProgressCallback,
    box_of,
    frame_of,
    layer_of,
    odd,
    result_of,
)
from gp_client.errors import SUPERSEDED
from gp_client.errors import GuidingPainterError as GPError

if TYPE_CHECKING:
    from gp_client.client import Client
    from gp_client.wire import Reply


class Pictures:
    """The part of ``ClientPage`` that only looks."""

    _client: Client
    _layers: tuple[Layer, ...]  # as last told, while the page has not changed

    _call: Callable[..., Reply]

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
        with self._client.lock:
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
        with self._client.lock:
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
        progress: ProgressCallback | None = None,
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
        progress: ProgressCallback | None = None,
        crop: Box | None = None,
    ) -> memoryview:
        """Return what ``render`` does where it arrived, which spares a copy; numpy takes it."""
        args: dict[str, Any] = {"kind": kind, "format": format, "preview": preview}
        if crop is not None:
            args["crop"] = list(crop)
        return memoryview(frame_of(self._call("render", args, progress)).data)
