"""The training loop: phases, resume, bf16, progress, scalars and pictures."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard.writer import SummaryWriter

from gp_training import losses
from gp_training.checkpoint import load_checkpoint, save_checkpoint
from gp_training.data.pairs import ScenePack, loader
from gp_training.discriminator import PatchGAN
from gp_training.guidance import (
    Colorizer,
    Segmenter,
    add_scribbles,
    choose,
    hint_maps,
    mean_colours,
)
from gp_training.hints import correct_segments, draw_hinted, draw_scribbles
from gp_training.presets import Phase, Preset


def temperature(phase: Phase, progress: float) -> float:
    """Geometric from tau[0] to tau[1]: 0.1^(epoch/epochs) for (1, 0.1) (section C)."""
    start, end = phase.tau
    return start * (end / start) ** progress


def learning_rate(phase: Phase, progress: float) -> float:
    """Constant for half the phase, then linear to `rate_end` (section C)."""
    falling = min(1.0, max(0.0, 2 * progress - 1))
    return phase.rate + (phase.rate_end - phase.rate) * falling


def build_networks(preset: Preset) -> dict[str, nn.Module]:
    """Fresh f, g and d of a preset."""
    return {
        "f": Segmenter(
            preset.regions,
            preset.segmenter_width,
            preset.stem,
            preset.pieces,
            preset.coordinates,
            preset.prior,
        ),
        "g": Colorizer(preset.regions, preset.colorizer_width, preset.stem),
        "d": PatchGAN(4, preset.discriminator_width),
    }


def has_fast_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware; emulated bf16 is slower than fp32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


class Trainer:
    """Trains a preset in a run folder, from the beginning or from where it stopped.

    Args:
        preset: networks and phases.
        folder: checkpoints, scalars and pictures; an existing checkpoint is resumed.
        packs: scene packs of the training split.
        validation: scene packs of the validation split; evaluated in order, unchanged.
        seed: of the data and of every draw.
        workers: loader processes.
        device: torch device.
        weights: network name ("f", "g", "d") to the run folder whose weights it starts from, so
            that f and g can be trained side by side and joined.
    """

    def __init__(
        self, preset: Preset, folder: Path, packs: Sequence[Path], validation: Sequence[Path],
        seed: int = 0, workers: int = 1, device: str = "cpu",
        weights: Mapping[str, Path] | None = None,
    ) -> None:  # fmt: skip
        self.preset = preset
        self.folder = folder
        self.packs = packs
        self.validation = validation
        self.seed = seed
        self.workers = workers
        self.device = torch.device(device)
        self.phase_index = 0
        self.done = 0  # image-steps of the present phase
        self.total = 0  # image-steps of all phases so far
        self.seconds = 0.0
        self.stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.networks = build_networks(preset)
        for network in self.networks.values():
            network.to(device=self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {
            name: torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
            for name, network in self.networks.items()
        }
        self.history: list[dict[str, Any]] = []  # what each network saw, for the model card
        for name, run in (weights or {}).items():
            state = load_checkpoint(run, {name: self.networks[name]})
            self.history += [h for h in state.get("history", []) if h["network"] == name]
        if (folder / "state.json").is_file():
            state = load_checkpoint(folder, self.networks, self.optimizers)
            self.phase_index, self.done = state["phase"], state["done"]
            self.total, self.seconds = state["total"], state["seconds"]
            self.history = state["history"]
        self.writer = SummaryWriter(str(folder / "events"))
        on_cuda = self.device.type == "cuda"
        self.autocast = torch.autocast(
            self.device.type, torch.bfloat16, enabled=on_cuda or has_fast_bf16()
        )

    def save(self) -> None:
        """Writes the checkpoint that `resume` needs, whole or not at all."""
        state = {
            "phase": self.phase_index, "done": self.done, "total": self.total,
            "seconds": self.seconds, "seed": self.seed, "preset": asdict(self.preset),
            "history": self.history,
        }  # fmt: skip
        save_checkpoint(self.folder, self.networks, self.optimizers, state)

    def run(self, seconds: float = math.inf, save_every: float = 300) -> bool:
        """Trains until the phases are done, the time is up, or SIGTERM or ctrl+C asks to stop.

        Args:
            seconds: of this call.
            save_every: seconds between checkpoints with validation.

        Returns:
            Whether all phases are done.
        """
        asked = (signal.SIGTERM, signal.SIGINT)
        before = [signal.signal(number, self._stop) for number in asked]
        try:
            return self._run_phases(time.monotonic() + seconds, save_every)
        finally:
            for number, handler in zip(asked, before, strict=True):
                signal.signal(number, handler)

    def _run_phases(self, deadline: float, save_every: float) -> bool:
        while self.phase_index < len(self.preset.phases):
            phase = self.preset.phases[self.phase_index]
            finished = self._run_phase(phase, deadline, save_every)
            if finished:
                self.phase_index += 1
                self.done = 0
            self.save()
            if not finished:
                return False
        return True

    def _stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _run_phase(self, phase: Phase, deadline: float, save_every: float) -> bool:
        data = ScenePack(self.packs, phase.side, self.seed + 1000 * self.phase_index)
        batches = loader(data, self.done, phase.images, phase.batch, self.workers)
        sums: dict[str, float] = {}
        steps, last = 0, time.monotonic()
        saved = last
        for sketch, picture, pieces in batches:
            started = time.monotonic()
            # Draws depend on the step alone, so a resumed run repeats what it would have drawn.
            torch.manual_seed(self.seed * 1_000_003 + self.total)
            values = self.step(
                phase, self.done / phase.images,
                *(t.to(self.device) for t in (sketch, picture, pieces)),
            )  # fmt: skip
            self._record(phase, len(sketch))
            steps += 1
            for name, value in values.items():
                sums[name] = sums.get(name, 0.0) + value
            now = time.monotonic()
            self.seconds += now - started
            for entry in self.history[-len(phase.learn) :]:
                entry["seconds"] += (now - started) / len(phase.learn)
            if now - last > 30:
                self._report(phase, {n: v / steps for n, v in sums.items()}, steps, now - last)
                sums, steps, last = {}, 0, now
            if self.stopping or now > deadline:
                return False
            if now - saved > save_every:
                self.save()
                self.validate(phase)
                saved = last = time.monotonic()
                sums, steps = {}, 0
        self.validate(phase)
        return True

    def _record(self, phase: Phase, images: int) -> None:
        """Counts a step's pictures, in all and for each network that learned from them."""
        recent = self.history[-len(phase.learn) :]
        if [(h["network"], h["phase"]) for h in recent] != [(n, phase.name) for n in phase.learn]:
            self.history += [
                {"network": n, "phase": phase.name, "side": phase.side, "images": 0, "seconds": 0.0}
                for n in phase.learn
            ]
        for entry in self.history[-len(phase.learn) :]:
            entry["images"] += images
        self.done += images
        self.total += images

    def step(
        self, phase: Phase, progress: float, sketch: Tensor, picture: Tensor, pieces: Tensor
    ) -> dict[str, float]:
        """One step of the networks that learn in this phase.

        Args:
            phase: the setting.
            progress: 0..1 within the phase.
            sketch: [B, 1, H, W] in [-1, 1].
            picture: [B, 3, H, W] in [-1, 1].
            pieces: int64 [B, H, W].

        Returns:
            Losses by name.
        """
        f, d = self.networks["f"], self.networks["d"]
        weights = phase.weights
        for name, network in self.networks.items():
            network.train(name in phase.learn)
            network.requires_grad_(name in phase.learn)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(phase, progress)
            optimizer.zero_grad(set_to_none=True)
        with self.autocast:
            logits = f(sketch, pieces)
        segments = choose(logits, temperature(phase, progress), phase.mode)
        paper = (sketch + 1) / 2 if self.preset.paper_weighted else None
        result: dict[str, Tensor] = {}
        if "f" in phase.learn:
            colours = mean_colours(segments, picture, paper)
            if weights.prefix:
                whole = torch.ones_like(sketch) if paper is None else paper
                prefix = losses.prefix_variance(segments, picture, whole)
                result["prefix"] = weights.prefix * prefix
            if weights.variance:
                variance = losses.total_variance(segments, picture, colours, paper)
                result["variance"] = weights.variance * variance
            if weights.smoothness:
                result["smoothness"] = weights.smoothness * losses.smoothness(logits)
        if "g" in phase.learn:
            painted = self._paint(phase, sketch, picture, pieces, segments, paper)
            result["reconstruction"] = weights.reconstruction * losses.reconstruction(
                painted, picture
            )
            if "d" in phase.learn and weights.adversarial:
                fool = self._adversary(d, sketch, picture, painted, weights.adversarial)
                result["adversarial"] = fool
        total = torch.stack(list(result.values())).sum()
        total.backward()
        for name in phase.learn:
            if name != "d":
                self.optimizers[name].step()
        return {name: float(value.detach()) for name, value in result.items()}

    def _paint(
        self, phase: Phase, sketch: Tensor, picture: Tensor, pieces: Tensor, segments: Tensor,
        paper: Tensor | None,
    ) -> Tensor:  # fmt: skip
        if phase.merges:
            segments = correct_segments(segments, pieces, phase.merges)
        colours = mean_colours(segments, picture, paper)
        hinted = draw_hinted(len(sketch), self.preset.regions, phase.subsets).to(sketch.device)
        colour_map, mask = hint_maps(segments, colours, hinted)
        if phase.scribbles:
            scribble, where = draw_scribbles(picture.cpu(), phase.scribbles)
            colour_map, mask = add_scribbles(
                colour_map, mask, scribble.to(sketch.device), where.to(sketch.device)
            )
        with self.autocast:
            return self.networks["g"](sketch, colour_map, mask, segments)

    def _adversary(
        self, d: nn.Module, sketch: Tensor, picture: Tensor, painted: Tensor, weight: float
    ) -> Tensor:
        """One step of d; returns what g shall lower."""
        with self.autocast:
            real = d(torch.cat((sketch, picture), 1)).float()
            fake = d(torch.cat((sketch, painted.detach()), 1)).float()
        (weight * losses.lsgan_discriminator(real, fake)).backward()
        self.optimizers["d"].step()
        d.requires_grad_(False)
        with self.autocast:
            scores = d(torch.cat((sketch, painted), 1)).float()
        return weight * losses.lsgan_generator(scores)

    def _report(self, phase: Phase, values: dict[str, float], steps: int, seconds: float) -> None:
        speed = steps * phase.batch / seconds
        for name, value in values.items():
            self.writer.add_scalar(f"loss/{name}", value, self.total)
        self.writer.add_scalar("speed/images per second", speed, self.total)
        text = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
        left = (phase.images - self.done) / max(speed, 1e-9) / 60
        print(
            f"{phase.name}: {self.done}/{phase.images}  {text}  {speed:.1f} images/s, "
            f"{left:.0f} min left in this phase",
            flush=True,
        )

    def validate(self, phase: Phase) -> dict[str, float]:
        """Curves on the validation scenes, and a picture to look at."""
        from gp_training.evaluate import picture_grid, validate

        data = ScenePack(self.validation, phase.side, None)
        f, g = self.networks["f"].eval(), self.networks["g"].eval()
        painter = g if "g" in phase.learn else None
        with self.autocast:
            values = validate(f, painter, data, self.preset.paper_weighted, count=48)
        for name, value in values.items():
            self.writer.add_scalar(f"validation/{name}", value, self.total)
        grid = picture_grid(f, g, data, self.preset.paper_weighted, range(8))
        self.writer.add_image(
            "validation", np.ascontiguousarray(grid), self.total, dataformats="HWC"
        )
        with open(self.folder / "validation.jsonl", "a") as file:
            file.write(json.dumps({"total": self.total, "seconds": self.seconds} | values) + "\n")
        print("  validation: " + "  ".join(f"{n} {v:.2f}" for n, v in values.items()), flush=True)
        return values
