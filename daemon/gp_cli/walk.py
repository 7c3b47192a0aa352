"""A walk through a page with the daemon's answers, region after region, as in a plug-in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import gp_client
import numpy as np
from gp_canvas.lines.areas import find_ink
from gp_canvas.paint.medians import group_medians
from gp_client import Client, GuidedPage
from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from numpy.typing import NDArray

from gp_cli import own_daemons
from gp_cli.files.picture import Picture
from gp_cli.files.source import called

ONE_BY_ONE = 30  # colours, each chosen when those before it are given
_BAND = 8_000_000  # pixels of a layer that is fetched in parts

Connect = Callable[[], contextlib.AbstractContextManager[Client]]
Choose = Callable[[int], Color]  # a region's number to its colour


@contextlib.contextmanager
def daemon(bundle: Path | None = None, device: str | None = None) -> Iterator[Client]:
    """Connects to the daemon, which is started where none runs.

    Args:
        bundle: networks of one's own.
        device: "cpu" or "gpu:N".

    Yields:
        A client. With a bundle or a device it is that of a daemon with these: the one that serves
        your editor may have others. Either stays for half a minute, for the next command.

    Raises:
        GuidingPainterError: the daemon's reason not to start, or a connection's failure.
    """
    with (
        own_daemons.at(own_daemons.own_folder(bundle, device)),
        gp_client.connect(start=True, bundle=bundle, device=device, stay=True) as client,
    ):
        yield client


def about(path: Path, error: GuidingPainterError) -> GuidingPainterError:
    """The same error, with the page's name where its sentence lacks it."""
    name = called(path)
    if name in error.message:
        return error
    return GuidingPainterError(error.code, f"{name}: {error.message}", error.hint)


class Stopwatch:
    """How long each named step took, in seconds, in the order in which they began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the time spent inside to a step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - start


def open_guided(
    client: Client,
    picture: Picture,
    gap: float | None = None,
    ink: int | None = None,
    progress: Callable[[str, float], None] | None = None,
    acts: bytes = b"",
) -> GuidedPage:
    """Opens a picture as a page of pieces, to which this was done before."""
    # Nobody changes the pixels, so no copy is needed.
    pixels = picture.pixels.data.cast("B").toreadonly()
    size = (picture.width, picture.height, picture.format)
    return client.open_guided(pixels, *size, gap=gap, ink=ink, progress=progress, acts=acts)


def piece_labels(page: GuidedPage) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The piece of each pixel, int32 [H, W], and the region's number of each piece, int32 [n]."""
    lengths, pieces, regions = _piece_runs(page)
    return np.repeat(pieces, lengths).reshape(page.height, page.width), regions


def _piece_runs(
    page: GuidedPage,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Each run's length and piece, rows from the top, and the region's number of each piece."""
    known = page.pieces()
    starts, ends, pieces = (np.asarray(part, np.int32) for part in known.runs)
    before = np.empty_like(ends)
    before[1:] = ends[:-1]
    before[starts[:-1]] = 0
    return ends - before, pieces, np.asarray(known.regions, np.int32)


def color_from_picture(
    page: GuidedPage,
    picture: NDArray[np.uint8],
    paper: NDArray[np.uint8],
    limit: int | None = None,
) -> None:
    """Gives a page the colours of a coloured picture of the same drawing, by place.

    Args:
        page: the page.
        picture: uint8 [h, w, 3]; brought to the page's size.
        paper: uint8 [H, W, 3], the line art on white; where it has ink, the picture does not
            count, unless there is nothing else.
        limit: only so many regions, the first in the order of asking, each its median colour;
            None: every piece its own.
    """
    labels, regions = piece_labels(page)
    if limit is None:
        colors = np.zeros((len(regions), 4), np.uint8)
        for piece, color in reference_colors(labels, picture, paper).items():
            colors[piece] = (*color, 255)
        page.adopt(np.ascontiguousarray(colors[labels]).data.cast("B"))
        return
    found = reference_colors(regions[labels], picture, paper)
    give_colors(page, {number: found[number] for number in sorted(found)[:limit]})


def give_colors(page: GuidedPage, colors: Mapping[int, Color]) -> None:
    """Gives regions colours by the numbers that they have now, whatever becomes of them."""
    masks = {number: page.mask(number) for number in colors}
    for number, color in colors.items():
        page.color(masks[number], color)


def drawn(page: GuidedPage, draw: int = 0) -> Choose:
    """What gives each region a colour that is likely there, given those before it.

    Each is drawn: the likeliest by itself would be the same everywhere, what is commonest.

    Args:
        page: the page.
        draw: another number, another colouring.
    """
    return lambda number: page.suggest(number, draw)[0]


def answer(page: GuidedPage, choose: Choose, limit: int | None = None) -> int:
    """Gives what the guide asks about a colour, one region after the other.

    Args:
        page: the page.
        choose: a region's number to its colour; each says something about those after it.
        limit: so many regions; None: thirty. Each colour that is given costs an answer of the
            guide, and tells it little beyond them.

    Returns:
        How many were given.
    """
    given, most = 0, ONE_BY_ONE if limit is None else limit
    while given < most and (region := page.next()) is not None:
        page.color(region.number, choose(region.number))
        given += 1
    return given


def give_rest(page: GuidedPage, choose: Choose) -> None:
    """Gives all that is left what is proposed for it, or the colour chosen.

    At once, as keeping proposals first would lead to others.
    """
    rest = {
        one.number: one.color or choose(one.number)
        for one in page.regions
        if one.state in ("open", "proposed")
    }
    if not rest:
        return
    lengths, pieces, regions = _piece_runs(page)
    colors = np.zeros((len(regions), 4), np.uint8)
    for piece in np.flatnonzero(np.isin(regions, list(rest))).tolist():
        colors[piece] = (*rest[int(regions[piece])], 255)
    painted = np.repeat(colors.view(np.uint32)[pieces], lengths)
    page.adopt(painted.data.cast("B"))


def flats(page: GuidedPage) -> NDArray[np.uint8]:
    """What has been given a colour, uint8 [H, W, 4] RGBA, transparent elsewhere."""
    data = page.render_view("flats", proposals="none")
    return np.frombuffer(data, np.uint8).reshape(page.height, page.width, 4)


def bands(page: GuidedPage, kind: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """A layer of a large page in parts: each part's first row, and uint8 [h, W, 4] RGBA.

    Flats have what was given a colour alone.
    """
    rows = max(1, _BAND // page.width)
    for top in range(0, page.height, rows):
        yield top, part(page, kind, top, min(rows, page.height - top))


def part(page: GuidedPage, kind: str, top: int, height: int) -> NDArray[np.uint8]:
    """So many rows of a layer, uint8 [height, W, 4] RGBA; as `bands`."""
    crop = (0, top, page.width, height)
    data = page.render_view(kind, crop=crop, proposals="none")
    return np.frombuffer(data, np.uint8).reshape(height, page.width, 4)


def shaded(flats: NDArray[np.uint8], shade: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Flats with a shade multiplied onto them, where it has any; both uint8 [H, W, 4] RGBA."""
    result = flats.copy()
    darker = cv2.multiply(flats[..., :3], shade[..., :3], scale=1 / 255)
    result[..., :3] = np.where(shade[..., 3:] > 0, darker, flats[..., :3])
    return result


def layer(page: GuidedPage, kind: str) -> NDArray[np.uint8]:
    """A rendered layer, uint8 [H, W, 4] RGBA."""
    data = page.render_view(kind, format="RGBA8")
    return np.frombuffer(data, np.uint8).reshape(page.height, page.width, 4)


def reference_colors(
    labels: NDArray[np.integer], reference: NDArray[np.uint8], paper: NDArray[np.uint8]
) -> dict[int, Color]:
    """Each label's median colour in a coloured picture of the same drawing.

    Args:
        labels: [H, W], numbers of regions or pieces, from 0 up.
        reference: uint8 [h, w, 3]; brought to the page's size.
        paper: uint8 [H, W, 3], the line art on white; where it has ink, the reference does not
            count, unless a label has nothing else.
    """
    height, width = labels.shape
    if reference.shape[:2] != (height, width):
        shrinks = reference.shape[0] > height
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(reference, (width, height), interpolation=method)
        reference = np.asarray(resized, np.uint8)
    gray = np.asarray(cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY), np.uint8)
    ink, _threshold = find_ink(gray)
    numbers, index = np.unique(labels, return_inverse=True)
    index = index.reshape(labels.shape)
    clear = np.bincount(index[~ink], minlength=len(numbers)) > 0
    groups = np.where(ink & clear[index], len(numbers), index)
    # The middle value that occurs, not the mean of two: flats give back the exact colour.
    medians = group_medians(reference, groups, len(numbers))
    return {
        number: (red, green, blue)
        for number, (red, green, blue) in zip(numbers.tolist(), medians.tolist(), strict=True)
    }
