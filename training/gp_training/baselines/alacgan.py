"""AlacGAN (Ci et al. 2018): line art and scribbles to a picture, with an adversary."""

from __future__ import annotations

from torch import Generator, Tensor

from gp_training.baselines.common import Baseline
from gp_training.recipe import losses
from gp_training.recipe.hints import stroke
from gp_training.recipe.presets import Phase


class Alacgan(Baseline):
    """Strokes of true colour at random places.

    Its conditioning on scribbles and its weighing of content against the adversary are kept; the
    trunk is ours, the adversary is LSGAN instead of WGAN-GP, and there is no illustration tagger.
    """

    name = "alacgan"

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        weights = losses.Weights(30.0, 0.0, 0.0, 0.2)
        return Phase(cls.name, images, side, batch, learn=("g", "d"), weights=weights)

    def lay(self, picture: Tensor, colors: Tensor, mask: Tensor, generator: Generator) -> None:
        stroke(picture, colors, mask, generator)
