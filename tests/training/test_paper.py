"""`gp-train paper`: which runs an item needs, what is measured, and the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training import cli
from gp_training.baselines.common import TrainedBaseline
from gp_training.baselines.rtug import Rtug
from gp_training.data.held_out import Scene
from gp_training.evaluation import paper, paper_report, reports
from gp_training.evaluation.distances import Distances, Observer
from gp_training.evaluation.evaluate import Measured, Needed
from gp_training.evaluation.inside import InsideRegions, mark
from gp_training.evaluation.methods import Guided, GuidingPainter
from gp_training.evaluation.paper import ITEMS, Results, budget_of, chosen_items, runs_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_items_come_in_the_papers_order_and_all_are_all() -> None:
    assert chosen_items(["fig5", "table1"]) == ["table1", "fig5"]
    assert chosen_items(["all"]) == list(ITEMS)
    with pytest.raises(GuidingPainterError, match="table9"):
        chosen_items(["table9"])
    with pytest.raises(GuidingPainterError, match="huge"):
        budget_of("huge")


def test_every_run_of_a_report_has_the_same_budget() -> None:
    runs = runs_of(list(ITEMS), budget_of("small"))
    assert len(runs) == 10
    totals = {name: sum(phase.images for phase in run.phases) for name, run in runs.items()}
    for name, total in totals.items():
        assert total == pytest.approx(3000, abs=16), name
    assert {phase.side for run in runs.values() for phase in run.phases} == {64}
    assert {run.colorizer_width for run in runs.values()} == {16}


def test_the_papers_budget_is_the_papers() -> None:
    run = runs_of(["fig5"], budget_of("paper"))["paper"]
    assert [phase.images for phase in run.phases] == [2_000_000, 500_000]
    assert (run.segmenter_width, run.phases[0].side, run.phases[0].batch) == (64, 256, 12)


def test_ablations_differ_from_the_method_by_their_losses_alone() -> None:
    runs = runs_of(["table3"], budget_of("small"))
    assert list(runs) == ["paper", "ablation a", "ablation b", "ablation c"]
    whole = runs.pop("paper")
    kept = {"a": (30, 0, 0, 0), "b": (30, 0, 0, 0.2), "c": (30, 5, 0, 0.2)}
    for name, run in runs.items():
        for phase, full in zip(run.phases, whole.phases, strict=True):
            weights = phase.weights
            found = (
                weights.reconstruction, weights.variance, weights.smoothness, weights.adversarial
            )  # fmt: skip
            assert found == kept[name[-1]]
            assert replace(phase, weights=full.weights) == full


def test_marks_in_our_regions_need_our_run_and_theirs() -> None:
    assert list(runs_of(["table6"], budget_of("small"))) == ["rtug", "alacgan", "paper"]
    assert runs_of(["table5", "fig4"], budget_of("small")) == {}


def test_a_mark_is_the_largest_square_in_the_middle_of_a_region() -> None:
    region = np.zeros((20, 30), np.bool_)
    region[3:8, 4:25] = True  # five rows: a square of five
    rows, columns = mark(region)
    assert (rows.start, rows.stop) == (3, 8)
    assert columns.stop - columns.start == 5
    assert region[rows, columns].all()
    region[:] = True
    rows, columns = mark(region)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (9, 9)
    region[:] = False
    region[19, 0] = True
    assert mark(region) == (slice(19, 20), slice(0, 1))


class Recorder(torch.nn.Module):
    """Paints nothing, and keeps what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x)
        return x[:, 1:4]


class Guide(GuidingPainter):
    """Divides a scene into right and left."""

    def __init__(self) -> None:
        pass

    def divide(self, scene: Scene) -> Guided:
        labels = np.ones(scene.sketch.shape, np.uint8)
        labels[:, 16:] = 0
        return Guided(labels, [0, 1], np.zeros((2, 3), np.float32), np.array([0.5, 0.5]))


def test_a_baselines_marks_lie_in_our_regions_in_our_order() -> None:
    picture = np.zeros((3, 32, 32), np.float32)
    picture[0, :, 16:] = 1  # the right is red, the left black
    scene = Scene(0, np.ones((32, 32), np.float32), picture, np.zeros((32, 32), np.int32))
    network = Recorder()
    method = InsideRegions(TrainedBaseline(Rtug(), network), Guide())
    assert method.name == "rtug in our regions"
    method.paint(scene, [0, 1, 30])
    masks = [seen[0, 4] for seen in network.seen]
    assert not masks[0].any()
    assert masks[1][:, :16].sum() == 0
    assert masks[1].sum() == 81
    assert masks[2][:, :16].sum() == 81
    reds = network.seen[2][0, 1][masks[2] > 0]
    assert sorted(set(reds.tolist())) == [-1, 1]


def measured(name: str, psnr: list[float]) -> Measured:
    needed = [Needed(threshold, 4.0, 0.75) for threshold in (16.0, 18.0)]
    return Measured(name, psnr, [0.5] * len(psnr), psnr[-1], 0.5, needed)


class Told(Results):
    """Results that are given."""

    def __init__(self, found: dict[str, list[float]], folder: Path) -> None:
        super().__init__(folder, [], None, "nothing")
        self._found = found

    def measured(self, name: str, progress: object = None) -> Measured:
        return measured(name, self._found.get(name, [9.0, 9.0]))


def test_the_first_table_says_whether_the_claim_holds(tmp_path: Path) -> None:
    small = budget_of("small")
    better = Told({"paper": [10.0, 15.0], "rtug": [11.0, 14.0]}, tmp_path)
    text = paper_report.write(["table1"], better, small, [])
    assert "| paper | 15.00 | 10.00 |" in text  # with hints, without
    assert "Here it holds: 15.00 dB, the best of the four networks (rtug) 14.00." in text
    worse = Told({"paper": [10.0, 13.0], "rtug": [11.0, 14.0]}, tmp_path)
    assert "**does not hold**" in paper_report.write(["table1"], worse, small, [])
    alike = Told({"paper": [10.0, 14.05], "rtug": [11.0, 14.0]}, tmp_path)
    assert "cannot be told, under 0.1 dB" in paper_report.write(["table1"], alike, small, [])


def test_a_simulated_colourist_takes_twice_as_long_where_nobody_says_where(
    tmp_path: Path,
) -> None:
    text = paper_report.write(["table2"], Told({}, tmp_path), budget_of("small"), [])
    # 4 hints of 1.35 + 1.10 + 0.20 s, or of twice that
    assert "| paper | 2.65 | 11 (75%) |" in text
    assert "| rtug | 5.30 | 21 (75%) |" in text


def test_a_method_is_measured_once_and_anew_on_other_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def measure(method: object, scenes: object, regions: int, **rest: object) -> Measured:
        calls.append(str(method))
        return measured("of another name", [1.0, 2.0])

    monkeypatch.setattr(paper, "measure", measure)
    monkeypatch.setattr(paper, "open_method", lambda name, folder: name)
    results = Results(tmp_path, [], None, "32 scenes")
    assert results.measured("rtug") == results.measured("rtug")
    assert results.measured("rtug").name == "rtug"
    assert calls == ["rtug"]
    Results(tmp_path, [], None, "64 scenes").measured("rtug")
    assert calls == ["rtug", "rtug"]


def test_a_method_is_measured_anew_once_its_run_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def measure(method: object, scenes: object, regions: int, **rest: object) -> Measured:
        calls.append(str(method))
        return measured("any", [1.0, 2.0])

    monkeypatch.setattr(paper, "measure", measure)
    monkeypatch.setattr(paper, "open_method", lambda name, folder: name)
    for name in ("rtug", "paper"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights.safetensors").write_text("first")
    results = Results(tmp_path, [], None, "32 scenes")
    for _ in range(2):
        results.measured("rtug")
        results.measured("rtug in our regions")
    assert calls == ["rtug", "rtug in our regions"]
    (tmp_path / "paper" / "weights.safetensors").write_text("second")
    results.measured("rtug")
    results.measured("rtug in our regions")  # whose regions are of "paper"
    assert calls[2:] == ["rtug in our regions"]


class Enough(list[int]):
    """A thousand crops."""

    side = 64


class Watched:
    """An observer of a thousand crops."""

    crops = Enough(range(1000))

    def floor(self) -> tuple[float, float]:
        return 7.25, 0.0005


def test_the_table_of_distances_says_who_is_nearest_and_who_gains(tmp_path: Path) -> None:
    class Far(Told):
        def distances(self, name: str) -> Distances:
            kid = {"bucket": [0.3, 0.1], "paper": [0.2, 0.2]}.get(name, [0.5, 0.6])
            return Distances(name, 1000, [0, 8], [1.0, 1.0], kid, 1.5, 0.05)

    small, results = budget_of("small"), Far({}, tmp_path)
    text = paper_report.write(["fid"], results, small, [])
    assert "Not measured: it needs `--inception FILE`." in text
    results.observer = cast(Observer, Watched())
    text = paper_report.write(["fid", "table1"], results, small, [])
    assert "by the number of hints: paper with 0, bucket with 8." in text
    assert "Nearer with 8 hints than with none: bucket.\n" in text
    assert "FID 7.2, KID x 1000 0.5." in text
    assert "| paper | 9.00 | 9.00 | 0.500 | 1.5 | 50.0 |" in text  # Table 1 has what N_h ~ G gives


def test_the_command_stops_goes_on_and_reports(
    packs: dict[str, Path], tmp_path: Path, tiny_features: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    torch.set_num_threads(1)
    monkeypatch.setattr(reports, "scene_packs", lambda split: [packs[split]])
    few = replace(budget_of("tiny"), images=24)
    monkeypatch.setitem(paper.BUDGETS, "tiny", few)
    out = tmp_path / "paper"
    command = ["paper", "table5", "table6", "-o", str(out), "--budget", "tiny", "--workers", "0"]
    command += ["--split", "validation"]
    assert cli.main([*command, "--minutes", "0"]) == 3
    assert "the same command goes on" in capsys.readouterr().out
    assert cli.main(command) == 0
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "## Table 5" in text
    assert "| rtug in our regions |" in text
    assert "Budget `tiny`: 24 image-steps a run at 32 px" in text
    assert (out / "measured" / "rtug-in-our-regions.measured.json").is_file()
    assert cli.main([*command, "--inception", str(tiny_features), "--crops", "4"]) == 0
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "FID and KID on 4 crops" in text
    assert "| method | PSNR, dB | SSIM | FID | KID x 1000 |" in text
    assert [path.name for path in (out / "features").iterdir()] == ["true-pictures"]


def test_what_is_missing_is_said_before_anything_is_trained(
    packs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(reports, "scene_packs", lambda split: [packs[split]])
    command = ["paper", "fig5", "-o", str(tmp_path / "paper"), "--budget", "tiny"]
    command += ["--split", "validation"]
    assert cli.main([*command, "--inception", str(tmp_path / "none.onnx")]) == 2
    assert "none.onnx does not exist" in capsys.readouterr().err
    assert cli.main([*command, "--data", str(tmp_path / "none.bin")]) == 2
    assert "none.bin does not exist" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert cli.main([*command, "-o", str(tmp_path / "file")]) == 2
    assert "cannot be made" in capsys.readouterr().err
    assert not (tmp_path / "paper" / "paper").exists()
