"""Section 4.5: the Dark Snail, pages on which the right order is known.

Rectangles of falling size wind inwards over a dark ground, each in a colour of its own that the
sketch does not tell. Whoever may give n colours should give them to the n largest rectangles. f
never sees a size or a label; it can learn the order only from the number of hints being random.

The recipe "default" anneals: f lowers the expected prefix variance less `heat` times the entropy of
its soft choices, and the heat falls. At first all regions are alike; as it cools, one rectangle
after the other is worth a region of its own, the one whose hint is worth most first, and takes the
first region that is left. Softmax choices without entropy freeze in whatever the first steps made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gp_training.evaluation.snail_pages import Pages, SnailSettings, make_pages
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import (
    Segmenter,
    choose,
    geometric_probabilities,
    hint_maps,
    mean_colors,
    prefix_mask,
)
from gp_training.recipe import losses
from gp_training.recipe.learners import has_fast_bf16

PURE = 0.9  # share of a priority's pixels that must lie in one object for it to be "bounded"
COVERED = 0.5  # share of that object that the priority must hold


@dataclass(frozen=True)
class Priority:
    """What one priority became.

    Attributes:
        number: 1 first, among the priorities that occur at all.
        object: rank by size of the rectangle that holds most of it, 1 = largest.
        purity: share of its pixels in that rectangle, 0..1.
        coverage: share of that rectangle's pixels that it holds, 0..1.
        size: its share of the rectangles' pixels, 0..1.
    """

    number: int
    object: int
    purity: float
    coverage: float
    size: float

    @property
    def bounded(self) -> bool:
        """Whether it is one object and not a mixture or a scrap."""
        return self.purity >= PURE and self.coverage >= COVERED


@dataclass(frozen=True)
class SnailResult:
    """Networks and what they learned.

    Attributes:
        f: segmenter, in eval mode.
        g: colorizer, in eval mode.
        priorities: by falling priority.
        errors: mean absolute error on rectangles with the first 0, 1, ... N_c hints, of [-1, 1].
    """

    f: Segmenter
    g: Colorizer
    priorities: list[Priority]
    errors: list[float]

    @property
    def ordered(self) -> int:
        """How many first priorities are one object each: the largest, the second largest, ..."""
        count = 0
        for priority in self.priorities:
            if not priority.bounded or priority.object != count + 1:
                break
            count += 1
        return count

    @property
    def correlation(self) -> float:
        """Rank correlation of priority and size over the priorities that are one object each.

        1: largest first; -1: smallest first; about 0 over the seeds when no order was learned. Not
        a number when fewer than two priorities are one object.
        """
        objects = [priority.object for priority in self.priorities if priority.bounded]
        if len(objects) < 2:
            return float("nan")
        ranks = np.argsort(np.argsort(objects))
        return float(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1])


def train_snail(
    settings: SnailSettings, seed: int = 0, report: Callable[[str], None] | None = None
) -> SnailResult:
    """Trains f and g.

    N_h is drawn for each page rather than for each mini-batch: the same expectation with less
    noise, which is what a run of minutes needs.

    Args:
        settings: of the experiment.
        seed: of pages, weights and noise.
        report: takes a line of progress now and then.
    """
    torch.manual_seed(seed)
    f, g = Segmenter(settings.regions, settings.width), Colorizer(settings.regions, settings.width)
    if settings.recipe == "default":
        # As over pieces: without noise, regions that start out alike would stay so.
        torch.nn.init.normal_(f.unet.output.weight, 0.0, settings.spread)
    for network in (f, g):
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizers = {
        network: torch.optim.Adam(network.parameters(), settings.rate, (0.5, 0.999), fused=True)
        for network in (f, g)
    }
    alone = settings.recipe == "default"
    divide = settings.steps * 3 // 4 if alone else settings.steps
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16())
    for step in range(settings.steps):
        learning = ((f,) if step < divide else (g,)) if alone else (f, g)
        start, length = (divide, settings.steps - divide) if step >= divide else (0, divide)
        progress = (step - start) / length
        pages = make_pages(settings.batch, (seed + 1) * 1_000_003 + step, settings)
        for network in learning:
            for group in optimizers[network].param_groups:
                group["lr"] = settings.rate * min(1.0, 4 - 4 * progress)
            optimizers[network].zero_grad(set_to_none=True)
        with autocast:
            logits = f(pages.sketch)
            if not alone:
                segments = choose(logits, 0.1**progress, "gumbel")
                terms = _together(settings, g, pages, logits, segments)
            elif step < divide:
                terms = _divide(settings, pages, choose(logits, 1.0, "soft"), progress)
            else:
                segments = choose(logits.detach(), 1.0, "argmax")
                terms = _paint(settings, g, pages, segments)
        torch.stack(list(terms.values())).sum().backward()
        for network in learning:
            optimizers[network].step()
        if report is not None and (step + 1) % 100 == 0:
            values = ", ".join(f"{name} {float(t.detach()):.3f}" for name, t in terms.items())
            report(f"step {step + 1}/{settings.steps}: {values}")
    f.eval()
    g.eval()
    held_out = make_pages(128, 10_000_019 + seed, settings)
    return SnailResult(f, g, judge(f, held_out), errors_by_hints(f, g, held_out))


def hint_chances(settings: SnailSettings) -> Tensor:
    """P(N_h = n), float64 [N_c + 1]."""
    if settings.variant == "nh-equals-nc":
        return torch.eye(settings.regions + 1, dtype=torch.float64)[-1]
    return geometric_probabilities(settings.regions, settings.stop)


def _divide(
    settings: SnailSettings, pages: Pages, segments: Tensor, progress: float
) -> dict[str, Tensor]:
    inside = pages.rectangles
    prefix = losses.prefix_variance(segments.float(), pages.picture, inside, hint_chances(settings))
    first, last = settings.heat
    heat = first * (last / first) ** min(1.0, progress / 0.9)
    doubt = -torch.special.xlogy(segments, segments).sum(1, keepdim=True)
    entropy = (doubt * inside).sum() / inside.sum()
    return {"prefix variance": prefix, "entropy": -heat * entropy}


def _paint(
    settings: SnailSettings, g: Colorizer, pages: Pages, segments: Tensor
) -> dict[str, Tensor]:
    colors = mean_colors(segments, pages.picture, pages.rectangles)
    counts = torch.multinomial(hint_chances(settings), len(segments), replacement=True)
    hinted = (torch.arange(settings.regions)[None] < counts[:, None]).float()
    painted = g(pages.sketch, *hint_maps(segments, colors, hinted), segments)
    rec = losses.reconstruction(painted, pages.picture)
    return {"reconstruction": settings.weights.reconstruction * rec}


def _together(
    settings: SnailSettings, g: Colorizer, pages: Pages, logits: Tensor, segments: Tensor
) -> dict[str, Tensor]:
    terms = _paint(settings, g, pages, segments)
    colors = mean_colors(segments, pages.picture, pages.rectangles)
    variance = losses.total_variance(segments, pages.picture, colors, pages.rectangles)
    terms["variance"] = settings.weights.variance * variance
    terms["smoothness"] = settings.weights.smoothness * losses.smoothness(logits)
    return terms


@torch.no_grad()
def judge(f: Segmenter, pages: Pages) -> list[Priority]:
    """Which object each priority took, over all pages, under argmax.

    Args:
        f: segmenter in eval mode.
        pages: held-out pages.

    Returns:
        The priorities that hold at least 0.5 % of the rectangles' pixels, in order.
    """
    chosen = choose(f(pages.sketch), 1.0, "argmax")
    labels = chosen.argmax(1)
    inside = pages.objects > 0
    count = int(pages.objects.max())
    table = torch.zeros(chosen.shape[1], count)
    for rank in range(1, count + 1):
        here = labels[inside & (pages.objects == rank)]
        table[:, rank - 1] = torch.bincount(here, minlength=chosen.shape[1]).float()
    result: list[Priority] = []
    for row in table:
        size = float(row.sum() / table.sum())
        if size < 0.005:
            continue
        main = int(row.argmax())
        purity, coverage = row[main] / row.sum(), row[main] / table[:, main].sum()
        result.append(Priority(len(result) + 1, main + 1, float(purity), float(coverage), size))
    return result


@torch.no_grad()
def errors_by_hints(f: Segmenter, g: Colorizer, pages: Pages) -> list[float]:
    """Mean absolute error over rectangles with the first 0, 1, ... N_c hints."""
    segments = choose(f(pages.sketch), 1.0, "argmax")
    rectangles = pages.rectangles
    colors = mean_colors(segments, pages.picture, rectangles)
    errors = []
    for count in range(f.regions + 1):
        hinted = prefix_mask(count, f.regions).expand(len(segments), -1)
        painted = g(pages.sketch, *hint_maps(segments, colors, hinted), segments)
        error = (painted - pages.picture).abs() * rectangles
        errors.append(float(error.sum() / rectangles.sum() / 3))
    return errors


def snail_text(result: SnailResult) -> str:
    """What each priority became, as a Markdown table, and the errors by hints."""
    lines = ["| priority | object by size | purity | coverage | size |", "|--:|--:|--:|--:|--:|"]
    for p in result.priorities:
        lines.append(
            f"| {p.number} | {p.object} | {p.purity:.0%} | {p.coverage:.0%} | {p.size:.1%} |"
        )
    return "\n".join([*lines, "", f"In order from the first: {result.ordered}.", ""])


def seeds_text(results: Mapping[int, SnailResult]) -> str:
    """One row a seed: the object that each priority is, how far they are in order, the errors.

    Args:
        results: by seed.
    """
    lines = [
        "| seed | objects by priority | in order | rank correlation | error with 0, 1, ... hints |",
        "|--:|---|--:|--:|---|",
    ]
    for seed, result in results.items():
        objects = " ".join(str(p.object) if p.bounded else "mixed" for p in result.priorities)
        errors = ", ".join(f"{error:.2f}" for error in result.errors)
        lines.append(
            f"| {seed} | {objects} | {result.ordered} | {result.correlation:.2f} | {errors} |"
        )
    enough = sum(result.ordered >= 4 for result in results.values())
    mean = float(np.nanmean([result.correlation for result in results.values()]))
    return "\n".join([
        *lines, "",
        f"At least four in order: {enough} of {len(results)} seeds. Mean rank correlation of "
        f"priority and size: {mean:.2f}.", "",
    ])  # fmt: skip
