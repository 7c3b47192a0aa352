"""A walk through a page by way of the daemon, as a plug-in makes it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import gp_client
import numpy as np
from gp_canvas.lines import raster
from gp_canvas.lines.areas import find_ink
from gp_client import Client, ClientPage
from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from gp_guide.guide import Guide
from numpy.typing import NDArray

from gp_cli import own_daemons
from gp_cli.files.pictures import Picture

Connect = Callable[[], contextlib.AbstractContextManager[Client]]


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
    if path.name in error.message:
        return error
    return GuidingPainterError(error.code, f"{path.name}: {error.message}", error.hint)


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


@dataclass(frozen=True, eq=False)
class Colored:
    """A page as the daemon coloured it.

    Attributes:
        paper: uint8 [H, W, 3], the line art on white, dark lines on light paper.
        labels: uint8 [H, W], region numbers from 1.
        hints: region number to colour.
        layers: kind ("flats", "soft", "hints") to uint8 [H, W, 4] RGBA; those that were asked for.
    """

    paper: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    hints: dict[int, Color]
    layers: dict[str, NDArray[np.uint8]]

    @property
    def shares(self) -> dict[int, float]:
        """Region number to its part of the canvas, 0 to 1."""
        sizes = np.bincount(self.labels.ravel())
        return {number: int(sizes[number]) / self.labels.size for number in range(1, len(sizes))}


def on_paper(picture: Picture) -> NDArray[np.uint8]:
    """A page's line art as dark lines on white, uint8 [H, W, 3].

    White lines on black are inverted, as the daemon does.
    """
    rgb = picture.rgb()
    return rgb if is_dark_on_light(picture) else 255 - rgb


def is_dark_on_light(picture: Picture) -> bool:
    """Whether a page is drawn in dark lines on light paper, not the other way round."""
    return not raster.is_inverted(picture.gray())


def under_lines(layer: NDArray[np.uint8], paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A colour layer on white with the line art multiplied on top.

    Args:
        layer: uint8 [H, W, 4], RGBA.
        paper: uint8 [H, W, 3], the line art on white.

    Returns:
        uint8 [H, W, 3].
    """
    colors = raster.encode(layer, "RGB8")
    return np.asarray(cv2.multiply(colors, paper, scale=1 / 255), np.uint8)


def open_page(
    client: Client,
    picture: Picture,
    gap: float | None = None,
    ink: int | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ClientPage:
    """Opens a picture as a page."""
    return client.open(
        picture.pixels.data.cast("B").toreadonly(),  # nobody changes it, so no copy is needed
        picture.width,
        picture.height,
        picture.format,
        gap=gap,
        ink=ink,
        progress=progress,
    )


def label_map(page: ClientPage) -> NDArray[np.uint8]:
    """The page's regions in one picture: uint8 [H, W], region numbers from 1."""
    labels = np.zeros((page.height, page.width), np.uint8)
    for region in page.regions:
        mask = page.mask(region.number)
        x, y, width, height = mask.bbox
        inside = np.frombuffer(mask.data, np.uint8).reshape(height, width) > 0
        labels[y : y + height, x : x + width][inside] = region.number
    return labels


def layer(page: ClientPage, kind: str) -> NDArray[np.uint8]:
    """A rendered layer, uint8 [H, W, 4] RGBA."""
    data = page.render_view(kind, format="RGBA8")
    return np.frombuffer(data, np.uint8).reshape(page.height, page.width, 4)


def give_suggestions(
    page: ClientPage, limit: int | None = None, palette: Sequence[Color] = ()
) -> dict[int, Color]:
    """Walks the next regions and gives each a colour.

    Args:
        page: the page; its hints change.
        limit: how many regions; None: all.
        palette: taken in turn, from the start again at its end; empty: each region's suggestion,
            given the colours before it.

    Returns:
        The hints.
    """
    guide = Guide(len(page.regions))
    while guide.current is not None and (limit is None or len(guide.hints) < limit):
        given = len(guide.hints)
        if palette:
            color = palette[given % len(palette)]
        else:
            color = page.suggest(guide.current)
        change = guide.apply(color)
        page.hint(change.number, color)
    return guide.hints


def give_hints(page: ClientPage, hints: dict[int, Color], limit: int | None = None) -> None:
    """Gives the daemon these hints, the first `limit` of them in priority order."""
    for number in sorted(hints)[:limit]:
        page.hint(number, hints[number])


def reference_colors(
    labels: NDArray[np.uint8], reference: NDArray[np.uint8], paper: NDArray[np.uint8]
) -> dict[int, Color]:
    """Each region's median colour in a coloured picture of the same drawing.

    Args:
        labels: uint8 [H, W], region numbers from 1.
        reference: uint8 [h, w, 3]; brought to the page's size.
        paper: uint8 [H, W, 3], the line art on white; where it has ink, the reference does not
            count, unless a region has nothing else.
    """
    height, width = labels.shape
    if reference.shape[:2] != (height, width):
        shrinks = reference.shape[0] > height
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(reference, (width, height), interpolation=method)
        reference = np.asarray(resized, np.uint8)
    gray = np.asarray(cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY), np.uint8)
    ink, _threshold = find_ink(gray)
    found: dict[int, Color] = {}
    for number in np.unique(labels[labels > 0]).tolist():
        inside = labels == number
        clear = inside & ~ink
        pixels = reference[clear if clear.any() else inside]
        # The middle value that occurs, not the mean of two: flats give back the exact colour.
        middle = np.partition(pixels, len(pixels) // 2, axis=0)[len(pixels) // 2]
        found[number] = (int(middle[0]), int(middle[1]), int(middle[2]))
    return found
