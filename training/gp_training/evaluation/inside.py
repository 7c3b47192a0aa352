"""Baselines whose marks lie in our regions: what places alone bring (Fig. 3, Table 6).

A baseline's user is told nothing about where colour is needed. Here the n-th mark goes into the
middle of the n-th region that our f names, with the true colour there; the network stays theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from gp_training.baselines.common import Marks, TrainedBaseline
from gp_training.data.held_out import Scene
from gp_training.evaluation.methods import GuidingPainter

LARGEST = 9  # pixels of a mark's side


class InsideRegions:
    """A baseline that is told our places (`gp_training.data.held_out.Method`).

    Args:
        baseline: trained, one that takes hints.
        guide: whose regions and order are taken.
    """

    def __init__(self, baseline: TrainedBaseline, guide: GuidingPainter) -> None:
        self._baseline, self._guide = baseline, guide
        self.name = f"{baseline.name} in our regions"

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """See `Method.paint`; marks beyond the last region are none."""
        marks = self.marks(scene, counts)
        painted = {count: self._baseline.paint_marks(scene, *marks[count]) for count in marks}
        return [painted[count] for count in counts]

    def marks(self, scene: Scene, counts: Sequence[int]) -> Marks:
        """As `TrainedBaseline.marks`, in our regions."""
        guided = self._guide.divide(scene)
        picture = self._baseline.seen(scene)[1]
        colors, mask = torch.zeros_like(picture), torch.zeros_like(picture[:1])
        found: Marks = {}
        laid = 0
        for count in sorted(set(counts)):
            for region in guided.order[laid:count]:
                rows, columns = mark(guided.labels == region)
                inside = picture[:, rows, columns]
                colors[:, rows, columns] = inside.mean((1, 2), keepdim=True)
                mask[:, rows, columns] = 1
            laid = max(laid, min(count, len(guided.order)))
            found[count] = colors.clone(), mask.clone()
        return found


def mark(region: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The square in the middle of a region: around the pixel farthest from its border.

    Args:
        region: [H, W], not empty.

    Returns:
        Rows and columns, at most `LARGEST` each, all within the region.
    """
    framed = np.pad(region.astype(np.uint8), 1)
    # To the farthest corner of a square, so that a square of 2 d - 1 fits in.
    distance = cv2.distanceTransform(framed, cv2.DIST_C, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(distance.argmax()), distance.shape)
    reach = min(int(distance[row, column]) - 1, LARGEST // 2)
    return slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
