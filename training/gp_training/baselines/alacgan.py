"""AlacGAN (Ci et al. 2018): line art and colours at a quarter of its side, with a WGAN-GP."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from gp_training.baselines.common import Baseline
from gp_training.networks.discriminator import PatchGAN
from gp_training.networks.unet import UNet, initialise
from gp_training.recipe import losses
from gp_training.recipe.presets import Phase, Preset

QUARTER = 4  # hints are told at this part of the side


def quartered(colors: Tensor, mask: Tensor) -> Tensor:
    """Hint maps at a quarter of the side.

    Args:
        colors: C, [B, 3, H, W], zero where there is no hint.
        mask: M, 0 or 1, [B, 1, H, W].

    Returns:
        Colours and mask, [B, 4, H / 4, W / 4]: a square of 4 x 4 with any hint in it is hinted, by
        the mean of what is hinted there.
    """
    share = F.avg_pool2d(mask, QUARTER)
    means = F.avg_pool2d(colors * mask, QUARTER) / share.clamp_min(1 / QUARTER**2)
    return torch.cat((means, (share > 0).to(mask)), 1)


class AlacganPainter(nn.Module):
    """Table 5's U-Net that meets the hints where its side is a quarter, through a 7 x 7 layer.

    Args:
        width: see `UNet`.
        stem: see `UNet`.
    """

    def __init__(self, width: int, stem: bool) -> None:
        super().__init__()
        self.unet = UNet(1, 3, width, stem, late=width)
        self.hints = nn.Sequential(nn.Conv2d(4, width, 7, padding=3), nn.LeakyReLU(0.2))
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Sketch, C and M, [B, 5, H, W], to a picture [B, 3, H, W] in [-1, 1]."""
        hints = self.hints(quartered(x[:, 1:4], x[:, 4:]))
        return torch.tanh(self.unet.finish(self.unet.features(x[:, :1], hints)).float())


class Alacgan(Baseline):
    """Places of true colour, one step of a Wasserstein critic for each of the painter's.

    Penalty and drift weigh as published. The content is L1, since VGG's features cannot be had;
    there is no illustration tagger.
    """

    name = "alacgan"
    adversary = losses.WGAN_GP

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        # L1 of n values pulls at a picture by 30 / sqrt(n), 0.27 at 64 px and 0.07 at 256, a critic
        # of slope 1 by its weight: content leads at every size, as it does in the paper.
        weights = losses.Weights(30.0, 0.0, 0.0, 0.02)
        return Phase(cls.name, images, side, batch, learn=("g", "d"), weights=weights)

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        g = AlacganPainter(preset.colorizer_width, preset.stem)
        return {"g": g, "d": PatchGAN(4, preset.discriminator_width, normalised=False)}

    def lay(self, picture: Tensor, colors: Tensor, mask: Tensor, generator: Generator) -> None:
        _, height, width = picture.shape
        place = torch.rand(2, generator=generator)
        top = QUARTER * int(place[0] * (height // QUARTER))
        left = QUARTER * int(place[1] * (width // QUARTER))
        square = (slice(None), slice(top, top + QUARTER), slice(left, left + QUARTER))
        colors[square] = picture[square].mean((1, 2), keepdim=True)
        mask[square] = 1
