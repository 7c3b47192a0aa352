"""pix2pix (Isola et al. 2017): sketch to picture, L1 and an adversary, no hints."""

from __future__ import annotations

from gp_training.baselines.common import Baseline
from gp_training.recipe import losses
from gp_training.recipe.presets import Phase


class Pix2pix(Baseline):
    """L1 weighs 100 times the adversary, as published; LSGAN and our trunk instead of theirs."""

    name = "pix2pix"
    takes_hints = False

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        weights = losses.Weights(100.0, 0.0, 0.0, 1.0)
        return Phase(cls.name, images, side, batch, learn=("g", "d"), weights=weights)
