"""Section 3 of the paper: segments in priority order, and the hints they stand for.

Regions are numbered from 1 in the paper and on screen; in tensors channel i holds region i + 1.
Colours are in [-1, 1] here, as the networks see them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gp_training.networks.pieces import (
    one_hot,
    piece_means,
    piece_sums,
    rank_regions,
    spread_pieces,
)
from gp_training.networks.unet import UNet, initialise

GEOMETRIC_P = 0.125


def geometric_probabilities(regions: int, p: float = GEOMETRIC_P) -> Tensor:
    """Bounded geometric distribution of the number of hints (eq. 3).

    Args:
        regions: N_c.
        p: chance of stopping before each hint.

    Returns:
        float64 [N_c + 1], P(N_h = n) for n = 0..N_c; sums to 1, the rest of the tail on N_c.
    """
    n = torch.arange(regions + 1, dtype=torch.float64)
    probabilities = p * (1 - p) ** n
    probabilities[-1] = (1 - p) ** regions
    return probabilities


def sample_hint_count(regions: int, p: float = GEOMETRIC_P, generator=None) -> int:
    """Draws N_h (eq. 3), one for a mini-batch."""
    weights = geometric_probabilities(regions, p)
    return int(torch.multinomial(weights, 1, generator=generator))


def prefix_mask(count: int, regions: int, device: torch.device | str = "cpu") -> Tensor:
    """m_i = [i <= N_h] (eq. 4), float [N_c]."""
    return (torch.arange(regions, device=device) < count).float()


def mean_colors(segments: Tensor, picture: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean colour c_i of each segment (eq. 6).

    Args:
        segments: [B, N, H, W], shares of each pixel in each segment.
        picture: [B, 3, H, W].
        weight: [B, 1, H, W], how much a pixel counts. The paper counts all alike; weighting by
            paper instead of ink gives the colour that a person would name.

    Returns:
        [B, N, 3]; zero for a segment without pixels.
    """
    if weight is not None:
        segments = segments * weight
    sums = torch.einsum("bnhw,bchw->bnc", segments, picture)
    sizes = segments.sum((2, 3))
    return sums / sizes.clamp_min(1e-6)[..., None]


def hint_maps(segments: Tensor, colors: Tensor, hinted: Tensor) -> tuple[Tensor, Tensor]:
    """C = sum c_i S~_i and M = sum S~_i with S~_i = m_i S_i (eq. 5, 7, 8).

    Args:
        segments: [B, N, H, W].
        colors: [B, N, 3] in [-1, 1].
        hinted: float [B, N], m_i.

    Returns:
        C [B, 3, H, W] and M [B, 1, H, W].
    """
    pixels = segments.flatten(2)
    color_map = (colors * hinted[..., None]).mT @ pixels
    mask = hinted[:, None] @ pixels
    size = segments.shape[2:]
    return color_map.unflatten(2, size), mask.unflatten(2, size)


def add_scribbles(
    color_map: Tensor, mask: Tensor, scribble: Tensor, scribble_mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Lays scribbled colours over C and M.

    Args:
        color_map: C, [B, 3, H, W] in [-1, 1].
        mask: M, [B, 1, H, W].
        scribble: [B, 3, H, W] in [-1, 1].
        scribble_mask: [B, 1, H, W], 1 where a scribble is.
    """
    covered = color_map * (1 - scribble_mask) + scribble * scribble_mask
    return covered, torch.maximum(mask, scribble_mask)


def gumbel_noise(logits: Tensor, generators: Sequence[torch.Generator] | None = None) -> Tensor:
    """Standard Gumbel noise of the logits' shape, from one generator a picture or torch's own."""
    draws = torch.empty_like(logits)
    if generators is None:
        return -draws.exponential_().log()
    for picture, generator in zip(draws, generators, strict=True):
        picture.exponential_(generator=generator)
    return -draws.log()


def choose(
    logits: Tensor, tau: float, mode: str, generators: Sequence[torch.Generator] | None = None
) -> Tensor:
    """Segments from logits.

    Args:
        logits: [B, N, H, W].
        tau: temperature > 0.
        mode: "gumbel", straight-through Gumbel-softmax (eq. 2), per pixel; "soft", plain softmax;
            "hard", straight-through softmax without noise; "argmax", for use.
        generators: of the noise, one a picture; torch's own when None.

    Returns:
        [B, N, H, W]; one-hot except for "soft".
    """
    if mode == "gumbel":
        logits, mode = logits + gumbel_noise(logits, generators), "hard"
    if mode == "argmax":
        return one_hot(logits.argmax(1), logits.shape[1])
    soft = F.softmax(logits / tau, dim=1)
    if mode == "soft":
        return soft
    if mode == "hard":
        hard = one_hot(logits.argmax(1), logits.shape[1])
        return hard - soft.detach() + soft
    raise ValueError(f"unknown mode {mode!r}")


class Segmenter(nn.Module):
    """f: a sketch to the logits of at most N_c regions in priority order.

    Args:
        regions: N_c.
        width: see `UNet`.
        stem: see `UNet`.
        pieces: average the logits over the line art's pieces before the choice.
        coordinates: give the network each pixel's place (two more channels), so that it can tell
            two like drawings apart that stand side by side.
        prior: with pieces, the logit by which piece i (by falling size) starts out as region i, so
            that training begins at "largest first" and learns what to merge and what to prefer.
            Smaller pieces start out with the large piece that their number names (see
            `gp_canvas.lines.numbering`). The network then sees the numbers too (N_c + 1
            more channels). 0: neither.
        guess: with pieces, the network also guesses each piece's colour, as a colorizer without
            hints would, and how wrong that guess will be. Regions are put in the order of the
            error that their hints would mend: a large one first, but not one whose colour is
            known without asking, such as a white balloon.
    """

    def __init__(
        self, regions: int = 30, width: int = 64, stem: bool = False, pieces: bool = False,
        coordinates: bool = False,
        prior: float = 0.0, guess: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.regions = regions
        self.pieces = pieces
        self.coordinates = coordinates
        self.prior = prior
        self.guess = guess
        inputs = 1 + 2 * coordinates + (regions + 1) * (prior > 0)
        self.unet = UNet(inputs, regions + 4 * guess, width, stem)
        initialise(self)
        if pieces:
            # Means over pieces are small; with 0.02 all regions would start alike and stay so.
            nn.init.normal_(self.unet.output.weight, 0.0, 0.3)

    def forward(
        self, sketch: Tensor, pieces: Tensor | None = None, count: int | None = None
    ) -> Tensor:
        """Logits of every pixel, or, when `count` is given, of every piece.

        Args:
            sketch: [B, 1, H, W] in [-1, 1], 1 = paper.
            pieces: int64 [B, H, W], numbers below `count`; for a segmenter over pieces.
            count: P, at least the number of pieces.

        Returns:
            [B, N_c, H, W]; with `count` [B, N_c, P], and with `guess` four more channels: the
            guessed colours in [-1, 1] and their expected squared error, summed over the channels.

        Raises:
            ValueError: a segmenter over pieces got none, or one without was asked for theirs.
        """
        parts = [sketch]
        if self.coordinates:
            parts.append(places(sketch))
        if not self.pieces:
            if count is not None:
                raise ValueError("this segmenter decides per pixel, not over pieces")
            return self.unet(torch.cat(parts, 1)).float()
        if pieces is None:
            raise ValueError("this segmenter decides over pieces and got none")
        if self.prior:
            start = one_hot(pieces % self.regions, self.regions)
            parts += [start, (pieces[:, None] < self.regions).float()]
        values = self.unet(torch.cat(parts, 1)).float()
        # As many slots as pixels unless told: no size depends on the data then, so the exported
        # graph is static.
        slots = pieces.shape[1] * pieces.shape[2] if count is None else count
        table = self._decide(values, sketch, pieces, slots)
        return spread_pieces(table[:, : self.regions], pieces) if count is None else table

    def _decide(self, values: Tensor, sketch: Tensor, pieces: Tensor, count: int) -> Tensor:
        """The network's values as a table of pieces, see `forward`."""
        means = piece_means(values, pieces, count)
        logits = means[:, : self.regions]
        if self.prior:
            numbers = torch.arange(self.regions, device=pieces.device)[:, None]
            slots = torch.arange(count, device=pieces.device)[None]
            logits = logits + self.prior * (slots % self.regions == numbers).float()
        if not self.guess:
            return logits
        guess = torch.tanh(means[:, self.regions : -1])
        error = F.softplus(means[:, -1:])
        paper = piece_sums((sketch + 1) / 2, pieces, count)
        return torch.cat((rank_regions(logits, paper[:, 0], error[:, 0]), guess, error), 1)


def places(sketch: Tensor) -> Tensor:
    """Columns and rows, [B, 2, H, W] in [-1, 1]."""
    ones = torch.ones_like(sketch)
    x = (ones.cumsum(3) * 2 - 1) / sketch.shape[3] - 1
    y = (ones.cumsum(2) * 2 - 1) / sketch.shape[2] - 1
    return torch.cat((x, y), 1)
