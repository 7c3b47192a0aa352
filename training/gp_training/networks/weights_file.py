"""A run's networks as one small file to keep and to pass on: float16 safetensors.

The file's header holds, as JSON, what the networks are and what they learned from, so the file says
all that is needed to use it and to train on from it. Optimizer state stays in the run folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from gp_client.errors import BAD_REQUEST, UNWRITABLE, GuidingPainterError
from gp_client.files import replacing
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

FORMAT = "guidingpainter weights 1"


def save_tensors(
    tensors: Mapping[str, Tensor], file: Path, notes: Mapping[str, str] | None = None
) -> None:
    """Writes a safetensors file.

    Args:
        tensors: by name, contiguous.
        file: to write.
        notes: strings for its header.

    Raises:
        OSError: it cannot be written, such as where the disk is full.
    """
    try:
        save_file(dict(tensors), file, None if notes is None else dict(notes))
    except SafetensorError as error:  # it hides the system's own
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(file)) from error


def write_weights_file(
    file: Path,
    tensors: Mapping[str, Tensor],
    state: Mapping[str, Any],
    networks: Sequence[str] = "fg",
) -> None:
    """Writes networks; an older file stays until the new one is whole.

    Convolution weights become float16. Vectors (biases, statistics of normalisation) keep their
    type: they are a thousandth of the bytes, and a variance may be larger than float16 holds.

    Args:
        file: to write.
        tensors: of a checkpoint, "NETWORK.PARAMETER" to values; optimizer state is left out.
        state: the checkpoint's JSON; "preset", and "history" of the networks written, are kept.
        networks: names of the networks to write.

    Raises:
        GuidingPainterError: the checkpoint lacks a network, or the file cannot be written.
    """
    chosen: dict[str, Tensor] = {}
    for name in networks:
        own = {key: value for key, value in tensors.items() if key.startswith(f"{name}.")}
        if not own:
            raise GuidingPainterError(
                BAD_REQUEST, f"The run has no network called {name!r}.", "Leave it out."
            )
        for key, value in own.items():
            small = value.ndim == 4 and value.dtype == torch.float32
            chosen[key] = value.to(torch.float16).contiguous() if small else value.contiguous()
    kept = {
        "preset": state["preset"],
        "history": [entry for entry in state["history"] if entry["network"] in networks],
        "networks": networks if isinstance(networks, str) else list(networks),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as part:
            save_tensors(chosen, part, {"format": FORMAT, "state": json.dumps(kept)})
    except OSError as error:
        raise GuidingPainterError(
            UNWRITABLE, f"{file} cannot be written ({error}).", "Name another file."
        ) from error


def read_header(file: Path) -> dict[str, Any]:
    """What the networks of a file are: "preset", "history" and "networks", as written.

    Raises:
        GuidingPainterError: it is no such file.
    """
    try:
        with safe_open(file, "pt") as opened:
            header = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise _foreign(file) from error
    if header.get("format") != FORMAT:
        raise _foreign(file)
    return json.loads(header["state"])


def read_tensors(file: Path) -> dict[str, Tensor]:
    """The networks of a file in float32, "NETWORK.PARAMETER" to values.

    Raises:
        GuidingPainterError: it is no such file.
    """
    read_header(file)  # nothing is taken from a file that is not ours
    return {
        key: value.float() if value.dtype == torch.float16 else value
        for key, value in load_file(file).items()
    }


def _foreign(file: Path) -> GuidingPainterError:
    return GuidingPainterError(
        BAD_REQUEST,
        f"{file} is not a weights file of this version.",
        "Name a file that gp-train weights has written.",
    )
