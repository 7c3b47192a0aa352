"""The pieces of a cast that the guide compares a page with. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gp_client.cast import Cast
from numpy.typing import NDArray

MOST = 1024
"""Pieces that a page is compared with, as many as a page has: what the matcher takes in memory and
time grows with both."""


@dataclass(frozen=True, eq=False)
class CastPieces:
    """Pieces of earlier pages, m of them: what goes to the matcher, and what comes of it.

    Attributes:
        segmenter: sha256 of the network that made the tokens, hexadecimal.
        tokens: float16 [m, D].
        colors: uint8 [m, 4] RGB and 255, or 0, 0, 0, 0 for a piece that stays blank.
        shares: how much of its canvas each piece covered, 0..1, float32 [m].
    """

    segmenter: str
    tokens: NDArray[np.float16]
    colors: NDArray[np.uint8]
    shares: NDArray[np.float32]

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.shares)

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Pieces that the artist left white for good, bool [m]."""
        return self.colors[:, 3] == 0

    @property
    def seen(self) -> NDArray[np.float32]:
        """The colours as the matcher is told them, float32 [m, 3] in 0..1; blank is white."""
        rgb = np.where(self.blank[:, None], np.uint8(255), self.colors[:, :3])
        return rgb.astype(np.float32) / np.float32(255)

    @property
    def codes(self) -> NDArray[np.int32]:
        """Each piece's colour as one number, red * 65536 + green * 256 + blue, int32 [m]."""
        return self.colors[:, :3].astype(np.int32) @ np.array([65536, 256, 1], np.int32)


def hand(cast: Cast, segmenter: str, most: int = MOST) -> CastPieces | None:
    """Chooses the pieces that say most: of each colour the largest, then the next, in turn.

    Args:
        cast: pages that are done.
        segmenter: sha256 of the network that looks at the new page; tokens of another say nothing.
        most: pieces.

    Returns:
        At most so many, in the order of the cast; None where no page's tokens are that network's.
    """
    pages = [page for page in cast.pages if page.segmenter == segmenter]
    if not pages:
        return None
    width = pages[-1].width
    pages = [page for page in pages if page.width == width]
    tokens = np.concatenate(
        [np.frombuffer(page.tokens, "<f2").reshape(page.count, width) for page in pages]
    )
    colors = np.concatenate(
        [np.frombuffer(page.colors, np.uint8).reshape(page.count, 4) for page in pages]
    )
    shares = np.concatenate([np.frombuffer(page.shares, "<f4") for page in pages])
    whole = CastPieces(segmenter, tokens, colors, shares)
    chosen = np.sort(_in_turn(whole)[:most])
    return CastPieces(segmenter, tokens[chosen], colors[chosen], shares[chosen])


def _in_turn(pieces: CastPieces) -> NDArray[np.intp]:
    """All pieces: the largest of each colour, the second of each, and so on, int [m]."""
    kind = pieces.codes * 2 + pieces.blank
    order = np.lexsort((-pieces.shares, kind))
    starts = np.flatnonzero(np.diff(kind[order], prepend=kind[order][:1] - 1))
    lengths = np.diff(starts, append=len(order))
    turn = np.arange(len(order)) - np.repeat(starts, lengths)
    return order[np.lexsort((-pieces.shares[order], turn))]
