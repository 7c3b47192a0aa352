"""What the suggester is taught, and how what it says becomes a colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gp_training.data.answered import AnsweredPage
from gp_training.data.tokens import color_classes
from gp_training.data.truth import NEAR
from gp_training.networks.suggester import Suggester
from gp_training.recipe.affinity import weights_of
from gp_training.recipe.metrics import to_lab

_WHITE = 255 - NEAR
_PLAIN = 0.4  # weight of a piece that stays white: most do
_NONE = 0.4  # of the pages: nobody has coloured anything
_MORE = 0.8  # chance of one more colour after each


def make_palette(pages: Sequence[AnsweredPage], count: int, seed: int = 0) -> NDArray[np.float32]:
    """The colours that pages have, [count, 3] in 0..1: white, and means of what is near in Lab."""
    colors = np.concatenate([page.colors for page in pages]).astype(np.float32) / 255
    weights = np.concatenate([weights_of(page).numpy() for page in pages])
    rng = np.random.default_rng(seed)
    clear = colors.min(1) < _WHITE / 255
    chance = weights * clear
    chosen = rng.choice(len(colors), 60_000, p=chance / chance.sum())
    lab = to_lab(colors[chosen]).astype(np.float32)
    cv2.setRNGSeed(seed)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 60, 0.05)
    _, _, centers = cv2.kmeans(
        lab, count - 1, np.empty(0, np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS
    )
    rgb = cv2.cvtColor(np.asarray(centers, np.float32)[None], cv2.COLOR_LAB2RGB)[0]
    return np.concatenate((np.ones((1, 3), np.float32), np.clip(rgb, 0, 1))).astype(np.float32)


def tensors_of(page: AnsweredPage) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, affinity and all true colours in 0..1, as `Suggester.forward` takes them."""
    return (
        torch.from_numpy(page.tokens),
        torch.from_numpy(page.affinity),
        torch.from_numpy(page.colors.astype(np.float32) / 255),
    )


def known_pieces(page: AnsweredPage, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Pieces that an artist might have coloured so far, bool [n]; none in many pages."""
    known = np.zeros(page.count, np.bool_)
    if rng.random() < _NONE:
        return known
    kind, classes = color_classes(page.colors, page.sizes)
    paper = np.bincount(kind, np.sqrt(page.sizes), len(classes))
    # The largest first, as one is asked; or any, the larger the likelier.
    chance = paper * rng.exponential(size=len(classes)) if rng.random() < 0.6 else paper
    order = np.argsort(-chance, kind="stable")[: int(rng.geometric(1 - _MORE))]
    keep = 1.0 if rng.random() < 0.4 else rng.uniform(0.1, 1)
    for one in order:
        members = np.flatnonzero(kind == one)
        some = members[rng.random(len(members)) < keep]
        largest = members[page.sizes[members].argmax()]
        known[some if len(some) else [largest]] = True
    return known


def likelihood_loss(
    suggester: Suggester, logits: Tensor, page: AnsweredPage, known: NDArray[np.bool_]
) -> Tensor:
    """Cross entropy of the colours that are not known; scalar, nats, mean over pieces.

    Args:
        suggester: has the palette.
        logits: [n, K].
        page: the truth.
        known: bool [n], pieces whose colours were told.
    """
    true = torch.from_numpy(page.colors.astype(np.float32)) / 127.5 - 1
    errors = -(suggester.near(true) * logits.log_softmax(-1)).sum(-1)
    plain = page.colors.min(1) > _WHITE
    counted = np.where(plain, _PLAIN, 1.0) * ~known
    weights = weights_of(page) * torch.from_numpy(counted.astype(np.float32))
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)


def mean_loss(suggester: Suggester, pages: Iterable[AnsweredPage], seed: int = 0) -> float:
    """Mean `likelihood_loss` over pages, calibrated; leaves the network in training mode."""
    suggester.eval()
    found = []
    for number, page in enumerate(pages):
        known = known_pieces(page, np.random.default_rng([seed, number]))
        if known.all():
            continue
        with torch.no_grad():
            log = suggester(*tensors_of(page), torch.from_numpy(known).float())
            found.append(likelihood_loss(suggester, log, page, known).item())
    suggester.train()
    return float(np.mean(found))


def calibrate(suggester: Suggester, pages: Sequence[AnsweredPage]) -> float:
    """Fits the suggester's scale on pages, in place, so that its guesses come true; gives it."""
    best = (np.inf, 1.0)
    for scale in np.geomspace(0.4, 1.6, 13).tolist():
        with torch.no_grad():
            suggester.scale.fill_(scale)
        best = min(best, (mean_loss(suggester, pages), scale))
    with torch.no_grad():
        suggester.scale.fill_(best[1])
    return best[1]
