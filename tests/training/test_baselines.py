"""Each baseline trains by the common loop and ends better than it began."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training.baselines import BASELINES, baseline_preset, task_of
from gp_training.baselines.bucket import Bucket
from gp_training.baselines.building import build_networks
from gp_training.baselines.cic import CicNetwork, color_bins, rebalancing, smoothing
from gp_training.baselines.common import Baseline
from gp_training.baselines.rtug import Rtug
from gp_training.data.held_out import Method, Scene, read_scenes
from gp_training.evaluation.comparison import METHODS, method_of_run, plan
from gp_training.networks.luminance import CHROMA
from gp_training.recipe.hints import Draws
from gp_training.recipe.metrics import psnr
from gp_training.recipe.presets import TINY
from gp_training.run.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SIDE = 32


def mean_psnr(method: Method, scenes: list[Scene], hints: int) -> float:
    return float(np.mean([psnr(method.paint(s, [hints])[0], s.picture) for s in scenes]))


# Decibels by which so many pictures must beat fresh networks, hints given where they are taken.
# CIC, which chooses among hundreds of colours, is the slowest.
@pytest.mark.parametrize(
    ("name", "images", "margin"),
    [("pix2pix", 1536, 1.0), ("cic", 1152, 0.8), ("rtug", 768, 1.0), ("alacgan", 1536, 1.0)],
)
def test_tiny_training_of_a_baseline_ends_better_than_it_began(
    name: str, images: int, margin: float, packs: dict[str, Path], tmp_path: Path
):
    torch.set_num_threads(1)
    preset = baseline_preset(name, TINY, images, SIDE)
    scenes = read_scenes([packs["validation"]], SIDE, 8)
    torch.manual_seed(0)
    task = task_of(preset)
    assert isinstance(task, Baseline)
    fresh = task.build(preset)
    for network in fresh.values():
        network.eval()
    before = mean_psnr(task.method(fresh), scenes, 8)
    run = tmp_path / name
    # In full precision: where a machine is fast at bfloat16 it would be chosen.
    assert Trainer(preset, run, [packs["train"]], workers=0, precision="fp32").run()
    after = mean_psnr(method_of_run(name, run), scenes, 8)
    assert after > before + margin, f"{before:.2f} dB before, {after:.2f} dB after"


def test_plan_gives_every_method_the_same_budget():
    chosen = plan(TINY, 640, 32)
    assert tuple(chosen) == METHODS
    assert chosen["bucket"] is None
    for name in METHODS[1:]:
        preset = chosen[name]
        assert preset is not None
        assert sum(phase.images for phase in preset.phases) == 640
        assert {phase.side for phase in preset.phases} == {32}


def test_unknown_method_is_a_clear_error():
    with pytest.raises(GuidingPainterError, match="method"):
        plan(TINY, 640, 32, ["tea leaves"])


def test_baselines_share_the_trunk_of_ours():
    ours = build_networks(TINY)["g"].state_dict()
    for name in BASELINES:
        theirs = build_networks(baseline_preset(name, TINY, 64, 32))["g"].state_dict()
        middle = [key for key in ours if "unet" in key and "encoder1.0" not in key]
        middle = [key for key in middle if "output" not in key]
        assert [theirs[key].shape for key in middle] == [ours[key].shape for key in middle]


def boxes() -> Scene:
    """Two closed boxes on a ground, sizes 20x20 and 8x8, in colours of their own."""
    sketch = np.ones((48, 48), np.float32)
    picture = np.full((3, 48, 48), 0.5, np.float32)
    for top, side, color in ((2, 22, (1, 0, 0)), (32, 10, (0, 0, 1))):
        sketch[top : top + side, 4 : 4 + side] = 0
        sketch[top + 1 : top + side - 1, 5 : 3 + side] = 1
        picture[:, top : top + side, 4 : 4 + side] = np.array(color)[:, None, None]
    return Scene(0, sketch, picture * sketch, np.zeros((48, 48), np.int32))


def test_bucket_fills_the_largest_area_first_and_keeps_the_ink():
    scene = boxes()
    none, one, two, three = Bucket().paint(scene, [0, 1, 2, 3])
    assert (none[:, 40, 40] == 1).all()
    assert one[:, 40, 40] == pytest.approx([0.5] * 3)  # the ground is the largest
    assert (one[:, 12, 12] == 1).all()
    assert two[:, 12, 12] == pytest.approx([1, 0, 0])
    assert (two[:, 36, 8] == 1).all()
    assert three[:, 36, 8] == pytest.approx([0, 0, 1])
    assert three[:, 2, 10].max() == 0


def test_one_hint_more_keeps_the_hints_before_it():
    preset = baseline_preset("rtug", TINY, 64, 48)
    seen: list[torch.Tensor] = []

    class Recorder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.anchor = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return x[:, 1:4]

    assert preset.method == "rtug"
    Rtug().method({"g": Recorder()}).paint(boxes(), [1, 4])
    first, second = seen[0][0, 4] > 0, seen[1][0, 4] > 0
    assert first.any()
    assert (second[first]).all()
    assert second.sum() > first.sum()


def test_colour_bins_are_those_that_srgb_reaches():
    bins = {tuple(one) for one in color_bins().tolist()}
    assert len(bins) == 259  # 313 as published, where the rim is wider
    assert {(0.0, 0.0), (80.0, 70.0), (80.0, -110.0)} <= bins  # gray, red, blue
    assert not {(100.0, 0.0), (0.0, 100.0), (-90.0, -10.0)} & bins


def test_a_colour_is_shared_out_among_its_five_nearest_bins():
    network = CicNetwork(4, False)
    bins, shares = network.encoded((torch.tensor([20.0, -10.0]) / CHROMA).reshape(1, 2, 1, 1))
    near = network.bins[bins[0, 0, 0]].tolist()
    assert near[0] == [20.0, -10.0]
    assert sorted(near[1:]) == [[10.0, -10.0], [20.0, -20.0], [20.0, 0.0], [30.0, -10.0]]
    # by hand: distances 0, 10, 10, 10, 10 with sigma 5, so weights 1 and exp(-2) four times
    whole = 1 + 4 * math.exp(-2)
    expected = [1 / whole, *[math.exp(-2) / whole] * 4]
    assert shares[0, 0, 0].tolist() == pytest.approx(expected, rel=1e-4)


def test_the_prior_is_smoothed_by_a_gaussian_and_stays_one_of_shares():
    bins = torch.tensor([[0.0, 0.0], [10.0, 0.0], [500.0, 0.0]])
    smoothed = smoothing(bins) @ torch.tensor([1.0, 0.0, 0.0])
    near = math.exp(-2)  # 10 of 5 away
    assert smoothed.tolist() == pytest.approx([1 / (1 + near), near / (1 + near), 0], abs=1e-6)


def test_rtugs_loss_is_all_but_l1():
    picture = torch.tensor([0.5])
    assert float(Rtug().compare(torch.zeros(1), picture)) == pytest.approx(0.5 - 1 / 220)
    small = torch.tensor([1 / 220])  # below 1 / 110 it is a square
    assert float(Rtug().compare(torch.zeros(1), small)) == pytest.approx(110 / 2 / 220**2)


def test_rtug_reveals_one_picture_in_a_hundred():
    count = 1000
    generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
    pictures = torch.rand(count, 3, 24, 24)
    colors, mask = Rtug()._draw(pictures, 30, Draws(torch.Generator(), generators, generators))
    whole = mask.amin((1, 2, 3)) > 0
    assert 4 <= int(whole.sum()) <= 18  # 10 are expected; marks cover no whole picture
    assert (colors[whole] == pictures[whole]).all()


def test_rare_colours_weigh_more_and_the_mean_weight_is_one():
    shares = torch.tensor([0.7, 0.2, 0.1])
    weights = rebalancing(shares)
    assert float((weights * shares).sum()) == pytest.approx(1)
    # by hand: 1 / (0.35 + 1/6), 1 / (0.1 + 1/6), 1 / (0.05 + 1/6) before scaling
    assert float(weights[2] / weights[0]) == pytest.approx((0.35 + 1 / 6) / (0.05 + 1 / 6))
