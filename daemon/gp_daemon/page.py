"""A page: one document being coloured, as the daemon holds it (DESIGN sections 2 and 4).

The only stateful object of the rooms below it. A page is a cache: the same line art and the same
hints give the same page again. Not thread safe; the server serialises calls per page.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gp_client.errors import BAD_REQUEST, BLANK_PAGE, NO_SUCH_REGION, GuidingPainterError
from gp_client.wire import Buffer
from numpy.typing import NDArray

from gp_daemon import raster, render
from gp_daemon.areas import Areas, find_areas, find_pieces
from gp_daemon.ink import read_line_art
from gp_daemon.networks import Engine
from gp_daemon.obey import obey_hints
from gp_daemon.regions import Snapped, snap
from gp_daemon.render import Color
from gp_daemon.suggest import undo_averaging

KINDS = ("flats", "soft", "hints")


@dataclass(frozen=True)
class Region:
    """A guided region.

    Attributes:
        number: priority, 1 = first.
        bbox: (x, y, width, height) in canvas pixels.
        pixels: its size in canvas pixels, ink under it included.
        suggestion: RGB 0..255, what g would paint it on a page without hints, made clear.
    """

    number: int
    bbox: tuple[int, int, int, int]
    pixels: int
    suggestion: Color


class Page:
    """Line art, its regions, and the hints given so far.

    Args:
        engine: the networks.
        pixels: the line art, rows from the top without padding.
        width, height: canvas pixels; at most 16384 a side and 100 MP.
        format: pixel format, such as "GRAY8" or "BGRA16".
        gap: gaps in lines narrower than this many canvas pixels are closed; None: by canvas size.
        ink: luminance 0..255 under which a pixel is ink; None: measured.
        progress: called with a stage's name and the fraction done, 0..1.

    Raises:
        GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, TOO_LARGE, or BLANK_PAGE where there
            is no ink or nothing but ink.
    """

    def __init__(
        self,
        engine: Engine,
        pixels: Buffer,
        width: int,
        height: int,
        format: str = "GRAY8",
        *,
        gap: float | None = None,
        ink: int | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> None:
        _check_options(gap, ink)
        tell = progress or (lambda _stage, _fraction: None)
        tell("reading", 0.0)
        gray = read_line_art(raster.decode(pixels, width, height, format), format)
        tell("finding areas", 0.1)
        areas = find_areas(gray, gap, ink)
        _check_not_blank(areas)
        tell("finding regions", 0.6)
        bundle = engine.bundle
        self._engine = engine
        self._sketch, self._grid = raster.to_grid(gray, bundle.grid_side, bundle.grid_multiple)
        pieces = find_pieces(self._sketch, bundle.n_regions) if bundle.pieces else None
        labels, margin = engine.segment(self._sketch, pieces)
        tell("snapping", 0.8)
        self._snapped: Snapped = snap(areas, labels, margin, self._grid, bundle.n_regions)
        self._sources = render.color_sources(self._snapped, self._grid.crop(self._sketch))
        self._hints: dict[int, Color] = {}
        self._pictures: dict[tuple[tuple[int, Color], ...], NDArray[np.uint8]] = {}
        tell("suggesting colours", 0.9)
        self.regions: tuple[Region, ...] = self._describe()
        tell("done", 1.0)

    def fresh(self) -> Page:
        """A page of the same line art without hints; it shares what opening found."""
        twin = copy.copy(self)
        twin._hints, twin._pictures = {}, dict(self._pictures)
        return twin

    @property
    def width(self) -> int:
        """Canvas pixels."""
        return self._grid.canvas[1]

    @property
    def height(self) -> int:
        """Canvas pixels."""
        return self._grid.canvas[0]

    @property
    def grid(self) -> tuple[int, int]:
        """(width, height) of previews in pixels."""
        return self._grid.content[1], self._grid.content[0]

    @property
    def hints(self) -> dict[int, Color]:
        """Region number to colour; a copy."""
        return {region + 1: color for region, color in self._hints.items()}

    @property
    def nbytes(self) -> int:
        """About how much memory the page holds, in bytes."""
        snapped, sources = self._snapped, self._sources
        arrays = [self._sketch, snapped.labels, snapped.segments, snapped.grid, snapped.owners]
        arrays += [snapped.anchors, sources.cells, sources.groups, *self._pictures.values()]
        return sum(array.nbytes for array in arrays)

    def mask(self, number: int) -> tuple[tuple[int, int, int, int], NDArray[np.uint8]]:
        """A region's mask.

        Returns:
            Its box (x, y, width, height) in canvas pixels, and uint8 [height, width], 0 or 255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        index = self._index(number)
        box = self.regions[index].bbox
        x, y, width, height = box
        inside = self._snapped.labels[y : y + height, x : x + width] == index
        return box, inside.view(np.uint8) * np.uint8(255)

    def hint(self, number: int, color: Color) -> None:
        """Gives a region a colour, or another one.

        Args:
            number: the region.
            color: RGB 0..255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST where the colour is none.
        """
        self._hints[self._index(number)] = _check_color(color)

    def unhint(self, number: int) -> None:
        """Takes a region's colour away; nothing happens where it has none.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        self._hints.pop(self._index(number), None)

    def suggest(self, number: int) -> Color:
        """The colour that g leans to in a region, given the hints in the other regions.

        Returns:
            RGB 0..255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        index = self._index(number)
        others = {region: color for region, color in self._hints.items() if region != index}
        return self._region_colors(self._picture(others))[index]

    def render(
        self, kind: str, format: str = "RGBA8", preview: bool = False
    ) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Paints the page as it stands.

        Args:
            kind: "flats", "soft" or "hints".
            format: pixel format of the result.
            preview: at grid size instead of canvas size.

        Returns:
            [H, W, channels], contiguous, uint8 or (little-endian) uint16.

        Raises:
            GuidingPainterError: BAD_REQUEST for another kind, UNSUPPORTED_FORMAT.
        """
        raster.pixel_format(format)
        if kind not in KINDS:
            raise GuidingPainterError(
                BAD_REQUEST, f"There is no {str(kind)[:32]!r} layer.", "Use flats, soft or hints."
            )
        if kind == "hints":
            return raster.encode(render.hint_layer(self._snapped, self._hints, preview), format)
        picture = self._picture(self._hints)
        if kind == "flats":
            layer = render.flats(self._snapped, self._sources, picture, self._hints, preview)
        else:
            layer = render.soft(self._snapped, picture, self._grid, preview)
        return raster.encode(layer, format)

    def _picture(self, hints: dict[int, Color]) -> NDArray[np.uint8]:
        """g's clean picture for these hints, uint8 [h, w, 3]; the last two are kept."""
        key = tuple(sorted(hints.items()))
        found = self._pictures.pop(key, None)
        if found is None:
            n_regions = self._engine.bundle.n_regions
            colors = np.zeros((n_regions, 3), np.float32)
            hinted = np.zeros(n_regions, bool)
            for region, color in hints.items():
                colors[region] = np.asarray(color, np.float32) / 255
                hinted[region] = True
            labels = self._grid.pad(self._snapped.grid)
            image = self._engine.colorize(self._sketch, labels, colors, hinted)
            image = image[:, : self._grid.content[0], : self._grid.content[1]]
            clean = render.clean_picture(image, self._sources)
            found = obey_hints(clean, self._snapped.grid, hints)
        # The page as it stands and the page without one hint, which `suggest` asks for in turn.
        while len(self._pictures) >= 2:
            del self._pictures[next(iter(self._pictures))]
        self._pictures[key] = found
        return found

    def _region_colors(self, picture: NDArray[np.uint8]) -> list[Color]:
        colors = undo_averaging(render.region_colors(self._snapped, self._sources, picture))
        return [(int(red), int(green), int(blue)) for red, green, blue in colors]

    def _describe(self) -> tuple[Region, ...]:
        suggestions = self._region_colors(self._picture({}))
        return tuple(
            Region(index + 1, (box[0], box[1], box[2], box[3]), size, suggestions[index])
            for index, (box, size) in enumerate(
                zip(self._snapped.boxes.tolist(), self._snapped.sizes.tolist(), strict=True)
            )
        )

    def _index(self, number: Any) -> int:
        good = isinstance(number, int) and not isinstance(number, bool)
        if not good or not 1 <= number <= len(self.regions):
            raise GuidingPainterError(
                NO_SUCH_REGION,
                f"There is no region {str(number)[:32]}.",
                f"This page has the regions 1 to {len(self.regions)}.",
            )
        return number - 1


def _check_options(gap: Any, ink: Any) -> None:
    if gap is not None and (isinstance(gap, bool) or not isinstance(gap, int | float)):
        raise GuidingPainterError(BAD_REQUEST, "The gap must be a number of pixels.")
    # The comparison is False for NaN too.
    if gap is not None and not 0 <= gap <= 1000:
        raise GuidingPainterError(BAD_REQUEST, "The gap must lie between 0 and 1000 pixels.")
    if ink is not None and (
        isinstance(ink, bool) or not isinstance(ink, int) or not 0 <= ink <= 255
    ):
        raise GuidingPainterError(
            BAD_REQUEST, "The ink threshold must be a whole number from 0 to 255."
        )


def _check_color(color: Any) -> Color:
    try:
        red, green, blue = color
    except (TypeError, ValueError):
        red = green = blue = None
    for value in (red, green, blue):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
            raise GuidingPainterError(
                BAD_REQUEST, "A colour must be three whole numbers from 0 to 255."
            )
    return (red, green, blue)  # type: ignore[return-value]


def _check_not_blank(areas: Areas) -> None:
    if not areas.ink.any():
        raise GuidingPainterError(
            BLANK_PAGE,
            "There is no line art on this page.",
            "Choose the layer that holds the lines, or raise the ink threshold.",
        )
    if areas.ink.all():
        raise GuidingPainterError(
            BLANK_PAGE,
            "This page is all ink, there is no paper to colour.",
            "Choose the layer that holds the lines, or lower the ink threshold.",
        )
