"""RTUG (Zhang et al. 2017, real-time user-guided colorization): random points of true colour."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from gp_training.baselines.common import Baseline
from gp_training.recipe.losses import Weights
from gp_training.recipe.presets import Phase

LARGEST = 9  # pixels of a point's side, drawn from 1 to this
DELTA = 1 / 110  # where the Huber loss turns from square to L1, of values in [-1, 1]: all but L1


class Rtug(Baseline):
    """Points around the middle, each the mean colour of a small patch; Huber loss, no adversary.

    One picture in a hundred is revealed whole in training, as published, so that the network learns
    to copy what it is told.
    """

    name = "rtug"
    revealed = 0.01

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        weights = Weights(30.0, 0.0, 0.0, 0.0)
        return Phase(cls.name, images, side, batch, learn=("g",), weights=weights)

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

    def compare(self, painted: Tensor, picture: Tensor) -> Tensor:
        # The Huber loss over its delta: as large as L1, so that the losses' weights mean the same.
        return F.smooth_l1_loss(painted, picture, beta=DELTA)
