"""f's first layers from a colorizer's encoder: it has looked at line art for hours already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from gp_training.networks.affinity import Backbone
from gp_training.networks.checkpoint import read_weights
from gp_training.networks.unet import UNet


def inherit_encoder(backbone: Backbone, weights: Path, pages: Iterable[Tensor]) -> None:
    """Fills the encoder's levels with those of the colorizer in a weights file.

    Means and variances are measured anew on line art alone, since hints and segments are no input
    any more.

    Args:
        backbone: of the colorizer's width.
        weights: file or run folder with a network g that has a stem.
        pages: line art, float32 [1, 1, H, W] in 0..1, a few dozen.
    """
    prefix = "g.unet."
    found = {
        key.removeprefix(prefix): value
        for key, value in read_weights(weights).items()
        if key.startswith(prefix)
    }
    found["encoder1.0.weight"] = found["encoder1.0.weight"][:, :4]  # of the line art alone
    width = found["encoder1.0.weight"].shape[0]
    unet = UNet(1, 3, width, stem=True)
    own = unet.state_dict()
    unet.load_state_dict(
        {key: found[key] if "encoder" in key or "bottom" in key else own[key] for key in own}
    )
    for part in unet.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None  # the mean over all pages
    unet.train()
    with torch.no_grad():
        for page in pages:
            unet.features(page * 2 - 1)
        blocks = (unet.encoder1, unet.encoder2, unet.encoder3, unet.encoder4, unet.bottom)
        for block, level in zip(blocks, backbone.levels, strict=True):
            assert isinstance(level, nn.Sequential)
            values = block.state_dict()
            for convolution, norm in (("0", "1"), ("3", "4")):
                # A level's convolutions have no bias: the norm after them takes it away again.
                values[f"{norm}.running_mean"] -= values.pop(f"{convolution}.bias")
            level.load_state_dict(values)
