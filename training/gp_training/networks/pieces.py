"""Values by piece of the line art instead of by pixel, and how f puts regions of them in order."""

from __future__ import annotations

import torch
from torch import Tensor

# Of the colours of two pieces that f put into one region; measured, see docs/training.md.
CORRELATION = 0.25


def piece_sums(values: Tensor, pieces: Tensor, count: int) -> Tensor:
    """Sums over the pieces of the line art.

    Args:
        values: [B, C, H, W].
        pieces: int64 [B, H, W], numbers 0..count-1.
        count: P.

    Returns:
        [B, C, P]; zero for a number that no pixel has.
    """
    batch, channels = values.shape[:2]
    index = pieces.reshape(batch, 1, -1).expand(batch, channels, -1)
    sums = values.new_zeros(batch, channels, count)
    return sums.scatter_add(2, index, values.reshape(batch, channels, -1))


def piece_means(values: Tensor, pieces: Tensor, count: int) -> Tensor:
    """Means over the pieces, [B, C, P]; as `piece_sums`."""
    ones = torch.ones_like(values[:, :1])
    return piece_sums(values, pieces, count) / piece_sums(ones, pieces, count).clamp_min(1)


def spread_pieces(table: Tensor, pieces: Tensor) -> Tensor:
    """Lays one value a piece on its pixels.

    Args:
        table: [B, C, P].
        pieces: int64 [B, H, W], numbers 0..P-1.

    Returns:
        [B, C, H, W].
    """
    batch, channels = table.shape[:2]
    index = pieces.reshape(batch, 1, -1).expand(batch, channels, -1)
    return table.gather(2, index).reshape(batch, channels, *pieces.shape[1:])


def one_hot(labels: Tensor, regions: int) -> Tensor:
    """Labels int64 [B, H, W] of 0..regions-1 to float [B, regions, H, W]."""
    numbers = torch.arange(regions, device=labels.device)[None, :, None, None]
    return (labels[:, None] == numbers).float()


def rank_regions(logits: Tensor, size: Tensor, error: Tensor) -> Tensor:
    """Puts regions in the order of what their hints are worth, the most first.

    A hint mends the squared error of the guess, all of it where the pieces of a region share one
    colour, and the less of it the more pieces have colours of their own: with a correlation
    rho of the pieces' colours, rho sum s e + (1 - rho) sum s^2 e / sum s over the pieces that
    argmax gives the region. An empty region comes last.

    Args:
        logits: [B, N, P].
        size: [B, P], paper of each piece.
        error: [B, P], expected squared error of the guess, not negative.

    Returns:
        [B, N, P], channels sorted. The order itself has no gradient.
    """
    with torch.no_grad():
        numbers = torch.arange(logits.shape[1], device=logits.device)[None, :, None]
        chosen = (logits.argmax(1, keepdim=True) == numbers).to(size.dtype)
        alike = (chosen * (size * error)[:, None]).sum(2)
        unlike = (chosen * (size**2 * error)[:, None]).sum(2)
        sizes = (chosen * size[:, None]).sum(2).clamp_min(1e-4)
        worth = CORRELATION * alike + (1 - CORRELATION) * unlike / sizes
        order = worth.topk(logits.shape[1], dim=1).indices
    return logits.gather(1, order[..., None].expand_as(logits))
