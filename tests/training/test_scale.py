"""Several processes, number formats and compilation change the speed, not the training."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training.networks.luminance import CHROMA, from_luminance, rgb_to_lab
from gp_training.recipe.parallel import Team
from gp_training.recipe.presets import GRAY, PAPER, Phase, Preset
from gp_training.run.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# All of the paper's losses at once, in a few small steps; runs under torchrun and without.
SCRIPT = """
import json, sys
from dataclasses import replace
from pathlib import Path
import torch
from gp_training.run.fit import Trainer
from gp_training.recipe.parallel import Team
from gp_training.recipe.presets import PAPER, Phase

torch.set_num_threads(1)
pack, folder = map(Path, sys.argv[1:])
phase = Phase("one", 40, 32, batch=8, subsets=0.5, merges=0.5, scribbles=0.5)
preset = replace(PAPER, regions=6, segmenter_width=4, colorizer_width=4, discriminator_width=4,
                 phases=(phase,))
team = Team.join("cpu")
trainer = Trainer(preset, folder, [pack], workers=0, precision="fp32", team=team)
curve = []
step = trainer.step
def record(phase, pairs):
    curve.append(step(phase, pairs))
    return curve[-1]
trainer.step = record
assert trainer.run()
if team.rank == 0:
    (folder / "curve.json").write_text(json.dumps(curve))
team.leave()
"""


def small(base: Preset = PAPER) -> Preset:
    return replace(
        base, regions=6, segmenter_width=4, colorizer_width=4, discriminator_width=4,
        phases=(Phase("one", 16, 32, batch=8),),
    )  # fmt: skip


def run_script(launcher: list[str], pack: Path, folder: Path) -> list[dict[str, float]]:
    script = folder.with_suffix(".py")
    script.write_text(SCRIPT)
    command = [sys.executable, "-W", "ignore", *launcher, str(script), str(pack), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "curve.json").read_text())


@pytest.mark.timeout(240)
def test_two_processes_have_the_loss_curve_of_one_with_the_same_global_batch(
    packs: dict[str, Path], tmp_path: Path
):
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    two = run_script(torchrun, packs["train"], tmp_path / "two")
    one = run_script([], packs["train"], tmp_path / "one")
    assert len(one) == 5
    assert set(one[0]) == {"variance", "smoothness", "reconstruction", "adversarial"}
    for alone, shared in zip(one, two, strict=True):
        assert shared == pytest.approx(alone, rel=5e-3)


def test_batch_that_cannot_be_shared_is_a_clear_error():
    with pytest.raises(GuidingPainterError, match="cannot be shared"):
        Team(0, 3).share(16)


def first_losses(
    packs: dict[str, Path], folder: Path, precision: str, compiler: str | None = None
) -> dict[str, float]:
    torch.set_num_threads(1)
    trainer = Trainer(
        small(), folder, [packs["train"]], workers=0,
        precision=precision, compiler=compiler,
    )  # fmt: skip
    seen: list[dict[str, float]] = []
    step = trainer.step

    def record(phase, pairs):
        seen.append(step(phase, pairs))
        return seen[-1]

    trainer.step = record
    trainer.run(seconds=0)
    return seen[0]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_starts_at_the_losses_of_fp32(
    precision: str, packs: dict[str, Path], tmp_path: Path
):
    exact = first_losses(packs, tmp_path / "fp32", precision="fp32")
    half = first_losses(packs, tmp_path / precision, precision=precision)
    assert half == pytest.approx(exact, rel=0.05, abs=0.02)


@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # dynamo looks at it
def test_compiled_networks_compute_the_same_and_keep_their_names(
    packs: dict[str, Path], tmp_path: Path
):
    plain = first_losses(packs, tmp_path / "plain", precision="fp32")
    compiled = first_losses(packs, tmp_path / "compiled", precision="fp32", compiler="eager")
    assert compiled == pytest.approx(plain, rel=1e-4)
    # A compiled run is resumed without compilation, so the checkpoint's names must be plain.
    assert first_losses(packs, tmp_path / "compiled", precision="fp32") != plain


def test_unknown_precision_is_a_clear_error(packs: dict[str, Path], tmp_path: Path):
    with pytest.raises(GuidingPainterError, match="precision"):
        first_losses(packs, tmp_path, precision="fp8")


def test_luminance_and_chroma_make_the_picture_again():
    torch.manual_seed(0)
    picture = torch.rand(2, 3, 8, 8) * 2 - 1
    lab = rgb_to_lab(picture)
    assert lab.abs().max() <= 1.001
    assert torch.allclose(from_luminance(lab[:, :1], lab[:, 1:]), picture, atol=2e-3)
    red = rgb_to_lab(torch.tensor([1.0, -1, -1]).reshape(1, 3, 1, 1)).flatten()
    expected = [53.24 / 50 - 1, 80.09 / CHROMA, 67.20 / CHROMA]
    assert red.tolist() == pytest.approx(expected, abs=1e-3)


def test_colours_outside_srgb_can_still_learn():
    chroma = torch.tensor([0.9, 0.9]).reshape(1, 2, 1, 1).requires_grad_()
    light = torch.full((1, 1, 1, 1), 0.9)
    from_luminance(light, chroma, learning=True).sum().backward()
    assert chroma.grad is not None
    assert chroma.grad.abs().min() > 0


def test_grayscale_mode_trains_on_luminance_and_keeps_it(packs: dict[str, Path], tmp_path: Path):
    torch.set_num_threads(1)
    preset = small(GRAY)
    trainer = Trainer(preset, tmp_path, [packs["train"]], workers=0)
    assert trainer.run()
    g = trainer.networks["g"].eval()
    light = torch.zeros(1, 1, 32, 32)
    hints = [torch.zeros(1, n, 32, 32) for n in (3, 1, 6)]
    with torch.no_grad():
        painted = g(light, *hints)
    assert painted.shape == (1, 3, 32, 32)
    assert torch.allclose(rgb_to_lab(painted)[:, :1], light, atol=0.02)


def test_grayscale_mode_refuses_what_needs_lines():
    with pytest.raises(ValueError, match="per pixel"):
        replace(GRAY, pieces=True)
