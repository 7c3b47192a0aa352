"""RTUG (Zhang et al. 2017, real-time user-guided colorization): random points of true colour."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from gp_training.baselines.common import Baseline
from gp_training.recipe.losses import Weights
from gp_training.recipe.presets import Phase

LARGEST = 9  # pixels of a point's side, drawn from 1 to this


class Rtug(Baseline):
    """Points around the middle, each the mean colour of a small patch; Huber loss, no adversary."""

    name = "rtug"

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
        return F.huber_loss(painted, picture, delta=1.0)
