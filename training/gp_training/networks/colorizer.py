"""g, the colorizer: paints a sketch from one colour per hinted region."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gp_training.networks.choices import COUNT
from gp_training.networks.guidance import places
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
        seen: g sees the regions S. Else it sees the hints alone, X, C and M: the same picture
            however regions without a hint are cut and numbered.
        coordinates: g sees where a pixel is: skies are above (two more channels).
    """

    def __init__(
        self, regions: int = 30, width: int = 64, stem: bool = False, gray: bool = False,
        choices: bool = False, seen: bool = True, coordinates: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.regions = regions
        self.gray = gray
        self.seen = seen
        self.coordinates = coordinates
        inputs = 5 + regions * seen + 2 * coordinates
        self.unet = UNet(inputs, 2 if gray else 3, width, stem)
        self.choice = nn.Conv2d(width, COUNT, 1) if choices else None
        initialise(self)
        if choices:
            self.register_load_state_dict_pre_hook(_keep_what_is_missing)
        if not seen:
            self.register_load_state_dict_pre_hook(_leave_regions_out)

    def forward(self, sketch: Tensor, color_map: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """X [B,1,H,W], C [B,3,H,W], M [B,1,H,W], S [B,N_c,H,W] to a picture [B,3,H,W], [-1,1]."""
        return self._paint(sketch, self._features(sketch, color_map, mask, segments))

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
        features = self._features(sketch, color_map, mask, segments)
        return self._paint(sketch, features), self.choice(features).float()

    def _features(
        self, sketch: Tensor, color_map: Tensor, mask: Tensor, segments: Tensor
    ) -> Tensor:
        parts = [sketch, color_map, mask]
        if self.seen:
            parts.append(segments)
        if self.coordinates:
            parts.append(places(sketch))
        return self.unet.features(torch.cat(parts, 1))

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


def _leave_regions_out(module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Weights of a colorizer that saw the regions: each place was in one of them, so on the whole
    S was a constant, which goes into the bias. New inputs begin without a say.
    """
    name, bias = prefix + "unet.encoder1.0.weight", prefix + "unet.encoder1.0.bias"
    own = module.state_dict()["unet.encoder1.0.weight"]
    given = state.get(name)
    if given is None or given.shape == own.shape:
        return
    assert isinstance(module, Colorizer)
    fold = module.unet.fold**2
    common = 5 * fold
    regions = given[:, common:].unflatten(1, (-1, fold))
    state[bias] = state[bias] + regions.mean(1).sum((1, 2, 3))
    fresh = torch.zeros_like(own)
    fresh[:, :common] = given[:, :common]
    state[name] = fresh
