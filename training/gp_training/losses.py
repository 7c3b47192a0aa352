"""Equations 10 to 14, reduced as means, and the expected prefix variance of ours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gp_training.guidance import geometric_probabilities


@dataclass(frozen=True)
class Weights:
    """Weights of the generator's losses; the defaults are the authors' released settings."""

    reconstruction: float = 30.0
    variance: float = 5.0
    smoothness: float = 1.0
    adversarial: float = 0.2
    prefix: float = 0.0


def reconstruction(painted: Tensor, picture: Tensor) -> Tensor:
    """L1 between the painted and the true picture (eq. 12)."""
    return F.l1_loss(painted, picture)


def total_variance(
    segments: Tensor, picture: Tensor, colours: Tensor, weight: Tensor | None = None
) -> Tensor:
    """sum_i S_i |Y - c_i|^2, mean over pixels and channels (eq. 10).

    Linear in S: squared or one-hot S would send a gradient to the chosen channel only.

    Args:
        segments: [B, N, H, W].
        picture: [B, 3, H, W].
        colours: [B, N, 3], mean colours.
        weight: [B, 1, H, W], how much a pixel counts; all alike when None.
    """
    # |Y - c|^2 = |Y|^2 - 2 Y.c + |c|^2, without a [B, N, 3, H, W] tensor
    distance = (
        (picture**2).sum(1, keepdim=True)
        - 2 * torch.einsum("bchw,bnc->bnhw", picture, colours)
        + (colours**2).sum(2)[..., None, None]
    )
    error = (segments * distance).sum(1, keepdim=True) / 3
    if weight is None:
        return error.mean()
    # Picture by picture, so that it does not matter which pictures share a process.
    return ((error * weight).mean((1, 2, 3)) / weight.mean((1, 2, 3)).clamp_min(1e-6)).mean()


def smoothness(logits: Tensor) -> Tensor:
    """Mean L1 between the logits of the four neighbour pairs (eq. 11)."""
    right = (logits[:, :, :, :-1] - logits[:, :, :, 1:]).abs().mean()
    down = (logits[:, :, :-1, :] - logits[:, :, 1:, :]).abs().mean()
    falling = (logits[:, :, :-1, :-1] - logits[:, :, 1:, 1:]).abs().mean()
    rising = (logits[:, :, 1:, :-1] - logits[:, :, :-1, 1:]).abs().mean()
    return 0.25 * (right + down + falling + rising)


def prefix_variance(
    segments: Tensor, picture: Tensor, weight: Tensor, probabilities: Tensor | None = None
) -> Tensor:
    """Expected error when the first N_h regions have their colour and all others share one.

    What a colorizer without any habits would achieve: with n hints, pixels of region i <= n get
    c_i and the rest gets the rest's mean. The expectation over N_h ~ G (eq. 3) is exact, from sums
    per region alone, so f learns division and order without a colorizer in the loop.

    Args:
        segments: [B, N, H, W], shares that sum to 1 over N.
        picture: [B, 3, H, W].
        weight: [B, 1, H, W], how much a pixel counts.
        probabilities: [N + 1], P(N_h = n); eq. 3 when None.

    Returns:
        Scalar, squared error per pixel and channel.
    """
    regions = segments.shape[1]
    if probabilities is None:
        probabilities = geometric_probabilities(regions)
    g = probabilities.to(segments.device, segments.dtype)
    weighted = segments * weight
    size = weighted.sum((2, 3))
    first = torch.einsum("bnhw,bchw->bnc", weighted, picture)
    second = torch.einsum("bnhw,bhw->bn", weighted, (picture**2).sum(1))
    return expected_prefix_error(size, first, second, g)


def expected_prefix_error(size: Tensor, first: Tensor, second: Tensor, g: Tensor) -> Tensor:
    """`prefix_variance` from each region's sums.

    Args:
        size: [B, N], weight of each region.
        first: [B, N, 3], weighted sum of colours.
        second: [B, N], weighted sum of squared colours.
        g: [N + 1], P(N_h = n).
    """
    tiny = 1e-4
    within = second - (first**2).sum(2) / size.clamp_min(tiny)
    done = F.pad(within.cumsum(1), (1, 0))  # [B, N + 1]: error inside the first n regions
    rest_size = _remaining(size)
    rest_first = torch.stack([_remaining(first[..., c]) for c in range(3)], -1)
    rest = _remaining(second) - (rest_first**2).sum(2) / rest_size.clamp_min(tiny)
    total = size.sum(1).clamp_min(tiny)
    error = (done + rest.clamp_min(0)) / total[:, None] / 3
    return (error * g).sum(1).mean()


def _remaining(values: Tensor) -> Tensor:
    """[B, N] to [B, N + 1]: what is left after the first n."""
    reverse = values.flip(1).cumsum(1).flip(1)
    return F.pad(reverse, (0, 1))


def lsgan_generator(scores: Tensor) -> Tensor:
    """Least squares, the painted picture should look real (eq. 13)."""
    return ((scores - 1) ** 2).mean()


def lsgan_discriminator(real: Tensor, painted: Tensor) -> Tensor:
    """Least squares, halved as the authors do (eq. 13)."""
    return 0.5 * (((real - 1) ** 2).mean() + (painted**2).mean())
