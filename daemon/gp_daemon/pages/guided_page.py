"""A page of protocol 2: line art, the artist's acts on it, and every picture of the outcome.

A page is a cache: the same line art and the same acts give the same page again. Not thread safe;
the server serialises calls per page.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from gp_canvas.acts.acts import Act, Box, Color
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY, Coloring
from gp_canvas.acts.guided import Guided, Region
from gp_canvas.acts.hands import Hands
from gp_canvas.acts.targets import Target
from gp_canvas.cast.handed import hand
from gp_canvas.cast.learning import learn, thumbnails
from gp_canvas.lines import raster
from gp_canvas.paint.color_layers import ColorLayer, color_layers
from gp_canvas.paint.flats import paint, table
from gp_canvas.paint.suggest import alternatives
from gp_client.cast import Cast, CastPage
from gp_client.errors import BAD_REQUEST, VERSION, GuidingPainterError
from gp_client.page_options import AUTOMATIC, PageOptions
from gp_client.types import Tell, View
from gp_client.wire import Buffer
from numpy.typing import NDArray

from gp_daemon.networks.interface import PageNetworks
from gp_daemon.pages.line_art import LineArt
from gp_daemon.pages.shading import Shading
from gp_daemon.pages.suggesting import Suggesting

KINDS = ("flats", "soft", "shade")
_OFFERED = 5  # colours for one region,
_LEANINGS = 4  # of them likely ones


@dataclass(frozen=True)
class Changes:
    """Regions since they were told last.

    Attributes:
        regions: those that are new or other than they were, in the order of `Guided.regions`.
        suggestions: a colour for each, uint8 [n, 3].
        gone: numbers of regions that are no more, rising.
    """

    regions: tuple[Region, ...]
    suggestions: NDArray[np.uint8]
    gone: tuple[int, ...]


class GuidedPage:
    """Line art, and what an artist with a guide has made of it.

    Args:
        networks: f and g.
        pixels: the line art, rows from the top without padding.
        width, height: canvas pixels.
        format: pixel format, such as "GRAY8" or "BGRA16".
        options: how to open it; the guide asks and proposes only in its area.
        progress: called with a stage's name and the fraction done, 0..1.

    Raises:
        GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, TOO_LARGE, or BLANK_PAGE where there
            is no ink or nothing but ink.
    """

    def __init__(
        self,
        networks: PageNetworks,
        pixels: Buffer,
        width: int,
        height: int,
        format: str = "GRAY8",
        options: PageOptions = AUTOMATIC,
        progress: Tell | None = None,
    ) -> None:
        tell = progress or (lambda _stage, _fraction: None)
        picture = raster.decode(pixels, width, height, format)
        focus = None if options.area is None else options.area_on(width, height)
        tell("reading", 0.0)
        self._art = LineArt(networks, picture, format)
        gap, ink = options.gap, options.ink
        self._art.find(gap, ink, tell)
        art = self._art
        self.hands = Hands(art.lines, art.affinity, art.panel_of, gap, ink, focus, art.match)
        tell("suggesting colours", 0.9)
        self._shading = Shading(self._art)
        self._suggesting = Suggesting(self._art) if self._art.suggests else None
        self._suggested: tuple[Guided, NDArray[np.uint8]] | None = None
        self._told: dict[int, tuple[object, ...]] = {}
        self._map, self._map_version = self.hands.work.pieces, 1
        self._suggestions(self.hands.guided)
        tell("done", 1.0)

    def fresh(self) -> GuidedPage:
        """A page of the same line art that nobody has touched; it shares what opening found."""
        twin = copy.copy(self)
        twin.hands = self.hands.fresh()
        twin._shading = Shading(self._art)
        twin._suggesting = Suggesting(self._art) if self._art.suggests else None
        twin._suggested, twin._told = None, {}
        twin._map, twin._map_version = twin.hands.work.pieces, 1
        return twin

    @property
    def colored_already(self) -> bool:
        """Whether its colours, in which it came, were taken for paper."""
        return self._art.colored

    @property
    def width(self) -> int:
        """Canvas pixels."""
        return self._art.shape[1]

    @property
    def height(self) -> int:
        """Canvas pixels."""
        return self._art.shape[0]

    @property
    def grid(self) -> tuple[int, int]:
        """(width, height) of previews in pixels."""
        return self._art.grid.content[1], self._art.grid.content[0]

    @property
    def found_with(self) -> tuple[float, int]:
        """The gap in canvas pixels and the ink threshold 0..255 that pieces were found with."""
        return self._art.threshold(self.hands.work.gap, self.hands.work.ink)

    @property
    def panels(self) -> list[Box]:
        """The panels' boxes in the order of reading; none where the page is one picture."""
        boxes = self._art.panels(self.hands.work.gap, self.hands.work.ink).boxes.tolist()
        return [(x, y, width, height) for x, y, width, height in boxes]

    @property
    def nbytes(self) -> int:
        """About how much memory the page holds, in bytes."""
        return self._art.nbytes + self.hands.history.nbytes + self._shading.nbytes

    @property
    def map_version(self) -> int:
        """A number that is another one whenever the map of pieces is."""
        if self._map is not self.hands.work.pieces:
            self._map, self._map_version = self.hands.work.pieces, self._map_version + 1
        return self._map_version

    def changes(self) -> Changes:
        """Regions since this was asked last; all of them the first time."""
        found = self.hands.guided
        suggestions = self._suggestions(found)
        now = {
            one.number: _seen(one, color)
            for one, color in zip(found.regions, suggestions.tolist(), strict=True)
        }
        other = [
            place
            for place, one in enumerate(found.regions)
            if self._told.get(one.number) != now[one.number]
        ]
        gone = tuple(sorted(set(self._told) - set(now)))
        self._told = now
        return Changes(tuple(found.regions[place] for place in other), suggestions[other], gone)

    def forget_told(self) -> None:
        """Tell all regions the next time, as to somebody who knows none."""
        self._told = {}

    def mask(self, target: Target) -> tuple[Box, NDArray[np.uint8]]:
        """The shape of a target: its box, and uint8 [height, width], 0 or 255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST.
        """
        box, inside = self.hands.work.pieces.mask(self.hands.pieces(target))
        return box, inside.view(np.uint8) * np.uint8(255)

    def suggest(self, target: Target, draw: int | None = None) -> list[Color]:
        """Colours to offer for a target, the likeliest first; told apart easily, at most 5.

        First what is likely by what the guide knows from the page's colours and what the
        suggester takes for usual beside them (without one: by the guide alone, then what g would
        paint there), then one of the palette and one of a region nearby.

        Args:
            target: what to offer them for.
            draw: from 0; then what comes first was drawn by how likely each colour is, another one
                for another number. Without a suggester this changes nothing.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST.
        """
        pieces, work = self.hands.pieces(target), self.hands.work
        found = self.hands.guided
        largest = int(pieces[work.pieces.sizes[pieces].argmax()])
        place = int(found.region[largest])
        others = self.hands.coloring.cleared(pieces)
        asked = found.regions[place]
        if self._suggesting is None:
            leaning = self._shading.suggestions(others, found.regions, work.pieces)[place]
            likely = [*asked.likely, _color(leaning)]
        else:
            affinity = self._art.affinity(work.gap, work.ink)
            likely = self._suggesting.offered(affinity, others, asked, work.pieces, _LEANINGS, draw)
            if draw is not None:
                return list(dict.fromkeys(likely))
        palette = [color for color, _ in _by_size(others, work.pieces.sizes)]
        middle = _middle(asked)
        near = sorted(
            (one for one in found.regions if one.number != asked.number),
            key=lambda one: float(np.hypot(*(_middle(one) - middle))),
        )
        suggested = self._suggestions(found)
        nearby = [one.color or _color(suggested[int(found.region[one.pieces[0]])]) for one in near]
        offered = [*likely, *alternatives(likely[0], palette, nearby)]
        return list(dict.fromkeys(offered))[:_OFFERED]

    def use_cast(self, cast: Cast | None) -> Act | None:
        """Takes suggestions and proposals from pages that are done; None lets go of them.

        Raises:
            GuidingPainterError: BAD_REQUEST where these networks compare no pages or the cast is
                empty, VERSION where other networks learned all of it, TOO_LARGE.
        """
        if cast is None:
            return self.hands.use_cast(None)
        self._check_compares()
        if not cast.pages:
            raise GuidingPainterError(
                BAD_REQUEST, "This cast knows no page.", "Learn from a page that is done first."
            )
        handed = hand(cast, self._art.segmenter)
        if handed is None:
            raise GuidingPainterError(
                VERSION,
                "This cast was learned by other networks, so that it says nothing here.",
                "Learn its pages again: gp cast renew, or in the editor from each page.",
            )
        return self.hands.use_cast(handed)

    def learn(self, pictures: bool = True) -> CastPage:
        """What this page teaches others: pieces that the artist coloured or left blank for good.

        Args:
            pictures: with a small picture of where each colour is.

        Raises:
            GuidingPainterError: BAD_REQUEST where these networks compare no pages, or the artist
                has given no colour.
        """
        self._check_compares()
        work = self.hands.work
        pieces, coloring = work.pieces, work.coloring
        affinity = self._art.affinity(work.gap, work.ink)
        assert affinity.tokens is not None
        # Of the parts of a piece that was cut the largest that is decided speaks for its row.
        known = np.flatnonzero(coloring.decided & affinity.own[pieces.origin])
        row = affinity.row[pieces.origin[known]]
        order = np.lexsort((-pieces.sizes[known], row))
        row, first = np.unique(row[order], return_index=True)
        chosen = known[order][first]
        colors = np.zeros((len(chosen), 4), np.uint8)
        given = coloring.by[chosen] == ARTIST
        colors[given, :3], colors[given, 3] = coloring.color[chosen[given]], 255
        places: dict[Color, Box] = {}
        for piece in chosen[given][np.argsort(-pieces.sizes[chosen[given]], kind="stable")]:
            x, y, width, height = pieces.boxes[piece].tolist()
            places.setdefault(_color(coloring.color[piece]), (x, y, width, height))
        shown = {}
        if pictures:
            shown = thumbnails(self._art.gray, pieces.labels, table(coloring, "none"), places)
        return learn(
            affinity.tokens[row],
            colors,
            pieces.sizes[chosen],
            np.array(pieces.points(chosen), np.int32).reshape(-1, 2),
            (self.height, self.width),
            self._art.segmenter,
            work.gap,
            work.ink,
            shown,
        )

    def _check_compares(self) -> None:
        if not self._art.matches:
            raise GuidingPainterError(
                BAD_REQUEST,
                "These networks do not compare pages, so that there can be no cast.",
                "Use a bundle that has a matcher, such as the one that comes along.",
            )

    def layers(self) -> tuple[ColorLayer, ...]:
        """A layer for each colour that the artist gave, and for each that the guide proposes."""
        return color_layers(self.hands.coloring, self.hands.work.pieces)

    def layer(self, color: Color, proposed: bool = False) -> ColorLayer | None:
        """The layer of a colour that was given, or that is proposed; None where there is none."""
        by = GUIDE if proposed else ARTIST
        return next((one for one in self.layers() if (one.color, one.by) == (color, by)), None)

    def render(self, view: View) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Paints the page as it stands.

        Args:
            view: which picture. Soft colours are g's under the same hints, everywhere; shade is
                their lightness alone, to be multiplied onto the flats; a preview of flats is the
                same flats, seen cell by cell.

        Returns:
            [H, W, channels], contiguous, uint8 or (little-endian) uint16.

        Raises:
            GuidingPainterError: BAD_REQUEST for another kind, UNSUPPORTED_FORMAT.
        """
        raster.pixel_format(view.format)
        if view.kind not in KINDS:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"There is no picture {str(view.kind)[:32]!r}.",
                "Use flats, soft or shade.",
            )
        coloring, pieces = self.hands.coloring, self.hands.work.pieces
        whole = self.grid if view.preview else (self.width, self.height)
        x, y, width, height = view.crop or (0, 0, *whole)
        box = np.s_[y : y + height, x : x + width]
        if view.kind == "flats":
            labels = self._shading.cells(pieces)[0] if view.preview else pieces.labels
            return raster.encode(paint(labels[box], table(coloring, view.proposals)), view.format)
        painted = self._shading.soft if view.kind == "soft" else self._shading.shade
        soft = painted(coloring, self.hands.guided.regions, pieces, view.preview)
        return raster.encode(np.ascontiguousarray(soft[box]), view.format)

    def _suggestions(self, found: Guided) -> NDArray[np.uint8]:
        """A colour for each region: what is likely by the guide, and on a blank page."""
        if self._suggested is None or self._suggested[0] is not found:
            work = self.hands.work
            pieces, nothing = work.pieces, Coloring.blank(work.pieces.count)
            if self._suggesting is None:
                colors = self._shading.suggestions(nothing, found.regions, pieces)
                for place, one in enumerate(found.regions):
                    if one.likely:
                        colors[place] = one.likely[0]
            else:
                affinity = self._art.affinity(work.gap, work.ink)
                colors = self._suggesting.colors(affinity, nothing, found.regions, pieces, 1)[:, 0]
            self._suggested = found, colors
        return self._suggested[1]


def _seen(region: Region, suggestion: list[int]) -> tuple[object, ...]:
    """What a client is told of a region, and its pieces, which may change though all else stays."""
    return (
        region.state,
        region.box,
        region.pixels,
        region.color,
        region.skipped,
        tuple(suggestion),
        region.pieces.tobytes(),
    )


def _by_size(coloring: Coloring, sizes: NDArray[np.int64]) -> list[tuple[Color, int]]:
    """The artist's colours with the pixels that they cover, the largest first."""
    given = coloring.by != NOBODY
    codes, index = np.unique(coloring.codes[given], return_inverse=True)
    pixels = np.bincount(index, sizes[given], len(codes)).astype(int)
    order = np.argsort(-pixels, kind="stable").tolist()
    return [
        ((int(codes[k]) >> 16, int(codes[k]) >> 8 & 255, int(codes[k]) & 255), int(pixels[k]))
        for k in order
    ]


def _middle(region: Region) -> NDArray[np.float64]:
    x, y, width, height = region.box
    return np.array([x + width / 2, y + height / 2])


def _color(values: NDArray[np.uint8]) -> Color:
    red, green, blue = values.tolist()
    return red, green, blue
