"""Each baseline trains by the common loop and ends better than it began."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from gp_client.errors import GuidingPainterError
from gp_training.baselines import BASELINES, baseline_preset, task_of
from gp_training.baselines.alacgan import Alacgan, AlacganPainter, quartered
from gp_training.baselines.bins import BinsOfLevels, color_bins, cross_entropy, encoded
from gp_training.baselines.bucket import Bucket
from gp_training.baselines.building import build_networks
from gp_training.baselines.cic import rebalancing, smoothing
from gp_training.baselines.common import Baseline
from gp_training.baselines.rtug import Rtug, RtugNetwork, huber
from gp_training.data.held_out import Method, Scene, read_scenes
from gp_training.evaluation.comparison import METHODS, method_of_run, plan
from gp_training.networks.luminance import CHROMA, rgb_to_lab
from gp_training.networks.unet import UNet
from gp_training.recipe import losses
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners
from gp_training.recipe.metrics import psnr
from gp_training.recipe.presets import GRAY, TINY, Preset
from gp_training.recipe.tasks import Pairs
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
        if name == "alacgan":  # meets its hints there
            middle = [key for key in middle if "encoder3.0" not in key]
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
    known = color_bins()
    bins, shares = encoded((torch.tensor([20.0, -10.0]) / CHROMA).reshape(1, 2, 1, 1), known)
    near = known[bins[0, 0, 0]].tolist()
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
    assert float(huber(torch.zeros(1), picture)) == pytest.approx(0.5 - 1 / 220)
    small = torch.tensor([1 / 220])  # below 1 / 110 it is a square
    assert float(huber(torch.zeros(1), small)) == pytest.approx(110 / 2 / 220**2)


def test_bins_cost_what_a_soft_encoding_has_left_to_learn():
    bins, shares = torch.tensor([[[[2, 0]]]]), torch.tensor([[[[0.75, 0.25]]]])
    logits = torch.tensor([1.0, 5.0, 3.0]).reshape(1, 3, 1, 1)
    whole = math.log(math.exp(1) + math.exp(5) + math.exp(3))
    expected = 0.75 * (whole - 3) + 0.25 * (whole - 1)
    assert float(cross_entropy(logits, bins, shares)) == pytest.approx(expected)


def test_bins_are_told_from_all_levels_and_teach_the_trunk_nothing():
    unet = UNet(1, 3, width=4)
    levels = unet.levels(torch.rand(2, 1, 48, 32))
    assert sum(level.shape[1] for level in levels) == 31 * 4
    assert levels[-1] is not levels[0]
    classes = BinsOfLevels(4)
    logits = classes(levels, (48, 32))
    assert logits.shape == (2, 259, 12, 8)
    logits.sum().backward()
    assert classes.layers[0].weight.grad is not None
    assert all(parameter.grad is None for parameter in unet.parameters())


@pytest.mark.parametrize("like", [TINY, replace(GRAY, colorizer_width=8)], ids=["color", "gray"])
def test_rtug_learns_bins_and_colours_side_by_side(like: Preset):
    torch.manual_seed(0)
    preset = baseline_preset("rtug", like, 64, SIDE)
    task = task_of(preset)
    learners = Learners(task.build(preset), torch.device("cpu"))
    picture = torch.rand(2, 3, SIDE, SIDE) * 2 - 1
    pairs = Pairs(torch.ones(2, 1, SIDE, SIDE), picture, torch.zeros(2, SIDE, SIDE).long())
    found = task.losses(learners, preset, preset.phases[0], 1.0, pairs, Draws.of(0, 0, 0, 2))
    assert set(found.terms) == {"reconstruction", "bins"}
    # What nobody has learned is as likely as everything: the logarithm of 259, about.
    assert found.terms["bins"].item() == pytest.approx(math.log(259), abs=0.3)
    # A fresh network says 0: what is lost is L1 of the colours told, RGB or ab, times 30.
    told = rgb_to_lab(picture)[:, 1:] if preset.mode == "gray" else picture
    lost = found.terms["reconstruction"].item()
    assert lost == pytest.approx(30 * told.abs().mean().item(), rel=0.05)
    torch.stack(list(found.terms.values())).sum().backward()
    g = learners.networks["g"]
    assert isinstance(g, RtugNetwork)
    assert g.unet.output.weight.grad is not None
    assert found.painted is None


def test_rtug_in_gray_keeps_the_luminance_and_takes_its_hints_in_ab():
    preset = baseline_preset("rtug", GRAY, 64, SIDE)
    assert preset.mode == "gray"
    assert baseline_preset("cic", GRAY, 64, SIDE).mode == "color"
    task = task_of(preset)
    assert isinstance(task, Rtug)
    network = task.build(preset)["g"].eval()
    scene = boxes()
    seen: list[torch.Tensor] = []
    network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    painted = torch.from_numpy(task.method({"g": network}).paint(scene, [6])[0]) * 2 - 1
    true = rgb_to_lab(torch.from_numpy(scene.picture)[None] * 2 - 1)
    x = seen[0]
    assert x.shape == (1, 4, 48, 48)
    assert torch.allclose(x[:, :1], true[:, :1])
    whole = F.avg_pool2d(x[:, 3:], 3, 1, 1) == 1  # within a mark
    assert whole.any()
    assert x[:, 1:3].abs().amax() <= true[:, 1:].abs().amax()
    # A fresh network's ab is all but gray, which every lightness has.
    assert torch.allclose(rgb_to_lab(painted[None])[0, 0], true[0, 0], atol=0.02)
    assert isinstance(network, RtugNetwork)


def test_hints_reach_alacgan_at_a_quarter_of_the_side():
    colors, mask = torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    colors[:, 0, :2, :2], mask[:, :, :2, :2] = 0.5, 1  # a quarter of the first square
    colors[:, 1, 4:, 4:], mask[:, :, 4:, 4:] = -1, 1  # all of the last
    colors[:, 1, 4:, 6:] = -0.5
    small = quartered(colors, mask)
    assert small.shape == (1, 4, 2, 2)
    assert small[0, :, 0, 0].tolist() == [0.5, 0, 0, 1]
    assert small[0, :, 1, 1].tolist() == [0, -0.75, 0, 1]
    assert small[0, :, 0, 1].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("stem", [False, True])
def test_alacgan_paints_by_its_hints_with_and_without_a_stem(stem: bool):
    torch.manual_seed(0)
    network = AlacganPainter(4, stem).eval()
    seen: list[tuple[int, ...]] = []
    network.hints.register_forward_hook(lambda module, inputs, out: seen.append(out.shape))
    x = torch.zeros(1, 5, 64, 32)
    without = network(x)
    assert without.shape == (1, 3, 64, 32)
    assert seen == [(1, 4, 16, 8)]
    x[:, 1, 8:12, 8:12], x[:, 4, 8:12, 8:12] = 1, 1
    assert not torch.equal(network(x), without)


def test_alacgans_hint_is_one_square_of_its_maps_in_its_mean_colour():
    picture = torch.rand(3, 48, 32)
    colors, mask = torch.zeros(3, 48, 32), torch.zeros(1, 48, 32)
    Alacgan().lay(picture, colors, mask, torch.Generator().manual_seed(4))
    squares = F.avg_pool2d(mask[None], 4)[0, 0]
    assert sorted(squares.flatten().tolist())[-2:] == [0, 1]
    row, column = (squares == 1).nonzero()[0].tolist()
    inside = (slice(None), slice(4 * row, 4 * row + 4), slice(4 * column, 4 * column + 4))
    assert torch.allclose(colors[inside].mean((1, 2)), picture[inside].mean((1, 2)))
    assert torch.equal(colors[inside].amax((1, 2)), colors[inside].amin((1, 2)))


class Linear(torch.nn.Module):
    """A critic that weighs channels: 5 for the sketch, (2, 3, 6) for the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor([5.0, 2.0, 3.0, 6.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bchw,c->bhw", x, self.weights)[:, None]


def test_gradient_penalty_of_a_linear_critic_is_known():
    critic = Linear()
    sketch, picture, painted = (
        torch.rand(2, 1, 2, 2),
        torch.rand(2, 3, 2, 2),
        torch.rand(2, 3, 2, 2),
    )
    penalty = losses.gradient_penalty(critic, sketch, picture, painted, torch.tensor([0.2, 0.9]))
    # A score is a mean of 4 pixels, each of slope (2, 3, 6) / 4: norm sqrt(4) * 7 / 4 = 3.5
    assert penalty.item() == pytest.approx((3.5 - 1) ** 2)
    penalty.backward()
    # d/dw (|w| / 2 - 1)^2 = (|w| / 2 - 1) w / |w|; the sketch is no picture
    assert critic.weights.grad is not None
    assert critic.weights.grad.tolist() == pytest.approx([0, 2.5 * 2 / 7, 2.5 * 3 / 7, 2.5 * 6 / 7])


def test_gradient_penalty_is_taken_between_true_and_painted():
    class Square(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x[:, 1:] ** 2).sum(1, keepdim=True) / 2  # slope x

    one = torch.ones(1, 3, 1, 1)
    shares = torch.tensor([0.25])
    penalty = losses.gradient_penalty(Square(), one[:, :1], 4 * one, 0 * one, shares)
    assert penalty.item() == pytest.approx((math.sqrt(3) - 1) ** 2)  # at (1, 1, 1)


def test_a_wasserstein_critic_tells_scores_apart_and_keeps_them_near_nought():
    real = torch.tensor([[2.0, 4.0], [-1.0, 1.0]]).reshape(2, 1, 1, 2)  # pictures of 3 and 0
    painted = torch.tensor([1.0, 1.0]).reshape(2, 1, 1, 1)
    expected = 1 - 1.5 + 0.001 * (9 + 0) / 2
    assert float(losses.wasserstein_critic(real, painted)) == pytest.approx(expected)
    assert float(losses.wasserstein_generator(real)) == pytest.approx(-1.5)


def test_alacgans_critic_judges_each_picture_by_itself(
    packs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    torch.set_num_threads(1)
    preset = baseline_preset("alacgan", TINY, 32, SIDE)
    trainer = Trainer(preset, tmp_path, [packs["train"]], workers=0, precision="fp32")
    d = trainer.networks["d"]
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in d.modules())
    called: list[float] = []
    penalty = losses.gradient_penalty

    def watched(*arguments: torch.Tensor) -> torch.Tensor:
        found = penalty(*arguments)  # type: ignore[arg-type]
        called.append(found.item())
        return found

    monkeypatch.setattr(losses, "gradient_penalty", watched)
    assert trainer.run()
    assert len(called) == 2  # one critic step for each of the painter's
    assert called[0] > 0


def test_rtug_reveals_one_picture_in_a_hundred():
    count = 1000
    generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
    pictures = torch.rand(count, 3, 24, 24)
    colors, mask = Rtug().draw(pictures, 30, Draws(torch.Generator(), generators, generators))
    whole = mask.amin((1, 2, 3)) > 0
    assert 4 <= int(whole.sum()) <= 18  # 10 are expected; marks cover no whole picture
    assert (colors[whole] == pictures[whole]).all()


def test_rare_colours_weigh_more_and_the_mean_weight_is_one():
    shares = torch.tensor([0.7, 0.2, 0.1])
    weights = rebalancing(shares)
    assert float((weights * shares).sum()) == pytest.approx(1)
    # by hand: 1 / (0.35 + 1/6), 1 / (0.1 + 1/6), 1 / (0.05 + 1/6) before scaling
    assert float(weights[2] / weights[0]) == pytest.approx((0.35 + 1 / 6) / (0.05 + 1 / 6))
