"""What each operation on a page does: arguments parsed, page asked, answer made.

Those of protocol 1 are listed here; those of protocol 2 in `gp_daemon.service.acting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gp_canvas.paint.layers import ColorLayer
from gp_client.errors import BAD_REQUEST, NO_SUCH_LAYER, UNKNOWN_OP
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Color, View
from gp_client.wire import Frame, Request
from numpy.typing import NDArray

from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.opener import Opener
from gp_daemon.pages.page import KINDS
from gp_daemon.pages.store import PageLike, PageStore
from gp_daemon.service import acting, arguments
from gp_daemon.service.jobs import Job

Result = tuple[dict[str, Any], tuple[Frame, ...]]


def render_slot(request: Request) -> tuple[str, ...] | None:
    """Return what a newer render shares with the one it replaces: page, kind, size, crop, view."""
    if request.op != "render":
        return None
    args = request.args
    page, kind, crop = args.get("page"), args.get("kind"), args.get("crop")
    flat = isinstance(crop, list) and all(isinstance(part, int) for part in crop)
    if not isinstance(page, str) or not isinstance(kind, str) or not (crop is None or flat):
        return None  # it will be refused, and takes nobody's place
    shown = str(args.get("proposals"))[:8]
    return page, kind, str(bool(args.get("preview"))), str(crop), shown


class Operations:
    """Runs one job at a time per session, on whatever thread calls it.

    Args:
        pages: the pages.
        opener: makes a page of protocol 1 of line art.
        guided: makes a page of protocol 2; None: there are none.
    """

    def __init__(
        self, pages: PageStore, opener: Opener[PageLike], guided: Opener[GuidedPage] | None = None
    ) -> None:
        self._pages, self._opener, self._guided = pages, opener, guided

    def run(self, job: Job) -> Result:
        """Do what a job asks.

        Returns:
            The reply's result and frames.

        Raises:
            GuidingPainterError: for a wrong argument, or what the page raises.
        """
        op, args = job.request.op, job.request.args
        if op == "open":
            return self._open(job)
        page_id = arguments.text(args, "page")
        if op == "close":
            self._pages.remove(job.session, page_id)
            return {}, ()
        page = self._pages.get(job.session, page_id)
        if isinstance(page, GuidedPage) != (job.request.version == 2):
            raise GPError(
                BAD_REQUEST,
                f"This page was not opened by protocol {job.request.version}.",
                "Send all requests about a page with the version that opened it.",
            )
        try:
            if isinstance(page, GuidedPage):
                return acting.act(page, job)
            operation = _ON_PAGE[op]
            result = operation.run(page, *operation.parse(page, job.request))
            if op == "render":  # a picture that nobody waits for any more is not sent
                job.token.check()
            return result
        finally:
            self._pages.measure(page_id)

    def _open(self, job: Job) -> Result:
        picture, options = arguments.opening(job.request.args, job.request.frames)

        def progress(stage: str, fraction: float) -> None:
            job.token.stage, job.token.fraction = stage, min(max(float(fraction), 0.0), 1.0)
            job.token.check()

        if job.request.version == 2:
            if self._guided is None:
                raise GPError(UNKNOWN_OP, "This daemon has no pages of protocol 2.")
            guided = self._guided.open(picture, options, progress)
            job.token.check()
            about, frames = acting.describe_opened(guided)
            return {"page": self._pages.add(job.session, guided), **about}, frames
        page = self._opener.open(picture, options, progress)
        job.token.check()
        page_id = self._pages.add(job.session, page)
        grid = [int(side) for side in page.grid]
        about = {"page": page_id, "width": page.width, "height": page.height, "grid": grid}
        return {**about, **_regions(page)}, ()


# What requests say.


def _nothing(page: PageLike, request: Request) -> tuple[()]:
    return ()


def _number(page: PageLike, request: Request) -> tuple[int]:
    return (arguments.whole(request.args, "region"),)


def _number_and_color(page: PageLike, request: Request) -> tuple[int, Color]:
    return arguments.whole(request.args, "region"), arguments.color(request.args)


def _number_and_mask(page: PageLike, request: Request) -> tuple[int, NDArray[np.uint8]]:
    return arguments.whole(request.args, "region"), _mask_of(page, request)


def _mask_and_color(page: PageLike, request: Request) -> tuple[NDArray[np.uint8], Color]:
    return _mask_of(page, request), arguments.color(request.args)


def _scribble_number(page: PageLike, request: Request) -> tuple[int]:
    return (arguments.whole(request.args, "scribble"),)


def _view(page: PageLike, request: Request) -> tuple[View]:
    return (arguments.view(request.args, KINDS, (page.width, page.height), page.grid),)


def _color_and_format(page: PageLike, request: Request) -> tuple[Color, str | None]:
    return arguments.color(request.args), arguments.layer_format(request.args)


def _mask_of(page: PageLike, request: Request) -> NDArray[np.uint8]:
    wanted, frames = (page.height, page.width), request.frames
    if len(frames) != 1 or frames[0].kind not in ("u1", "GRAY8") or frames[0].shape != wanted:
        raise GPError(
            BAD_REQUEST,
            f"A mask is one frame of bytes, {wanted[1]} x {wanted[0]} pixels as the canvas.",
        )
    return np.frombuffer(frames[0].data, np.uint8).reshape(wanted)


# What pages do.


def _mask(page: PageLike, number: int) -> Result:
    box, mask = page.mask(number)
    return {"bbox": [int(side) for side in box]}, (arguments.frame(mask, "u1"),)


def _hint(page: PageLike, number: int, color: Color) -> Result:
    page.hint(number, color)
    return {}, ()


def _unhint(page: PageLike, number: int) -> Result:
    page.unhint(number)
    return {}, ()


def _suggest(page: PageLike, number: int) -> Result:
    return {"color": arguments.rgb(page.suggest(number))}, ()


def _alternatives(page: PageLike, number: int) -> Result:
    return {"colors": [arguments.rgb(color) for color in page.alternatives(number)]}, ()


def _correct(page: PageLike, number: int, mask: NDArray[np.uint8]) -> Result:
    before = page.regions
    page.correct(number, mask)
    # A shape that the region has already changes nothing, and leaves nothing to undo.
    return {"changed": page.regions is not before, **_regions(page)}, ()


def _uncorrect(page: PageLike) -> Result:
    return {"undone": bool(page.uncorrect()), **_regions(page)}, ()


def _scribble(page: PageLike, mask: NDArray[np.uint8], color: Color) -> Result:
    return {"scribble": int(page.scribble(mask, color))}, ()


def _unscribble(page: PageLike, number: int) -> Result:
    page.unscribble(number)
    return {}, ()


def _render(page: PageLike, view: View) -> Result:
    picture = page.render(view.kind, format=view.format, preview=view.preview)
    if view.crop is not None:
        x, y, width, height = view.crop
        picture = picture[y : y + height, x : x + width]
    return {}, (arguments.frame(picture, view.format),)


def _layers(page: PageLike) -> Result:
    return {"layers": [_about_layer(layer) for layer in page.color_layers().all]}, ()


def _layer(page: PageLike, color: Color, format: str | None) -> Result:
    layers = page.color_layers()
    layer = layers.find(color)
    if layer is None:
        raise GPError(
            NO_SUCH_LAYER, "There is no layer of this colour any more.", "Ask for the layers again."
        )
    if format is None:
        return _about_layer(layer), (arguments.frame(layers.mask(layer), "u1"),)
    return _about_layer(layer), (arguments.frame(layers.picture(layer, format), format),)


@dataclass(frozen=True)
class _Operation:
    """What a request says, as what a page is then asked with."""

    parse: Callable[[PageLike, Request], tuple[Any, ...]]
    run: Callable[..., Result]


_ON_PAGE = {
    "mask": _Operation(_number, _mask),
    "hint": _Operation(_number_and_color, _hint),
    "unhint": _Operation(_number, _unhint),
    "suggest": _Operation(_number, _suggest),
    "alternatives": _Operation(_number, _alternatives),
    "correct": _Operation(_number_and_mask, _correct),
    "uncorrect": _Operation(_nothing, _uncorrect),
    "scribble": _Operation(_mask_and_color, _scribble),
    "unscribble": _Operation(_scribble_number, _unscribble),
    "render": _Operation(_view, _render),
    "layers": _Operation(_nothing, _layers),
    "layer": _Operation(_color_and_format, _layer),
}
PAGE_OPS = {
    1: frozenset({"open", "close", *_ON_PAGE}),
    2: frozenset({"open", "close", *acting.OPS}),
}
"""The operations on pages, by the protocol that a request speaks."""


def _about_layer(layer: ColorLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "color": arguments.rgb(layer.color),
        "regions": list(layer.regions),
        "bbox": list(layer.box),
        "pixels": layer.pixels,
    }


def _regions(page: PageLike) -> dict[str, Any]:
    return {
        "regions": [
            {
                "number": int(region.number),
                "bbox": [int(side) for side in region.bbox],
                "pixels": int(region.pixels),
                "suggestion": arguments.rgb(region.suggestion),
            }
            for region in page.regions
        ]
    }
