"""Images a second of one training step: ours against the straightforward fp32 eager loop.

Run by hand: ``python benchmarks/training_step.py [--preset paper] [--side 128] [--batch 8]``.
Both sides do the same work on the same pictures: f, g and the adversary of one joint phase, all of
the paper's losses, Adam. The plain loop is what one writes first: fp32, contiguous memory, no
compilation. Ours is the package's step (`gp_training.fit.Trainer`), with whatever it chooses on
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
from gp_training import losses
from gp_training.fit import Trainer, build_networks
from gp_training.guidance import choose, hint_maps, mean_colours, prefix_mask, sample_hint_count
from gp_training.presets import PRESETS, Phase, Preset
from gp_training.tasks import Pairs


def random_pairs(side: int, batch: int) -> Pairs:
    """Pictures of noise with pieces in squares; what they show costs nothing."""
    torch.manual_seed(0)
    rows = torch.arange(side)[:, None] // 8 * (side // 8) + torch.arange(side)[None] // 8
    return Pairs(
        torch.rand(batch, 1, side, side) * 2 - 1,
        torch.rand(batch, 3, side, side) * 2 - 1,
        rows.expand(batch, side, side).contiguous(),
    )


def plain_step(preset: Preset, device: str) -> Callable[[Pairs], None]:
    """The loop that one writes first."""
    networks = {name: network.to(device) for name, network in build_networks(preset).items()}
    f, g, d = (networks[name].train() for name in "fgd")
    painters = torch.optim.Adam([*f.parameters(), *g.parameters()], 2e-4, (0.5, 0.999))
    judge = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    weights = preset.phases[0].weights

    def step(pairs: Pairs) -> None:
        sketch, picture = pairs.sketch, pairs.picture
        logits = f(sketch, pairs.pieces)
        segments = choose(logits, 1.0, "gumbel")
        colours = mean_colours(segments, picture)
        count = sample_hint_count(preset.regions)
        hinted = prefix_mask(count, preset.regions, sketch.device).expand(len(sketch), -1)
        painted = g(sketch, *hint_maps(segments, colours, hinted), segments)
        judge.zero_grad()
        real, fake = d(torch.cat((sketch, picture), 1)), d(torch.cat((sketch, painted.detach()), 1))
        (weights.adversarial * losses.lsgan_discriminator(real, fake)).backward()
        judge.step()
        painters.zero_grad()
        loss = weights.reconstruction * losses.reconstruction(painted, picture)
        loss = loss + weights.variance * losses.total_variance(segments, picture, colours)
        loss = loss + weights.smoothness * losses.smoothness(logits)
        scores = d(torch.cat((sketch, painted), 1))
        (loss + weights.adversarial * losses.lsgan_generator(scores)).backward()
        painters.step()
        loss.item()

    return step


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
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--compile", nargs="?", const="inductor")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    phase = Phase("joint", 10**9, options.side, options.batch)
    preset = replace(PRESETS[options.preset], phases=(phase,))
    cpu = random_pairs(options.side, options.batch)
    pairs = Pairs(*(t.to(options.device) for t in (cpu.sketch, cpu.picture, cpu.pieces)))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            preset, Path(folder), [], [], device=options.device, precision=options.precision,
            compiler=options.compile,
        )  # fmt: skip
        alone = options.device == "cpu" and options.threads == 1
        steps = (lambda given: trainer.step(phase, given), plain_step(preset, options.device))
        ours, plain = speeds(
            steps, pairs, options.repeats, time.process_time if alone else time.perf_counter
        )
        precision = trainer.bench.precision
    print(
        f"{options.preset}, {options.side} px, batch {options.batch}, {options.threads} threads, "
        f"{options.device}: plain fp32 {plain:.1f} images/s, ours ({precision}"
        f"{', compiled' if options.compile else ''}) {ours:.1f} images/s, x{ours / plain:.2f}"
    )


if __name__ == "__main__":
    main()
