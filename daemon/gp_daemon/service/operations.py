"""What each operation on a page of protocol 1 does: arguments checked, page asked, answer made.

Those of protocol 2 are in `gp_daemon.service.acting`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gp_canvas.paint.layers import ColorLayer
from gp_client import wire
from gp_client.errors import BAD_REQUEST, NO_SUCH_LAYER, UNKNOWN_OP
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import MAX_SIDE, Frame
from numpy.typing import NDArray

from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.opener import Opener
from gp_daemon.pages.store import PageLike, PageStore
from gp_daemon.service import acting, arguments
from gp_daemon.service.jobs import Job

KINDS = ("flats", "soft", "hints")
PAGE_OPS = {
    1: frozenset(
        {"open", "mask", "hint", "unhint", "suggest", "alternatives", "render", "close"}
        | {"correct", "uncorrect", "scribble", "unscribble", "layers", "layer"}
    ),
    2: frozenset({"open", "close", *acting.OPS}),
}
"""The operations on pages, by the protocol that a request speaks."""
Result = tuple[dict[str, Any], tuple[Frame, ...]]


def render_slot(request: wire.Request) -> tuple[str, ...] | None:
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
            if op == "render":
                return _render(args, page, job)
            if op == "layers":
                return {"layers": [_layer(layer) for layer in page.color_layers().all]}, ()
            if op == "layer":
                return _draw_layer(args, page)
            if op in ("correct", "uncorrect", "scribble", "unscribble"):
                return _draw(job, page)
            return _color_region(op, args, page)
        finally:
            self._pages.measure(page_id)

    def _open(self, job: Job) -> Result:
        args = job.request.args
        picture = arguments.line_art(job.request.frames)
        gap, ink = args.get("gap"), args.get("ink")
        if gap is not None and (not isinstance(gap, (int, float)) or not 0 <= gap <= MAX_SIDE):
            raise GPError(BAD_REQUEST, f"gap is a number of pixels from 0 to {MAX_SIDE}.")
        if ink is not None and (not isinstance(ink, int) or not 0 <= ink <= 255):
            raise GPError(BAD_REQUEST, "ink is a whole number from 0 to 255.")

        def progress(stage: str, fraction: float) -> None:
            job.token.stage, job.token.fraction = stage, min(max(float(fraction), 0.0), 1.0)
            job.token.check()

        height, width = picture.shape
        area = arguments.crop("area", args.get("area"), width, height)
        gap = None if gap is None else float(gap)
        if job.request.version == 2:
            if self._guided is None:
                raise GPError(UNKNOWN_OP, "This daemon has no pages of protocol 2.")
            guided = self._guided.open(picture, gap, ink, area, progress)
            job.token.check()
            about, frames = acting.describe_opened(guided)
            return {"page": self._pages.add(job.session, guided), **about}, frames
        page = self._opener.open(picture, gap, ink, area, progress)
        job.token.check()
        page_id = self._pages.add(job.session, page)
        grid = [int(side) for side in page.grid]
        about = {"page": page_id, "width": width, "height": height, "grid": grid}
        return {**about, "regions": _described(page)}, ()


def _color_region(op: str, args: dict[str, Any], page: PageLike) -> Result:
    number = arguments.whole(args, "region")
    if op == "mask":
        bbox, mask = page.mask(number)
        return {"bbox": [int(side) for side in bbox]}, (arguments.frame(mask, "u1"),)
    if op == "hint":
        page.hint(number, arguments.color(args))
        return {}, ()
    if op == "unhint":
        page.unhint(number)
        return {}, ()
    if op == "alternatives":
        return {"colors": [arguments.rgb(color) for color in page.alternatives(number)]}, ()
    return {"color": arguments.rgb(page.suggest(number))}, ()


def _draw(job: Job, page: PageLike) -> Result:
    op, args = job.request.op, job.request.args
    if op == "uncorrect":
        return {"undone": bool(page.uncorrect()), "regions": _described(page)}, ()
    if op == "unscribble":
        page.unscribble(arguments.whole(args, "scribble"))
        return {}, ()
    mask = _mask(job.request.frames, page)
    if op == "correct":
        before = page.regions
        page.correct(arguments.whole(args, "region"), mask)
        # A shape that the region has already changes nothing, and leaves nothing to undo.
        return {"changed": page.regions is not before, "regions": _described(page)}, ()
    return {"scribble": int(page.scribble(mask, arguments.color(args)))}, ()


def _mask(frames: tuple[Frame, ...], page: PageLike) -> NDArray[np.uint8]:
    wanted = (page.height, page.width)
    if len(frames) != 1 or frames[0].kind not in ("u1", "GRAY8") or frames[0].shape != wanted:
        raise GPError(
            BAD_REQUEST,
            f"A mask is one frame of bytes, {wanted[1]} x {wanted[0]} pixels as the canvas.",
        )
    return np.frombuffer(frames[0].data, np.uint8).reshape(wanted)


def _render(args: dict[str, Any], page: PageLike, job: Job) -> Result:
    kind, format = arguments.text(args, "kind"), arguments.format(args.get("format", "RGBA8"))
    preview, crop = args.get("preview", False), args.get("crop")
    if kind not in KINDS:
        raise GPError(BAD_REQUEST, f"There is no picture {kind[:32]!r}.", "Use flats or soft.")
    if not isinstance(preview, bool):
        raise GPError(BAD_REQUEST, "preview is true or false.")
    width, height = page.grid if preview else (page.width, page.height)
    box = arguments.crop("crop", crop, width, height)
    picture = page.render(kind, format=format, preview=preview)
    job.token.check()
    if box is not None:
        x, y, width, height = box
        picture = picture[y : y + height, x : x + width]
    return {}, (arguments.frame(picture, format),)


def _draw_layer(args: dict[str, Any], page: PageLike) -> Result:
    format = args.get("format")
    if format is not None:
        arguments.format(format)
    layers = page.color_layers()
    layer = layers.find(arguments.color(args))
    if layer is None:
        raise GPError(
            NO_SUCH_LAYER, "There is no layer of this colour any more.", "Ask for the layers again."
        )
    if format is None:
        return _layer(layer), (arguments.frame(layers.mask(layer), "u1"),)
    return _layer(layer), (arguments.frame(layers.picture(layer, format), format),)


def _layer(layer: ColorLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "color": arguments.rgb(layer.color),
        "regions": list(layer.regions),
        "bbox": list(layer.box),
        "pixels": layer.pixels,
    }


def _described(page: PageLike) -> list[dict[str, Any]]:
    return [
        {
            "number": int(region.number),
            "bbox": [int(side) for side in region.bbox],
            "pixels": int(region.pixels),
            "suggestion": arguments.rgb(region.suggestion),
        }
        for region in page.regions
    ]
