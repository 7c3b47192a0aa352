"""Our method as evaluation sees it: regions in an order, and pictures from hints for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_daemon.networks.interface import ColorizerInput, Networks
from numpy.typing import NDArray

from gp_training.data.held_out import Scene, region_colors
from gp_training.evaluation.engines import open_networks
from gp_training.recipe.metrics import to_lab
from gp_training.recipe.presets import Preset


@dataclass(frozen=True)
class Guided:
    """A scene as f divided it.

    Attributes:
        labels: uint8 [H, W].
        order: the regions that have pixels, in priority order: what a user is offered.
        colors: float32 [N_c, 3], true mean colours.
        sizes: float64 [N_c], shares of the picture.
    """

    labels: NDArray[np.uint8]
    order: list[int]
    colors: NDArray[np.float32]
    sizes: NDArray[np.float64]

    def by_size(self) -> list[int]:
        """The same regions, largest first."""
        return sorted(self.order, key=lambda region: -self.sizes[region])

    def flat(self, scene: Scene, count: int) -> NDArray[np.float32]:
        """What hints alone achieve, float32 [3, H, W]: true mean colours, under the lines.

        The first `count` regions have their own; all others share one.
        """
        rank = np.full(int(self.labels.max()) + 1, count)
        rank[self.order[:count]] = np.arange(min(count, len(self.order)))
        ranked = rank[self.labels]
        colors = region_colors(ranked, scene.picture, scene.sketch, count + 1)
        return colors[ranked].transpose(2, 0, 1) * scene.sketch

    def in_front(self, region: int) -> Guided:
        """The same with a region's channel before all others, which keep their order (Fig. 5).

        To g a region's number says what it is worth, so a hint for the i-th region alone is
        given as the first of a prefix, as in training, not as one that stands behind a gap.
        """
        channels = [region, *(r for r in range(len(self.sizes)) if r != region)]
        place = np.argsort(channels)
        return Guided(
            place[self.labels].astype(np.uint8), sorted(int(place[r]) for r in self.order),
            self.colors[channels], self.sizes[channels],
        )  # fmt: skip

    def shuffled(self, seed: int) -> list[int]:
        """The same regions in an order drawn at random."""
        return [int(r) for r in np.random.default_rng(seed).permutation(self.order)]


class GuidingPainter:
    """Ours: f says which regions, in which order; g paints.

    Args:
        networks: f and g.
        regions: N_c.
        weighted: hint colours are means over paper, not ink.
        gray: the networks see the picture's luminance instead of a sketch (appendix B).
    """

    def __init__(
        self, networks: Networks, regions: int, weighted: bool = True, gray: bool = False,
        name: str = "GuidingPainter",
    ) -> None:  # fmt: skip
        self.networks = networks
        self.regions = regions
        self.weighted = weighted
        self.gray = gray
        self.name = name

    @classmethod
    def open(cls, path: Path, device: str = "cpu", name: str = "GuidingPainter") -> GuidingPainter:
        """From a run folder or a bundle.

        Raises:
            GuidingPainterError: the folder is neither, or is damaged.
        """
        networks, kind = open_networks(path, device)
        regions = kind.regions if isinstance(kind, Preset) else kind.n_regions
        return cls(networks, regions, kind.pieces, kind.mode == "gray", name)

    def seen(self, scene: Scene) -> NDArray[np.float32]:
        """What the networks see of a scene, float32 [H, W] in 0..1."""
        if not self.gray:
            return scene.sketch
        lab = to_lab(scene.picture.transpose(1, 2, 0))
        return (lab[..., 0] / 100).astype(np.float32)

    def divide(self, scene: Scene) -> Guided:
        """The regions of a scene."""
        labels, _ = self.networks.segment(self.seen(scene), scene.pieces)
        weight = scene.sketch if self.weighted else np.ones_like(scene.sketch)
        colors = region_colors(labels, scene.picture, weight, self.regions)
        sizes = np.bincount(labels.ravel(), minlength=self.regions) / labels.size
        order = [int(region) for region in np.nonzero(sizes)[0]]
        return Guided(labels, order, colors, sizes)

    def with_hints(
        self, scene: Scene, guided: Guided, regions: Sequence[int],
        colors: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:  # fmt: skip
        """The scene painted with hints for these regions, true colours unless others are given."""
        hinted = np.zeros(self.regions, np.bool_)
        hinted[list(regions)] = True
        chosen = guided.colors if colors is None else colors
        return self.networks.colorize(
            ColorizerInput(self.seen(scene), guided.labels, chosen, hinted)
        )

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """See `Method.paint`; hints in f's order, regions without pixels skipped."""
        return self.paint_guided(scene, self.divide(scene), counts)

    def paint_guided(
        self, scene: Scene, guided: Guided, counts: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        """`paint` of a scene that is divided already."""
        painted: dict[int, NDArray[np.float32]] = {}
        for count in counts:
            known = min(count, len(guided.order))
            if known not in painted:
                painted[known] = self.with_hints(scene, guided, guided.order[:known])
        return [painted[min(count, len(guided.order))] for count in counts]
