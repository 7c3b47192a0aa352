"""Which colours a page's pieces might have: what the suggester says of a coloring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gp_canvas.acts.affinities import Affinity
from gp_canvas.acts.coloring import ARTIST, Coloring
from gp_canvas.acts.guided import Region
from gp_canvas.acts.piecemap import PieceMap
from gp_canvas.paint.suggest import draw, likeliest, near
from gp_client.types import Color
from numpy.typing import NDArray

from gp_daemon.pages.line_art import LineArt

# Probability of staying white from which the guide is believed, as it sees lettering and frames;
# below, the suggester knows better.
_WHITE = 0.9
_KEPT = 3  # answers: of the page that nobody touched, of the page as it stands, without one region


class Suggesting:
    """Asks the suggester about one page. Not thread safe.

    Args:
        art: the line art; its networks have a suggester, see `LineArt.suggests`.
    """

    def __init__(self, art: LineArt) -> None:
        self._art = art
        self._known: dict[bytes, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}

    def colors(
        self,
        affinity: Affinity,
        coloring: Coloring,
        regions: Sequence[Region],
        pieces: PieceMap,
        count: int,
    ) -> NDArray[np.uint8]:
        """The likeliest colours of regions, uint8 [regions, count, 3], the likeliest first.

        Args:
            affinity: of the uncut pieces.
            coloring: what the suggester is told.
            regions: that are asked about.
            pieces: the map.
            count: of colours for each.
        """
        chances, palette, own = self._all(affinity, coloring, regions, pieces)
        return likeliest(chances, palette, count, own)

    def offered(
        self,
        affinity: Affinity,
        coloring: Coloring,
        region: Region,
        pieces: PieceMap,
        count: int,
        number: int | None = None,
    ) -> list[Color]:
        """Colours that a region might have, the likeliest first.

        Args:
            affinity, coloring, pieces, count: as for `colors`.
            region: that is asked about.
            number: of a draw, from 0; then one comes first that was drawn by how likely each colour
                is, and the same number gives the same one again. None: nothing is drawn.
        """
        chances, palette, own = self._all(affinity, coloring, [region], pieces)
        found = [(r, g, b) for r, g, b in likeliest(chances, palette, count, own)[0].tolist()]
        if number is not None:
            random = np.random.default_rng([number, region.number])
            found.insert(0, draw(chances[0], palette, random, own))
        return found

    def _all(
        self,
        affinity: Affinity,
        coloring: Coloring,
        regions: Sequence[Region],
        pieces: PieceMap,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
        """How likely each region has each colour, float32 [regions, K], the colours, float32
        [K, 3] in 0..1, and how many of these are the page's own, which come first.

        A colour of the page is as likely as the guide says, which knows what is drawn alike; what
        that leaves is shared among all other colours, as the suggester takes them for usual.
        """
        usual, palette = self._chances(affinity, coloring, pieces)
        known = list(dict.fromkeys(color for one in regions for color, _ in one.chances))
        place = {color: number for number, color in enumerate(known)}
        own = np.array(known, np.float32).reshape(-1, 3) / np.float32(255)
        page = np.zeros((len(regions), len(known)), np.float32)
        for chances, one in zip(page, regions, strict=True):
            for color, chance in one.chances:
                chances[place[color]] = chance
        members = np.concatenate([one.pieces for one in regions])
        starts = np.cumsum([0, *(len(one.pieces) for one in regions[:-1])])
        weights = np.sqrt(pieces.sizes[members].astype(np.float32))[:, None]
        rest = np.add.reduceat(weights * usual[affinity.row[pieces.origin[members]]], starts)
        rest[:, near(palette, own).any(axis=1)] = 0
        left = np.maximum(1 - page.sum(axis=1, keepdims=True), 0)
        rest *= left / np.maximum(rest.sum(axis=1, keepdims=True), np.float32(1e-6))
        mixed = np.concatenate((page, rest), axis=1)
        white = np.array([one.blank >= _WHITE for one in regions])
        mixed[white] = 0
        mixed[white, len(known) + int(palette.sum(axis=1).argmax())] = 1
        return mixed, np.concatenate((own, palette)), len(known)

    def _chances(
        self, affinity: Affinity, coloring: Coloring, pieces: PieceMap
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        colors, known = _told(affinity, coloring, pieces)
        key = colors.tobytes() + known.tobytes() + affinity.row.tobytes()
        found = self._known.pop(key, None)
        if found is None:
            found = self._art.likelihood(affinity, colors, known)
            assert found is not None
        while len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[key] = found
        return found


def _told(
    affinity: Affinity, coloring: Coloring, pieces: PieceMap
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What the artist gave each row, float32 [rows, 3] in 0..1, and which rows have something."""
    rows = len(affinity.matrix)
    colors, known = np.zeros((rows, 3), np.float32), np.zeros(rows, np.bool_)
    mine = np.flatnonzero(coloring.decided & affinity.own[pieces.origin])
    # Of the parts of a piece that was cut the largest that is decided speaks for its row.
    mine = mine[np.argsort(pieces.sizes[mine], kind="stable")]
    row = affinity.row[pieces.origin[mine]]
    given = (coloring.by[mine] == ARTIST)[:, None]
    colors[row] = np.where(given, coloring.color[mine].astype(np.float32) / 255, np.float32(1))
    known[row] = True
    return colors, known
