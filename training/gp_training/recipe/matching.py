"""What the matcher is taught: which of the colours of earlier pages a piece has, or none."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gp_training.data.tokens import TokenPage, color_classes
from gp_training.data.truth import NEAR, Pieces, same_color
from gp_training.networks.matcher import Matcher
from gp_training.recipe.affinity import pair_loss, pair_weights, weights_of

_WHITE = 255 - NEAR
_PLAIN = 0.5  # weight of a piece that stays white: most do


def inputs_of(page: TokenPage, cast: TokenPage) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, the cast's tokens and its colours in 0..1, as `Matcher.forward` takes them."""
    return torch.from_numpy(page.tokens), torch.from_numpy(cast.tokens), shown(cast)


def shown(cast: Pieces) -> Tensor:
    """Colours as `Matcher.forward` takes them, float32 [m, 3] in 0..1."""
    return torch.from_numpy(cast.colors.astype(np.float32) / 255)


def class_scores(logits: Tensor, kind: NDArray[np.int64], count: int) -> Tensor:
    """The best log-odds of each class of colours: [n, m] of pieces to [n, count]."""
    index = torch.from_numpy(kind)[None].expand(len(logits), -1)
    lowest = logits.new_full((len(logits), count), -1e4)
    return lowest.scatter_reduce(1, index, logits, "amax")


def across_loss(logits: Tensor, page: Pieces, cast: Pieces) -> Tensor:
    """Cross entropy of "the same colour" over all pairs of two pages, [n, m]."""
    same = torch.from_numpy(same_color(page.colors, cast.colors))
    return pair_loss(logits, same, pair_weights(page, cast), off_diagonal=False)


def palette_loss(scores: Tensor, page: Pieces, classes: NDArray[np.uint8]) -> Tensor:
    """Cross entropy of each piece's colour among those of the cast, or none of them.

    The guide's own formula: none has the score 0. Scores [n, k] of `class_scores`.
    """
    right = torch.from_numpy(same_color(page.colors, classes))
    right = torch.cat((right, ~right.any(1, keepdim=True)), 1)
    log = torch.cat((scores, scores.new_zeros(len(scores), 1)), 1).log_softmax(1)
    errors = -torch.logsumexp(log.masked_fill(~right, -torch.inf), 1)
    plain = page.colors.min(1) > _WHITE
    weights = weights_of(page) * torch.from_numpy(np.where(plain, _PLAIN, 1).astype(np.float32))
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)


def losses(logits: Tensor, page: Pieces, cast: Pieces) -> tuple[Tensor, Tensor]:
    """`palette_loss` and `across_loss`."""
    kind, classes = color_classes(cast.colors, cast.sizes)
    scores = class_scores(logits, kind, len(classes))
    return palette_loss(scores, page, classes), across_loss(logits, page, cast)


def turned(colors: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """Colours uint8 [n, 3] turned in hue: what is drawn alike stays so, and no sky is blue."""
    hsv = cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + degrees) % 360
    rgb = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
    return np.clip(np.round(rgb * 255), 0, 255).astype(np.uint8)


def mean_loss(
    matcher: Matcher, pairs: Iterable[tuple[str, TokenPage, TokenPage]]
) -> dict[str, float]:
    """Mean of `palette_loss` over pairs of pages, calibrated, by "real" and "composed"."""
    matcher.eval()
    found: dict[str, list[float]] = {}
    for source, cast, page in pairs:
        with torch.no_grad():
            logits = matcher(*inputs_of(page, cast))
            palette, _ = losses(logits, page, cast)
        found.setdefault("composed" if source == "cast" else "real", []).append(palette.item())
    matcher.train()
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def calibrate(
    matcher: Matcher, pairs: Iterable[tuple[str, TokenPage, TokenPage]]
) -> tuple[float, float]:
    """Fits the matcher's scale and offset on pages, in place, so that its guesses come true.

    Returns:
        Both.
    """
    matcher.eval()
    known: list[tuple[Tensor, TokenPage, NDArray[np.uint8]]] = []
    with torch.no_grad():
        for _, cast, page in pairs:
            kind, classes = color_classes(cast.colors, cast.sizes)
            logits = matcher.compare(*inputs_of(page, cast))
            known.append((class_scores(logits, kind, len(classes)), page, classes))
    values = torch.tensor([1.0, 0.0], requires_grad=True)
    solver = torch.optim.LBFGS([values], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        whole = sum(
            (palette_loss(values[0] * scores + values[1], page, classes)
             for scores, page, classes in known), torch.zeros(()),
        )  # fmt: skip
        whole.backward()
        return whole

    if known:
        solver.step(loss)
    scale, offset = values.detach()
    with torch.no_grad():
        matcher.scale.copy_(scale)
        matcher.offset.copy_(offset)
    matcher.train()
    return float(scale), float(offset)
