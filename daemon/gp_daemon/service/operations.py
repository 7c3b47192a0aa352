"""What each operation on a page does: arguments checked, page asked, answer made."""

from __future__ import annotations

from typing import Any

import numpy as np
from gp_canvas.paint.layers import ColorLayer
from gp_client import wire
from gp_client.errors import BAD_REQUEST, NO_SUCH_LAYER, TOO_LARGE, UNSUPPORTED_FORMAT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import FORMATS, MAX_PIXELS, MAX_SIDE, Frame
from numpy.typing import NDArray

from gp_daemon.pages.opener import Opener
from gp_daemon.pages.store import PageLike, PageStore
from gp_daemon.service.jobs import Job

KINDS = ("flats", "soft", "hints")
PAGE_OPS = frozenset(
    {"open", "mask", "hint", "unhint", "suggest", "alternatives", "render", "close"}
    | {"correct", "uncorrect", "scribble", "unscribble", "layers", "layer"}
)
Result = tuple[dict[str, Any], tuple[Frame, ...]]


def render_slot(request: wire.Request) -> tuple[str, ...] | None:
    """Return what a newer render shares with the one it replaces: page, kind, size and crop."""
    if request.op != "render":
        return None
    args = request.args
    page, kind, crop = args.get("page"), args.get("kind"), args.get("crop")
    flat = isinstance(crop, list) and all(isinstance(part, int) for part in crop)
    if not isinstance(page, str) or not isinstance(kind, str) or not (crop is None or flat):
        return None  # it will be refused, and takes nobody's place
    return page, kind, str(bool(args.get("preview"))), str(crop)


class Operations:
    """Runs one job at a time per session, on whatever thread calls it.

    Args:
        pages: the pages.
        opener: makes a page of line art.
    """

    def __init__(self, pages: PageStore, opener: Opener) -> None:
        self._pages, self._opener = pages, opener

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
        page_id = _text(args, "page")
        if op == "close":
            self._pages.remove(job.session, page_id)
            return {}, ()
        page = self._pages.get(job.session, page_id)
        try:
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
        picture = _line_art(job.request.frames)
        gap, ink = args.get("gap"), args.get("ink")
        if gap is not None and (not isinstance(gap, (int, float)) or not 0 <= gap <= MAX_SIDE):
            raise GPError(BAD_REQUEST, f"gap is a number of pixels from 0 to {MAX_SIDE}.")
        if ink is not None and (not isinstance(ink, int) or not 0 <= ink <= 255):
            raise GPError(BAD_REQUEST, "ink is a whole number from 0 to 255.")

        def progress(stage: str, fraction: float) -> None:
            job.token.stage, job.token.fraction = stage, min(max(float(fraction), 0.0), 1.0)
            job.token.check()

        height, width = picture.shape
        area = _crop("area", args.get("area"), width, height)
        gap = None if gap is None else float(gap)
        page = self._opener.open(picture, gap, ink, area, progress)
        job.token.check()
        page_id = self._pages.add(job.session, page)
        grid = [int(side) for side in page.grid]
        about = {"page": page_id, "width": width, "height": height, "grid": grid}
        return {**about, "regions": _described(page)}, ()


def _line_art(frames: tuple[Frame, ...]) -> Frame:
    if len(frames) != 1:
        raise GPError(BAD_REQUEST, "Opening a page takes one frame, the line art.")
    picture = frames[0]
    if picture.kind not in FORMATS or len(picture.shape) != 2:
        raise GPError(
            UNSUPPORTED_FORMAT,
            "The line art needs a pixel format and the shape [height, width].",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    height, width = picture.shape
    if not width or not height:
        raise GPError(BAD_REQUEST, "The line art has no pixels.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise GPError(
            TOO_LARGE,
            f"A canvas of {width} x {height} pixels is too large.",
            f"Sides go up to {MAX_SIDE} pixels, the whole up to {MAX_PIXELS // 10**6} MP.",
        )
    return picture


def _color_region(op: str, args: dict[str, Any], page: PageLike) -> Result:
    number = _whole(args, "region")
    if op == "mask":
        bbox, mask = page.mask(number)
        return {"bbox": [int(side) for side in bbox]}, (_frame(mask, "u1"),)
    if op == "hint":
        page.hint(number, _color(args))
        return {}, ()
    if op == "unhint":
        page.unhint(number)
        return {}, ()
    if op == "alternatives":
        return {"colors": [_rgb(color) for color in page.alternatives(number)]}, ()
    return {"color": _rgb(page.suggest(number))}, ()


def _draw(job: Job, page: PageLike) -> Result:
    op, args = job.request.op, job.request.args
    if op == "uncorrect":
        return {"undone": bool(page.uncorrect()), "regions": _described(page)}, ()
    if op == "unscribble":
        page.unscribble(_whole(args, "scribble"))
        return {}, ()
    mask = _mask(job.request.frames, page)
    if op == "correct":
        before = page.regions
        page.correct(_whole(args, "region"), mask)
        # A shape that the region has already changes nothing, and leaves nothing to undo.
        return {"changed": page.regions is not before, "regions": _described(page)}, ()
    return {"scribble": int(page.scribble(mask, _color(args)))}, ()


def _mask(frames: tuple[Frame, ...], page: PageLike) -> NDArray[np.uint8]:
    wanted = (page.height, page.width)
    if len(frames) != 1 or frames[0].kind not in ("u1", "GRAY8") or frames[0].shape != wanted:
        raise GPError(
            BAD_REQUEST,
            f"A mask is one frame of bytes, {wanted[1]} x {wanted[0]} pixels as the canvas.",
        )
    return np.frombuffer(frames[0].data, np.uint8).reshape(wanted)


def _render(args: dict[str, Any], page: PageLike, job: Job) -> Result:
    kind, format = _text(args, "kind"), _format(args.get("format", "RGBA8"))
    preview, crop = args.get("preview", False), args.get("crop")
    if kind not in KINDS:
        raise GPError(BAD_REQUEST, f"There is no picture {kind[:32]!r}.", "Use flats or soft.")
    if not isinstance(preview, bool):
        raise GPError(BAD_REQUEST, "preview is true or false.")
    width, height = page.grid if preview else (page.width, page.height)
    box = _crop("crop", crop, width, height)
    picture = page.render(kind, format=format, preview=preview)
    job.token.check()
    if box is not None:
        x, y, width, height = box
        picture = picture[y : y + height, x : x + width]
    return {}, (_frame(picture, format),)


def _draw_layer(args: dict[str, Any], page: PageLike) -> Result:
    format = args.get("format")
    if format is not None:
        _format(format)
    layers = page.color_layers()
    layer = layers.find(_color(args))
    if layer is None:
        raise GPError(
            NO_SUCH_LAYER, "There is no layer of this colour any more.", "Ask for the layers again."
        )
    if format is None:
        return _layer(layer), (_frame(layers.mask(layer), "u1"),)
    return _layer(layer), (_frame(layers.picture(layer, format), format),)


def _layer(layer: ColorLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "color": _rgb(layer.color),
        "regions": list(layer.regions),
        "bbox": list(layer.box),
        "pixels": layer.pixels,
    }


def _format(value: Any) -> str:
    if not isinstance(value, str) or value not in FORMATS:
        raise GPError(
            UNSUPPORTED_FORMAT,
            f"The pixel format {value[:32] if isinstance(value, str) else type(value).__name__!r} "
            "is not supported.",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    return value


def _crop(name: str, value: Any, width: int, height: int) -> tuple[int, int, int, int] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 4 and all(type(part) is int for part in value):
        x, y, wide, high = value
        if x >= 0 and y >= 0 and wide > 0 and high > 0 and x + wide <= width and y + high <= height:
            return x, y, wide, high
    raise GPError(BAD_REQUEST, f"{name} is [x, y, width, height] within {width} x {height} pixels.")


def _described(page: PageLike) -> list[dict[str, Any]]:
    return [
        {
            "number": int(region.number),
            "bbox": [int(side) for side in region.bbox],
            "pixels": int(region.pixels),
            "suggestion": _rgb(region.suggestion),
        }
        for region in page.regions
    ]


def _text(args: dict[str, Any], name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str):
        raise GPError(BAD_REQUEST, f"{name} is missing or no text.")
    return value


def _whole(args: dict[str, Any], name: str) -> int:
    value = args.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GPError(BAD_REQUEST, f"{name} is missing or no whole number.")
    return value


def _color(args: dict[str, Any]) -> tuple[int, int, int]:
    value = args.get("color")
    if (
        not isinstance(value, list)
        or len(value) != 3
        or not all(type(part) is int and 0 <= part <= 255 for part in value)
    ):
        raise GPError(BAD_REQUEST, "color is missing or not three whole numbers from 0 to 255.")
    return (value[0], value[1], value[2])


def _frame(array: NDArray[Any], kind: str) -> Frame:
    # Its own buffer goes out, not a copy; only a view with gaps has to be made compact.
    array = np.ascontiguousarray(array)
    return Frame(array.data.cast("B"), (array.shape[0], array.shape[1]), kind)


def _rgb(color: tuple[int, int, int]) -> list[int]:
    return [int(part) for part in color]
