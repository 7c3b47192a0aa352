"""Widths, stem and normalisation of f and g at equal training time.

Run by hand: ``python -m experiments.capacity f g [--minutes 5] [--seeds 0 1] [-o FILE]``; it needs
the scene packs of `gp-train data build`. Every variant starts from nothing and trains alone, for
the same processor time of one thread, by the recipe of the `default` preset shrunk to what fits;
g on the regions of the weights in the repository. Judged on validation scenes: f by flat colours,
g by its pictures. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from gp_training.baselines.building import build_networks
from gp_training.data.held_out import read_scenes
from gp_training.data.pairs import ScenePack, loader
from gp_training.evaluation.engines import TorchNetworks
from gp_training.evaluation.looking import glance
from gp_training.evaluation.methods import GuidingPainter
from gp_training.evaluation.reports import quiet_threads, require_packs
from gp_training.networks.colorizer import Colorizer
from gp_training.recipe.presets import DEFAULT, Phase, Preset
from gp_training.recipe.tasks import Pairs
from gp_training.run.fit import Trainer
from torch import nn

_WEIGHTS = Path(__file__).parents[1] / "weights" / "default.safetensors"
_SIDE = 128
_PROBE = 12  # steps by which the speed is known; the first two do not count
_HINTS = (0, 1, 3, 8, 30)
_SCENES = 96


@dataclass(frozen=True)
class Variant:
    """One network of the `default` preset with something else.

    Attributes:
        name: for the table.
        network: "f" or "g".
        width: U-Net width.
        stem: space-to-depth stem.
        norm: replaces batch normalisation of so many channels.
    """

    name: str
    network: str
    width: int
    stem: bool = True
    norm: Callable[[int], nn.Module] | None = None

    def build(self) -> nn.Module:
        """The network, untrained."""
        preset = replace(
            DEFAULT, segmenter_width=self.width, colorizer_width=self.width, stem=self.stem
        )
        network = build_networks(preset)[self.network]
        if self.norm is not None:
            _exchange_norms(network, self.norm)
        return network


VARIANTS = (
    Variant("f, width 16", "f", 16),
    Variant("f, width 24 (`default`)", "f", 24),
    Variant("f, width 32", "f", 32),
    Variant("f, width 16, no stem", "f", 16, stem=False),
    Variant("g, width 24", "g", 24),
    Variant("g, width 32 (`default`)", "g", 32),
    Variant("g, width 48", "g", 48),
    Variant("g, width 16, no stem", "g", 16, stem=False),
    Variant("g, width 32, instance norm", "g", 32, norm=lambda n: nn.GroupNorm(n, n)),
    Variant("g, width 32, group norm", "g", 32, norm=lambda n: nn.GroupNorm(8, n)),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+", choices=["f", "g"])
    parser.add_argument("--minutes", type=float, default=5.0, help="of one thread, per variant")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("-o", "--output", type=Path, help="file that the table is added to")
    arguments = parser.parse_args()
    quiet_threads()
    torch.set_num_threads(1)
    columns = ["variant", "seed", "parameters", "ms", "pictures", "regions"]
    lines = [
        f"| {' | '.join([*columns, *(f'{n} hints' for n in _HINTS)])} |",
        f"|---|{'--:|' * (len(columns) + len(_HINTS) - 1)}",
    ]
    for seed in arguments.seeds:
        for variant in VARIANTS:
            if variant.network in arguments.networks:
                lines.append(_row(variant, seed, arguments.minutes * 60))
                print(lines[-1], flush=True)
    table = "\n".join(lines) + "\n"
    print(table)
    if arguments.output:
        with open(arguments.output, "a") as file:
            file.write(table)


def _row(variant: Variant, seed: int, seconds: float) -> str:
    torch.manual_seed(seed)
    network = variant.build()
    speed = _milliseconds(network.eval())
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(variant, network, Path(folder), seed)
        pictures = _train(trainer, seconds)
    for one in trainer.networks.values():
        one.eval()
    judged = {"f": "flat", "g": "psnr"}[variant.network]
    method = GuidingPainter(
        TorchNetworks(trainer.networks["f"], trainer.networks["g"], trainer.preset),
        DEFAULT.regions, DEFAULT.paper_weighted,
    )  # fmt: skip
    scenes = read_scenes(require_packs("validation"), _SIDE, _SCENES)
    values = glance(method, scenes, painted=variant.network == "g")
    parameters = sum(p.numel() for p in network.parameters()) / 1e6
    cells = [variant.name, str(seed), f"{parameters:.1f} M", f"{speed:.0f}", f"{pictures:,}"]
    cells += [f"{values['regions']:.1f}", *(f"{values[f'{judged}@{n}']:.2f}" for n in _HINTS)]
    return f"| {' | '.join(cells)} |"


def _trainer(variant: Variant, network: nn.Module, folder: Path, seed: int) -> Trainer:
    """A trainer of the default networks with the variant in its place."""
    phases = {"f": DEFAULT.phases[0], "g": DEFAULT.phases[2]}
    phase = replace(phases[variant.network], side=_SIDE)
    preset: Preset = replace(DEFAULT, phases=(phase,))
    weights = {} if variant.network == "f" else {"f": _WEIGHTS}
    trainer = Trainer(preset, folder, require_packs("train"), seed=seed, weights=weights)
    networks = {**trainer.networks, variant.network: network}
    trainer.learners = replace(trainer.learners, networks=networks)
    return trainer


def _train(trainer: Trainer, seconds: float) -> int:
    """Trains for `seconds` of processor time; the schedule is cut to what fits.

    Returns:
        Image-steps.
    """
    phase = trainer.preset.phases[0]
    data = ScenePack(trainer.packs, phase.side, trainer.seed)
    spent, begun = 0.0, 0.0
    for step, batch in enumerate(loader(data, 0, phase.images, phase.batch, 1)):
        if step == _PROBE:
            phase = _cut(phase, seconds, (spent - begun) / (_PROBE - 2))
        before = time.process_time()
        trainer.step(phase, Pairs(*batch))
        spent += time.process_time() - before
        if step == 1:
            begun = spent
        trainer.done += phase.batch
        trainer.total += phase.batch
        if trainer.done >= phase.images or spent > 1.1 * seconds:
            break
    return trainer.done


def _cut(phase: Phase, seconds: float, step: float) -> Phase:
    steps = max(_PROBE + 1, round(seconds / step))
    return replace(phase, images=min(phase.images, steps * phase.batch))


def _exchange_norms(module: nn.Module, norm: Callable[[int], nn.Module]) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, norm(child.num_features))
        else:
            _exchange_norms(child, norm)


@torch.no_grad()
def _milliseconds(network: nn.Module) -> float:
    """Median of 20 answers for a grid of 192 x 256, one thread, fp32."""
    size = (192, 256)
    sketch = torch.rand(1, 1, *size) * 2 - 1
    if isinstance(network, Colorizer):
        segments = torch.zeros(1, DEFAULT.regions, *size)
        inputs = (sketch, torch.zeros(1, 3, *size), torch.zeros(1, 1, *size), segments)
    else:
        rows = torch.arange(size[0])[:, None] // 16 * (size[1] // 16)
        inputs = (sketch, (rows + torch.arange(size[1])[None] // 16)[None])
    times = []
    for _ in range(20):
        before = time.process_time()
        network(*inputs)
        times.append(time.process_time() - before)
    return sorted(times)[10] * 1000


if __name__ == "__main__":
    main()
