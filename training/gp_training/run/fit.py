"""The training loop: phases, resume, number formats, several processes, progress, pictures."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset
from torch.utils.tensorboard.writer import SummaryWriter

from gp_training.baselines import task_of
from gp_training.data.books import described
from gp_training.data.pairs import ScenePack, loader
from gp_training.data.samples import SampleFolder
from gp_training.networks.checkpoint import load_checkpoint, save_checkpoint
from gp_training.recipe import losses
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners, resolve_precision
from gp_training.recipe.parallel import Team
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Pairs


def temperature(phase: Phase, progress: float) -> float:
    """Geometric from tau[0] to tau[1]: 0.1^(epoch/epochs) for (1, 0.1) (section C)."""
    start, end = phase.tau
    return start * (end / start) ** progress


def learning_rate(phase: Phase, progress: float) -> float:
    """Constant for half the phase, then linear to `rate_end` (section C)."""
    falling = min(1.0, max(0.0, 2 * progress - 1))
    return phase.rate + (phase.rate_end - phase.rate) * falling


class Share(Dataset):
    """The pictures of one process: its part of every step's.

    Args:
        data: all pictures; item i is the same in every process.
        batch: pictures a step, of all processes together.
        team: which process this is.
    """

    def __init__(self, data: ScenePack | SampleFolder, batch: int, team: Team) -> None:
        self.data = data
        self.batch = batch
        self.own = team.share(batch)
        self.rank = team.rank

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        step, place = divmod(index, self.own)
        return self.data[step * self.batch + self.rank * self.own + place]


Look = Callable[["Trainer", Phase], tuple[dict[str, float], NDArray[np.uint8]]]
"""Gives numbers by name, and a picture [H, W, 3], of networks in eval mode."""


class Trainer:
    """Trains a preset in a run folder, from the beginning or from where it stopped.

    Args:
        preset: method, networks and phases.
        folder: checkpoints, scalars and pictures; an existing checkpoint is resumed.
        packs: scene packs of the training split; for the method "natural" a folder of samples.
        look: judges the networks now and then, see `Look`; None: nobody looks.
        seed: of the data and of every draw.
        workers: loader processes.
        device: torch device.
        weights: network name ("f", "g", "d") to the run folder whose weights it starts from, so
            that f and g can be trained side by side and joined.
        precision: "auto", "fp32", "bf16" or "fp16".
        compiler: backend of torch.compile, or None.
        team: the processes that share the run; this one alone when None.
    """

    def __init__(
        self, preset: Preset, folder: Path, packs: Sequence[Path], look: Look | None = None,
        seed: int = 0, workers: int = 1, device: str = "cpu",
        weights: Mapping[str, Path] | None = None, precision: str = "auto",
        compiler: str | None = None, team: Team | None = None,
    ) -> None:  # fmt: skip
        self.preset = preset
        self.folder = folder
        self.packs = packs
        self.look = look
        self.seed = seed
        self.workers = workers
        self.team = team or Team()
        self.phase_index = 0
        self.done = 0  # image-steps of the present phase
        self.total = 0  # image-steps of all phases so far
        self.seconds = 0.0
        self.stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.task = task_of(preset)
        where = torch.device(device)
        self.learners = Learners(
            self.task.build(preset), where, resolve_precision(precision, where), self.team
        )
        self.history: list[dict[str, Any]] = []  # what each network saw, for the model card
        self.pictures = described(packs[0]) if preset.method == "natural" else []
        self._load(weights or {})
        if compiler is not None:
            self.learners.compile(compiler)
        self.writer = SummaryWriter(str(folder / "events")) if self.team.rank == 0 else None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        return self.learners.networks

    def _load(self, weights: Mapping[str, Path]) -> None:
        for name, run in weights.items():
            state = load_checkpoint(run, {name: self.networks[name]})
            # Marked, so that a bundle's card tells others' data from that of this run.
            earlier = [h for h in state.get("history", []) if h["network"] == name]
            self.history += [{"began_with": run.name, **entry} for entry in earlier]
        if (self.folder / "state.json").is_file():
            state = load_checkpoint(self.folder, self.networks, self.learners.optimizers)
            self.phase_index, self.done = state["phase"], state["done"]
            self.total, self.seconds = state["total"], state["seconds"]
            self.history = state["history"]
            if state.get("scaler"):
                self.learners.scaler.load_state_dict(state["scaler"])

    def save(self) -> None:
        """Writes the checkpoint that a resumed run needs, whole or not at all."""
        if self.team.rank:
            return
        state = {
            "phase": self.phase_index, "done": self.done, "total": self.total,
            "seconds": self.seconds, "seed": self.seed, "preset": asdict(self.preset),
            "history": self.history, "scaler": self.learners.scaler.state_dict(),
        }  # fmt: skip
        save_checkpoint(self.folder, self.networks, self.learners.optimizers, state)

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
        data = self._data(phase)
        share, size = Share(data, phase.batch, self.team), self.team.size
        batches = loader(
            share, self.done // size, phase.images // size, share.own, self.workers  # type: ignore[arg-type]
        )  # fmt: skip
        sums: dict[str, float] = {}
        steps, last = 0, time.monotonic()
        saved = last
        for batch in batches:
            started = time.monotonic()
            values = self.step(phase, Pairs(*(t.to(self.learners.device) for t in batch)))
            self._record(phase, len(batch[0]) * size)
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
            # One process that must stop stops all, after the same step.
            if self.team.any(self.stopping or now > deadline, self.learners.device):
                return False
            if self.team.any(now - saved > save_every, self.learners.device):
                self.save()
                self.validate(phase)
                saved = last = time.monotonic()
                sums, steps = {}, 0
        self.validate(phase)
        return True

    def _data(self, phase: Phase) -> ScenePack | SampleFolder:
        seed = self.seed + 1000 * self.phase_index
        if self.preset.method == "natural":
            return SampleFolder(self.packs[0], phase.side, seed)
        return ScenePack(self.packs, phase.side, seed, with_pieces=self.preset.sees_pieces)

    def _record(self, phase: Phase, images: int) -> None:
        """Counts a step's pictures, in all and for each network that learned from them."""
        recent = self.history[-len(phase.learn) :]
        if [(h["network"], h["phase"]) for h in recent] != [(n, phase.name) for n in phase.learn]:
            begun: dict[str, Any] = {
                "phase": phase.name, "side": phase.side, "images": 0, "seconds": 0.0
            }  # fmt: skip
            if self.pictures:
                begun["pictures"] = self.pictures
            else:
                begun["packs"] = [pack.stem for pack in self.packs]
            self.history += [{"network": name, **begun} for name in phase.learn]
        for entry in self.history[-len(phase.learn) :]:
            entry["images"] += images
        self.done += images
        self.total += images

    def step(self, phase: Phase, pairs: Pairs) -> dict[str, float]:
        """One step of the networks that learn in this phase.

        Args:
            phase: the setting.
            pairs: this process's share of the step's pictures.

        Returns:
            Losses by name, means over the team.
        """
        learners, progress, own = self.learners, self.done / phase.images, len(pairs.sketch)
        # Draws depend on the step alone, so a resumed run repeats what it would have drawn.
        draws = Draws.of(self.seed, self.total, self.team.rank * own, own, learners.device)
        learners.prepare(phase.learn, learning_rate(phase, progress))
        tau = temperature(phase, progress)
        found = self.task.losses(learners, self.preset, phase, tau, pairs, draws)
        terms, weight = dict(found.terms), phase.weights.adversarial
        if "d" in phase.learn and weight and found.painted is not None:
            d, sketch, adversary = learners.networks["d"], found.seen, found.adversary
            still = found.painted.detach()
            with learners.autocast:
                real = d(torch.cat((sketch, pairs.picture), 1)).float()
                fake = d(torch.cat((sketch, still), 1)).float()
            judged = adversary.judged(real, fake)  # eq. 13
            if adversary.penalty:
                penalty = losses.gradient_penalty(d, sketch, pairs.picture, still, draws.shares())
                judged = judged + adversary.penalty * penalty
            learners.descend(weight * judged, ["d"])
            d.requires_grad_(False)
            with learners.autocast:
                fooled = d(torch.cat((sketch, found.painted), 1)).float()
            terms["adversarial"] = weight * adversary.fooled(fooled)
        total = torch.stack(list(terms.values())).sum()
        learners.descend(total, [name for name in phase.learn if name != "d"])
        found.remember()
        return self.team.mean(
            {name: float(value.detach()) for name, value in terms.items()}, learners.device
        )

    def _report(self, phase: Phase, values: dict[str, float], steps: int, seconds: float) -> None:
        if self.writer is None:
            return
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

    def validate(self, phase: Phase) -> None:
        """Lets somebody look at the networks, and writes down what was seen."""
        if self.writer is None or self.look is None:
            return
        for network in self.networks.values():
            network.eval()
        values, grid = self.look(self, phase)
        for name, value in values.items():
            self.writer.add_scalar(f"validation/{name}", value, self.total)
        self.writer.add_image(
            "validation", np.ascontiguousarray(grid), self.total, dataformats="HWC"
        )
        with open(self.folder / "validation.jsonl", "a") as file:
            file.write(json.dumps({"total": self.total, "seconds": self.seconds} | values) + "\n")
        print("  validation: " + "  ".join(f"{n} {v:.2f}" for n, v in values.items()), flush=True)
