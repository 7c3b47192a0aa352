"""CIELAB in torch, for the grayscale mode of appendix B: given L, predict a and b."""

from __future__ import annotations

import torch
from torch import Tensor

CHROMA = 110.0  # |a| and |b| of sRGB colours stay below this
_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_FROM_XYZ = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_DELTA = 6 / 29


def rgb_to_lab(picture: Tensor) -> Tensor:
    """sRGB [B, 3, H, W] in [-1, 1] to L, a, b [B, 3, H, W], each in about [-1, 1].

    L is scaled from 0..100, a and b by `CHROMA`.
    """
    rgb = ((picture + 1) / 2).clamp(0, 1)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = _mix(linear, _TO_XYZ)
    white = xyz.new_tensor(_WHITE)[None, :, None, None]
    relative = xyz / white
    cubed = torch.where(
        relative > _DELTA**3,
        relative.clamp_min(1e-8) ** (1 / 3),
        relative / (3 * _DELTA**2) + 4 / 29,
    )
    x, y, z = cubed.unbind(1)
    lightness = (116 * y - 16) / 50 - 1
    return torch.stack((lightness, 500 * (x - y) / CHROMA, 200 * (y - z) / CHROMA), 1)


def from_luminance(luminance: Tensor, chroma: Tensor, learning: bool = False) -> Tensor:
    """A picture from its L and predicted a and b.

    Args:
        luminance: [B, 1, H, W] in [-1, 1].
        chroma: [B, 2, H, W] in [-1, 1].
        learning: let gradients through where a colour is outside sRGB, so that it can come back.

    Returns:
        sRGB [B, 3, H, W] in [-1, 1].
    """
    y = ((luminance[:, 0] + 1) * 50 + 16) / 116
    x = y + chroma[:, 0] * (CHROMA / 500)
    z = y - chroma[:, 1] * (CHROMA / 200)
    cubed = torch.stack((x, y, z), 1)
    relative = torch.where(cubed > _DELTA, cubed**3, 3 * _DELTA**2 * (cubed - 4 / 29))
    white = relative.new_tensor(_WHITE)[None, :, None, None]
    linear = _mix(relative * white, _FROM_XYZ)
    inside = linear.clamp(0, 1)
    if learning:
        inside = linear + (inside - linear).detach()
    curved = 1.055 * inside.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    rgb = torch.where(inside <= 0.0031308, inside * 12.92, curved)
    return rgb * 2 - 1


def _mix(values: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    # Not einsum: autocast would round it to half precision, and dark colours with it.
    return (values.new_tensor(matrix)[None, :, :, None, None] * values[:, None]).sum(2)
