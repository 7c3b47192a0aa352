"""A page of protocol 1: one document being coloured, as the daemon holds it.

A page is a cache: the same line art and the same hints give the same page again. Not thread safe;
the server serialises calls per page.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from gp_canvas.lines import raster
from gp_canvas.paint.layers import ColorLayers
from gp_canvas.paint.scribbles import Scribble
from gp_canvas.paint.suggest import alternatives
from gp_canvas.regions.corrections import Undo, correct, restore
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_client.page_options import AUTOMATIC, PageOptions
from gp_client.types import Tell
from gp_client.wire import Buffer
from numpy.typing import NDArray

from gp_daemon.networks.interface import PageNetworks
from gp_daemon.pages.checks import (
    Color,
    check_color,
    check_mask,
    is_whole,
)
from gp_daemon.pages.painting import Painting, Region, open_line_art

__all__ = ["KINDS", "Page", "Region"]

KINDS = ("flats", "soft", "hints")
MOST_CORRECTIONS = 32  # that can be taken back


class Page:
    """Line art, its regions, and the hints given so far.

    Args:
        networks: f and g.
        pixels: the line art, rows from the top without padding.
        width, height: canvas pixels.
        format: pixel format, such as "GRAY8" or "BGRA16".
        options: how to open it; pixels beside its area are neither looked at nor painted.
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
        self._canvas = (height, width)
        self._area = options.area_on(width, height)
        left, top, across, down = self._area
        picture = picture[top : top + down, left : left + across]
        self._painting = open_line_art(networks, picture, format, options, tell)
        self._opened = self._painting
        self._hints: dict[int, Color] = {}
        self._scribbles: dict[int, Scribble] = {}
        self._next_scribble = 1
        self._corrections: list[Undo] = []
        tell("suggesting colours", 0.9)
        self.regions: tuple[Region, ...] = self._painting.describe(*self._area[:2])
        tell("done", 1.0)

    def fresh(self) -> Page:
        """A page of the same line art without hints; it shares what opening found."""
        twin = copy.copy(self)
        twin._hints, twin._scribbles, twin._corrections = {}, {}, []
        twin._painting = self._opened.twin()
        if self._painting is not self._opened:
            twin.regions = twin._painting.describe(*self._area[:2])
        return twin

    @property
    def width(self) -> int:
        """Canvas pixels."""
        return self._canvas[1]

    @property
    def height(self) -> int:
        """Canvas pixels."""
        return self._canvas[0]

    @property
    def grid(self) -> tuple[int, int]:
        """(width, height) of previews in pixels; a preview shows the working area."""
        return self._painting.grid.content[1], self._painting.grid.content[0]

    @property
    def hints(self) -> dict[int, Color]:
        """Region number to colour; a copy."""
        return {region + 1: color for region, color in self._hints.items()}

    @property
    def nbytes(self) -> int:
        """About how much memory the page holds, in bytes."""
        held = self._painting.nbytes + sum(undo.nbytes for undo in self._corrections)
        if self._corrections:
            held += self._opened.nbytes
        return held

    def mask(self, number: int) -> tuple[tuple[int, int, int, int], NDArray[np.uint8]]:
        """A region's mask.

        Returns:
            Its box (x, y, width, height) in canvas pixels, and uint8 [height, width], 0 or 255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        index = self._index(number)
        x, y, width, height = self._painting.snapped.boxes[index].tolist()
        inside = self._painting.snapped.labels[y : y + height, x : x + width] == index
        box = (x + self._area[0], y + self._area[1], width, height)
        return box, inside.view(np.uint8) * np.uint8(255)

    def hint(self, number: int, color: Color) -> None:
        """Gives a region a colour, or another one.

        Args:
            number: the region.
            color: RGB 0..255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST where the colour is none.
        """
        self._hints[self._index(number)] = check_color(color)

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
        return self._painting.suggestions(others, self._scribbles)[index]

    def alternatives(self, number: int) -> list[Color]:
        """Two colours to offer beside `suggest`'s: of the page's palette, and of a region nearby.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        index = self._index(number)
        suggested = {region.number - 1: region.suggestion for region in self.regions}
        nearby = [self._hints.get(i, suggested[i]) for i in self._painting.nearby(index)]
        palette = [color for region, color in self._hints.items() if region != index]
        return alternatives(self.suggest(number), palette, nearby)

    def correct(self, number: int, mask: NDArray[np.uint8]) -> None:
        """Gives a region the shape that the artist drew; `regions` follows.

        The pixels leave the other regions; what the mask leaves out goes to the nearest others. A
        region that loses all its pixels leaves `regions`, and the others keep their numbers.

        Args:
            number: the region.
            mask: uint8 [H, W] of canvas size, 128 and above = in the region.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST where the mask has another size or
                selects nothing.
        """
        index = self._index(number)
        chosen = check_mask(mask, self.width, self.height, self._area)
        painting = self._painting
        found = correct(painting.snapped, painting.grid, index, chosen, painting.most)
        if found is not None:
            snapped, undo = found
            self._change(painting.changed(snapped))
            self._corrections = [*self._corrections, undo][-MOST_CORRECTIONS:]

    def uncorrect(self) -> bool:
        """Takes the last correction back; False where there is none (32 are kept)."""
        if not self._corrections:
            return False
        *earlier, last = self._corrections
        self._change(self._painting.changed(restore(self._painting.snapped, last)))
        self._corrections = earlier
        return True

    def _change(self, painting: Painting) -> None:
        """Takes other regions, all or, where the job is cancelled meanwhile, nothing of them."""
        self.regions = painting.describe(*self._area[:2])
        self._painting = painting

    def scribble(self, mask: NDArray[np.uint8], color: Color) -> int:
        """Gives a colour by a stroke or a point instead of by a region.

        In flats, the areas that hold a good part of the stroke take its colour exactly.

        Args:
            mask: uint8 [H, W] of canvas size, 128 and above = painted.
            color: RGB 0..255.

        Returns:
            The scribble's number, for `unscribble`.

        Raises:
            GuidingPainterError: BAD_REQUEST where the mask has another size or selects nothing,
                or the colour is none.
        """
        color = check_color(color)
        chosen = check_mask(mask, self.width, self.height, self._area)
        number = self._next_scribble
        self._next_scribble += 1
        self._scribbles[number] = Scribble.draw(chosen, self._painting.grid, color)
        return number

    def unscribble(self, number: int) -> None:
        """Takes a scribble back; nothing happens where it is gone already."""
        if not is_whole(number):
            raise GuidingPainterError(BAD_REQUEST, "A scribble's number must be a whole number.")
        self._scribbles.pop(number, None)

    def color_layers(self) -> ColorLayers:
        """The flats as they stand, as one layer for each colour."""
        return self._painting.color_layers(self._hints, self._scribbles, self._area[:2])

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
        layer = self._painting.layer(kind, self._hints, self._scribbles, preview)
        if not preview and layer.shape[:2] != self._canvas:
            left, top, across, down = self._area
            whole = np.zeros((*self._canvas, 4), np.uint8)
            whole[top : top + down, left : left + across] = layer
            layer = whole
        return raster.encode(layer, format)

    def _index(self, number: Any) -> int:
        if not is_whole(number) or all(region.number != number for region in self.regions):
            raise GuidingPainterError(
                NO_SUCH_REGION,
                f"There is no region {str(number)[:32]}.",
                f"This page has {len(self.regions)} regions, up to {self.regions[-1].number}.",
            )
        return number - 1
