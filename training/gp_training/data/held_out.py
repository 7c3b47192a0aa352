"""Held-out scenes, and what a method is that colours them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gp_training.data.pairs import ScenePack


@dataclass(frozen=True)
class Scene:
    """A held-out pair at evaluation size.

    Attributes:
        index: of the scene; seeds whatever a method draws for it.
        sketch: float32 [H, W] in 0..1, 1 = paper.
        picture: float32 [3, H, W] in 0..1.
        pieces: int32 [H, W].
    """

    index: int
    sketch: NDArray[np.float32]
    picture: NDArray[np.float32]
    pieces: NDArray[np.int32]


def read_scenes(packs: Sequence[Path], side: int, count: int) -> list[Scene]:
    """The first `count` scenes of the packs, unchanged, at a size."""
    return take_scenes(ScenePack(packs, side, None), count)


def take_scenes(data: ScenePack, count: int) -> list[Scene]:
    """The first `count` scenes of data that varies nothing."""
    scenes = []
    for index in range(min(count, len(data))):
        sketch, picture, pieces = data[index]
        scenes.append(
            Scene(
                index,
                ((sketch[0] + 1) / 2).numpy(),
                ((picture + 1) / 2).numpy(),
                pieces.numpy().astype(np.int32),
            )
        )
    return scenes


class Method(Protocol):
    """A way to colour a scene from a growing number of hints, each taken from the true picture."""

    @property
    def name(self) -> str: ...

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """The scene with each number of hints, float32 [3, H, W] in 0..1 each.

        Raises nothing for more hints than the method can take: it paints with all that it can.
        """
        ...


def region_colors(
    labels: NDArray[np.integer], picture: NDArray[np.float32], weight: NDArray[np.float32],
    count: int,
) -> NDArray[np.float32]:  # fmt: skip
    """Mean colour of each region (eq. 6).

    Args:
        labels: [H, W], 0..count-1.
        picture: [3, H, W].
        weight: [H, W], how much a pixel counts.
        count: of regions.

    Returns:
        float32 [count, 3]; zero for a region without weight.
    """
    flat, weights = labels.ravel(), weight.ravel().astype(np.float64)
    sizes = np.bincount(flat, weights, count)
    sums = [np.bincount(flat, weights * plane.ravel(), count) for plane in picture]
    return (np.stack(sums, 1) / np.maximum(sizes, 1e-6)[:, None]).astype(np.float32)
