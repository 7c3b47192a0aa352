"""Which hints g meets in training: prefixes, subsets, corrected regions, scribbles (D.2).

All randomness of a step comes from `Draws`: the step's own number and each picture's own number
decide, so a step draws the same whether one process takes its pictures or several share them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gp_training.networks.guidance import GEOMETRIC_P, prefix_mask, sample_hint_count
from gp_training.networks.pieces import one_hot


@dataclass(frozen=True)
class Draws:
    """Generators of one step.

    Attributes:
        step: for what a mini-batch shares (N_h); on the CPU.
        pictures: one a picture, on the CPU.
        noise: one a picture, on the device that the logits are on.
    """

    step: Generator
    pictures: list[Generator]
    noise: list[Generator]

    @classmethod
    def of(
        cls, seed: int, done: int, first: int, count: int, device: torch.device | str = "cpu"
    ) -> Draws:
        """The draws of the step that begins at picture `done`, for `count` of its pictures.

        Args:
            seed: of the run.
            done: pictures that the run has seen before this step.
            first: index in the step of the first picture wanted.
            count: pictures wanted.
            device: of the noise.
        """
        base = seed * 1_000_000_007 + done
        numbers = [2 * (base + first + index) + 1 for index in range(count)]
        return cls(
            Generator().manual_seed(2 * base),
            [Generator().manual_seed(number) for number in numbers],
            [Generator(device).manual_seed(number + (1 << 40)) for number in numbers],
        )

    def shares(self) -> Tensor:
        """A number in 0..1 for each picture, [B]."""
        return torch.cat([torch.rand(1, generator=generator) for generator in self.pictures])


def _integer(low: int, high: int, generator: Generator) -> int:
    return int(torch.randint(low, high, (), generator=generator))


def _chance(generator: Generator) -> float:
    return float(torch.rand((), generator=generator))


def draw_hinted(draws: Draws, regions: int, subsets: float, counts: str = "geometric") -> Tensor:
    """Which regions have a hint, float [batch, N_c].

    Args:
        draws: of the step.
        regions: N_c.
        subsets: share of the pictures that get a random subset instead of a prefix.
        counts: "geometric": a prefix of N_h ~ G regions (eq. 3, 4), the same for the batch, or,
            for a share of the pictures, each region of a prefix kept with a probability of its
            own: any order, skipping. "independent": each region of each picture with
            probability p of G, whatever the others have (D.2). "all": N_h = N_c.
    """
    batch = len(draws.pictures)
    if counts == "all":
        return torch.ones(batch, regions)
    if counts == "independent":
        drawn = [torch.rand(regions, generator=generator) for generator in draws.pictures]
        return (torch.stack(drawn) < GEOMETRIC_P).float()
    count = sample_hint_count(regions, generator=draws.step)
    hinted = prefix_mask(count, regions).repeat(batch, 1)
    # A subset may reach beyond the prefix: a skipped region is followed by later ones.
    reach = prefix_mask(min(regions, 2 * count + 2), regions)
    for row, generator in zip(hinted, draws.pictures, strict=True):
        if _chance(generator) < subsets:
            keep = torch.rand(regions, generator=generator) < _chance(generator)
            row.copy_(keep.float() * reach)
    return hinted


def correct_segments(segments: Tensor, pieces: Tensor, share: float, draws: Draws) -> Tensor:
    """Regions as users leave them: some pieces moved to another region, some regions merged.

    Args:
        segments: one-hot [B, N, H, W].
        pieces: int64 [B, H, W].
        share: of the pictures changed.
        draws: of the step.

    Returns:
        One-hot [B, N, H, W].
    """
    regions = segments.shape[1]
    labels = segments.argmax(1)
    for index, generator in enumerate(draws.pictures):
        if _chance(generator) >= share:
            continue
        if _chance(generator) < 0.5:
            table = torch.arange(regions, device=labels.device)
            few = min(8, regions)
            table[_integer(0, few, generator)] = _integer(0, few, generator)
            labels[index] = table[labels[index]]
        else:
            # A run of piece numbers: neighbours in scan order, as a corrected selection takes.
            count = int(pieces[index].max()) + 1
            start = _integer(0, count, generator)
            moved = (pieces[index] >= start) & (pieces[index] < start + max(1, count // 12))
            labels[index][moved] = _integer(0, regions, generator)
    return one_hot(labels, regions)


def draw_scribbles(
    picture: Tensor, share: float, draws: Draws, most: int = 4
) -> tuple[Tensor, Tensor]:
    """Short strokes of the true colour.

    Args:
        picture: [B, 3, H, W].
        share: of the pictures that get some.
        draws: of the step.
        most: strokes a picture, at least one.

    Returns:
        Colours [B, 3, H, W] (zero outside strokes) and mask [B, 1, H, W].
    """
    mask = torch.zeros_like(picture[:, :1])
    colors = torch.zeros_like(picture)
    for index, generator in enumerate(draws.pictures):
        if _chance(generator) < share:
            for _ in range(_integer(1, most + 1, generator)):
                stroke(picture[index], colors[index], mask[index], generator)
    return colors, mask


def stroke(picture: Tensor, colors: Tensor, mask: Tensor, generator: Generator) -> None:
    """Lays one straight stroke of one true colour into `colors` [3, H, W] and `mask` [1, H, W]."""
    _, height, width = picture.shape
    y, x = _integer(0, height, generator), _integer(0, width, generator)
    long = _integer(1, max(2, width // 10), generator)
    thick = _integer(1, 4, generator)
    rows, columns = (thick, long) if _chance(generator) < 0.5 else (long, thick)
    mask[0, y : y + rows, x : x + columns] = 1
    # The hand picks one colour for the whole stroke.
    colors[:, y : y + rows, x : x + columns] = picture[:, y, x, None, None]
