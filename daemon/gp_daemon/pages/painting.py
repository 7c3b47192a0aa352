"""A page of protocol 1: its regions, and every picture of them.

What the artist said of them is not here but in `gp_daemon.pages.page`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gp_canvas.acts.hands import Hands
from gp_canvas.lines import raster
from gp_canvas.lines.cells import fill_nearest
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import GridMap
from gp_canvas.lines.windows import Windows
from gp_canvas.paint import render, scribbles
from gp_canvas.paint.layers import ColorLayers
from gp_canvas.paint.scribbles import Scribble
from gp_canvas.paint.sources import CleanPaper
from gp_canvas.regions.regions import Snapped, snap
from gp_client.page_options import PageOptions
from gp_client.types import Color, Tell
from numpy.typing import NDArray

from gp_daemon.networks import strips
from gp_daemon.networks.interface import ColorizerInput, PageNetworks
from gp_daemon.pages.checks import check_not_blank
from gp_daemon.pages.line_art import LineArt

Strokes = Mapping[int, Scribble]


def open_line_art(
    networks: PageNetworks,
    picture: NDArray[Any],
    format: str,
    options: PageOptions,
    tell: Tell,
) -> Painting:
    """Finds the regions of line art.

    Args:
        networks: f and g.
        picture: [H, W, channels] as `raster.decode` gives it.
        format: its pixel format.
        options: gap and ink; the picture is the area already.
        tell: called with a stage's name and the fraction done.

    Raises:
        GuidingPainterError: BLANK_PAGE.
    """
    tell("reading", 0.0)
    if networks.bundle.affinity:
        return _open_by_guide(LineArt(networks, picture, format), options, tell)
    gray = read_line_art(picture, format)
    tell("finding pieces", 0.1)
    pieces = find_pieces(gray, options.gap, options.ink)
    check_not_blank(pieces)
    tell("finding regions", 0.6)
    bundle = networks.bundle
    side = strips.grid_side(gray.shape[0], gray.shape[1], bundle.grid_side)
    sketch, grid = raster.to_grid(gray, side, bundle.grid_multiple)
    del gray
    seen = on_grid(pieces, grid)
    labels, margin, most = strips.segment(networks, sketch, grid.pad(seen.filled))
    tell("snapping", 0.8)
    return Painting(networks, sketch, grid, snap(pieces, seen, labels, margin, grid), most)


def _open_by_guide(art: LineArt, options: PageOptions, tell: Tell) -> Painting:
    """The guide's regions of an untouched page; what comes beyond the limit joins the nearest."""
    gap, ink = options.gap, options.ink
    art.find(gap, ink, tell)
    hands = Hands(art.lines, art.affinity, gap=gap, ink=ink)
    bundle = art.networks.bundle
    windows = Windows.along(art.sketch, bundle.grid_side, bundle.grid_multiple)
    limit = bundle.n_regions if len(windows.spans) == 1 else strips.MOST_REGIONS
    place = hands.guided.region[art.grid.sample(hands.work.pieces.labels)]
    labels = fill_nearest(np.minimum(place, 255).astype(np.uint8), place < limit)
    tell("snapping", 0.8)
    pieces = art.pieces(gap, ink)
    seen = on_grid(pieces, art.grid)
    sure = np.ones(labels.shape, np.float32)
    snapped = snap(pieces, seen, labels, sure, art.grid)
    most = min(limit, len(hands.guided.regions))
    return Painting(art.networks, art.sketch, art.grid, snapped, most)


@dataclass(frozen=True)
class Region:
    """A guided region.

    Attributes:
        number: priority, 1 = first.
        bbox: (x, y, width, height) in canvas pixels.
        pixels: its size in canvas pixels, ink under it included.
        suggestion: RGB 0..255, what g would paint it on a page without hints.
    """

    number: int
    bbox: tuple[int, int, int, int]
    pixels: int
    suggestion: Color


class Painting:
    """Regions, and g's pictures of them.

    Args:
        networks: f and g.
        sketch: float32 [h, w], the whole padded grid, 1 = paper.
        grid: where the canvas lies on the grid.
        snapped: the regions.
        most: regions that there may be.
    """

    def __init__(
        self,
        networks: PageNetworks,
        sketch: NDArray[np.float32],
        grid: GridMap,
        snapped: Snapped,
        most: int,
    ) -> None:
        self.networks, self.sketch, self.grid = networks, sketch, grid
        self.snapped, self.most = snapped, most
        paper = CleanPaper(grid.crop(sketch), snapped.owners, len(snapped.segment_region))
        self.sources = paper.find(snapped.segment_region, snapped.segment_region)
        self._pictures: dict[tuple[Any, ...], NDArray[np.uint8]] = {}
        self._layers: tuple[tuple[Any, ...], ColorLayers] | None = None

    def twin(self) -> Painting:
        """The same, with pictures that another thread may add to."""
        other = copy.copy(self)
        other._pictures = dict(self._pictures)
        return other

    def changed(self, snapped: Snapped) -> Painting:
        """The same line art with other regions."""
        return Painting(self.networks, self.sketch, self.grid, snapped, self.most)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        snapped, sources = self.snapped, self.sources
        arrays = [self.sketch, snapped.labels, snapped.segments, snapped.grid, snapped.owners]
        arrays += [snapped.anchors, sources.cells, sources.groups, *self._pictures.values()]
        return sum(array.nbytes for array in arrays)

    def picture(self, hints: Mapping[int, Color], strokes: Strokes) -> NDArray[np.uint8]:
        """g's clean picture for these hints, uint8 [h, w, 3]; the last two are kept."""
        key = (*sorted(hints.items()), *strokes)
        found = self._pictures.pop(key, None)
        if found is None:
            found = self._paint(hints, strokes)
        # The page as it stands and the page without one hint, which `suggest` asks for in turn.
        while len(self._pictures) >= 2:
            del self._pictures[next(iter(self._pictures))]
        self._pictures[key] = found
        return found

    def _paint(self, hints: Mapping[int, Color], strokes: Strokes) -> NDArray[np.uint8]:
        count = max(self.networks.bundle.n_regions, self.most)
        colors = np.zeros((count, 3), np.float32)
        hinted = np.zeros(count, bool)
        for region, color in hints.items():
            colors[region] = np.asarray(color, np.float32) / 255
            hinted[region] = True
        drawn = scribbles.for_network(list(strokes.values()), self.grid) if strokes else ()
        labels = self.grid.pad(self.snapped.grid)
        given = ColorizerInput(self.sketch, labels, colors, hinted, *drawn)
        image = strips.colorize(self.networks, given)
        image = image[:, : self.grid.content[0], : self.grid.content[1]]
        clean = render.clean_picture(image, self.sources)
        return render.obey_hints(clean, self.snapped.grid, hints)

    def suggestions(self, hints: Mapping[int, Color], strokes: Strokes) -> list[Color]:
        """A colour for every region, given these hints."""
        picture = self.picture(hints, strokes)
        colors = render.region_colors(self.snapped, self.sources, picture)
        return [(int(red), int(green), int(blue)) for red, green, blue in colors]

    def describe(self, left: int, top: int) -> tuple[Region, ...]:
        """The regions that have pixels, in priority order; their boxes moved by (left, top)."""
        suggestions = self.suggestions({}, {})
        return tuple(
            Region(
                region + 1,
                (x + left, y + top, width, height),
                int(self.snapped.sizes[region]),
                suggestions[region],
            )
            for region, (x, y, width, height) in self.snapped.present()
        )

    def nearby(self, region: int) -> list[int]:
        """The other regions that have pixels, nearest first (0-based)."""
        boxes = self.snapped.boxes
        middle = boxes[:, :2] + boxes[:, 2:] / 2
        order = np.linalg.norm(middle - middle[region], axis=1).argsort(kind="stable")
        return [int(other) for other in order if other != region and self.snapped.sizes[other]]

    def flat_colors(self, hints: Mapping[int, Color], strokes: Strokes) -> NDArray[np.uint8]:
        """The flat colour of each segment, uint8 [n, 3]."""
        stroked = scribbles.segment_colors(list(strokes.values()), self.snapped.segments)
        picture = self.picture(hints, strokes)
        return render.segment_colors(self.snapped, self.sources, picture, hints, stroked)

    def color_layers(
        self, hints: Mapping[int, Color], strokes: Strokes, origin: tuple[int, int]
    ) -> ColorLayers:
        """The flats divided by colour; the last ones are kept, as each layer is asked for alone."""
        key = (origin, *sorted(hints.items()), *strokes)
        if self._layers is None or self._layers[0] != key:
            colors = self.flat_colors(hints, strokes)
            self._layers = (key, ColorLayers(self.snapped.segments, colors, hints, origin))
        return self._layers[1]

    def layer(
        self, kind: str, hints: Mapping[int, Color], strokes: Strokes, preview: bool
    ) -> NDArray[np.uint8]:
        """RGBA uint8 [H, W, 4]: "flats", "soft" or "hints"; a preview at grid size."""
        if kind == "hints":
            return render.hint_layer(self.snapped, hints, preview)
        if kind == "flats":
            return render.flats(self.snapped, self.flat_colors(hints, strokes), preview)
        return render.soft(self.snapped, self.picture(hints, strokes), self.grid, preview)
