"""`gp-train compare`: every method by one plan, stopped and gone on, beside a run of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gp_training import cli
from gp_training.evaluation import reports
from gp_training.networks.checkpoint import read_state
from gp_training.recipe.presets import TINY
from gp_training.run.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
METHODS = ["bucket", "rtug", "guiding"]


@pytest.fixture
def compare(packs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the command on drawn scenes with a budget of four steps a method."""
    monkeypatch.setattr(reports, "scene_packs", lambda split: [packs[split]])
    torch.set_num_threads(1)
    options = [
        str(tmp_path / "compared"), "--preset", "tiny", "--train-side", "32", "--scenes", "2",
        "--workers", "0", "--methods", *METHODS,
    ]  # fmt: skip

    def run(*more: str, images: int = 64) -> int:
        return cli.main(["compare", *options, "--images", str(images), *more])

    return run


def test_comparison_stops_goes_on_and_measures_all_methods_alike(
    compare, packs: dict[str, Path], tmp_path: Path
):
    longer = tmp_path / "longer"
    Trainer(TINY, longer, [packs["train"]], workers=0).run(seconds=0)
    folder = tmp_path / "compared"
    assert compare("--minutes", "0") == 3
    assert read_state(folder / "rtug")["done"] == 16, "one step, then stopped"
    assert compare("--ours", str(longer)) == 0
    for name in METHODS[1:]:
        assert read_state(folder / name)["total"] == 64
    results = folder / "results-validation"
    rows = (results / "hints.csv").read_text().splitlines()
    names = [row.split(",")[0].strip('"') for row in rows[1:]]
    assert names == ["bucket", "rtug", "GuidingPainter", "GuidingPainter longer"]
    assert "GuidingPainter longer: f 16 pictures." in (results / "report.md").read_text()
    assert (results / "sheet.png").is_file()


def test_run_of_another_budget_is_not_taken_for_this_one(compare, capsys):
    assert compare("--minutes", "0") == 3
    assert compare(images=128) == 2
    assert "another budget" in capsys.readouterr().err
