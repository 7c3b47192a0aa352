"""Line art that a page is made of: its pieces, and what the segmenter says of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gp_canvas.acts.affinities import Affinity, of_labels
from gp_canvas.cast.handed import CastPieces
from gp_canvas.lines import raster
from gp_canvas.lines.bare import bare
from gp_canvas.lines.ink import read_page
from gp_canvas.lines.on_grid import GridPieces, on_grid
from gp_canvas.lines.panels import Panels, find_panels, panel_of
from gp_canvas.lines.pieces import Pieces, find_pieces
from gp_canvas.lines.raster import GridMap
from gp_canvas.regions.regions import vote
from gp_canvas.regions.relations import find_relations
from gp_client.types import Tell
from numpy.typing import NDArray

from gp_daemon.networks import strips
from gp_daemon.networks.interface import PageNetworks
from gp_daemon.pages.checks import check_not_blank

_BARE = 4.0  # log-odds that balloons and gutters stay white: 98 %, less where colours say else
_KEPT = 2  # ways to find pieces whose results are kept: one to and fro with the gap


@dataclass(frozen=True)
class _Found:
    pieces: Pieces
    affinity: Affinity
    panels: Panels

    @cached_property
    def panel(self) -> NDArray[np.int32] | None:
        return panel_of(self.panels, self.pieces.labels, self.pieces.count)


class LineArt:
    """One picture of lines; what is found in it is found again where it was dropped. Thread-safe.

    Args:
        networks: f and g.
        picture: [H, W, channels] as `raster.decode` gives it.
        format: its pixel format.

    Attributes:
        colored: whether it was coloured already: its colours were taken for paper.
    """

    def __init__(self, networks: PageNetworks, picture: NDArray[Any], format: str) -> None:
        self.networks = networks
        read = read_page(picture, format)
        self._gray, self.colored = read.gray, read.colored
        bundle = networks.bundle
        side = strips.grid_side(*self.shape, bundle.grid_side)
        self.sketch: NDArray[np.float32]
        self.grid: GridMap
        self.sketch, self.grid = raster.to_grid(self._gray, side, bundle.grid_multiple)
        self._found: OrderedDict[tuple[float | None, int | None], _Found] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), canvas pixels."""
        return self._gray.shape[0], self._gray.shape[1]

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        with self._lock:
            found = list(self._found.values())
        held = self._gray.nbytes + self.sketch.nbytes
        return held + sum(
            one.pieces.labels.nbytes + one.pieces.ink.nbytes + one.affinity.matrix.nbytes
            for one in found
        )

    def find(self, gap: float | None, ink: int | None, tell: Tell | None = None) -> None:
        """Finds pieces and affinities now; a later question about them answers at once.

        Raises:
            GuidingPainterError: BLANK_PAGE where there is no ink, or nothing but ink.
        """
        self._get(gap, ink, tell)

    def lines(self, gap: float | None, ink: int | None) -> Callable[[], NDArray[np.int32]]:
        """What gives the labels of the pieces, int32 [H, W]; see `gp_canvas.acts.work.Lines`.

        Raises:
            GuidingPainterError: see `find`.
        """
        self._get(gap, ink)
        return lambda: self._get(gap, ink).pieces.labels

    def affinity(self, gap: float | None, ink: int | None) -> Affinity:
        """What the segmenter says of the pieces."""
        return self._get(gap, ink).affinity

    @property
    def segmenter(self) -> str:
        """sha256 of the network whose tokens this page has, hexadecimal."""
        return self.networks.bundle.files["segmenter"].sha256

    @property
    def matches(self) -> bool:
        """Whether these networks compare pages."""
        bundle = self.networks.bundle
        return bundle.affinity and "matcher" in bundle.files

    def match(self, cast: CastPieces, affinity: Affinity) -> NDArray[np.float32] | None:
        """Log-odds that a row's piece has the colour of one of the cast, float32 [rows, m].

        None where that says nothing here: without a matcher, or with tokens of another network.
        This is the one place where a cast is handed to the networks.
        """
        tokens = affinity.tokens
        if not self.matches or tokens is None or cast.segmenter != self.segmenter:
            return None
        if tokens.shape[1] != cast.tokens.shape[1]:
            return None
        return self.networks.match(tokens, cast.tokens.astype(np.float32), cast.seen)

    @property
    def suggests(self) -> bool:
        """Whether these networks say which colours pieces might have."""
        bundle = self.networks.bundle
        return bundle.affinity and "suggester" in bundle.files

    def likelihood(
        self, affinity: Affinity, colors: NDArray[np.float32], known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """How likely each colour of a palette is for each row; None where nobody knows.

        Args:
            affinity: of the pieces.
            colors: float32 [rows, 3] in 0..1, of rows that have one; anything elsewhere.
            known: bool [rows], which have one.

        Returns:
            Probabilities, float32 [rows, K], and the palette, float32 [K, 3] in 0..1.
        """
        if not self.suggests or affinity.tokens is None:
            return None
        told = known.astype(np.float32)
        log, palette = self.networks.suggest(affinity.tokens, affinity.matrix, colors, told)
        # Networks that are not sound, or a graph of half precision, may give any number: large
        # ones are no infinities here, and something is likely for every row.
        chances = np.exp(log - log.max(axis=1, keepdims=True))
        return chances / chances.sum(axis=1, keepdims=True), palette

    @property
    def gray(self) -> NDArray[np.uint8]:
        """The line art, uint8 [H, W], 255 = paper; not to be written to."""
        return self._gray

    def pieces(self, gap: float | None, ink: int | None) -> Pieces:
        """The pieces, see `find`."""
        return self._get(gap, ink).pieces

    def panels(self, gap: float | None, ink: int | None) -> Panels:
        """The panels of the page; gap changes nothing about them."""
        return self._get(gap, ink).panels

    def panel_of(self, gap: float | None, ink: int | None) -> NDArray[np.int32] | None:
        """The panel of each piece, see `gp_canvas.lines.panels.panel_of`."""
        return self._get(gap, ink).panel

    def threshold(self, gap: float | None, ink: int | None) -> tuple[float, int]:
        """The gap in canvas pixels and the luminance 0..255 that pieces were found with."""
        pieces = self._get(gap, ink).pieces
        return pieces.gap, pieces.threshold

    def _get(self, gap: float | None, ink: int | None, tell: Tell | None = None) -> _Found:
        with self._lock:
            known = self._found.get((gap, ink))
            if known is not None:
                self._found.move_to_end((gap, ink))
                return known
        found = self._search(gap, ink, tell or (lambda _stage, _fraction: None))
        with self._lock:
            self._found[gap, ink] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found

    def _search(self, gap: float | None, ink: int | None, tell: Tell) -> _Found:
        tell("finding pieces", 0.1)
        pieces = find_pieces(self._gray, gap, ink)
        check_not_blank(pieces)
        tell("finding regions", 0.6)
        compares = self.networks.bundle.affinity
        sketch, grid = self._own_grid() if compares else (self.sketch, self.grid)
        seen = on_grid(pieces, grid)
        own = np.zeros(pieces.count, np.bool_)
        own[seen.pieces] = True
        panels = find_panels(pieces.ink)
        paper = bare(pieces, panels)[seen.pieces]
        white = np.where(paper, np.float32(_BARE), np.float32(-np.inf))
        tokens = None
        if compares:
            tokens, matrix, blank = self._compare(seen, sketch, grid)
            white = np.maximum(blank, white)
        else:
            matrix = self._agree(seen)
        # Nor has it the colour of what is drawn, as far as anybody knows.
        matrix = np.where(paper[:, None] != paper, np.minimum(matrix, np.float32(-_BARE)), matrix)
        affinity = Affinity(matrix, seen.follows, own, white, tokens)
        return _Found(pieces, affinity, panels)

    def _own_grid(self) -> tuple[NDArray[np.float32], GridMap]:
        """The sketch on the grid that the segmenter looks at, which may be finer."""
        bundle = self.networks.bundle
        side = strips.grid_side(*self.shape, bundle.segmenter_side)
        return raster.to_grid(self._gray, side, bundle.grid_multiple)

    def _compare(
        self, seen: GridPieces, sketch: NDArray[np.float32], grid: GridMap
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """What a segmenter says that was asked which pieces have one colour: tokens [n, D], which
        are alike [n, n], and which stay white [n]."""
        gray = np.round(grid.crop(sketch) * 255).astype(np.uint8)
        known = find_relations(gray, seen.labels, seen.count)
        pieces = np.full(sketch.shape, -1, np.int32)
        grid.crop(pieces)[:] = seen.labels
        return self.networks.affinity(sketch, pieces, *known)

    def _agree(self, seen: GridPieces) -> NDArray[np.float32]:
        """What follows from a segmenter that gives each cell a label, [n, n]."""
        labels, margin, _ = strips.segment(self.networks, self.sketch, self.grid.pad(seen.filled))
        crop = self.grid.crop
        return of_labels(vote(seen.filled, crop(labels), crop(margin), seen.count))
