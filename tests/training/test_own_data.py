"""A user's own pictures: which packs a run takes, few of them, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training import cli, commands
from gp_training.data.card import data_of_run
from gp_training.evaluation import reports
from gp_training.evaluation.reports import named_packs
from gp_training.networks.checkpoint import read_state
from gp_training.recipe.presets import DEFAULT, TINY, limited
from gp_training.run.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which scenes and two folders of pictures were built."""
    monkeypatch.setattr(reports, "cache_folder", lambda: tmp_path)
    folder = tmp_path / "scenes"
    folder.mkdir()
    for name in ("0", "1", "pairs-comic", "pairs-2"):
        (folder / f"train-{name}.bin").touch()
    return folder


def names(packs: list[Path]) -> list[str]:
    return [pack.stem for pack in packs]


def test_a_run_takes_all_packs_or_those_that_it_names(built: Path) -> None:
    assert len(named_packs("train", None)) == 4
    assert names(named_packs("train", ["comic"])) == ["train-pairs-comic"]
    assert names(named_packs("train", ["scenes"])) == ["train-0", "train-1"]
    # A folder called by a number is not taken for scenes.
    assert names(named_packs("train", ["2"])) == ["train-pairs-2"]


def test_a_pack_that_is_not_there_is_an_error_that_names_those_that_are(built: Path) -> None:
    with pytest.raises(GuidingPainterError, match="2, comic, scenes"):
        named_packs("train", ["novel"])
    with pytest.raises(GuidingPainterError, match="no validation pictures called"):
        named_packs("validation", ["comic"])


def test_few_pictures_still_train_and_minutes_end_with_0(
    built: Path, packs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    own = built / "train-pairs-comic.bin"
    own.write_bytes(packs["train"].read_bytes())
    run = tmp_path / "run"
    options = ["--data", "comic", "--preset", "tiny", "--workers", "0", "--minutes", "0"]
    assert cli.main(["fit", str(run), *options]) == 0
    said = capsys.readouterr().out
    assert "trains on train-pairs-comic\n" in said
    assert "no pictures are held out" in said
    state = read_state(run)
    assert state["total"] == 16  # one step
    assert [entry["packs"] for entry in state["history"]] == [["train-pairs-comic"]]


def test_image_steps_are_shared_out_among_the_phases() -> None:
    whole = DEFAULT.phases
    few = limited(DEFAULT, 18_600).phases
    assert [phase.images for phase in few] == [8000, 608, 8000, 2000]
    assert [replace(one, images=0) for one in few] == [replace(one, images=0) for one in whole]
    assert [phase.images for phase in limited(DEFAULT, 2).phases] == [16, 16, 16, 8]  # a step each


def test_a_run_of_so_many_images_ends_by_itself(
    built: Path, packs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    (built / "train-pairs-comic.bin").write_bytes(packs["train"].read_bytes())
    run = tmp_path / "run"
    options = ["--data", "comic", "--preset", "tiny", "--workers", "0"]
    assert cli.main(["fit", str(run), *options, "--phases", "paint", "--images", "32"]) == 0
    assert "done after 32 pictures" in capsys.readouterr().out


def row(name: str) -> dict[str, object]:
    return {"name": name, "figures": {"train": 3}}


def test_a_bundle_names_the_data_that_its_run_took_and_the_weights_before() -> None:
    built = [row("mulberry"), row("pairs-comic"), row("pairs-other")]
    before = {"began_with": "default.safetensors", "network": "f"}
    own = {"packs": ["train-pairs-comic"], "network": "g"}
    first, second = data_of_run([before, own, own], built)
    assert first["name"] == "pairs-comic"
    assert second["name"] == "default.safetensors, on from which these networks learned"
    assert second["licence"] == "GPL-3.0-or-later"
    # A user's own figures may stand in the scenes, too.
    assert data_of_run([{"packs": ["train-0"]}], built) == built
    # Joined from two runs, each of which says what it took.
    joined = [{"began_with": "f", **own}, {"began_with": "g", "packs": ["train-pairs-other"]}]
    assert data_of_run(joined, built) == built[1:]
    # Who does not say it may have learned from all.
    assert data_of_run([{"network": "f"}, own], built) == built


def test_what_a_run_began_with_is_kept_apart_in_its_history(
    built: Path, packs: dict[str, Path], tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    first = Trainer(TINY, tmp_path / "first", [packs["train"]], workers=0)
    first.run(seconds=0)
    second = Trainer(
        TINY, tmp_path / "second", [packs["train"]], workers=0, weights={"f": tmp_path / "first"}
    )
    (entry,) = second.history
    assert (entry["began_with"], entry["network"], entry["packs"]) == ("first", "f", ["train-0"])


def test_the_shipped_weights_have_a_name() -> None:
    found = commands._weights(["default"])
    assert found.keys() == {"f", "g"}
    assert all(path.is_file() and path.stem == "default" for path in found.values())
