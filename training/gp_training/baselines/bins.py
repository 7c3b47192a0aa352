"""Colour as a choice among bins of ab, which CIC and RTUG share."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gp_training.networks.luminance import CHROMA, rgb_to_lab

STEP = 10.0  # of the bins in a and b
NEIGHBOURS = 5  # bins among which a colour is shared out
SIGMA = 5.0  # of the Gaussian by which it is; in a and b
QUARTER = 4  # bins are told at this part of the side


def color_bins() -> Tensor:
    """Centres of the bins that contain one of 33 x 33 x 33 sRGB colours, float32 [Q, 2], a and b.

    All 8-bit colours would reach three bins more, at the rim. The published 313 are a list.
    """
    steps = np.linspace(-1, 1, 33, dtype=np.float32)
    rgb = np.stack(np.meshgrid(steps, steps, steps), 0).reshape(1, 3, 33, 33 * 33)
    lab = rgb_to_lab(torch.from_numpy(rgb))[0, 1:].flatten(1).T * CHROMA
    return torch.unique((lab / STEP).round(), dim=0) * STEP


def quarter(values: Tensor) -> Tensor:
    """Means over squares of 4 x 4 pixels, [B, C, H, W] to [B, C, H / 4, W / 4]."""
    return F.avg_pool2d(values, QUARTER)


def encoded(chroma: Tensor, bins: Tensor) -> tuple[Tensor, Tensor]:
    """The soft encoding of colours: shares of their nearest bins, by a Gaussian of distance.

    Args:
        chroma: a and b, [B, 2, H, W] in [-1, 1].
        bins: from `color_bins`.

    Returns:
        Bins int64 [B, H, W, 5], the nearest first, and shares [B, H, W, 5] that sum to 1.
    """
    points = chroma.permute(0, 2, 3, 1) * CHROMA
    distance = torch.cdist(points.reshape(-1, 2), bins)
    near, chosen = distance.topk(NEIGHBOURS, largest=False)
    shares = F.softmax(-(near**2) / (2 * SIGMA**2), 1)
    shape = (*points.shape[:3], NEIGHBOURS)
    return chosen.reshape(shape), shares.reshape(shape)


def cross_entropy(logits: Tensor, bins: Tensor, shares: Tensor) -> Tensor:
    """Of each place, [B, h, w], against a soft encoding.

    Args:
        logits: [B, Q, h, w].
        bins: from `encoded`.
        shares: from `encoded`.
    """
    chances = F.log_softmax(logits, 1).permute(0, 2, 3, 1)
    return -(chances.gather(3, bins) * shares).sum(3)


class BinsOfLevels(nn.Module):
    """A classifier of two layers on all levels of a U-Net (hypercolumns), at a quarter of the side.

    It teaches the U-Net nothing: its gradients end here, as published.

    Args:
        width: of the U-Net.
    """

    bins: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("bins", color_bins())
        self.layers = nn.Sequential(
            nn.Conv2d(31 * width, 4 * width, 1),  # all levels together have 31 times the width
            nn.ReLU(inplace=True),
            nn.Conv2d(4 * width, len(self.bins), 1),
        )

    def forward(self, levels: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Levels of a U-Net, and the picture's height and width, to logits [B, Q, H/4, W/4]."""
        small = (size[0] // QUARTER, size[1] // QUARTER)
        parts = [
            F.adaptive_avg_pool2d(level.detach(), small)
            if level.shape[2] >= small[0]
            else F.interpolate(level.detach(), small, mode="bilinear", align_corners=False)
            for level in levels
        ]
        return self.layers(torch.cat(parts, 1)).float()
