"""What runs of networks that learn on f's tokens have in common: matcher and suggester."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from gp_training.networks.affinity import Affinity
from gp_training.networks.weights_file import write_weights_file


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
