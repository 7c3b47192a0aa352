"""A run's networks as one small file: what it holds, and that training starts from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training import cli
from gp_training.baselines.building import build_networks
from gp_training.evaluation import reports
from gp_training.evaluation.engines import open_networks
from gp_training.networks.checkpoint import (
    load_checkpoint,
    read_state,
    read_weights,
    save_checkpoint,
)
from gp_training.networks.weights_file import write_weights_file
from gp_training.recipe.presets import DEFAULT, TINY, Preset, preset_of_run
from gp_training.run.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def run(packs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has hardly begun."""
    folder = tmp_path_factory.mktemp("runs") / "begun"
    torch.set_num_threads(1)
    trainer = Trainer(TINY, folder, [packs["train"]], workers=0)
    trainer.run(seconds=0)
    return folder


@pytest.fixture(scope="module")
def file(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "ours.safetensors"
    assert cli.main(["weights", str(run), str(path)]) == 0
    return path


def test_file_holds_the_networks_within_half_precision_and_no_optimizer(run: Path, file: Path):
    written, kept = read_weights(run), read_weights(file)
    assert set(kept) == {key for key in written if key.startswith(("f.", "g."))}
    for key, value in kept.items():
        assert value.dtype == written[key].dtype, key
        assert torch.allclose(value, written[key], rtol=1e-3, atol=1e-7), key
        if value.ndim < 4:
            assert torch.equal(value, written[key]), "vectors are kept exactly"
    assert file.stat().st_size < 0.3 * (run / "weights.safetensors").stat().st_size


def test_file_says_what_the_networks_are_and_what_they_saw(run: Path, file: Path):
    assert preset_of_run(file) == TINY
    history = read_state(run)["history"]
    assert history, "the run has taken a step"
    assert read_state(file)["history"] == [h for h in history if h["network"] in "fg"]


def test_file_of_the_default_networks_is_under_thirty_megabytes(tmp_path: Path):
    tensors = {
        f"{name}.{key}": value
        for name, network in build_networks(DEFAULT).items()
        for key, value in network.state_dict().items()
    }
    path = tmp_path / "default.safetensors"
    write_weights_file(path, tensors, {"preset": {}, "history": []})
    assert path.stat().st_size < 30e6


def test_evaluation_opens_the_file_like_a_run(file: Path):
    networks, kind = open_networks(file)
    assert isinstance(kind, Preset)
    sketch = torch.ones(32, 32).numpy()
    labels, _ = networks.segment(sketch, torch.zeros(32, 32, dtype=torch.int32).numpy())
    assert labels.shape == (32, 32)


def test_new_run_starts_from_the_file_and_keeps_its_history(
    file: Path, packs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reports, "scene_packs", lambda split: [packs[split]])
    folder = tmp_path / "new"
    options = ["--weights", str(file), "--minutes", "0", "--workers", "0", "--preset", "tiny"]
    assert cli.main(["fit", str(folder), *options]) == 0
    # One step of f has been taken since; g still is what the file holds.
    started = read_weights(file)
    assert all(
        torch.equal(value, started[key])
        for key, value in read_weights(folder).items()
        if key.startswith("g.")
    )
    seen, now = (
        sum(h["images"] for h in read_state(path)["history"] if h["network"] == "f")
        for path in (file, folder)
    )
    assert now == seen + TINY.phases[0].batch


def test_missing_network_is_a_clear_error(run: Path, tmp_path: Path):
    assert cli.main(["weights", str(run), str(tmp_path / "w"), "--networks", "x"]) == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("content", [b"", b"not a weights file, but long enough to look at"])
def test_alien_file_is_a_clear_error(content: bytes, tmp_path: Path):
    path = tmp_path / "alien"
    path.write_bytes(content)
    with pytest.raises(GuidingPainterError, match="not a weights file"):
        read_state(path)


def test_file_of_other_networks_is_a_clear_error(file: Path):
    with pytest.raises(GuidingPainterError, match="other networks"):
        load_checkpoint(file, {"f": build_networks(DEFAULT)["f"]})


def test_a_full_disk_is_said_and_the_checkpoint_before_stays(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # no such thing on Windows
    network = torch.nn.Linear(100, 100)
    save_checkpoint(tmp_path, {"g": network}, {}, {"total": 1})
    before = (tmp_path / "weights.safetensors").read_bytes()
    torch.nn.init.zeros_(network.weight)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(GuidingPainterError, match=r"weights\.safetensors cannot be written"):
            save_checkpoint(tmp_path, {"g": network}, {}, {"total": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "weights.safetensors").read_bytes() == before
    assert read_state(tmp_path)["total"] == 1
    assert {one.name for one in tmp_path.iterdir()} == {"weights.safetensors", "state.json"}
