"""RTUG (Zhang et al. 2017, real-time user-guided colorization): random points of true colour."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from gp_training.baselines.bins import BinsOfLevels, cross_entropy, encoded, quarter
from gp_training.baselines.common import Baseline
from gp_training.networks.luminance import from_luminance, rgb_to_lab
from gp_training.networks.unet import UNet, initialise
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners
from gp_training.recipe.losses import Weights
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Losses, Pairs

LARGEST = 9  # pixels of a point's side, drawn from 1 to this
DELTA = 1 / 110  # where the Huber loss turns from square to L1, of values in [-1, 1]: all but L1


class RtugNetwork(nn.Module):
    """The colours of a picture, and beside them a distribution over bins of ab.

    Args:
        width: see `UNet`.
        stem: see `UNet`.
        gray: sees luminance and gives ab, as published; else sees line art and gives RGB.
    """

    def __init__(self, width: int, stem: bool, gray: bool) -> None:
        super().__init__()
        self.gray = gray
        values = 2 if gray else 3
        self.unet = UNet(2 + values, values, width, stem)
        initialise(self)
        self.classes = BinsOfLevels(width)  # not from N(0, 0.02): no trunk of the paper's

    def forward(self, x: Tensor) -> Tensor:
        """Luminance or sketch, C and M, [B, 4 or 5, H, W], to a picture [B, 3, H, W] in [-1, 1]."""
        return self._picture(x, self._values(self.unet.features(x)))

    def consider(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The colours, ab or RGB in [-1, 1], and logits of the bins, [B, Q, H / 4, W / 4]."""
        levels = self.unet.levels(x)
        height, width = x.shape[2:]
        return self._values(levels[-1]), self.classes(levels, (height, width))

    def _values(self, features: Tensor) -> Tensor:
        return torch.tanh(self.unet.finish(features).float())

    def _picture(self, x: Tensor, values: Tensor) -> Tensor:
        return from_luminance(x[:, :1].float(), values) if self.gray else values


class Rtug(Baseline):
    """Points around the middle, each the mean colour of a small patch; Huber loss, no adversary.

    One picture in a hundred is revealed whole in training, as published, so that the network learns
    to copy what it is told. The preset's mode "gray" is the published one: luminance in, ab out.
    """

    name = "rtug"
    has_gray = True
    revealed = 0.01
    gray = False

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        weights = Weights(30.0, 0.0, 0.0, 0.0, choice=1.0)
        return Phase(cls.name, images, side, batch, learn=("g",), weights=weights)

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        self.gray = preset.mode == "gray"
        return {"g": RtugNetwork(preset.colorizer_width, preset.stem, self.gray)}

    def seen(self, sketch: Tensor, picture: Tensor) -> tuple[Tensor, Tensor]:
        if not self.gray:
            return sketch, picture
        lab = rgb_to_lab(picture)
        return lab[:, :1], lab[:, 1:]

    def lay(self, picture: Tensor, colors: Tensor, mask: Tensor, generator: Generator) -> None:
        _, height, width = picture.shape
        size = int(torch.randint(1, LARGEST + 1, (), generator=generator))
        # Around the middle, as published: normal with a quarter of the side, cut off at the edge.
        place = 0.5 + 0.25 * torch.randn(2, generator=generator)
        top = int((place[0].clamp(0, 1) * (height - size)).round())
        left = int((place[1].clamp(0, 1) * (width - size)).round())
        patch = picture[:, top : top + size, left : left + size]
        colors[:, top : top + size, left : left + size] = patch.mean((1, 2), keepdim=True)
        mask[:, top : top + size, left : left + size] = 1

    def losses(
        self,
        learners: Learners,
        preset: Preset,
        phase: Phase,
        tau: float,
        pairs: Pairs,
        draws: Draws,
    ) -> Losses:
        """See `gp_training.recipe.tasks.Task.losses`."""
        seen, true = self.seen(pairs.sketch, pairs.picture)
        x = torch.cat((seen, *self.draw(true, preset.regions, draws)), 1)
        g = learners.networks["g"]
        assert isinstance(g, RtugNetwork)
        with learners.autocast:
            values, logits = g.consider(x)
        chroma = quarter(rgb_to_lab(pairs.picture)[:, 1:])
        entropy = cross_entropy(logits, *encoded(chroma, g.classes.bins)).mean()
        terms = {
            "reconstruction": phase.weights.reconstruction * huber(values, true),
            "bins": phase.weights.choice * entropy,
        }
        return Losses(terms, seen)


def huber(painted: Tensor, true: Tensor) -> Tensor:
    """The Huber loss over its delta: as large as L1, so that the losses' weights mean the same."""
    return F.smooth_l1_loss(painted, true, beta=DELTA)
