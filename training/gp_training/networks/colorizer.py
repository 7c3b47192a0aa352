"""g, the colorizer: paints a sketch from one colour per hinted region."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gp_training.networks.choices import COUNT
from gp_training.networks.luminance import from_luminance
from gp_training.networks.unet import UNet, initialise


class Colorizer(nn.Module):
    """g: sketch and hints to a picture.

    Args:
        regions: N_c; the input has N_c + 5 channels: X, C, M, S.
        width: see `UNet`.
        stem: see `UNet`.
        gray: X is a picture's luminance, L of CIELAB; g predicts a and b (appendix B). Hints and
            the result are RGB all the same.
        choices: g also says which colours a region might have, see `gp_training.networks.choices`.
    """

    def __init__(
        self, regions: int = 30, width: int = 64, stem: bool = False, gray: bool = False,
        choices: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.regions = regions
        self.gray = gray
        self.unet = UNet(regions + 5, 2 if gray else 3, width, stem)
        self.choice = nn.Conv2d(width, COUNT, 1) if choices else None
        initialise(self)
        if choices:
            self.register_load_state_dict_pre_hook(_keep_what_is_missing)

    def forward(self, sketch: Tensor, color_map: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """X [B,1,H,W], C [B,3,H,W], M [B,1,H,W], S [B,N_c,H,W] to a picture [B,3,H,W], [-1,1]."""
        x = torch.cat((sketch, color_map, mask, segments), 1)
        return self._paint(sketch, self.unet.features(x))

    def consider(
        self, sketch: Tensor, color_map: Tensor, mask: Tensor, segments: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The picture as `forward` gives it, and what each place's colours might be.

        Returns:
            [B, 3, H, W] in [-1, 1], and logits [B, COUNT, H / fold, W / fold] over the palette.

        Raises:
            ValueError: this colorizer was not made to have choices.
        """
        if self.choice is None:
            raise ValueError("this colorizer has no choices")
        features = self.unet.features(torch.cat((sketch, color_map, mask, segments), 1))
        return self._paint(sketch, features), self.choice(features).float()

    def _paint(self, sketch: Tensor, features: Tensor) -> Tensor:
        painted = torch.tanh(self.unet.finish(features).float())
        return from_luminance(sketch, painted, self.training) if self.gray else painted


def _keep_what_is_missing(
    module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any
) -> None:
    """Networks from before there were choices keep their other weights."""
    own = module.state_dict()
    for name in ("choice.weight", "choice.bias"):
        state.setdefault(prefix + name, own[name])
    state.pop(prefix + "often", None)  # older weights count how often colours are, for no use now
