"""Networks to be evaluated, from a training run or from a bundle.

A bundle runs in `gp_daemon.networks.engine.Engine`, as for users: what is measured is what ships.
"""

from __future__ import annotations

import contextlib
import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks.bundle import MANIFEST, Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput, Networks
from numpy.typing import NDArray
from torch import Tensor, nn

from gp_training.baselines.building import build_networks
from gp_training.networks.checkpoint import STATE, WEIGHTS, load_checkpoint
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import hint_maps
from gp_training.recipe.presets import Preset, preset_of_run


class TorchNetworks:
    """f and g in torch; see `gp_daemon.networks.interface.Networks`.

    Args:
        f, g: in eval mode, on one device.
        preset: what they are.
        precision: entered around their forward passes; None: single precision.
    """

    def __init__(
        self, f: nn.Module, g: nn.Module, preset: Preset,
        precision: AbstractContextManager[Any] | None = None,
    ) -> None:  # fmt: skip
        self.f, self.g, self.preset = f, g, preset
        self.precision = contextlib.nullcontext() if precision is None else precision
        self.device = next(f.parameters()).device

    @classmethod
    def open(cls, folder: Path, device: str = "cpu") -> TorchNetworks:
        """The networks of a `gp-train fit` run, or of a file of `gp-train weights`."""
        preset = preset_of_run(folder)
        built = build_networks(preset)
        networks = {name: built[name] for name in "fg"}
        load_checkpoint(folder, networks)
        f, g = (network.eval().to(torch.device(device)) for network in networks.values())
        return cls(f, g, preset)

    @torch.no_grad()
    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Sketch [H, W] in 0..1 to labels uint8 [H, W] and margin float32 [H, W]."""
        index = None
        if self.preset.pieces and pieces is not None:
            index = torch.from_numpy(pieces.astype(np.int64))[None].to(self.device)
        with self.precision:
            logits = self.f(self._plane(sketch), index).float()
        margin, labels = logits.softmax(1).max(1)
        return labels[0].to(torch.uint8).cpu().numpy(), margin[0].cpu().numpy()

    @torch.no_grad()
    def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
        """RGB [3, H, W] in 0..1; scribbles are not looked at."""
        index = torch.from_numpy(given.labels.astype(np.int64)).to(self.device)
        segments = torch.nn.functional.one_hot(index, self.preset.regions)
        segments = segments.permute(2, 0, 1)[None].float()
        rgb = torch.from_numpy(given.colors.astype(np.float32))[None].to(self.device) * 2 - 1
        hinted = torch.from_numpy(given.hinted.astype(np.float32))[None].to(self.device)
        color_map, mask = hint_maps(segments, rgb, hinted)
        assert isinstance(self.g, Colorizer)
        with self.precision:
            painted = self.g(self._plane(given.sketch), color_map, mask, segments)
        return ((painted[0].float() + 1) / 2).clamp(0, 1).cpu().numpy()

    def _plane(self, sketch: NDArray[np.float32]) -> Tensor:
        plane = torch.from_numpy(np.ascontiguousarray(sketch, np.float32))[None, None]
        return plane.to(self.device) * 2 - 1


def open_networks(path: Path, device: str = "cpu") -> tuple[Networks, Preset | Bundle]:
    """f and g of a run folder, a weights file or a bundle folder, and what says what they are.

    Raises:
        GuidingPainterError: the folder is neither, or is damaged.
    """
    if (path / MANIFEST).is_file():
        bundle = Bundle.load(path)
        return Engine(bundle, cpu=device == "cpu"), bundle
    if path.is_file() or (path / STATE).is_file():
        networks = TorchNetworks.open(path, device)
        return networks, networks.preset
    raise GuidingPainterError(
        BAD_REQUEST,
        f"{path} is neither a run of gp-train fit, nor a weights file, nor a bundle of gp-export.",
        "Name a weights file, or the folder that holds state.json or bundle.json.",
    )


def digest(path: Path) -> str:
    """Says which networks a run folder, a file or a bundle holds: SHA-256, hexadecimal."""
    files = [path]
    if path.is_dir():
        files = [one for one in (path / WEIGHTS, *sorted(path.glob("*.onnx"))) if one.is_file()]
    found = hashlib.sha256()
    for file in files:
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
