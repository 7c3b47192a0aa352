"""Section 4.5: the Dark Snail, pages on which the right order is known.

Rectangles of falling size wind inwards over a dark ground, each in a colour of its own that the
sketch does not tell. Whoever may give n colours should give them to the n largest rectangles. f
never sees a size or a label; it can learn the order only from the number of hints being random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gp_training import losses
from gp_training.bench import has_fast_bf16
from gp_training.guidance import (
    Colorizer,
    Segmenter,
    choose,
    geometric_probabilities,
    hint_maps,
    mean_colours,
    prefix_mask,
)

VARIANTS = ("geometric", "nh-equals-nc")
PURE = 0.9  # share of a priority's pixels that must lie in one object for it to be "bounded"
COVERED = 0.5  # share of that object that the priority must hold
_SHAPE = (0.34, 0.42)  # share of the remaining square that the next rectangle takes


@dataclass(frozen=True)
class SnailSettings:
    """A Dark Snail experiment.

    Attributes:
        side: pixels.
        objects: rectangles a page.
        regions: N_c.
        width: of both U-Nets.
        steps: of training.
        batch: pages a step.
        rate: learning rate, constant for half the steps, then linear to zero.
        weights: of the losses; the adversary is left out.
        variant: "geometric" is the paper's N_h ~ G; "nh-equals-nc" always gives all hints.
    """

    side: int = 32
    objects: int = 5
    regions: int = 6
    width: int = 8
    steps: int = 2500
    batch: int = 16
    rate: float = 2e-3
    stop: float = 0.25
    fixed: bool = True
    spread: float = 0.3
    tau_end: float = 0.1
    weights: losses.Weights = field(default_factory=lambda: losses.Weights(30.0, 8.0, 0.5, 0.0))
    variant: str = "geometric"


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
        """How many first priorities are bounded by one object each, in descending size."""
        count, last = 0, 0
        for priority in self.priorities:
            if not priority.bounded or priority.object <= last:
                break
            count, last = count + 1, priority.object
        return count


def draw_page(
    rng: np.random.Generator, side: int = 32, objects: int = 5, fixed: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One page: where the snail begins, which way it winds and all colours are random.

    Returns:
        Picture float32 [3, side, side] in [-1, 1] and objects int64 [side, side] by size.
    """
    labels = np.zeros((side, side), np.int64)
    top, left, bottom, right = 1, 1, side - 1, side - 1
    start, turn = int(rng.integers(4)), 1 if rng.random() < 0.5 else -1
    if fixed:
        start, turn = 3, 1
    for index in range(objects):
        share = rng.uniform(*_SHAPE)
        edge = (start + turn * index) % 4
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
    colours = np.full((objects + 1, 3), -0.9, np.float32)
    colours[1:] = rng.uniform(-0.7, 1, (objects, 3))
    sizes = np.bincount(labels.ravel(), minlength=objects + 1)
    order = np.argsort(-sizes[1:], kind="stable")
    rank = np.zeros(objects + 1, np.int64)
    rank[order + 1] = np.arange(1, objects + 1)
    return colours[labels].transpose(2, 0, 1), rank[labels]


def make_pages(count: int, seed: int, settings: SnailSettings) -> Pages:
    """Pages of a seed."""
    rng = np.random.default_rng(seed)
    drawn = [draw_page(rng, settings.side, settings.objects, settings.fixed) for _ in range(count)]
    picture = torch.from_numpy(np.stack([picture for picture, _ in drawn]))
    objects = torch.from_numpy(np.stack([labels for _, labels in drawn]))
    return Pages((objects > 0).float()[:, None] * 2 - 1, picture, objects)


def train_snail(
    settings: SnailSettings, seed: int = 0, report: Callable[[str], None] | None = None
) -> SnailResult:
    """Trains f and g together by the paper's losses, without the adversary.

    N_h is drawn for each page rather than for each mini-batch: the same expectation with less
    noise, which is what a run of minutes needs.

    Args:
        settings: of the experiment.
        seed: of pages, weights and noise.
        report: takes a line of progress now and then.
    """
    torch.manual_seed(seed)
    f, g = Segmenter(settings.regions, settings.width), Colorizer(settings.regions, settings.width)
    if settings.spread:
        torch.nn.init.normal_(f.unet.output.weight, 0.0, settings.spread)
    for network in (f, g):
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    parameters = [*f.parameters(), *g.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=settings.rate, betas=(0.5, 0.999))
    weights = settings.weights
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16())
    for step in range(settings.steps):
        progress = step / settings.steps
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min(1.0, 2 - 2 * progress)
        pages = make_pages(settings.batch, (seed + 1) * 1_000_003 + step, settings)
        rectangles = (pages.sketch + 1) / 2
        with autocast:
            logits = f(pages.sketch)
        segments = choose(logits, settings.tau_end**progress, "gumbel")
        colours = mean_colours(segments, pages.picture, rectangles)
        hinted = _draw_hinted(settings, len(pages.sketch))
        with autocast:
            painted = g(pages.sketch, *hint_maps(segments, colours, hinted), segments)
        rec = losses.reconstruction(painted, pages.picture)
        variance = losses.total_variance(segments, pages.picture, colours, rectangles)
        loss = weights.reconstruction * rec + weights.variance * variance
        if weights.smoothness:
            loss = loss + weights.smoothness * losses.smoothness(logits)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if report is not None and (step + 1) % 250 == 0:
            values = (
                f"reconstruction {float(rec.detach()):.3f}, variance {float(variance.detach()):.3f}"
            )
            report(f"step {step + 1}/{settings.steps}: {values}")
    f.eval()
    g.eval()
    held_out = make_pages(128, 10_000_019 + seed, settings)
    return SnailResult(f, g, judge(f, held_out), errors_by_hints(f, g, held_out))


def _draw_hinted(settings: SnailSettings, batch: int) -> Tensor:
    """m of eq. 4 for each page, float [batch, N_c]."""
    if settings.variant == "nh-equals-nc":
        return torch.ones(batch, settings.regions)
    chances = geometric_probabilities(settings.regions, settings.stop)
    counts = torch.multinomial(chances, batch, replacement=True)
    return (torch.arange(settings.regions)[None] < counts[:, None]).float()


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
    rectangles = (pages.sketch + 1) / 2
    colours = mean_colours(segments, pages.picture, rectangles)
    errors = []
    for count in range(f.regions + 1):
        hinted = prefix_mask(count, f.regions).expand(len(segments), -1)
        painted = g(pages.sketch, *hint_maps(segments, colours, hinted), segments)
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
    errors = ", ".join(f"{error:.2f}" for error in result.errors)
    return "\n".join(
        [*lines, "", f"In order from the first: {result.ordered}. Error by hints: {errors}.", ""]
    )
