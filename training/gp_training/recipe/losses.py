"""Equations 10 to 14, reduced as means, and the expected prefix variance of ours.

And the Wasserstein adversary of a baseline, beside the least squares of eq. 13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gp_training.networks.guidance import geometric_probabilities
from gp_training.networks.pieces import piece_sums


@dataclass(frozen=True)
class Weights:
    """Weights of the generator's losses; the defaults are the authors' released settings."""

    reconstruction: float = 30.0
    variance: float = 5.0
    smoothness: float = 1.0
    adversarial: float = 0.2
    prefix: float = 0.0
    worth: float = 0.0
    choice: float = 0.0


def reconstruction(painted: Tensor, picture: Tensor) -> Tensor:
    """L1 between the painted and the true picture (eq. 12)."""
    return F.l1_loss(painted, picture)


def total_variance(
    segments: Tensor, picture: Tensor, colors: Tensor, weight: Tensor | None = None
) -> Tensor:
    """sum_i S_i |Y - c_i|^2, mean over pixels and channels (eq. 11).

    Linear in S: squared or one-hot S would send a gradient to the chosen channel only.

    Args:
        segments: [B, N, H, W].
        picture: [B, 3, H, W].
        colors: [B, N, 3], mean colours.
        weight: [B, 1, H, W], how much a pixel counts; all alike when None.
    """
    # |Y - c|^2 = |Y|^2 - 2 Y.c + |c|^2, without a [B, N, 3, H, W] tensor
    distance = (
        (picture**2).sum(1, keepdim=True)
        - 2 * torch.einsum("bchw,bnc->bnhw", picture, colors)
        + (colors**2).sum(2)[..., None, None]
    )
    error = (segments * distance).sum(1, keepdim=True) / 3
    if weight is None:
        return error.mean()
    # Picture by picture, so that it does not matter which pictures share a process.
    return ((error * weight).mean((1, 2, 3)) / weight.mean((1, 2, 3)).clamp_min(1e-6)).mean()


def smoothness(logits: Tensor) -> Tensor:
    """Mean L1 between the logits of the four neighbour pairs (eq. 10)."""
    right = (logits[:, :, :, :-1] - logits[:, :, :, 1:]).abs().mean()
    down = (logits[:, :, :-1, :] - logits[:, :, 1:, :]).abs().mean()
    falling = (logits[:, :, :-1, :-1] - logits[:, :, 1:, 1:]).abs().mean()
    rising = (logits[:, :, 1:, :-1] - logits[:, :, :-1, 1:]).abs().mean()
    return 0.25 * (right + down + falling + rising)


def prefix_variance(
    segments: Tensor, picture: Tensor, weight: Tensor, probabilities: Tensor | None = None,
    guess: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Expected error when the first N_h regions have their colour and all others are guessed.

    What a colorizer would achieve that sees hints only where they are: with n hints, pixels of
    region i <= n get c_i and the others what is guessed without hints. The expectation over
    N_h ~ G (eq. 3) is exact, from sums per region alone, so f learns division and order without a
    colorizer in the loop.

    Args:
        segments: [B, N, H, W], shares that sum to 1 over N.
        picture: [B, 3, H, W].
        weight: [B, 1, H, W], how much a pixel counts.
        probabilities: [N + 1], P(N_h = n); eq. 3 when None.
        guess: [B, 3, H, W] in [-1, 1], colours guessed without hints; mid gray when None.

    Returns:
        Scalar, squared error per pixel and channel.
    """
    weighted = segments * weight
    missed = picture if guess is None else picture - guess
    return expected_prefix_error(
        weighted.sum((2, 3)),
        torch.einsum("bnhw,bchw->bnc", weighted, picture),
        torch.einsum("bnhw,bhw->bn", weighted, (picture**2).sum(1)),
        torch.einsum("bnhw,bhw->bn", weighted, (missed**2).sum(1)),
        probabilities,
    )


@dataclass(frozen=True)
class PieceSums:
    """What the losses over pieces need of a picture.

    Attributes:
        size: [B, P], weight of each piece.
        first: [B, 3, P], weighted sum of colours.
        second: [B, P], weighted sum of squared colours.
    """

    size: Tensor
    first: Tensor
    second: Tensor

    @classmethod
    def of(cls, picture: Tensor, weight: Tensor, pieces: Tensor, count: int) -> PieceSums:
        """From picture [B, 3, H, W], weight [B, 1, H, W] and pieces int64 [B, H, W] < `count`."""
        squares = (picture**2).sum(1, keepdim=True)
        values = torch.cat((weight, weight * picture, weight * squares), 1)
        sums = piece_sums(values, pieces, count)
        return cls(sums[:, 0], sums[:, 1:4], sums[:, 4])

    def missed(self, guess: Tensor | None) -> Tensor:
        """Weighted sum of squared distances from a guess [B, 3, P], or from mid gray; [B, P]."""
        if guess is None:
            return self.second
        near = 2 * (guess * self.first).sum(1) - (guess**2).sum(1) * self.size
        return self.second - near


def piece_prefix_variance(
    segments: Tensor, sums: PieceSums, guess: Tensor | None = None,
    probabilities: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """`prefix_variance` of regions that are sets of pieces, from sums over each piece.

    The same value and gradients at a fraction of the cost: nothing of size N H W is made.

    Args:
        segments: [B, N, P], shares of each piece in each region.
        sums: of the picture.
        guess: [B, 3, P], colours guessed without hints; mid gray when None.
        probabilities: as for `prefix_variance`.
    """
    return expected_prefix_error(
        torch.einsum("bnp,bp->bn", segments, sums.size),
        torch.einsum("bnp,bcp->bnc", segments, sums.first),
        torch.einsum("bnp,bp->bn", segments, sums.second),
        torch.einsum("bnp,bp->bn", segments, sums.missed(guess)),
        probabilities,
    )


def piece_total_variance(segments: Tensor, sums: PieceSums) -> Tensor:
    """`total_variance` (eq. 11) of regions that are sets of pieces, per pixel and channel.

    What is left when every region has its hint. Beside the prefix variance, which forgives
    a late region almost everything, it makes f pay for joining pieces of different colours.

    Args:
        segments: [B, N, P], shares of each piece in each region.
        sums: of the picture.
    """
    return piece_prefix_variance(segments, sums, None, every_hint(segments.shape[1]))


def every_hint(regions: int) -> Tensor:
    """P(N_h = n) of the N_h = N_c variant: all regions have their hint; [N_c + 1]."""
    chances = torch.zeros(regions + 1, dtype=torch.float64)
    chances[-1] = 1
    return chances


def worth_error(expected: Tensor, guess: Tensor, sums: PieceSums) -> Tensor:
    """How far the expected error of a guess is from its error, squared, mean over the weight.

    Its minimum is the mean of the error over all pictures that look alike: what a hint is worth.

    Args:
        expected: [B, P], as f gives it.
        guess: [B, 3, P]; gets no gradient, else f would guess worse where that is easier to tell.
        sums: of the picture.
    """
    tiny = 1e-4
    error = sums.missed(guess.detach()).clamp_min(0) / sums.size.clamp_min(tiny)
    return (sums.size * (expected - error) ** 2).sum() / sums.size.sum().clamp_min(tiny)


def expected_prefix_error(
    size: Tensor, first: Tensor, second: Tensor, missed: Tensor, probabilities: Tensor | None = None
) -> Tensor:
    """`prefix_variance` from each region's sums.

    Args:
        size: [B, N], weight of each region.
        first: [B, N, 3], weighted sum of colours.
        second: [B, N], weighted sum of squared colours.
        missed: [B, N], weighted sum of squared distances from the guess.
        probabilities: [N + 1], P(N_h = n); eq. 3 when None.
    """
    if probabilities is None:
        probabilities = geometric_probabilities(size.shape[1])
    tiny = 1e-4
    # Region i has its hint when N_h >= i.
    hinted = (1 - probabilities.cumsum(0)[:-1]).to(size.device, size.dtype)
    within = second - (first**2).sum(2) / size.clamp_min(tiny)
    error = within * hinted + missed * (1 - hinted)
    return (error.sum(1) / size.sum(1).clamp_min(tiny)).mean() / 3


def lsgan_generator(scores: Tensor) -> Tensor:
    """Least squares, the painted picture should look real (eq. 13)."""
    return ((scores - 1) ** 2).mean()


def lsgan_discriminator(real: Tensor, painted: Tensor) -> Tensor:
    """Least squares, halved as the authors do (eq. 13)."""
    return 0.5 * (((real - 1) ** 2).mean() + (painted**2).mean())


_DRIFT = 1e-3  # holds a critic's scores of true pictures near 0


def wasserstein_generator(scores: Tensor) -> Tensor:
    """Minus the critic's score."""
    return -scores.mean()


def wasserstein_critic(real: Tensor, painted: Tensor) -> Tensor:
    """Score of painted minus score of true pictures, and a small drift (Karras et al. 2018).

    Args:
        real: scores [B, 1, h, w]; a picture's score is their mean.
        painted: likewise.
    """
    scores = real.mean((1, 2, 3))
    return painted.mean() - scores.mean() + _DRIFT * (scores**2).mean()


def gradient_penalty(
    critic: nn.Module, seen: Tensor, picture: Tensor, painted: Tensor, shares: Tensor
) -> Tensor:
    """How far a critic's slope is from 1, squared, between true and painted pictures.

    As Gulrajani et al. 2017: the slope is the norm over a whole picture of the gradient of its
    score, at a place drawn on the line between the two.

    Args:
        critic: [B, C + 3, H, W] to scores [B, 1, h, w]; a picture's score is their mean.
        seen: [B, C, H, W], what the critic sees beside a picture.
        picture: [B, 3, H, W].
        painted: [B, 3, H, W], without gradients.
        shares: [B] in 0..1, of the true picture in the mixture.

    Returns:
        Mean over pictures, a scalar; with gradients for the critic's weights.
    """
    share = shares.to(picture)[:, None, None, None]
    mixed = (share * picture + (1 - share) * painted).requires_grad_()
    # Not `critic(...)`: a compiled graph has no gradient of a gradient.
    scores = critic.forward(torch.cat((seen, mixed), 1)).mean((1, 2, 3))
    (slope,) = torch.autograd.grad(scores.sum(), mixed, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


@dataclass(frozen=True)
class Adversary:
    """What d and the painter try against each other.

    Attributes:
        judged: d's loss by scores of true and painted pictures.
        fooled: the painter's, by scores of painted pictures.
        penalty: weight of the gradient penalty beside d's loss.
    """

    judged: Callable[[Tensor, Tensor], Tensor]
    fooled: Callable[[Tensor], Tensor]
    penalty: float = 0.0


LSGAN = Adversary(lsgan_discriminator, lsgan_generator)
WGAN_GP = Adversary(wasserstein_critic, wasserstein_generator, penalty=10.0)
