"""A user's own pictures: which packs a run takes, few of them, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training import cli, commands
from gp_training.evaluation import reports
from gp_training.evaluation.reports import named_packs
from gp_training.networks.checkpoint import read_state

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
    assert read_state(run)["total"] == 16  # one step


def test_the_shipped_weights_have_a_name() -> None:
    found = commands._weights(["default"])
    assert found.keys() == {"f", "g"}
    assert all(path.is_file() and path.stem == "default" for path in found.values())
