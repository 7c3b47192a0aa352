"""What each operation on a page does, and the one thread that does it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from gp_client import wire
from gp_client.errors import BAD_REQUEST, INTERNAL, TOO_LARGE, UNSUPPORTED_FORMAT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import FORMATS, MAX_PIXELS, MAX_SIDE, Buffer, Frame, Progress
from numpy.typing import NDArray

from gp_daemon.jobs import Job, JobQueue
from gp_daemon.pages import PageFactory, PageLike, PageStore

log = logging.getLogger(__name__)

KINDS = ("flats", "soft", "hints")
PAGE_OPS = frozenset({"open", "mask", "hint", "unhint", "suggest", "render", "close"})
_PROGRESS_INTERVAL = 0.05  # seconds between two events of one stage
Result = tuple[dict[str, Any], tuple[Frame, ...]]
Post = Callable[[str, list[Buffer]], None]


def render_slot(request: wire.Request) -> tuple[str, ...] | None:
    """Return what a newer render shares with the one it replaces: page, kind, preview or full."""
    if request.op != "render":
        return None
    args = request.args
    return (repr(args.get("page")), repr(args.get("kind")), repr(bool(args.get("preview"))))


class Worker(threading.Thread):
    """Runs jobs one after the other; pages and networks belong to this thread alone.

    Args:
        jobs: where the jobs come from; closing it ends the thread.
        pages: the pages.
        open_page: makes a page of line art.
        post: takes (session, parts of a reply); thread-safe.
    """

    def __init__(
        self, jobs: JobQueue, pages: PageStore, open_page: PageFactory, post: Post
    ) -> None:
        super().__init__(name="gp-worker", daemon=True)
        self._jobs, self._pages, self._open_page, self._post = jobs, pages, open_page, post

    def run(self) -> None:
        """Work until the queue is closed."""
        while (job := self._jobs.take()) is not None:
            parts = self._answer(job)
            self._post(job.session, parts)
            del job, parts  # a canvas may hang on them while we wait

    def _answer(self, job: Job) -> list[Buffer]:
        started = time.monotonic()
        request_id = job.request.id
        try:
            job.check()
            result, frames = self._run(job)
            log.debug("%s: %.0f ms", job.request.op, 1000 * (time.monotonic() - started))
            return wire.encode_result(request_id, result, frames)
        except GPError as error:
            log.debug("%s: %s", job.request.op, error)
            return wire.encode_error(request_id, error)
        except MemoryError:
            log.error("%s: out of memory", job.request.op)
            error = GPError(
                TOO_LARGE, "The daemon ran out of memory.", "Close other pages or programs."
            )
            return wire.encode_error(request_id, error)
        except Exception:
            # One bad request must not end the daemon; the log keeps what a report needs.
            log.exception("%s failed", job.request.op)
            error = GPError(
                INTERNAL,
                f"The daemon failed at {job.request.op}.",
                "Please report it with the daemon's log.",
            )
            return wire.encode_error(request_id, error)

    def _run(self, job: Job) -> Result:
        op, args = job.request.op, job.request.args
        if op == "open":
            return self._open(job)
        page_id = _text(args, "page")
        if op == "close":
            self._pages.remove(job.session, page_id)
            return {}, ()
        page = self._pages.get(job.session, page_id)
        try:
            return self._on_page(op, args, page, job)
        finally:
            self._pages.measure(page_id)

    def _on_page(self, op: str, args: dict[str, Any], page: PageLike, job: Job) -> Result:
        if op == "render":
            return self._render(args, page, job)
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
        return {"color": _rgb(page.suggest(number))}, ()

    def _open(self, job: Job) -> Result:
        frames, args = job.request.frames, job.request.args
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
        gap, ink = args.get("gap"), args.get("ink")
        if gap is not None and (not isinstance(gap, (int, float)) or not 0 <= gap <= MAX_SIDE):
            raise GPError(BAD_REQUEST, f"gap is a number of pixels from 0 to {MAX_SIDE}.")
        if ink is not None and (not isinstance(ink, int) or not 0 <= ink <= 255):
            raise GPError(BAD_REQUEST, "ink is a whole number from 0 to 255.")
        page = self._open_page(
            picture.data,
            width,
            height,
            picture.kind,
            gap=None if gap is None else float(gap),
            ink=ink,
            progress=self._progress(job),
        )
        job.check()
        described = [
            {
                "number": int(region.number),
                "bbox": [int(side) for side in region.bbox],
                "pixels": int(region.pixels),
                "suggestion": _rgb(region.suggestion),
            }
            for region in page.regions
        ]
        page_id = self._pages.add(job.session, page)
        grid = [int(side) for side in page.grid]
        return {
            "page": page_id,
            "width": width,
            "height": height,
            "grid": grid,
            "regions": described,
        }, ()

    def _render(self, args: dict[str, Any], page: PageLike, job: Job) -> Result:
        kind, format = _text(args, "kind"), args.get("format", "RGBA8")
        preview = args.get("preview", False)
        if kind not in KINDS:
            raise GPError(BAD_REQUEST, f"There is no picture {kind[:32]!r}.", "Use flats or soft.")
        if not isinstance(format, str) or format not in FORMATS:
            raise GPError(
                UNSUPPORTED_FORMAT,
                f"The pixel format {str(format)[:32]!r} is not supported.",
                "Use one of " + ", ".join(FORMATS) + ".",
            )
        if not isinstance(preview, bool):
            raise GPError(BAD_REQUEST, "preview is true or false.")
        picture = page.render(kind, format=format, preview=preview)
        job.check()
        return {}, (_frame(picture, format),)

    def _progress(self, job: Job) -> Callable[[str, float], None]:
        last_stage, last_time = "", 0.0

        def report(stage: str, fraction: float) -> None:
            nonlocal last_stage, last_time
            job.check()  # the cooperative point at which a cancelled job ends
            now = time.monotonic()
            if stage == last_stage and now - last_time < _PROGRESS_INTERVAL:
                return
            last_stage, last_time = stage, now
            event = Progress(stage, min(max(float(fraction), 0.0), 1.0))
            self._post(job.session, wire.encode_progress(job.request.id, event))

        return report


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
