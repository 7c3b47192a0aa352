"""PatchGAN 70x70: judges overlapping patches of a picture with its sketch."""

from __future__ import annotations

from torch import Tensor, nn

from gp_training.networks.unet import initialise


class PatchGAN(nn.Module):
    """The 70x70 discriminator of pix2pix, least-squares (no sigmoid), from N(0, 0.02) (section C).

    Args:
        inputs: channels of sketch and picture together.
        width: channels of the first layer; 64 in the paper.
        normalised: by batches. Not with a gradient penalty, which is of each picture alone.
    """

    def __init__(self, inputs: int = 4, width: int = 64, normalised: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, width, 4, 2, 1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        channels = width
        for stride, factor in ((2, 2), (2, 4), (1, 8)):
            layers += [
                nn.Conv2d(channels, width * factor, 4, stride, 1),
                nn.BatchNorm2d(width * factor) if normalised else nn.Identity(),
                nn.LeakyReLU(0.2, inplace=True),
            ]
            channels = width * factor
        layers.append(nn.Conv2d(channels, 1, 4, 1, 1))
        self.layers = nn.Sequential(*layers)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] to [B, 1, h, w] scores, 1 = real; 30 x 30 at 256."""
        return self.layers(x)
