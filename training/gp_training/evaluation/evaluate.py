"""The paper's evaluation on held-out scenes, of any method; the same input gives the same numbers.

`measure` is for every method: PSNR and SSIM by the number of hints and in expectation over
N_h ~ G (section 4.3), interactions needed (4.2). `examine` is for ours alone: does the learned
order pay, does a region take an unusual colour (E.2), which regions matter (Fig. 5). FID is
measured in `gp_training.evaluation.distances`, on more pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gp_training.data.held_out import Method, Scene
from gp_training.evaluation.methods import Guided, GuidingPainter
from gp_training.recipe.metrics import (
    delta_e_2000,
    expected,
    psnr,
    required_interactions,
    ssim,
    to_lab,
)

THRESHOLDS = (16.0, 18.0, 20.0, 22.0)  # dB
ORDER_COUNTS = (0, 1, 2, 3, 5, 8, 12)
# A region smaller than this share of the picture is not worth a colourist's click.
VISIBLE = 0.005
_GRAY = 12.0  # Lab chroma
_BLACK, _WHITE = 20.0, 92.0  # Lab lightness
UNUSUAL = 64 / 255  # how far an unusual colour is from the true one, at most, in each channel
UNUSUAL_HINTS = 7
IMPORTANCE = 8  # first regions whose worth is measured one by one

Features = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float64]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Needed:
    """Interactions needed to reach a PSNR.

    Attributes:
        threshold: dB.
        mean: hints, a picture that never gets there counting N_c + 1.
        reached: share of the pictures that get there.
    """

    threshold: float
    mean: float
    reached: float


@dataclass(frozen=True)
class Measured:
    """One method on the scenes.

    Attributes:
        name: of the method.
        psnr: dB with 0, 1, ... N_c hints, mean over scenes.
        ssim: likewise.
        psnr_expected: dB in expectation over N_h ~ G.
        ssim_expected: likewise.
        needed: one for each threshold.
    """

    name: str
    psnr: list[float]
    ssim: list[float]
    psnr_expected: float
    ssim_expected: float
    needed: list[Needed]


@dataclass(frozen=True)
class Examined:
    """What is particular to guided regions.

    Attributes:
        orders: "learned", "largest first", "random": dB with `ORDER_COUNTS` hints, on the same
            regions.
        regions: regions of at least 0.5 % of the picture, mean.
        shares: of the picture, of the first regions in priority order.
        importance: dB gained over none by one hint, for the i-th region, whose channel is in front.
        taken: CIEDE2000 between hint and median painted colour of a region, true colours.
        taken_unusual: likewise for the first `UNUSUAL_HINTS` regions with unusual colours (E.2).
        chroma: mean Lab chroma on paper of what is painted without hints: 0 is gray.
        chroma_true: of the true pictures.
        gray: share of the paper that is painted gray (chroma below 12) and neither nearly white
            nor nearly black, without hints.
        gray_true: of the true pictures.
    """

    orders: dict[str, list[float]]
    regions: float
    shares: list[float]
    importance: list[float]
    taken: float
    taken_unusual: float
    chroma: float
    chroma_true: float
    gray: float
    gray_true: float


def measure(
    method: Method, scenes: Sequence[Scene], regions: int = 30,
    thresholds: Sequence[float] = THRESHOLDS, progress: Progress | None = None,
) -> Measured:  # fmt: skip
    """Paints every scene with 0 .. N_c hints and compares with the true pictures.

    Args:
        method: to be measured.
        scenes: at least one.
        regions: N_c.
        thresholds: dB, for the interactions needed.
        progress: called with scenes done and all scenes.
    """
    counts = range(regions + 1)
    by_psnr, by_ssim = [], []
    for index, scene in enumerate(scenes):
        painted = method.paint(scene, counts)
        scores: dict[int, tuple[float, float]] = {}
        for picture in painted:  # many counts share one picture: all hints are given by then
            if id(picture) not in scores:
                scores[id(picture)] = psnr(picture, scene.picture), ssim(picture, scene.picture)
        by_psnr.append([scores[id(picture)][0] for picture in painted])
        by_ssim.append([scores[id(picture)][1] for picture in painted])
        if progress is not None:
            progress(index + 1, len(scenes))
    needed = []
    for threshold in thresholds:
        hints = [required_interactions(curve, threshold, regions) for curve in by_psnr]
        reached = [max(curve) >= threshold for curve in by_psnr]
        needed.append(Needed(threshold, float(np.mean(hints)), float(np.mean(reached))))
    mean_psnr, mean_ssim = np.mean(by_psnr, 0).tolist(), np.mean(by_ssim, 0).tolist()
    return Measured(
        method.name, mean_psnr, mean_ssim, expected(mean_psnr, regions),
        expected(mean_ssim, regions), needed,
    )  # fmt: skip


def examine(
    method: GuidingPainter, scenes: Sequence[Scene], seed: int = 0,
    progress: Progress | None = None,
) -> Examined:  # fmt: skip
    """Looks at the regions and their order.

    Args:
        method: ours.
        scenes: at least one.
        seed: of random orders and unusual colours.
        progress: called with scenes done and all scenes.
    """
    orders: dict[str, list[list[float]]] = {"learned": [], "largest first": [], "random": []}
    gains: list[list[float]] = [[] for _ in range(IMPORTANCE)]
    shares, visible, taken, unusual = np.zeros(IMPORTANCE), [], [], []
    grays: list[tuple[float, float]] = []
    for done, scene in enumerate(scenes, 1):
        guided = method.divide(scene)
        first = guided.order[:UNUSUAL_HINTS]
        ways = (guided.order, guided.by_size(), guided.shuffled(seed + scene.index))
        for values, order in zip(orders.values(), ways, strict=True):
            values.append(_curve(method, scene, guided, order))
        none = orders["learned"][-1][0]
        for rank, region in enumerate(guided.order[:IMPORTANCE]):
            alone = method.with_hints(scene, guided.in_front(region), [0])
            gains[rank].append(psnr(alone, scene.picture) - none)
            shares[rank] += guided.sizes[region]
        visible.append(sum(size >= VISIBLE for size in guided.sizes))
        taken += _taken(method, scene, guided, guided.order, guided.colors)
        rng = np.random.default_rng([seed, scene.index])
        unusual += _taken(method, scene, guided, first, unusual_colors(guided.colors, rng))
        paper = scene.sketch > 0.9
        unhinted = method.with_hints(scene, guided, [])
        grays += [grayness(picture, paper) for picture in (unhinted, scene.picture)]
        if progress is not None:
            progress(done, len(scenes))
    return Examined(
        {name: np.mean(values, 0).tolist() for name, values in orders.items()},
        float(np.mean(visible)),
        (shares / len(scenes)).tolist(),
        [float(np.mean(values)) for values in gains if values],
        float(np.mean(taken)),
        float(np.mean(unusual)),
        *(float(np.mean([values[part] for values in grays[which::2]]))
          for part in range(2) for which in range(2)),
    )  # fmt: skip


def grayness(picture: NDArray[np.floating], paper: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean Lab chroma of a picture [3, H, W] on paper [H, W], and the share of it that is muddy.

    Muddy is gray (chroma below 12) and neither nearly white nor nearly black: what a network paints
    that takes the middle of all colours.
    """
    lab = to_lab(picture.transpose(1, 2, 0))[paper]
    if not len(lab):
        return 0.0, 0.0
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    middle = (lab[:, 0] > _BLACK) & (lab[:, 0] < _WHITE)
    return float(chroma.mean()), float((middle & (chroma < _GRAY)).mean())


def _curve(
    method: GuidingPainter, scene: Scene, guided: Guided, order: Sequence[int]
) -> list[float]:
    values: dict[int, float] = {}
    for count in sorted({min(count, len(order)) for count in ORDER_COUNTS}):
        painted = method.with_hints(scene, guided, order[:count])
        values[count] = psnr(painted, scene.picture)
    return [values[min(count, len(order))] for count in ORDER_COUNTS]


def unusual_colors(colors: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The true colours, each channel off by U(-64, 64) of 255 (E.2).

    Args:
        colors: [N, 3] in 0..1.
        rng: decides.

    Returns:
        [N, 3] in 0..1.
    """
    away = rng.uniform(-UNUSUAL, UNUSUAL, colors.shape)
    return np.clip(colors + away, 0, 1).astype(np.float32)


def _taken(
    method: GuidingPainter, scene: Scene, guided: Guided, hinted: Sequence[int],
    colors: NDArray[np.float32],
) -> list[float]:  # fmt: skip
    """CIEDE2000 between hint and median painted colour, of each visible hinted region."""
    painted = method.with_hints(scene, guided, hinted, colors)
    result = []
    for region in hinted:
        inside = (guided.labels == region) & (scene.sketch > 0.9)
        if guided.sizes[region] < VISIBLE or not inside.any():
            continue
        median = np.median(painted[:, inside], axis=1)
        result.append(float(delta_e_2000(to_lab(median), to_lab(colors[region]))))
    return result
