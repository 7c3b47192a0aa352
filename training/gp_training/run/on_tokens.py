"""What runs of networks that learn on f's tokens have in common: matcher and suggester."""

from __future__ import annotations

import argparse
import copy
import hashlib
import time
from collections.abc import Callable, Mapping, Sized
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from gp_training.networks.affinity import Affinity
from gp_training.networks.checkpoint import load_checkpoint, save_checkpoint
from gp_training.networks.weights_file import write_weights_file
from gp_training.run.stepping import follow

_WARM = 200  # steps over which the rate rises
_DECAY = 0.998  # of the averaged weights, a step

Work = TypeVar("Work", bound=Sized)
Losses = TypeVar("Losses")


@dataclass(frozen=True)
class Options:
    """What a run is.

    Attributes:
        f: fingerprint of the f whose tokens it reads.
        steps: gradient steps in all.
        rate: of learning.
        seed: of all random draws.
    """

    f: str
    steps: int = 4000
    rate: float = 1e-3
    seed: int = 1


def fingerprint(f: Affinity) -> str:
    """A name for what an f's tokens are: 16 hexadecimal digits of its weights' sha256.

    The same for a run and its weights file, which rounds convolutions, and whatever its
    calibration.
    """
    digest = hashlib.sha256()
    for name, values in sorted(f.state_dict().items()):
        if name not in ("scale", "offset"):
            rounded = values.half() if values.ndim == 4 else values
            digest.update(name.encode() + rounded.detach().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def learned_on_tokens(state: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint or weights file of such a network says about its training.

    Returns:
        "steps", "hours", "f": `fingerprint` of the f that it learned on; and "data", a line for
        each source.
    """
    if "step" in state:
        return {
            "steps": state["step"],
            "hours": round(state["seconds"] / 3600, 2),
            "f": state["options"]["f"],
            "data": [],
        }
    return state["history"][0]["learned"]


def write_weights(file: Path, name: str, network: nn.Module, learned: dict[str, Any]) -> None:
    """Writes a network as one small file, with what it learned from in its header.

    Args:
        file: to write.
        name: "matcher" or "suggester".
        network: it.
        learned: see `learned_on_tokens`.
    """
    tensors: dict[str, Tensor] = {
        f"{name}.{key}": value for key, value in network.state_dict().items()
    }
    history = [{"network": name, "learned": learned}]
    write_weights_file(file, tensors, {"preset": name, "history": history}, (name,))


class TokenTrainer(Generic[Work]):
    """A network that learns on f's tokens, its average and the optimizer, one step at a time.

    Args:
        name: "matcher" or "suggester".
        options: what the run is.
        network: what learns.
        works: to learn from, by source and name; those of the source "cast" are composed.
        weight_decay: of the optimizer.
        last: share of the steps over which the rate falls to nothing.
    """

    def __init__(
        self,
        name: str,
        options: Options,
        network: nn.Module,
        works: Mapping[tuple[str, str], Work],
        weight_decay: float,
        last: float,
    ) -> None:
        self.name, self.options, self.last = name, options, last
        self.composed = [work for (source, _), work in works.items() if source == "cast"]
        self.real = [work for (source, _), work in works.items() if source != "cast"]
        sizes = np.array([len(work) ** 0.7 for work in self.real])
        self.chances = sizes / max(sizes.sum(), 1e-9)
        self.network, self.average = network, copy.deepcopy(network)
        self.step, self.seconds = 0, 0.0
        self.optimizer = torch.optim.AdamW(
            network.parameters(), options.rate, (0.9, 0.99), weight_decay=weight_decay
        )

    def draw_work(self, rng: np.random.Generator, composed: float) -> Work:
        """A work; of them a share is composed, and the larger of the others come more often."""
        if self.composed and (not self.real or rng.random() < composed):
            return self.composed[rng.integers(len(self.composed))]
        return self.real[rng.choice(len(self.real), p=self.chances)]

    def rate(self) -> float:
        """Of learning at this step."""
        left = (self.options.steps - self.step) / (self.last * self.options.steps)
        return self.options.rate * min(1.0, (self.step + 1) / _WARM, max(left, 0.02))

    def take_step(self, losses: Callable[[np.random.Generator], Losses]) -> Losses:
        """One gradient step.

        Args:
            losses: makes them by the step's random draws, and calls `backward`.

        Returns:
            What that gave.
        """
        begun = time.monotonic()
        rng = np.random.default_rng([self.options.seed, self.step])
        # What is dropped belongs to the step, so that a stopped run goes on exactly.
        torch.manual_seed(int(rng.integers(1 << 62)))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        found = losses(rng)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        follow(self.average, self.network, min(_DECAY, self.step / (self.step + 10)))
        self.seconds += time.monotonic() - begun
        return found

    @property
    def networks(self) -> dict[str, nn.Module]:
        """By their names in a checkpoint."""
        return {self.name: self.average, f"raw_{self.name}": self.network}

    def save(self, folder: Path, history: list[dict[str, Any]]) -> None:
        """Writes a checkpoint."""
        state = {
            "step": self.step, "options": asdict(self.options), "history": history,
            "preset": self.name, "seconds": round(self.seconds),
        }  # fmt: skip
        save_checkpoint(folder, self.networks, {"all": self.optimizer}, state)

    def load(self, folder: Path) -> list[dict[str, Any]]:
        """Goes on from a checkpoint; gives its history."""
        state = load_checkpoint(folder, self.networks, {"all": self.optimizer})
        if state["options"]["f"] != self.options.f:
            raise SystemExit(f"{folder} was begun on another f: start a new run folder.")
        self.step, self.seconds = state["step"], state["seconds"]
        return state["history"]


def arguments_of(about: str | None, name: str, steps: int, every: int) -> argparse.Namespace:
    """What the command of a run was given.

    Args:
        about: for its help.
        name: of the network.
        steps: how many it makes unless told otherwise.
        every: steps from measure to measure, likewise.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder with train, validation")
    parser.add_argument("-f", type=Path, required=True, help="weights file or run of the f")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="stop after so long; may be gone on with")
    parser.add_argument("--every", type=int, default=every, help="steps from measure to measure")
    parser.add_argument("-w", "--weights", type=Path, help=f"file to write the {name} to")
    return parser.parse_args()
