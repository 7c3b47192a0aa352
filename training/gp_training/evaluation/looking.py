"""A look at a run while it trains: PSNR by hints, regions, a picture.

The measures are those of `gp_training.evaluation.evaluate`, on few scenes and in the run's own
precision.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gp_training.baselines.common import Baseline
from gp_training.data.held_out import Method, Scene, read_scenes
from gp_training.evaluation.engines import TorchNetworks
from gp_training.evaluation.evaluate import VISIBLE
from gp_training.evaluation.methods import GuidingPainter
from gp_training.evaluation.pictures import contact_sheet
from gp_training.recipe.metrics import psnr
from gp_training.recipe.presets import Phase
from gp_training.run.fit import Trainer

HINT_COUNTS = (0, 1, 2, 3, 5, 8, 12, 30)
_SHOWN = (0, 2, 5, 30)  # hints in the picture


@dataclasses.dataclass(frozen=True)
class Look:
    """Judges a trainer's networks; what `gp_training.run.fit.Trainer` calls now and then.

    Attributes:
        packs: scene packs of the validation split, taken in order, unchanged.
        scenes: how many are measured.
        rows: how many are drawn.
    """

    packs: Sequence[Path]
    scenes: int = 48
    rows: int = 8

    def __call__(
        self, trainer: Trainer, phase: Phase
    ) -> tuple[dict[str, float], NDArray[np.uint8]]:
        """Numbers, see `glance`, and rows of sketch, picture, regions and what is painted."""
        scenes = read_scenes(self.packs, phase.side, self.scenes)
        preset, learners = trainer.preset, trainer.learners
        if isinstance(trainer.task, Baseline):
            with learners.autocast:
                method: Method = trainer.task.method(learners.networks)
                return glance(method, scenes), contact_sheet([method], scenes[: self.rows], _SHOWN)
        f, g = learners.networks["f"], learners.networks["g"]
        method = GuidingPainter(
            TorchNetworks(f, g, preset, learners.autocast), preset.regions,
            preset.paper_weighted, preset.mode == "gray",
        )  # fmt: skip
        values = glance(method, scenes, painted="g" in phase.learn)
        return values, contact_sheet([method], scenes[: self.rows], _SHOWN)


def glance(method: Method, scenes: Sequence[Scene], painted: bool = True) -> dict[str, float]:
    """Means over scenes.

    Args:
        method: to be measured.
        scenes: at least one.
        painted: whether g is worth measuring.

    Returns:
        "psnr@n" with n hints, dB. For guided regions also "regions", of at least 0.5 % of the
        picture; "share1" to "share3", of the first in priority order; and "flat@n", of flat colours
        for the first n, dB.
    """
    sums: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        sums.setdefault(name, []).append(value)

    for scene in scenes:
        pictures: Sequence[NDArray[np.float32]] = ()
        if isinstance(method, GuidingPainter):
            guided = method.divide(scene)
            note("regions", float(sum(size >= VISIBLE for size in guided.sizes)))
            shares = [float(guided.sizes[region]) for region in guided.order[:3]]
            for rank, share in enumerate((shares + [0.0] * 3)[:3], 1):
                note(f"share{rank}", share)
            for count in HINT_COUNTS:
                note(f"flat@{count}", psnr(guided.flat(scene, count), scene.picture))
            if painted:
                pictures = method.paint_guided(scene, guided, HINT_COUNTS)
        else:
            pictures = method.paint(scene, HINT_COUNTS)
        for count, picture in zip(HINT_COUNTS, pictures, strict=False):
            note(f"psnr@{count}", psnr(picture, scene.picture))
    return {name: float(np.mean(values)) for name, values in sums.items()}
