"""What f is taught: pairs of one colour, likely colours, and what a given colour decides."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gp_training.data.truth import NEAR, Page, Pieces, same_color
from gp_training.networks.choices import nearness, palette

ALIKE = 0.35  # share of a page's loss that its pairs of one colour have
_LARGEST = 3000  # pixels; a larger piece counts for no more
_WIDTH = 10.0  # Lab distance over which a true colour spreads on its neighbours of the palette
_WHITE = 255 - NEAR
_MIXED = 0.4  # share of a piece within its colour up to which it has none
_DOUBTFUL = 8  # of 255, about the distance at which two colours stop being one


def weights_of(page: Pieces) -> Tensor:
    """How much each piece counts, float32 [n]: root of its size, nothing where it is no flat."""
    clear = np.clip((page.flats - _MIXED) / _MIXED, 0, 1)
    return torch.from_numpy(np.sqrt(np.minimum(page.sizes, _LARGEST)) * clear).float()


def pair_weights(page: Pieces, other: Pieces) -> Tensor:
    """How much each pair counts, float32 [n, m]: less where a little more light would decide."""
    apart = np.abs(page.colors.astype(np.int16)[:, None] - other.colors.astype(np.int16)[None])
    near = np.abs(apart.max(-1) - NEAR) < _DOUBTFUL
    clear = torch.from_numpy(np.where(near, 0.4, 1.0).astype(np.float32))
    return weights_of(page)[:, None] * weights_of(other)[None] * clear


def pair_loss(logits: Tensor, same: Tensor, weights: Tensor, off_diagonal: bool = True) -> Tensor:
    """Cross entropy of "same colour" over all pairs, both classes at fixed shares.

    Args:
        logits: [n, m].
        same: bool [n, m].
        weights: [n, m], of the pairs.
        off_diagonal: a page against itself: a piece is no pair with itself.
    """
    if off_diagonal:
        weights = weights * (1 - torch.eye(len(weights)))
    errors = F.binary_cross_entropy_with_logits(logits, same.float(), reduction="none") * weights
    total = logits.new_zeros(())
    for mask, share in ((same, ALIKE), (~same, 1 - ALIKE)):
        there = (weights * mask).sum()
        if there > 0:
            total = total + share * (errors * mask).sum() / there
    return total


def taught(logits: Tensor) -> Tensor:
    """Log-odds of balanced classes as they are where classes have their shares of a page's loss."""
    return logits + math.log(ALIKE / (1 - ALIKE))


def follow_loss(logits: Tensor, others: Tensor, sizes: Tensor) -> Tensor:
    """Mean squared distance of log-odds [n, n] from another network's, by root of size [n]."""
    weights = sizes[:, None] * sizes[None] * (1 - torch.eye(len(sizes)))
    apart = (logits - others.clamp(-6, 6)) ** 2
    return (apart * weights).sum() / weights.sum().clamp(min=1e-6)


def color_loss(logits: Tensor, page: Page, weights: Tensor) -> Tensor:
    """Cross entropy of each piece's colour over the palette, logits [n, K]."""
    true = torch.from_numpy(page.colors.astype(np.float32)) / 127.5 - 1
    target = nearness(true, palette(), _WIDTH)
    target = target / target.sum(-1, keepdim=True).clamp(min=1e-8)
    errors = -(target * logits.log_softmax(-1)).sum(-1)
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)


def is_blank(page: Page) -> Tensor:
    """Which pieces are white in the truth, bool [n]."""
    return torch.from_numpy(page.colors.min(1) > _WHITE)


def blank_loss(logits: Tensor, page: Page, weights: Tensor) -> Tensor:
    """Cross entropy of staying white, logits [n]."""
    errors = F.binary_cross_entropy_with_logits(logits, is_blank(page).float(), reduction="none")
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)


def give_colors(page: Page, rng: np.random.Generator) -> NDArray[np.int64]:
    """Pieces that an artist might have coloured so far: the largest, or any; int64 [k]."""
    most = int(rng.integers(1, 13))
    order = np.argsort(-page.sizes, kind="stable")
    if rng.random() < 0.3:
        share = np.sqrt(page.sizes) / np.sqrt(page.sizes).sum()
        order = rng.choice(page.count, min(page.count, 4 * most), replace=False, p=share)
    order = order[page.colors[order].min(1) <= _WHITE][: 6 * most]  # white needs no click
    if len(order) == 0:
        return order
    same = same_color(page.colors[order], page.colors[order])
    given: list[int] = []
    for place in range(len(order)):
        # Mostly a new colour; now and then what a spread would not have reached.
        if not same[place, given].any() or rng.random() < 0.15:
            given.append(place)
        if len(given) == most:
            break
    return order[given]


def spread_loss(
    affinity: Tensor, blank: Tensor, page: Page, given: NDArray[np.int64], weights: Tensor
) -> Tensor:
    """Cross entropy of what the guide gives each piece: a colour of those given, white, or none.

    The guide's own formula: a colour's score is the best affinity to a piece that has it; none
    has the score 0.

    Args:
        affinity: [n, n], calibrated log-odds.
        blank: [n], log-odds of staying white.
        page: the truth.
        given: pieces whose colours are known.
        weights: [n].
    """
    owner = same_color(page.colors[given], page.colors[given]).argmax(1)
    classes = np.unique(owner)
    scores = torch.stack([affinity[:, given[owner == one]].amax(1) for one in classes], dim=1)
    right = torch.from_numpy(same_color(page.colors, page.colors[given[classes]]))
    white = is_blank(page)[:, None]
    right = torch.cat((right, white, ~right.any(1, keepdim=True) & ~white), 1)
    log = torch.cat((scores, blank[:, None], scores.new_zeros(len(scores), 1)), 1).log_softmax(1)
    errors = -torch.logsumexp(log.masked_fill(~right, -torch.inf), 1)
    weights = weights.clone()
    weights[given] = 0
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)
