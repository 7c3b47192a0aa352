"""The page's calls for a UI: they return at once, and a callback gets what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gp_client.calls import Call, Calls, Done, Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gp_client.answers import Box, Color, Layer, Mask
    from gp_client.wire import Buffer


class AsyncPage:
    """What ``ClientPage`` does, without waiting.

    Each method takes the blocking one's arguments, then ``done`` (called with the result) and
    ``failed`` (called with the GuidingPainterError), either of which may be None. Calls of one
    client are done in their order. See ``Client.poll`` for where the callbacks run.
    """

    _calls: Calls

    def mask_async(
        self, number: int, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.mask``."""
        return self._later("mask", (number,), done, failed)

    def hint_async(
        self, number: int, color: Color, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.hint``."""
        return self._later("hint", (number, color), done, failed)

    def unhint_async(
        self, number: int, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.unhint``."""
        return self._later("unhint", (number,), done, failed)

    def suggest_async(
        self, number: int, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.suggest``."""
        return self._later("suggest", (number,), done, failed)

    def alternatives_async(
        self, number: int, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.alternatives``."""
        return self._later("alternatives", (number,), done, failed)

    def correct_async(
        self,
        number: int,
        mask: Mask | Buffer,
        done: Done | None = None,
        failed: Failed | None = None,
    ) -> Call:
        """See ``ClientPage.correct``."""
        return self._later("correct", (number, mask), done, failed)

    def uncorrect_async(self, done: Done | None = None, failed: Failed | None = None) -> Call:
        """See ``ClientPage.uncorrect``."""
        return self._later("uncorrect", (), done, failed)

    def scribble_async(
        self,
        mask: Mask | Buffer,
        color: Color,
        done: Done | None = None,
        failed: Failed | None = None,
    ) -> Call:
        """See ``ClientPage.scribble``."""
        return self._later("scribble", (mask, color), done, failed)

    def unscribble_async(
        self, number: int, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.unscribble``."""
        return self._later("unscribble", (number,), done, failed)

    def layers_async(self, done: Done | None = None, failed: Failed | None = None) -> Call:
        """See ``ClientPage.layers``."""
        return self._later("layers", (), done, failed)

    def layer_async(
        self,
        layer: Layer,
        format: str = "RGBA8",
        done: Done | None = None,
        failed: Failed | None = None,
    ) -> Call:
        """See ``ClientPage.layer``."""
        return self._later("layer", (layer, format), done, failed)

    def layer_mask_async(
        self, layer: Layer, done: Done | None = None, failed: Failed | None = None
    ) -> Call:
        """See ``ClientPage.layer_mask``."""
        return self._later("layer_mask", (layer,), done, failed)

    def render_async(
        self,
        kind: str,
        format: str = "RGBA8",
        preview: bool = False,
        crop: Box | None = None,
        done: Done | None = None,
        failed: Failed | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> Call:
        """See ``ClientPage.render``; one that waits still fails with SUPERSEDED for a newer one."""

        def work(tell: Callable[[str, float], None]) -> bytes:
            return getattr(self, "render")(kind, format, preview, tell, crop)  # noqa: B009

        slot = (id(self), kind, preview, crop)
        return self._calls.start(work, done, failed, progress, slot)

    def close_async(self, done: Done | None = None, failed: Failed | None = None) -> Call:
        """See ``ClientPage.close``."""
        return self._later("close", (), done, failed)

    def _later(
        self, name: str, args: tuple[Any, ...], done: Done | None, failed: Failed | None
    ) -> Call:
        method = getattr(self, name)
        return self._calls.start(lambda _tell: method(*args), done, failed)
