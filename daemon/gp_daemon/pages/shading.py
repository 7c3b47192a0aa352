"""What the colorizer g makes of a coloring: suggestions, and soft colours."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gp_canvas.acts.acts import Color
from gp_canvas.acts.coloring import NOBODY, Coloring
from gp_canvas.acts.guided import OPEN, Region
from gp_canvas.acts.piecemap import PieceMap, union
from gp_canvas.lines.cells import fill_nearest
from gp_canvas.lines.tables import look_up
from gp_canvas.lines.windows import Windows
from gp_canvas.paint import render
from gp_canvas.paint.fields import NOTHING, fields, open_areas
from gp_canvas.paint.medians import group_medians
from gp_canvas.paint.shade import shade
from gp_canvas.paint.sources import CleanPaper, Sources
from gp_canvas.regions.regions import Snapped
from numpy.typing import NDArray

from gp_daemon.networks import strips
from gp_daemon.networks.interface import ColorizerInput
from gp_daemon.pages.line_art import LineArt

_WHITE = 255 << 16 | 255 << 8 | 255
_KEPT = 2  # pictures: the page as it stands, and without the colour of one region


@dataclass(frozen=True)
class Channels:
    """What g is told: pieces that share a hint, or a region without one, are one channel.

    Attributes:
        channel: of each piece, uint8 [n].
        colors: float32 [channels, 3], RGB in 0..1.
        hinted: bool [channels].
    """

    channel: NDArray[np.uint8]
    colors: NDArray[np.float32]
    hinted: NDArray[np.bool_]


def share_out(
    coloring: Coloring,
    regions: Sequence[Region],
    pieces: PieceMap,
    owners: NDArray[np.int32],
    anchors: NDArray[np.int64],
    most: int,
    blind: bool = False,
) -> Channels:
    """Gives colours, the largest first, and then open regions their channels.

    Args:
        coloring: what g is to know.
        regions: in the order of asking.
        pieces: the map.
        owners: the piece of each cell, int32 [h, w].
        anchors: a cell (flat index) of each piece, int64 [n].
        most: channels; what comes beyond them joins the nearest on the grid.
        blind: g sees hints alone: what has none is one channel, the last.
    """
    codes = np.where(coloring.kept, _WHITE, coloring.codes)
    known = (coloring.by != NOBODY) | coloring.kept
    values, index = np.unique(codes[known], return_inverse=True)
    weights = np.bincount(index, pieces.sizes[known], len(values))
    order = np.argsort(-weights, kind="stable")[: most - blind]
    channel = np.full(pieces.count, -1, np.int32)
    place = np.full(len(values), -1, np.int32)
    place[order] = np.arange(len(order))
    channel[known] = place[index]
    colors, hinted = np.zeros((most, 3), np.float32), np.zeros(most, np.bool_)
    for number, code in enumerate(values[order].tolist()):
        colors[number] = code >> 16, code >> 8 & 255, code & 255
        hinted[number] = True
    used = len(order)
    for region in () if blind else regions:
        if used < most and region.state == OPEN:
            channel[region.pieces] = used
            used += 1
    left = channel < 0
    if (left & (known | (not blind))).any():
        cells = np.maximum(channel, 0).astype(np.uint8)[owners]
        near = fill_nearest(cells, ~left[owners]).ravel()
        channel[left] = near[anchors[left]]
    if blind:
        channel[~known] = most - 1
    return Channels(channel.astype(np.uint8), colors / np.float32(255), hinted)


@dataclass(frozen=True)
class _Painted:
    """g's clean picture uint8 [h, w, 3], how pieces lie in fields (no canvas), and the open area
    of each piece.
    """

    picture: NDArray[np.uint8]
    snapped: Snapped
    sources: Sources
    areas: NDArray[np.int64]


class Shading:
    """g's pictures of one page. Not thread safe.

    Args:
        art: the line art.
    """

    def __init__(self, art: LineArt) -> None:
        self._art = art
        self._painted: dict[tuple[bytes, ...], _Painted] = {}
        self._cells: tuple[PieceMap, NDArray[np.int32], NDArray[np.int64]] | None = None
        self._paper: tuple[NDArray[np.int32], CleanPaper] | None = None
        bundle = art.networks.bundle
        self._blind = not bundle.sees_regions
        windows = Windows.along(art.sketch, bundle.grid_side, bundle.grid_multiple)
        self._most = bundle.n_regions if len(windows.spans) == 1 else strips.MOST_REGIONS

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        painted = sum(
            one.picture.nbytes * 4 + one.snapped.owners.nbytes for one in self._painted.values()
        )
        return painted + (0 if self._paper is None else self._paper[1].nbytes)

    def cells(self, pieces: PieceMap) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The piece of each cell, int32 [h, w], and a cell (flat index) of each piece."""
        if self._cells is None or self._cells[0] is not pieces:
            grid = self._art.grid
            owners = np.ascontiguousarray(grid.sample(pieces.labels))
            middle = pieces.boxes[:, :2] + pieces.boxes[:, 2:] // 2
            anchors = (
                grid.cells(0)[middle[:, 1]].astype(np.int64) * grid.content[1]
                + grid.cells(1)[middle[:, 0]]
            )
            shown, first = np.unique(owners, return_index=True)
            anchors[shown] = first
            self._cells = pieces, owners, anchors
        return self._cells[1:]

    def suggestions(
        self, coloring: Coloring, regions: Sequence[Region], pieces: PieceMap
    ) -> NDArray[np.uint8]:
        """The colour that g leans to in each region, uint8 [regions, 3].

        Args:
            coloring: what g is to know.
            regions: in the order of asking.
            pieces: the map.
        """
        # Without hints g does not look at channels: one picture, whatever the regions are.
        told = regions if (coloring.by != NOBODY).any() or coloring.kept.any() else ()
        painted = self._paint(coloring, told, pieces)
        owners, anchors = self.cells(pieces)
        region = np.zeros(pieces.count, np.int32)
        for place, one in enumerate(regions):
            region[one.pieces] = place
        counted = painted.sources.groups < pieces.count
        groups = np.where(counted, region[owners], len(regions))
        colors = group_medians(painted.picture, groups, len(regions))
        seen = np.bincount(groups.ravel(), minlength=len(regions) + 1)[:-1] > 0
        for place in np.flatnonzero(~seen).tolist():
            mine = regions[place].pieces
            largest = mine[pieces.sizes[mine].argmax()]
            colors[place] = painted.picture.reshape(-1, 3)[anchors[largest]]
        return colors

    def soft(
        self,
        coloring: Coloring,
        regions: Sequence[Region],
        pieces: PieceMap,
        preview: bool = False,
    ) -> NDArray[np.uint8]:
        """Soft colours.

        Args:
            coloring: what is given and proposed.
            regions: in the order of asking.
            pieces: the map.
            preview: at grid size.

        Returns:
            RGBA uint8 [H, W, 4]; transparent where a piece stays blank for good.
        """
        painted = self._paint(coloring, regions, pieces)
        return self._lay(painted, painted.picture, pieces, preview, ~coloring.kept)

    def shade(
        self,
        coloring: Coloring,
        regions: Sequence[Region],
        pieces: PieceMap,
        preview: bool = False,
    ) -> NDArray[np.uint8]:
        """The lightness of the soft colours alone, to be multiplied onto the flats.

        Args:
            coloring, regions, pieces, preview: as for `soft`.

        Returns:
            RGBA uint8 [H, W, 4], gray; transparent where no flat is.
        """
        painted = self._paint(coloring, regions, pieces)
        owners = self.cells(pieces)[0]
        counted = painted.sources.groups < pieces.count
        gray = shade(painted.picture, painted.areas[owners], counted)
        shown = (coloring.by != NOBODY) & ~coloring.kept
        return self._lay(painted, np.dstack([gray] * 3), pieces, preview, shown)

    def _lay(
        self,
        painted: _Painted,
        picture: NDArray[np.uint8],
        pieces: PieceMap,
        preview: bool,
        shown: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """A picture of the grid, uint8 [h, w, 3], over the canvas; only some pieces are shown."""
        snapped, labels = painted.snapped, pieces.labels
        if preview:
            labels = self.cells(pieces)[0]
        else:
            canvas = look_up(snapped.segment_region, labels)
            snapped = dataclasses.replace(snapped, labels=canvas)
        laid = render.soft(snapped, picture, self._art.grid, preview)
        if not shown.all():
            laid[..., 3] = look_up(np.where(shown, 255, 0).astype(np.uint8), labels)
            laid[laid[..., 3] == 0] = 0
        return laid

    def channels(self, coloring: Coloring, regions: Sequence[Region], pieces: PieceMap) -> Channels:
        """What g is told; arguments as for `suggestions`."""
        cells = self.cells(pieces)
        return share_out(coloring, regions, pieces, *cells, self._most, self._blind)

    def _paint(self, coloring: Coloring, regions: Sequence[Region], pieces: PieceMap) -> _Painted:
        owners, anchors = self.cells(pieces)
        channels = self.channels(coloring, regions, pieces)
        key = (
            channels.channel.tobytes(),
            channels.colors.tobytes(),
            coloring.codes.tobytes(),
            coloring.by.tobytes(),
            owners.tobytes(),
        )
        found = self._painted.pop(key, None)
        if found is None:
            found = self._ask(coloring, channels, pieces, owners, anchors)
        while len(self._painted) >= _KEPT:
            del self._painted[next(iter(self._painted))]
        self._painted[key] = found
        return found

    def _ask(
        self,
        coloring: Coloring,
        channels: Channels,
        pieces: PieceMap,
        owners: NDArray[np.int32],
        anchors: NDArray[np.int64],
    ) -> _Painted:
        art = self._art
        sketch = art.grid.crop(art.sketch)
        codes = np.where(coloring.by != NOBODY, coloring.codes, NOTHING)
        codes[coloring.kept] = _WHITE + 1  # white for good is no white that somebody gave
        areas = open_areas(codes, owners, sketch)
        field = fields(codes, areas, pieces.sizes)
        snapped = _lie(field, pieces, owners, anchors)
        if self._paper is None or self._paper[0] is not owners:
            self._paper = owners, CleanPaper(sketch, owners, pieces.count)
        sources = self._paper[1].find(areas, field)
        labels = art.grid.pad(channels.channel[owners])
        given = ColorizerInput(art.sketch, labels, channels.colors, channels.hinted)
        image = strips.colorize(art.networks, given)
        image = image[:, : art.grid.content[0], : art.grid.content[1]]
        picture = render.clean_picture(image, sources)
        given = np.flatnonzero(coloring.by != NOBODY)
        codes, index = np.unique(coloring.codes[given], return_inverse=True)
        place = np.full(pieces.count, -1, np.int32)
        place[given] = index
        hints: dict[int, Color] = {
            number: (code >> 16, code >> 8 & 255, code & 255)
            for number, code in enumerate(codes.tolist())
        }
        picture = render.obey_hints(picture, place[owners], hints)
        return _Painted(picture, snapped, sources, areas)


def _lie(
    field: NDArray[np.uint8],
    pieces: PieceMap,
    owners: NDArray[np.int32],
    anchors: NDArray[np.int64],
) -> Snapped:
    """How pieces lie in fields, without the canvas."""
    count = int(field.max()) + 1
    sizes = np.bincount(field, pieces.sizes, count).astype(np.int64)
    boxes = np.zeros((count, 4), np.int64)
    for number in np.flatnonzero(sizes).tolist():
        boxes[number] = union(pieces.boxes[field == number])
    return Snapped(
        labels=np.empty((0, 0), np.uint8),
        segments=np.empty((0, 0), np.int32),
        segment_region=field,
        grid=field[owners],
        owners=owners,
        anchors=anchors,
        sizes=sizes,
        boxes=boxes,
    )
