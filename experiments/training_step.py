"""Images a second of one training step: ours against the straightforward fp32 eager loop.

Run by hand: ``python experiments/training_step.py [--preset paper] [--phase divide] [--side 128]``.
Both sides do the same work on the same pictures, with Adam: f, g and the adversary of one joint
phase and all of the paper's losses, or f alone or g alone as a phase of the preset says. The plain
loop is what one writes first: fp32, contiguous memory, no
compilation. Ours is the package's step (`gp_training.run.fit.Trainer`), with whatever it chooses on
this machine, or what the options say. The two take turns, so that both meet the same machine, and
with one CPU thread the process's own time counts, so that other programs hardly matter.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from gp_training.baselines.building import build_networks
from gp_training.networks.guidance import (
    choose,
    hint_maps,
    mean_colors,
    prefix_mask,
    sample_hint_count,
)
from gp_training.recipe import losses
from gp_training.recipe.presets import PRESETS, Phase, Preset
from gp_training.recipe.tasks import Pairs
from gp_training.run.fit import Trainer
from torch import Tensor


def random_pairs(side: int, batch: int) -> Pairs:
    """Pictures of noise with pieces in squares; what they show costs nothing."""
    torch.manual_seed(0)
    rows = torch.arange(side)[:, None] // 8 * (side // 8) + torch.arange(side)[None] // 8
    return Pairs(
        torch.rand(batch, 1, side, side) * 2 - 1,
        torch.rand(batch, 3, side, side) * 2 - 1,
        rows.expand(batch, side, side).contiguous(),
    )


def plain_step(preset: Preset, phase: Phase, device: str) -> Callable[[Pairs], None]:
    """The loop that one writes first for a phase: joint, f alone, or g alone."""
    networks = {name: network.to(device) for name, network in build_networks(preset).items()}
    learners = [networks[name].train() for name in phase.learn if name != "d"]
    parameters = [p for network in learners for p in network.parameters()]
    painters = torch.optim.Adam(parameters, 2e-4, (0.5, 0.999))
    judge = torch.optim.Adam(networks["d"].parameters(), 2e-4, (0.5, 0.999))
    f, g, d, weights = networks["f"], networks["g"], networks["d"], phase.weights

    def learn(loss: Tensor) -> None:
        painters.zero_grad()
        loss.backward()
        painters.step()
        loss.item()

    def paint(pairs: Pairs, segments: Tensor) -> Tensor:
        colors = mean_colors(segments, pairs.picture)
        count = sample_hint_count(preset.regions)
        hinted = prefix_mask(count, preset.regions, segments.device).expand(len(segments), -1)
        return g(pairs.sketch, *hint_maps(segments, colors, hinted), segments)

    def joint(pairs: Pairs) -> None:
        sketch, picture = pairs.sketch, pairs.picture
        logits = f(sketch, pairs.pieces)
        segments = choose(logits, 1.0, "gumbel")
        painted = paint(pairs, segments)
        judge.zero_grad()
        real, fake = d(torch.cat((sketch, picture), 1)), d(torch.cat((sketch, painted.detach()), 1))
        (weights.adversarial * losses.lsgan_discriminator(real, fake)).backward()
        judge.step()
        loss = weights.reconstruction * losses.reconstruction(painted, picture)
        colors = mean_colors(segments, picture)
        loss = loss + weights.variance * losses.total_variance(segments, picture, colors)
        loss = loss + weights.smoothness * losses.smoothness(logits)
        scores = d(torch.cat((sketch, painted), 1))
        learn(loss + weights.adversarial * losses.lsgan_generator(scores))

    def divide(pairs: Pairs) -> None:
        paper = (pairs.sketch + 1) / 2
        segments = choose(f(pairs.sketch, pairs.pieces), 1.0, "soft")
        loss = weights.prefix * losses.prefix_variance(segments, pairs.picture, paper)
        colors = mean_colors(segments, pairs.picture, paper)
        variance = losses.total_variance(segments, pairs.picture, colors, paper)
        learn(loss + weights.variance * variance)

    def color(pairs: Pairs) -> None:
        with torch.no_grad():
            segments = choose(f(pairs.sketch, pairs.pieces), 1.0, "argmax")
        painted = paint(pairs, segments)
        learn(weights.reconstruction * losses.reconstruction(painted, pairs.picture))

    return {("f", "g", "d"): joint, ("f",): divide, ("g",): color}[phase.learn]


def speeds(
    steps: Sequence[Callable[[Pairs], object]], pairs: Pairs, repeats: int,
    clock: Callable[[], float],
) -> list[float]:  # fmt: skip
    """Images a second of each step, from the best of its repeats after two to warm up."""
    best = [float("inf")] * len(steps)
    for turn in range(repeats + 2):
        for index, step in enumerate(steps):
            started = clock()
            step(pairs)
            if turn >= 2:
                best[index] = min(best[index], clock() - started)
    return [len(pairs.sketch) / seconds for seconds in best]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="default", choices=PRESETS)
    parser.add_argument("--phase", default="joint", help="joint, or a phase of the preset")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--compile", nargs="?", const="inductor")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    phases = {phase.name: phase for phase in PRESETS[options.preset].phases}
    phases["joint"] = Phase("joint", 10**9, options.side)
    if options.phase not in phases:
        parser.error(f"--phase must be one of: {', '.join(phases)}")
    phase = replace(
        phases[options.phase], images=10**9, side=options.side, batch=options.batch,
        subsets=0.0, merges=0.0, scribbles=0.0,
    )  # fmt: skip
    preset = replace(PRESETS[options.preset], phases=(phase,))
    cpu = random_pairs(options.side, options.batch)
    pairs = Pairs(*(t.to(options.device) for t in (cpu.sketch, cpu.picture, cpu.pieces)))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            preset, Path(folder), [], device=options.device, precision=options.precision,
            compiler=options.compile,
        )  # fmt: skip
        alone = options.device == "cpu" and options.threads == 1
        steps = (
            lambda given: trainer.step(phase, given),
            plain_step(preset, phase, options.device),
        )
        ours, plain = speeds(
            steps, pairs, options.repeats, time.process_time if alone else time.perf_counter
        )
        precision = trainer.learners.precision
    print(
        f"{options.preset} {phase.name}, {options.side} px, batch {options.batch}, "
        f"{options.threads} threads, "
        f"{options.device}: plain fp32 {plain:.1f} images/s, ours ({precision}"
        f"{', compiled' if options.compile else ''}) {ours:.1f} images/s, x{ours / plain:.2f}"
    )


if __name__ == "__main__":
    main()
