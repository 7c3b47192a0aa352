"""Checkpoints: weights and optimizer state in safetensors, the rest in a small JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.files import replacing
from safetensors.torch import load_file
from torch import Tensor, nn

from gp_training.networks.weights_file import read_header, read_tensors, save_tensors

WEIGHTS, STATE = "weights.safetensors", "state.json"


def save_checkpoint(
    folder: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    state: dict[str, Any],
) -> None:
    """Writes a checkpoint; the old one stays until the new one is whole.

    Args:
        folder: of the run.
        networks: by name.
        optimizers: by the name of their network.
        state: JSON values; written last, naming the weights that it belongs to.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    tensors: dict[str, Tensor] = {}
    for name, network in networks.items():
        for key, value in network.state_dict().items():
            tensors[f"{name}.{key}"] = value.contiguous()
    for name, optimizer in optimizers.items():
        for index, values in optimizer.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"adam.{name}.{index}.{key}"] = torch.as_tensor(value).contiguous()
    # The inner block ends first: the state takes its name after the weights that it belongs to.
    with replacing(folder / STATE) as state_file, replacing(folder / WEIGHTS) as weights_file:
        save_tensors(tensors, weights_file)
        state_file.write_text(json.dumps(state, indent=1))


def read_state(folder: Path) -> dict[str, Any]:
    """The JSON part of a checkpoint.

    Args:
        folder: of a run, or a weights file, which has only "preset", "history" and "networks".

    Raises:
        GuidingPainterError: there is none.
    """
    if folder.is_file():
        return read_header(folder)
    path = folder / STATE
    if not path.is_file() or not (folder / WEIGHTS).is_file():
        raise GuidingPainterError(
            BAD_REQUEST, f"{folder} holds no checkpoint.", "Name the folder of a gp-train fit run."
        )
    return json.loads(path.read_text())


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint, or of a weights file in float32, "NETWORK.PARAMETER" to values.

    Raises:
        GuidingPainterError: there are none.
    """
    read_state(folder)
    return read_tensors(folder) if folder.is_file() else load_file(folder / WEIGHTS)


def load_checkpoint(
    folder: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer] | None = None,
) -> dict[str, Any]:
    """Fills networks, and optimizers if given, from a checkpoint.

    Args:
        folder: of a run, or a weights file, which has no optimizer state.
        networks: by name.
        optimizers: by the name of their network.

    Returns:
        The JSON part.

    Raises:
        GuidingPainterError: there is none, or it is of other networks.
    """
    state = read_state(folder)
    tensors = read_weights(folder)
    try:
        for name, network in networks.items():
            prefix = name + "."
            own = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
            network.load_state_dict(own)
    except RuntimeError as error:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"The checkpoint in {folder} is of other networks than are wanted here.",
            "Start a new run folder, or name a checkpoint of the same preset.",
        ) from error
    for name, optimizer in (optimizers or {}).items():
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith(f"adam.{name}."):
                index, part = key.split(".")[2:]
                moments.setdefault(int(index), {})[part] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    return state
