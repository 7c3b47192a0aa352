"""A bundle as its users meet it: pages that the daemon opens, regions in the order it asks.

Beside `gp_training.evaluation.methods`, where f's own labels are the regions. Here a region is what
the daemon makes of the networks' answer: pieces of the line art, asked for by expected gain, each
question answered with the true mean colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from gp_canvas.acts.targets import Target
from gp_client.errors import BLANK_PAGE, GuidingPainterError
from gp_client.types import View
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from numpy.typing import NDArray

from gp_training.data.held_out import Method, Scene
from gp_training.evaluation.engines import open_networks
from gp_training.evaluation.methods import GuidingPainter

_PAPER = 217  # of 255: a pixel as light is no ink

Kind = Literal["flats", "soft"]


class Served:
    """Pages of a bundle, painted flat or softly (`gp_training.data.held_out.Method`).

    Args:
        engine: the bundle's networks.
        kind: "flats" are hints alone, white elsewhere; "soft" is what g paints under them.
    """

    def __init__(self, engine: Engine, kind: Kind) -> None:
        self._engine, self._kind = engine, kind
        self.regions = engine.bundle.n_regions
        self.name = f"as served, {kind}"

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """See `Method.paint`; a page that the daemon refuses as blank stays as it is."""
        gray = np.round(scene.sketch * 255).astype(np.uint8)
        height, width = gray.shape
        try:
            page = GuidedPage(self._engine, gray.tobytes(), width, height)
        except GuidingPainterError as error:
            if error.code != BLANK_PAGE:
                raise
            return [np.repeat(scene.sketch[None], 3, 0)] * len(counts)
        painted: dict[int, NDArray[np.float32]] = {}
        given = 0
        for count in sorted(set(counts)):
            before = given
            while given < count and page.hands.guided.next is not None:
                self._answer(page, scene, gray > _PAPER)
                given += 1
            changed = given > before or not painted
            painted[count] = self._picture(page, scene) if changed else painted[max(painted)]
        return [painted[count] for count in counts]

    def _answer(self, page: GuidedPage, scene: Scene, paper: NDArray[np.bool_]) -> None:
        """Gives the region that is asked for its true mean colour, on paper."""
        region = page.hands.guided.next
        assert region is not None
        inside = np.isin(page.hands.work.pieces.labels, region.pieces)
        inside = inside & paper if (inside & paper).any() else inside
        red, green, blue = np.round(scene.picture[:, inside].mean(1) * 255).astype(int).tolist()
        page.hands.color(Target(region=region.number), (red, green, blue))

    def _picture(self, page: GuidedPage, scene: Scene) -> NDArray[np.float32]:
        """What an editor shows: the colours on white, the line art over them."""
        seen = page.render(View(self._kind, "RGBA8")).astype(np.float32) / 255
        alpha = seen[..., 3:]
        colors = (seen[..., :3] * alpha + 1 - alpha).transpose(2, 0, 1)
        return np.ascontiguousarray(colors * scene.sketch, np.float32)


def methods_of(path: Path) -> list[Method]:
    """All ways in which a run, weights file or bundle can be measured.

    A bundle as it is served, flat and soft, and, last, f's own regions where it has such; a run has
    these alone.

    Raises:
        GuidingPainterError: the folder is neither, or is damaged.
    """
    networks, _ = open_networks(path)
    if not isinstance(networks, Engine):
        return [GuidingPainter.open(path)]
    served: list[Method] = [Served(networks, "flats"), Served(networks, "soft")]
    if not networks.bundle.affinity:
        served.append(GuidingPainter.open(path))
    return served
