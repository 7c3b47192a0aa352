"""What an act is aimed at: a region, a point, a colour, a stroke; and the pieces that are meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from numpy.typing import NDArray

from gp_canvas.acts.acts import Color
from gp_canvas.acts.coloring import ARTIST
from gp_canvas.acts.guided import Guided
from gp_canvas.acts.work import Work

# Of a stroke's pixels: a piece that holds fewer was only brushed in passing,
_MEANT = 0.2
# unless so much of the piece is covered.
_COVERED = 0.5


@dataclass(frozen=True, eq=False)
class Target:
    """Which pieces are meant; exactly one of these is given.

    Attributes:
        region: a region's number.
        point: the piece at (x, y).
        color: all that the artist gave this colour; for `Hands.keep` all proposals of it.
        stroke: bool [H, W], a stroke or a selection: the pieces that hold a good part of it, or of
            which it covers most.
        everything: all proposals, for `Hands.keep`.
        sure: those proposals that a careful guide would make, for `Hands.keep`.
    """

    region: int | None = None
    point: tuple[int, int] | None = None
    color: Color | None = None
    stroke: NDArray[np.bool_] | None = None
    everything: bool = False
    sure: bool = False


def pieces_of(target: Target, work: Work, guided: Callable[[], Guided]) -> NDArray[np.int32]:
    """The pieces of a target, rising, at least one.

    Args:
        target: what is meant.
        work: the page as the artist has made it.
        guided: gives the same with the guide's part, which knows the regions.

    Raises:
        GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST where a target is nothing.
    """
    if target.region is not None:
        found = guided().find(target.region)
        if found is None:
            raise GuidingPainterError(
                NO_SUCH_REGION,
                f"There is no region {str(target.region)[:32]} (any more).",
                "Ask for the regions again.",
            )
        return found.pieces
    if target.point is not None:
        pieces = work.pieces.at((target.point,))
        if not len(pieces):
            raise GuidingPainterError(BAD_REQUEST, "This point lies beside the canvas.")
        return pieces
    if target.color is not None:
        same = (work.coloring.color == target.color).all(axis=1)
        pieces = np.flatnonzero(same & (work.coloring.by == ARTIST)).astype(np.int32)
        if not len(pieces):
            raise GuidingPainterError(BAD_REQUEST, "Nothing on this page has that colour.")
        return pieces
    if target.stroke is not None:
        if not target.stroke.any():
            raise GuidingPainterError(
                BAD_REQUEST, "The selection is empty.", "Select at least one pixel."
            )
        counts = np.bincount(work.pieces.labels[target.stroke], minlength=work.pieces.count)
        meant = (counts >= _MEANT * counts.sum()) | (counts >= _COVERED * work.pieces.sizes)
        meant[counts.argmax()] = True
        return np.flatnonzero(meant & (counts > 0)).astype(np.int32)
    raise GuidingPainterError(BAD_REQUEST, "A target is a region, a point or a colour.")
