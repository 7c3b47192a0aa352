"""The colours that a region might have: g's distribution over a palette (ours, like CIC's bins).

g's picture without hints is the middle of all that could be there, which is gray-brown whatever the
drawing shows. A distribution need not decide: yellow or red, but not the orange between them. g
learns it per piece beside its picture, from the same features, at hardly any cost; it makes the
features tell more, and is not used when g paints.
"""

from __future__ import annotations

import colorsys

import torch
import torch.nn.functional as F
from torch import Tensor

from gp_training.networks.luminance import CHROMA, rgb_to_lab
from gp_training.networks.pieces import piece_sums

HUES = 12
_TONES = ((0.85, 0.95), (0.45, 0.95), (0.75, 0.55))  # saturation, value: clear, pale, deep
_GRAYS = (1.0, 0.8, 0.5, 0.25, 0.05)
COUNT = HUES * len(_TONES) + len(_GRAYS)
_WHITE = 0.85  # of [-1, 1], the least channel of a colour that is white to the eye
_SPREAD = 10.0  # Lab distance over which a true colour spreads on its neighbours of the palette


def palette() -> Tensor:
    """The colours to choose from, [COUNT, 3] in [-1, 1]."""
    colors = [
        colorsys.hsv_to_rgb(hue / HUES, saturation, value)
        for saturation, value in _TONES
        for hue in range(HUES)
    ]
    return torch.tensor([*colors, *((gray,) * 3 for gray in _GRAYS)]) * 2 - 1


def nearness(colors: Tensor, others: Tensor, width: float) -> Tensor:
    """exp(-d^2 / 2 width^2) of colours [.., A, 3] and [B, 3] in [-1, 1], d in Lab; [.., A, B]."""
    distance = (_lab(colors)[..., None, :] - _lab(others)) ** 2
    return torch.exp(-distance.sum(-1) / (2 * width**2))


def choice_error(
    logits: Tensor, picture: Tensor, pieces: Tensor, unhinted: Tensor, white: float = 1.0
) -> Tensor:
    """Cross entropy between each piece's distribution and its true colour.

    A piece counts by the root of its size: a colourist gives a face as much thought as a sky.

    Args:
        logits: [B, K, h, w], at full size or a fraction of it.
        picture: [B, 3, H, W] in [-1, 1].
        pieces: int64 [B, H, W].
        unhinted: [B, 1, H, W], 1 on paper without a hint, 0 on ink and at hints.
        white: weight of pieces that stay white: what does so is another network's question.

    Returns:
        Scalar, nats, mean over the picture's pieces; 0 where all is hinted.
    """
    count = int(pieces.max()) + 1
    true, size = _weighted_means(picture, unhinted, pieces, count)
    near = nearness(true.mT, palette().to(true), _SPREAD)
    target = near / near.sum(2, keepdim=True).clamp_min(1e-12)
    step = picture.shape[2] // logits.shape[2]
    small = F.avg_pool2d(unhinted, step) if step > 1 else unhinted
    means, found = _weighted_means(logits, small, pieces[:, ::step, ::step], count)
    weight = size.sqrt() * (found > 0.5)
    weight = torch.where(true.amin(1) > _WHITE, white * weight, weight)
    error = -(target * F.log_softmax(means.mT, 2)).sum(2)
    total = weight.sum().clamp_min(1e-4)
    return (weight * error).sum() / total


def _weighted_means(
    values: Tensor, weight: Tensor, pieces: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Means over the pieces, [B, C, P], and the sums of the weight [B, 1, H, W], [B, P]."""
    sums = piece_sums(torch.cat((values * weight, weight), 1), pieces, count)
    return sums[:, :-1] / sums[:, -1:].clamp_min(1e-4), sums[:, -1]


def _lab(colors: Tensor) -> Tensor:
    """[..., 3] in [-1, 1] to Lab in its own units."""
    flat = colors.reshape(-1, 3).mT[None, :, :, None]
    lab = rgb_to_lab(flat)[0, :, :, 0].mT
    scale = lab.new_tensor((50.0, CHROMA, CHROMA))
    return (lab * scale).reshape(colors.shape)
