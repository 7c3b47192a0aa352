"""Makes log-odds true: one factor and one offset, fitted on pages that were not trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit(
    scores: NDArray[np.floating], same: NDArray[np.bool_], weights: NDArray[np.floating]
) -> tuple[float, float]:
    """Factor and offset with the least cross entropy (Platt scaling), by Newton's method.

    Args:
        scores: log-odds of pairs, [k].
        same: whether they have one colour, [k].
        weights: how much each pair counts, [k].
    """
    factor, offset = 1.0, 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(factor * scores + offset, -30, 30)))
        slope, curve = weights * (chance - same), weights * chance * (1 - chance)
        gradient = np.array([(slope * scores).sum(), slope.sum()])
        matrix = np.array(
            [
                [(curve * scores**2).sum(), (curve * scores).sum()],
                [(curve * scores).sum(), curve.sum()],
            ]
        )
        step = np.linalg.solve(matrix + 1e-9 * np.eye(2), gradient)
        factor, offset = factor - step[0], offset - step[1]
        if np.abs(step).max() < 1e-7:
            break
    return float(factor), float(offset)


def error(
    scores: NDArray[np.floating],
    same: NDArray[np.bool_],
    weights: NDArray[np.floating],
    bins: int = 15,
) -> float:
    """Expected calibration error: mean gap between promised and found, in bins of probability."""
    chance = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    place = np.minimum((chance * bins).astype(int), bins - 1)
    total = np.bincount(place, weights, bins)
    promised = np.bincount(place, weights * chance, bins)
    found = np.bincount(place, weights * same, bins)
    return float(np.abs(promised - found).sum() / max(total.sum(), 1e-12))
