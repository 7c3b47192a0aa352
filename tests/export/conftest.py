"""A bundle of untrained tiny networks, exported once."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from gp_daemon.networks.bundle import Bundle
from gp_export.bundling import export_bundle
from gp_training.baselines.building import build_networks
from gp_training.networks.checkpoint import save_checkpoint
from gp_training.recipe.presets import TINY


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.set_num_threads(1)
    networks = build_networks(TINY)
    torch.manual_seed(3)  # after building: what is drawn now is the same however networks begin
    for name in "fg":  # statistics other than 0 and 1, as after training
        for key, value in networks[name].state_dict().items():
            if key.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif key.endswith("running_mean"):
                value.uniform_(-0.5, 0.5)
    # g starts with small weights: make its picture depend on its hints
    unet = networks["g"].unet
    assert isinstance(unet, torch.nn.Module)
    for parameter in unet.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0, 0.1)
    state = {"phase": 2, "done": 0, "total": 5, "seconds": 7200.0, "seed": 0}
    state["history"] = [
        {"network": n, "phase": "p", "side": 64, "images": 5, "seconds": 3600.0} for n in "fg"
    ]
    save_checkpoint(folder, networks, {}, state | {"preset": asdict(TINY)})
    return folder


@pytest.fixture(scope="session")
def bundle(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    target = tmp_path_factory.mktemp("bundles") / "tiny"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = {"name": "old", "licence": "CC0-1.0", "author": "A", "figures": {"train": 7}}
        return export_bundle(checkpoint, target, name="tiny", data=[source], report=lambda _: None)
