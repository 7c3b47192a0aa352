"""No network: what an artist does today with the bucket tool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gp_canvas.lines.areas import find_areas
from numpy.typing import NDArray

from gp_training.data.held_out import Scene, region_colors


class Bucket:
    """Closed areas filled with their mean colour, largest first.

    Ink stays as it is drawn; areas without a hint stay white.
    """

    name = "bucket"

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """See `Method.paint`."""
        gray = np.round(scene.sketch * 255).astype(np.uint8)
        areas = find_areas(gray)
        colors = region_colors(areas.labels, scene.picture, scene.sketch, areas.count)
        order = np.argsort(-areas.sizes, kind="stable")
        results = []
        for count in counts:
            filled = np.ones_like(colors)
            filled[order[:count]] = colors[order[:count]]
            results.append(filled[areas.labels].transpose(2, 0, 1) * scene.sketch)
        return results
