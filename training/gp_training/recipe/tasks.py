"""The forward pass of a training step of our method; baselines have theirs in the same form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from gp_training.networks.choices import choice_error
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.discriminator import PatchGAN
from gp_training.networks.guidance import Segmenter, add_scribbles, choose, hint_maps, mean_colors
from gp_training.networks.luminance import rgb_to_lab
from gp_training.networks.pieces import one_hot, spread_pieces
from gp_training.recipe import losses
from gp_training.recipe.hints import Draws, correct_segments, draw_hinted, draw_scribbles
from gp_training.recipe.learners import Learners
from gp_training.recipe.presets import Phase, Preset


@dataclass(frozen=True)
class Pairs:
    """A step's pictures.

    Attributes:
        sketch: [B, 1, H, W] in [-1, 1], 1 = paper.
        picture: [B, 3, H, W] in [-1, 1].
        pieces: int64 [B, H, W].
        natural: bool [B], the picture's colours are the artist's own; None: nobody says.
    """

    sketch: Tensor
    picture: Tensor
    pieces: Tensor
    natural: Tensor | None = None


def _nothing() -> None:
    """There is nothing to remember."""


@dataclass(frozen=True)
class Losses:
    """What the forward pass of a step gives; nothing has learned from it yet.

    Attributes:
        terms: weighted losses by name, which the networks other than "d" shall lower.
        seen: what "d" sees beside a picture, [B, 1, H, W] in [-1, 1].
        painted: g's pictures, [B, 3, H, W] in [-1, 1], for "d" to judge; None: there are none.
        remember: called after the step; keeps statistics of the pictures that were seen.
        adversary: how "d" judges.
    """

    terms: dict[str, Tensor]
    seen: Tensor
    painted: Tensor | None = None
    remember: Callable[[], None] = _nothing
    adversary: losses.Adversary = losses.LSGAN


class Task(Protocol):
    """A method that can be trained."""

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        """Fresh networks by name."""
        ...

    def losses(
        self,
        learners: Learners,
        preset: Preset,
        phase: Phase,
        tau: float,
        pairs: Pairs,
        draws: Draws,
    ) -> Losses:
        """The forward pass of a step; changes nothing."""
        ...


class Guiding:
    """The paper's method: f divides, hints are taken from the picture, g paints, d judges."""

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        """f, g and d."""
        return {
            "f": Segmenter(
                preset.regions, preset.segmenter_width, preset.stem, preset.pieces,
                preset.coordinates, preset.prior, preset.guess,
            ),
            "g": Colorizer(
                preset.regions, preset.colorizer_width, preset.stem, preset.mode == "gray",
                preset.choices, preset.sees_regions, preset.sees_places,
            ),
            "d": PatchGAN(4, preset.discriminator_width),
        }  # fmt: skip

    def losses(
        self,
        learners: Learners,
        preset: Preset,
        phase: Phase,
        tau: float,
        pairs: Pairs,
        draws: Draws,
    ) -> Losses:
        """Equations 10 to 12, and the expected prefix variance of ours."""
        sketch, picture, weights = pairs.sketch, pairs.picture, phase.weights
        if preset.mode == "gray":
            sketch = rgb_to_lab(picture)[:, :1]
        paper = (sketch + 1) / 2 if preset.paper_weighted else None
        whole = torch.ones_like(sketch) if paper is None else paper
        result: dict[str, Tensor] = {}
        painted = None
        if preset.pieces and phase.learn == ("f",) and not weights.smoothness:
            terms = _divide(learners, preset, phase, tau, pairs, whole, draws)
            return Losses(terms, sketch)
        if preset.pieces and "f" not in phase.learn and phase.mode == "argmax":
            logits = _over_pieces(learners, sketch, pairs.pieces)[:, : preset.regions]
            labels = spread_pieces(logits.argmax(1, keepdim=True), pairs.pieces)[:, 0]
            segments = one_hot(labels, preset.regions)
        else:
            with learners.autocast:
                logits = learners.networks["f"](sketch, pairs.pieces)
            segments = choose(logits, tau, phase.mode, draws.noise)
        if "f" in phase.learn:
            colors = mean_colors(segments, picture, paper)
            if weights.prefix:
                prefix = losses.prefix_variance(segments, picture, whole, _chances(preset, phase))
                result["prefix"] = weights.prefix * prefix
            if weights.variance:
                variance = losses.total_variance(segments, picture, colors, paper)
                result["variance"] = weights.variance * variance
            if weights.smoothness:
                result["smoothness"] = weights.smoothness * losses.smoothness(logits)
        if "g" in phase.learn:
            if phase.merges:
                segments = correct_segments(segments, pairs.pieces, phase.merges, draws)
            colors = mean_colors(segments, picture, paper)
            hinted = draw_hinted(draws, preset.regions, phase.subsets, phase.counts)
            color_map, mask = hint_maps(segments, colors, hinted.to(sketch.device))
            if phase.scribbles:
                strokes = draw_scribbles(picture, phase.scribbles, draws)
                color_map, mask = add_scribbles(color_map, mask, *strokes)
            g = learners.networks["g"]
            with learners.autocast:
                if preset.choices:
                    assert isinstance(g, Colorizer)
                    painted, logits = g.consider(sketch, color_map, mask, segments)
                    unhinted = whole * (1 - mask)
                    error = choice_error(logits, picture, pairs.pieces, unhinted)
                    result["choice"] = weights.choice * error
                else:
                    painted = g(sketch, color_map, mask, segments)
            rec = losses.reconstruction(painted, picture)
            result["reconstruction"] = weights.reconstruction * rec
        return Losses(result, sketch, painted)


def _divide(
    learners: Learners, preset: Preset, phase: Phase, tau: float, pairs: Pairs, weight: Tensor,
    draws: Draws,
) -> dict[str, Tensor]:  # fmt: skip
    """f alone, by sums over pieces."""
    table = _over_pieces(learners, pairs.sketch, pairs.pieces)
    sums = losses.PieceSums.of(pairs.picture, weight, pairs.pieces, table.shape[2])
    # To `choose`, the pieces are an image of one column.
    logits = table[:, : preset.regions, :, None]
    shares = choose(logits, tau, phase.mode, draws.noise)[..., 0]
    guess = table[:, preset.regions : -1] if preset.guess else None
    prefix = losses.piece_prefix_variance(shares, sums, guess, _chances(preset, phase))
    result = {"prefix": phase.weights.prefix * prefix}
    if phase.weights.variance:
        variance = losses.piece_total_variance(shares, sums)
        result["variance"] = phase.weights.variance * variance
    if guess is not None:
        result["worth"] = phase.weights.worth * losses.worth_error(table[:, -1], guess, sums)
    return result


def _chances(preset: Preset, phase: Phase) -> Tensor | None:
    """P(N_h = n) that f divides for; eq. 3 when None."""
    return losses.every_hint(preset.regions) if phase.counts == "all" else None


def _over_pieces(learners: Learners, sketch: Tensor, pieces: Tensor) -> Tensor:
    """f's table of the step's pieces, see `Segmenter.forward`."""
    with learners.autocast:
        return learners.networks["f"](sketch, pieces, int(pieces.max()) + 1)
