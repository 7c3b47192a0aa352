"""Measures against values worked out by hand, and the evaluation of runs and bundles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from gp_training.cli import main
from gp_training.data.held_out import Scene, read_scenes, region_colors
from gp_training.evaluation.evaluate import examine, grayness, measure, unusual_colors
from gp_training.evaluation.inception import open_features
from gp_training.evaluation.methods import GuidingPainter
from gp_training.evaluation.served import methods_of
from gp_training.evaluation.tables import markdown, to_csv
from gp_training.networks.guidance import geometric_probabilities
from gp_training.recipe.metrics import (
    delta_e_2000,
    expected,
    frechet_distance,
    psnr,
    required_interactions,
    ssim,
    to_lab,
)
from gp_training.recipe.presets import TINY
from gp_training.run.fit import Trainer
from numpy.typing import NDArray

pytestmark = [
    # The notices of TensorBoard and of the ONNX exporter; nothing here can act on them.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def flat(value: float, side: int = 16) -> NDArray[np.float32]:
    return np.full((3, side, side), value, np.float32)


def test_psnr_of_a_tenth_is_twenty_decibels():
    assert psnr(flat(0.4), flat(0.5)) == pytest.approx(20, abs=1e-4)


def test_ssim_is_one_for_equals_and_the_luminance_term_for_flats():
    assert ssim(flat(0.3), flat(0.3)) == pytest.approx(1)
    c1 = 0.01**2
    by_hand = (2 * 0.2 * 0.6 + c1) / (0.2**2 + 0.6**2 + c1)
    assert ssim(flat(0.2), flat(0.6)) == pytest.approx(by_hand, rel=1e-4)


# The published test data of CIEDE2000 (Sharma et al. 2005).
@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colour_difference_equals_published_values(first, second, distance):
    assert float(delta_e_2000(np.array(first), np.array(second))) == pytest.approx(
        distance, abs=1e-4
    )


def test_lab_of_primaries_equals_published_values():
    lab = to_lab(np.array([[1.0, 1, 1], [1, 0, 0], [0, 0, 0]]))
    assert lab[0] == pytest.approx([100, 0, 0], abs=0.02)
    assert lab[1] == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab[2] == pytest.approx([0, 0, 0], abs=1e-6)


def test_expectation_holds_the_last_value_for_further_hints():
    g = geometric_probabilities(4)
    by_hand = float(10 * g[0] + 12 * g[1] + 13 * g[2:].sum())
    assert expected([10, 12, 13], 4) == pytest.approx(by_hand)


def test_required_interactions_count_the_first_that_suffices():
    assert required_interactions([10, 15, 14, 20], 15, 30) == 1
    assert required_interactions([10, 15, 14, 20], 16, 30) == 3
    assert required_interactions([10, 15, 14, 20], 20, 3) == 3
    assert required_interactions([10, 15, 14, 20], 21, 3) == 4  # never is one more than all
    assert required_interactions([10], 9, 30) == 0


def test_frechet_distance_of_shifted_and_widened_features():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((500, 3))
    assert frechet_distance(values, values) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(values, values + np.array([3, 0, 4])) == pytest.approx(25, rel=1e-6)
    # one feature, twice as wide: (sigma - 2 sigma)^2
    one = values[:, :1]
    spread = one.std(ddof=1) ** 2
    centred = one - one.mean()
    assert frechet_distance(centred, 2 * centred) == pytest.approx(spread, rel=1e-6)


class FlatNetworks:
    """Regions are the pieces; a hint fills its region exactly; all else is gray."""

    def segment(self, sketch, pieces=None):
        assert pieces is not None
        return pieces.astype(np.uint8), np.ones_like(sketch)

    def colorize(self, given):
        table = np.where(given.hinted[:, None], given.colors, 0.5).astype(np.float32)
        return table[given.labels].transpose(2, 0, 1)


def quarters() -> Scene:
    """Regions of 1/2 (number 2), 1/4 (number 0), 1/8 and 1/8; equally far from gray."""
    pieces = np.full((16, 16), 2, np.int32)
    pieces[8:, :8] = 0
    pieces[8:12, 8:] = 1
    pieces[12:, 8:] = 3
    colors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], np.float32)
    picture = colors[pieces].transpose(2, 0, 1)
    return Scene(0, np.ones((16, 16), np.float32), picture, pieces)


def test_orders_of_the_same_regions_have_the_values_of_their_areas():
    examined = examine(GuidingPainter(FlatNetworks(), 4), [quarters()])
    # error 0.25 a pixel on what has no hint: 1/4, then 3/8, ... of the picture is done
    by_hand = [-10 * np.log10(0.25 * rest) for rest in (1, 3 / 4, 5 / 8, 1 / 8)]
    assert examined.orders["learned"][:4] == pytest.approx(by_hand, abs=1e-4)
    by_hand = [-10 * np.log10(0.25 * rest) for rest in (1, 1 / 2, 1 / 4, 1 / 8)]
    assert examined.orders["largest first"][:4] == pytest.approx(by_hand, abs=1e-4)
    assert sorted(examined.shares[:4]) == pytest.approx([1 / 8, 1 / 8, 1 / 4, 1 / 2])
    assert examined.regions == 4


def test_importance_is_the_gain_of_a_single_hint():
    examined = examine(GuidingPainter(FlatNetworks(), 4), [quarters()])
    by_hand = [-10 * np.log10(1 - share) for share in (1 / 4, 1 / 8, 1 / 2, 1 / 8)]
    assert examined.importance == pytest.approx(by_hand, abs=1e-4)


def test_exact_painting_takes_unusual_colours_without_difference():
    examined = examine(GuidingPainter(FlatNetworks(), 4), [quarters()])
    assert examined.taken == pytest.approx(0, abs=1e-3)
    assert examined.taken_unusual == pytest.approx(0, abs=1e-3)


def test_gray_without_hints_is_told_from_the_pictures_colours():
    examined = examine(GuidingPainter(FlatNetworks(), 4), [quarters()])
    assert (examined.chroma, examined.gray) == pytest.approx((0, 1), abs=0.1)
    assert examined.chroma_true > 60
    assert examined.gray_true == 0


def test_white_paper_and_black_solids_are_no_mush():
    picture = np.zeros((3, 4, 4), np.float32)
    picture[:, :2] = 1
    assert grayness(picture, np.ones((4, 4), bool)) == pytest.approx((0, 0), abs=0.1)


def test_unusual_colours_are_the_true_ones_off_by_up_to_64_of_255():
    colors = np.tile(np.array([[0.9, 0.5, 0.1]], np.float32), (4000, 1))
    away = (unusual_colors(colors, np.random.default_rng(0)) - colors) * 255
    assert np.abs(away).max() <= 64.001
    assert away[:, 1].std() == pytest.approx(128 / 12**0.5, rel=0.03)  # uniform
    assert away[:, 0].max() == pytest.approx(0.1 * 255, abs=0.01)  # white is the end
    assert away[:, 2].min() == pytest.approx(-0.1 * 255, abs=0.01)


class Noted(FlatNetworks):
    """Notes what it is asked to paint."""

    def __init__(self):
        self.asked = []

    def colorize(self, given):
        self.asked.append(given)
        return super().colorize(given)


def test_a_region_put_in_front_is_first_and_the_others_keep_their_order():
    scene, method = quarters(), GuidingPainter(FlatNetworks(), 4)
    front = method.divide(scene).in_front(2)
    # regions 2 0 1 3 are now 0 1 2 3
    assert front.labels[0, 0] == 0
    assert front.labels[15, 0] == 1
    assert front.labels[8, 15] == 2
    assert front.labels[15, 15] == 3
    assert front.colors.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 1, 0]]
    assert front.sizes.tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    assert front.order == [0, 1, 2, 3]


def test_the_worth_of_a_region_is_that_of_one_hint_in_front():
    networks = Noted()
    examine(GuidingPainter(networks, 4), [quarters()])
    front = [given for given in networks.asked if given.hinted.tolist() == [1, 0, 0, 0]]
    sizes = [float((given.labels == 0).mean()) for given in front]
    for share in (1 / 4, 1 / 8, 1 / 2, 1 / 8):
        assert share in sizes


def test_no_more_than_seven_regions_get_an_unusual_colour():
    pieces = np.arange(16, dtype=np.int32).repeat(16).reshape(16, 16)
    colors = np.random.default_rng(0).random((16, 3), np.float32)
    scene = Scene(0, np.ones((16, 16), np.float32), colors[pieces].transpose(2, 0, 1), pieces)
    networks = Noted()
    examine(GuidingPainter(networks, 16), [scene])
    same = [np.allclose(given.colors, colors, atol=1e-4) for given in networks.asked]
    unusual = [given for given, true in zip(networks.asked, same, strict=True) if not true]
    assert [given.hinted.sum() for given in unusual if given.hinted.sum() > 1] == [7]


def test_region_colour_is_a_mean_over_paper():
    labels = np.zeros((1, 4), np.int64)
    picture = np.zeros((3, 1, 4), np.float32)
    picture[0, 0] = [1, 0.5, 0, 0]
    weight = np.array([[1, 1, 0, 0]], np.float32)
    assert region_colors(labels, picture, weight, 2)[0] == pytest.approx([0.75, 0, 0])


def test_tables_have_a_row_for_each_result():
    rows = [["a", "b"], ["x", "1"]]
    assert markdown(rows) == "| a | b |\n|---|--:|\n| x | 1 |\n"
    assert to_csv(rows) == "a,b\nx,1\n"


@pytest.fixture(scope="module")
def run(packs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny run, saved before it learned anything: enough to be read and to paint."""
    folder = tmp_path_factory.mktemp("run")
    torch.set_num_threads(1)
    Trainer(TINY, folder, [packs["train"]], seed=3, workers=0).save()
    return folder


@pytest.mark.timeout(400)  # two exports
def test_a_bundle_scores_as_its_run_does(run: Path, packs: dict[str, Path], tmp_path: Path):
    from gp_export.bundling import export_bundle

    bundle = export_bundle(run, tmp_path / "bundle", report=lambda line: None)
    scenes = read_scenes([packs["validation"]], 64, 3)
    ours = measure(GuidingPainter.open(run), scenes)
    shipped = measure(GuidingPainter.open(bundle.path), scenes)
    assert shipped.psnr == pytest.approx(ours.psnr, abs=0.05)
    assert shipped.ssim == pytest.approx(ours.ssim, abs=0.005)
    # Its regions as the daemon makes them stand beside f's own.
    names = [method.name for method in methods_of(bundle.path)]
    assert names == ["as served, flats", "as served, soft", "GuidingPainter"]
    served = measure(methods_of(bundle.path)[0], scenes[:1])
    assert served.psnr[30] > served.psnr[0] + 3


def test_evaluation_is_deterministic(run: Path, packs: dict[str, Path]):
    scenes = read_scenes([packs["validation"]], 64, 2)
    first = examine(GuidingPainter.open(run), scenes)
    assert examine(GuidingPainter.open(run), scenes) == first


def test_features_come_from_a_file_in_the_range_that_inception_expects(tiny_features: Path):
    features = open_features(tiny_features)
    assert features([flat(0.2), flat(1.0)]) == pytest.approx(
        np.array([[51.0] * 3, [255.0] * 3]), abs=1e-3
    )


def test_command_writes_tables_curves_and_sheets_and_says_what_fid_lacks(
    run: Path, packs: dict[str, Path], tmp_path: Path, tiny_features: Path,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    options = ["--data", str(packs["validation"]), "--scenes", "2", "--side", "64"]
    assert main(["evaluate", str(run), *options, "-o", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "FID was left out" in printed
    assert "| learned |" in printed
    names = {path.name for path in tmp_path.iterdir()}
    assert {"report.md", "summary.csv", "psnr.png", "orders.png", "sheet.png"} <= names
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["psnr@0"] > 0
    more = ["--inception", str(tiny_features), "--crops", "8", "-o", str(tmp_path)]
    assert main(["evaluate", str(run), *options, *more]) == 0
    printed = capsys.readouterr().out
    assert "FID was left out" not in printed
    assert "| FID (KID x 1000), with hints | 0 | 1 | 3 | 8 | 30 | N_h ~ G |" in printed
    assert "FID and KID on 8 crops of half a scene's side at 64 px" in printed
    assert "FID over N_h ~ G" in json.loads((tmp_path / "metrics.json").read_text())
    assert not (tmp_path / "features").exists()


def test_folder_that_is_neither_run_nor_bundle_is_a_clear_error(
    packs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["evaluate", str(tmp_path), "--data", str(packs["validation"])]) == 2
    assert "neither a run" in capsys.readouterr().err
