"""g on pictures in their artists' colours: what is usual there, and to obey whatever hint there is.

Hints are given as they are in use: all pieces of a colour or some, single pieces, pieces of two
colours that somebody took for one, strokes. Two fifths of the pages have none.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from gp_training.networks.choices import choice_error
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import add_scribbles
from gp_training.networks.pieces import piece_sums, spread_pieces
from gp_training.recipe.hints import Draws, draw_scribbles
from gp_training.recipe.learners import Learners
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Guiding, Losses, Pairs

_NONE = 0.4  # of the pages: no hint at all
_ALL = 0.08  # every piece has one
_SINGLE = 0.35  # single pieces; else pieces of one colour together
_MIXED = 0.12  # two colours are taken for one
_MORE = 0.8  # chance of one more hint after each
_ALIKE = 0.3  # of [-1, 1]: colours of one step are one
_INK = 0.1  # weight of ink, of which the daemon shows none of g's
_WHITE = 0.25  # weight of a white piece's choice; f says which pieces stay white
_STRANGE = 0.1  # weight of what nobody could guess: other colours than the artist's, not hinted


class Natural(Guiding):
    """Learns g alone; f and d stay as they are."""

    def losses(
        self,
        learners: Learners,
        preset: Preset,
        phase: Phase,
        tau: float,
        pairs: Pairs,
        draws: Draws,
    ) -> Losses:
        """The distance from the true picture, and what each piece without a hint might be."""
        sketch, picture, pieces = pairs.sketch, pairs.picture, pairs.pieces
        paper = (sketch + 1) / 2
        color_map, mask = draw_hints(picture, paper, pieces, draws)
        if phase.scribbles:
            strokes = draw_scribbles(picture, phase.scribbles, draws)
            color_map, mask = add_scribbles(color_map, mask, *strokes)
        g = learners.networks["g"]
        assert isinstance(g, Colorizer)
        with learners.autocast:
            painted, logits = g.consider(sketch, color_map, mask, mask)
        natural = torch.ones(len(sketch)) if pairs.natural is None else pairs.natural.float()
        own = natural.to(sketch.device)[:, None, None, None]
        weight = (_INK + (1 - _INK) * paper) * (own + (1 - own) * torch.clamp(mask, _STRANGE, 1))
        away = (painted - picture).abs().mean(1, keepdim=True)
        # Page by page: one with few hints in strange colours has less to say, not more.
        distance = (away * weight).mean()
        error = choice_error(logits, picture, pieces, paper * (1 - mask) * own, _WHITE)
        terms = {
            "reconstruction": phase.weights.reconstruction * distance,
            "choice": phase.weights.choice * error,
        }
        return Losses(terms, sketch, painted)


def draw_hints(
    picture: Tensor, paper: Tensor, pieces: Tensor, draws: Draws
) -> tuple[Tensor, Tensor]:
    """C and M of hints that somebody might have given.

    Args:
        picture: [B, 3, H, W] in [-1, 1].
        paper: [B, 1, H, W], how much a pixel's colour counts.
        pieces: int64 [B, H, W].
        draws: of the step.

    Returns:
        C [B, 3, H, W] in [-1, 1], 0 where there is no hint, and M [B, 1, H, W].
    """
    count = int(pieces.max()) + 1
    sums = piece_sums(torch.cat((picture * paper, paper), 1), pieces, count).cpu().numpy()
    table = np.zeros((len(picture), 4, count), np.float32)
    for row, own, generator in zip(table, sums, draws.pictures, strict=True):
        there = np.flatnonzero(own[3] > 0)
        hint = hinted(own[:3, there].T, own[3, there], _numpy(generator))
        if hint is not None:
            row[:, there] = hint.T
    spread = spread_pieces(torch.from_numpy(table).to(picture.device), pieces)
    return spread[:, :3], spread[:, 3:]


def hinted(
    sums: NDArray[np.float32], sizes: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32] | None:
    """Hints for a page's pieces.

    Args:
        sums: [n, 3], of the colours in [-1, 1].
        sizes: [n], of paper.
        rng: decides.

    Returns:
        [n, 4]: colour, and 1 where there is a hint; zeros elsewhere. None: no hint at all.
    """
    kind = rng.random()
    if kind < _NONE or not len(sizes):
        return None
    means = sums / np.maximum(sizes, 1e-3)[:, None]
    result = np.zeros((len(sizes), 4), np.float32)
    if kind < _NONE + _ALL:
        result[:, :3], result[:, 3] = means, 1
        return result
    more = rng.geometric(1 - _MORE)
    if rng.random() < _SINGLE:
        group = np.arange(len(sizes))
    else:
        steps = np.floor(means / _ALIKE + rng.random()).astype(np.int32)
        group = np.unique(steps, axis=0, return_inverse=True)[1].ravel()
    weights = np.bincount(group, sizes)
    # The largest first, as one is asked; or any, the larger the likelier.
    sorting = weights * rng.exponential(size=len(weights)) if rng.random() < 0.6 else weights
    order = np.argsort(-sorting, kind="stable")
    keep = 1.0 if rng.random() < 0.5 else rng.uniform(0.3, 1)
    start = 0
    for _ in range(min(int(more), len(order))):
        width = 2 if rng.random() < _MIXED else 1
        members = np.flatnonzero(np.isin(group, order[start : start + width]))
        start += width
        if len(members) > 1:
            chosen = members[rng.random(len(members)) < keep]
            members = chosen if len(chosen) else members[:1]
        if len(members):
            result[members, :3] = sums[members].sum(0) / max(float(sizes[members].sum()), 1e-3)
            result[members, 3] = 1
    return result


def _numpy(generator: Generator) -> np.random.Generator:
    return np.random.default_rng(int(torch.randint(1 << 62, (), generator=generator)))
