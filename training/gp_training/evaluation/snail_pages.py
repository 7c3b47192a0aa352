"""The pages of the Dark Snail (section 4.5) and the settings of its experiments.

Rectangles of falling size wind inwards over a dark ground, each in a colour of its own that the
sketch does not tell. All colours are equally far from mid gray, which is what one would guess
without hints: so what a hint is worth depends on a rectangle's size alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gp_training.recipe import losses

_SHAPE = (0.34, 0.42)  # share of the remaining square that the next rectangle takes
_STRENGTH = 0.8  # distance of every colour from mid gray, of [-1, 1]


@dataclass(frozen=True)
class SnailSettings:
    """A Dark Snail experiment.

    Attributes:
        side: pixels.
        objects: rectangles a page.
        regions: N_c.
        width: of both U-Nets.
        recipe: "default": f alone on the expected prefix variance, as the shipped model, but per
            pixel and annealed (see `gp_training.evaluation.snail`), then g on f's regions; "paper":
            both together with straight-through Gumbel noise on equations 11 and 12, without the
            adversary.
        variant: "geometric" is N_h ~ G; "nh-equals-nc" always gives all hints.
        steps: of training; with "default" three quarters are f's.
        batch: pages a step.
        rate: learning rate, constant for three quarters of a network's steps, then linear to zero.
        stop: p of G; more than the paper's 0.125, for 30 regions, since there are only a few.
        spread: of f's last weights at the start, recipe "default".
        heat: weight of the entropy of f's choices at the start and at the end, recipe "default",
            in units of the prefix variance.
        weights: of the losses of the recipe "paper".
    """

    side: int = 16
    objects: int = 5
    regions: int = 6
    width: int = 12
    recipe: str = "default"
    variant: str = "geometric"
    steps: int = 500
    batch: int = 16
    rate: float = 2e-3
    stop: float = 0.25
    spread: float = 0.1
    heat: tuple[float, float] = (0.1, 0.002)
    weights: losses.Weights = field(default_factory=lambda: losses.Weights(30.0, 5.0, 0.5, 0.0))


RECIPES = {
    "default": SnailSettings(),
    "paper": SnailSettings(recipe="paper", side=32, regions=8, steps=2000, rate=1e-3),
}


@dataclass(frozen=True)
class Pages:
    """Dark Snail pages.

    Attributes:
        sketch: float32 [B, 1, H, W] in [-1, 1], -1 on the dark ground.
        picture: float32 [B, 3, H, W] in [-1, 1].
        objects: int64 [B, H, W]; 0 = ground, 1 = the largest rectangle, and so on by size.
    """

    sketch: Tensor
    picture: Tensor
    objects: Tensor

    @property
    def rectangles(self) -> Tensor:
        """1 on rectangles, 0 on the ground, float32 [B, 1, H, W]."""
        return (self.sketch + 1) / 2


def draw_page(
    rng: np.random.Generator, side: int = 16, objects: int = 5
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One page: proportions and colours are random, the winding is not.

    f could tell the rectangles by place or by size; which of them to put first it is not told.

    Returns:
        Picture float32 [3, side, side] in [-1, 1] and objects int64 [side, side] by size.
    """
    labels = np.zeros((side, side), np.int64)
    top, left, bottom, right = 1, 1, side - 1, side - 1
    for index in range(objects):
        share = rng.uniform(*_SHAPE)
        edge = (index + 3) % 4  # left, top, right, bottom
        tall, wide = round((bottom - top) * share), round((right - left) * share)
        box = [top, left, bottom, right]
        if edge == 0:
            box[2] = top + tall
            top = box[2] + 1
        elif edge == 1:
            box[1] = right - wide
            right = box[1] - 1
        elif edge == 2:
            box[0] = bottom - tall
            bottom = box[0] - 1
        else:
            box[3] = left + wide
            left = box[3] + 1
        labels[box[0] : box[2], box[1] : box[3]] = index + 1
    colors = np.full((objects + 1, 3), -0.9, np.float32)
    directions = rng.normal(size=(objects, 3))
    colors[1:] = _STRENGTH * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    sizes = np.bincount(labels.ravel(), minlength=objects + 1)
    order = np.argsort(-sizes[1:], kind="stable")
    rank = np.zeros(objects + 1, np.int64)
    rank[order + 1] = np.arange(1, objects + 1)
    return colors[labels].transpose(2, 0, 1), rank[labels]


def make_pages(count: int, seed: int, settings: SnailSettings) -> Pages:
    """Pages of a seed."""
    rng = np.random.default_rng(seed)
    drawn = [draw_page(rng, settings.side, settings.objects) for _ in range(count)]
    picture = torch.from_numpy(np.stack([picture for picture, _ in drawn]))
    objects = torch.from_numpy(np.stack([labels for _, labels in drawn]))
    return Pages((objects > 0).float()[:, None] * 2 - 1, picture, objects)
