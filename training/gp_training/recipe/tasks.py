"""What one training step computes, for our method and, by the same loop, for each baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from gp_training.networks.choices import choice_error
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.discriminator import PatchGAN
from gp_training.networks.guidance import Segmenter, add_scribbles, choose, hint_maps, mean_colours
from gp_training.networks.luminance import rgb_to_lab
from gp_training.networks.pieces import one_hot, spread_pieces
from gp_training.recipe import losses
from gp_training.recipe.bench import Bench
from gp_training.recipe.hints import Draws, correct_segments, draw_hinted, draw_scribbles
from gp_training.recipe.presets import Phase, Preset


@dataclass(frozen=True)
class Pairs:
    """A step's pictures.

    Attributes:
        sketch: [B, 1, H, W] in [-1, 1], 1 = paper.
        picture: [B, 3, H, W] in [-1, 1].
        pieces: int64 [B, H, W].
    """

    sketch: Tensor
    picture: Tensor
    pieces: Tensor


class Task(Protocol):
    """A method that can be trained."""

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        """Fresh networks by name."""
        ...

    def losses(
        self, bench: Bench, preset: Preset, phase: Phase, tau: float, pairs: Pairs, draws: Draws
    ) -> dict[str, Tensor]:
        """Weighted losses that the networks in `phase.learn` other than "d" shall lower.

        "d" has made its own step when this returns.
        """
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
                preset.choices,
            ),
            "d": PatchGAN(4, preset.discriminator_width),
        }  # fmt: skip

    def losses(
        self, bench: Bench, preset: Preset, phase: Phase, tau: float, pairs: Pairs, draws: Draws
    ) -> dict[str, Tensor]:
        """Equations 10 to 14, and the expected prefix variance of ours."""
        sketch, picture, weights = pairs.sketch, pairs.picture, phase.weights
        if preset.mode == "gray":
            sketch = rgb_to_lab(picture)[:, :1]
        paper = (sketch + 1) / 2 if preset.paper_weighted else None
        whole = torch.ones_like(sketch) if paper is None else paper
        result: dict[str, Tensor] = {}
        if preset.pieces and phase.learn == ("f",) and not weights.smoothness:
            return _divide(bench, preset, phase, tau, pairs, whole, draws)
        if preset.pieces and "f" not in phase.learn and phase.mode == "argmax":
            logits = _over_pieces(bench, sketch, pairs.pieces)[:, : preset.regions]
            labels = spread_pieces(logits.argmax(1, keepdim=True), pairs.pieces)[:, 0]
            segments = one_hot(labels, preset.regions)
        else:
            with bench.autocast:
                logits = bench.networks["f"](sketch, pairs.pieces)
            segments = choose(logits, tau, phase.mode, draws.noise)
        if "f" in phase.learn:
            colours = mean_colours(segments, picture, paper)
            if weights.prefix:
                prefix = losses.prefix_variance(segments, picture, whole)
                result["prefix"] = weights.prefix * prefix
            if weights.variance:
                variance = losses.total_variance(segments, picture, colours, paper)
                result["variance"] = weights.variance * variance
            if weights.smoothness:
                result["smoothness"] = weights.smoothness * losses.smoothness(logits)
        if "g" in phase.learn:
            if phase.merges:
                segments = correct_segments(segments, pairs.pieces, phase.merges, draws)
            colours = mean_colours(segments, picture, paper)
            hinted = draw_hinted(draws, preset.regions, phase.subsets, phase.counts)
            colour_map, mask = hint_maps(segments, colours, hinted.to(sketch.device))
            if phase.scribbles:
                strokes = draw_scribbles(picture, phase.scribbles, draws)
                colour_map, mask = add_scribbles(colour_map, mask, *strokes)
            g = bench.networks["g"]
            with bench.autocast:
                if preset.choices:
                    assert isinstance(g, Colorizer)
                    painted, logits = g.consider(sketch, colour_map, mask, segments)
                    unhinted = whole * (1 - mask)
                    error, seen = choice_error(logits, picture, pairs.pieces, unhinted)
                    g.remember(seen)
                    result["choice"] = weights.choice * error
                else:
                    painted = g(sketch, colour_map, mask, segments)
            rec = losses.reconstruction(painted, picture)
            result["reconstruction"] = weights.reconstruction * rec
            result |= adversary(bench, phase, sketch, picture, painted)
        return result


def _divide(
    bench: Bench, preset: Preset, phase: Phase, tau: float, pairs: Pairs, weight: Tensor,
    draws: Draws,
) -> dict[str, Tensor]:  # fmt: skip
    """f alone, by sums over pieces."""
    table = _over_pieces(bench, pairs.sketch, pairs.pieces)
    sums = losses.PieceSums.of(pairs.picture, weight, pairs.pieces, table.shape[2])
    # To `choose`, the pieces are an image of one column.
    logits = table[:, : preset.regions, :, None]
    shares = choose(logits, tau, phase.mode, draws.noise)[..., 0]
    guess = table[:, preset.regions : -1] if preset.guess else None
    prefix = losses.piece_prefix_variance(shares, sums, guess)
    result = {"prefix": phase.weights.prefix * prefix}
    if phase.weights.variance:
        variance = losses.piece_total_variance(shares, sums)
        result["variance"] = phase.weights.variance * variance
    if guess is not None:
        result["worth"] = phase.weights.worth * losses.worth_error(table[:, -1], guess, sums)
    return result


def _over_pieces(bench: Bench, sketch: Tensor, pieces: Tensor) -> Tensor:
    """f's table of the step's pieces, see `Segmenter.forward`."""
    with bench.autocast:
        return bench.networks["f"](sketch, pieces, int(pieces.max()) + 1)


def adversary(
    bench: Bench, phase: Phase, sketch: Tensor, picture: Tensor, painted: Tensor
) -> dict[str, Tensor]:
    """One step of d (eq. 13), if it learns in this phase; returns what g shall lower."""
    weight = phase.weights.adversarial
    if "d" not in phase.learn or not weight:
        return {}
    d = bench.networks["d"]
    with bench.autocast:
        real = d(torch.cat((sketch, picture), 1)).float()
        fake = d(torch.cat((sketch, painted.detach()), 1)).float()
    bench.descend(weight * losses.lsgan_discriminator(real, fake), ("d",))
    d.requires_grad_(False)
    with bench.autocast:
        scores = d(torch.cat((sketch, painted), 1)).float()
    return {"adversarial": weight * losses.lsgan_generator(scores)}
