"""FID and KID on crops: which crops, by which hints, and what an interruption costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from gp_client.errors import GuidingPainterError
from gp_training.data.held_out import Scene
from gp_training.evaluation import tables
from gp_training.evaluation.crops import PLACES, Crops
from gp_training.evaluation.distances import Distances, Observer, said_of
from gp_training.recipe import metrics
from gp_training.recipe.metrics import kernel_distance
from numpy.typing import NDArray

SIDE = 256  # of packed scenes
HALF = SIDE // 2


def scenes_of(folder: Path, scenes: Sequence[NDArray[np.uint8]]) -> Path:
    path = folder / "test-0.bin"
    path.write_bytes(b"".join(scene.tobytes() for scene in scenes))
    return path


def scene_of(shade: int, lines: bool = True) -> NDArray[np.uint8]:
    """Four quarters in four reds, and a line in each, at a place of its own."""
    scene = np.full((SIDE, SIDE, 4), 255, np.uint8)
    for number, (row, column) in enumerate(PLACES[:4]):
        top, left = row * HALF // 2, column * HALF // 2
        scene[top : top + HALF, left : left + HALF, 0] = shade + number
        if lines:
            scene[top + 8 + 4 * number, left + 8 : left + HALF - 8, 3] = 0
    return scene


def test_every_scene_gives_its_quarters_before_any_gives_more(tmp_path: Path) -> None:
    crops = Crops([scenes_of(tmp_path, [scene_of(10), scene_of(100)])], HALF, 10)
    assert len(crops) == 10
    reds = [round(float(crop.picture[0, 0, 0]) * 255) for crop in crops]
    # The first quarter of each, the second of each ...
    assert reds[:8] == [10, 100, 11, 101, 12, 102, 13, 103]
    assert [crop.index for crop in crops] == list(range(10))
    assert all(crop.sketch.shape == (HALF, HALF) for crop in crops)
    even, odd = crops.halves()
    assert even.tolist() == [0, 2, 4, 6, 8]
    assert odd.tolist() == [1, 3, 5, 7, 9]


def test_no_two_crops_of_a_scene_share_more_than_half() -> None:
    for number, (row, column) in enumerate(PLACES):
        for other_row, other_column in PLACES[:number]:
            shared = max(0, 2 - abs(row - other_row)) * max(0, 2 - abs(column - other_column))
            assert shared <= 2  # of the 4 quarters of a crop
            assert number >= 4 or shared == 0


def test_crops_without_lines_and_copies_of_others_are_left_out(tmp_path: Path) -> None:
    scenes = [scene_of(10), scene_of(10), scene_of(50, lines=False)]
    crops = Crops([scenes_of(tmp_path, scenes)], 64, 1000)
    assert len(crops) == 9
    assert {place[0] for place in crops._places} == {0}
    assert said_of(crops).startswith("FID and KID on 9 crops of half a scene's side at 64 px")
    assert "Fewer than 1000" in said_of(crops)


def test_crops_are_the_same_again_and_are_not_made_larger_than_they_are(tmp_path: Path) -> None:
    pack = scenes_of(tmp_path, [scene_of(10)])
    assert Crops([pack], 64).digest == Crops([pack], 64).digest
    assert Crops([pack], 64).digest != Crops([pack], 32).digest
    assert Crops([pack], 512).side == HALF
    assert Crops([pack], 512)[0].sketch.shape == (HALF, HALF)


def test_too_few_crops_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(GuidingPainterError, match="not even two crops"):
        Crops([scenes_of(tmp_path, [scene_of(10, lines=False)])], 64)


def first_red(pictures: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """One feature: the first pixel's red."""
    return np.array([[float(picture[0, 0, 0])] for picture in pictures])


class Shifted:
    """The true picture, off by 0.3 without hints and by 0.1 with one; right with more."""

    name = "shifted"

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        self.asked.append(list(counts))
        away = {0: 0.3, 1: 0.1}
        return [scene.picture + np.float32(away.get(count, 0.0)) for count in counts]


@pytest.fixture
def crops(tmp_path: Path) -> Crops:
    return Crops([scenes_of(tmp_path, [scene_of(30 * n) for n in range(1, 6)])], 64, 40)


def test_distances_by_hints_are_those_of_their_formulas(crops: Crops, tmp_path: Path) -> None:
    method = Shifted()
    found = Observer(first_red, crops, tmp_path / "kept").measured(method, "", (0, 1, 3))
    # One feature that is off by a constant: the square of it.
    assert found.fid == pytest.approx([0.09, 0.01, 0], abs=1e-6)
    true = np.array([[float(crop.picture[0, 0, 0])] for crop in crops])
    by_hand = [kernel_distance(true, true + away) for away in (0.3, 0.1, 0)]
    assert found.kid == pytest.approx(by_hand, abs=1e-6)
    assert found.crops == 40
    # Beside the counts one N_h is drawn for each crop: 1 - p and on, so some have none, most few.
    assert all(asked[:3] == [0, 1, 3] for asked in method.asked)
    drawn = [asked[3] for asked in method.asked]
    assert len(set(drawn)) > 4
    away = np.array([[{0: 0.3, 1: 0.1}.get(count, 0.0)] for count in drawn])
    assert found.kid_expected == pytest.approx(kernel_distance(true, true + away), abs=1e-6)


def test_who_is_interrupted_loses_the_last_part_alone(crops: Crops, tmp_path: Path) -> None:
    seen: list[int] = []

    def broken(pictures: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        if len(seen) == 35:
            raise KeyboardInterrupt
        seen.append(len(pictures))
        return first_red(pictures)

    with pytest.raises(KeyboardInterrupt):
        Observer(broken, crops, tmp_path).measured(Shifted(), "run 1", (0,))
    method, told = Shifted(), []
    observer = Observer(first_red, crops, tmp_path)
    found = observer.measured(
        method, "run 1", (0,), progress=lambda done, total: told.append((done, total))
    )
    assert len(method.asked) == 8  # 32 of 40 were kept
    assert told == [(32, 40), (40, 40)]
    whole = Observer(first_red, crops, tmp_path / "whole").measured(Shifted(), "run 1", (0,))
    assert found == whole


def test_features_of_other_weights_are_not_taken_and_do_not_stay(
    crops: Crops, tmp_path: Path
) -> None:
    observer, method = Observer(first_red, crops, tmp_path), Shifted()
    observer.measured(method, "run 1", (0,))
    observer.measured(method, "run 1", (0,))
    assert len(method.asked) == 40
    observer.measured(method, "run 2", (0,))
    assert len(method.asked) == 80
    assert len(list((tmp_path / "shifted").iterdir())) == 1
    observer.forget("shifted")
    assert not (tmp_path / "shifted").exists()


def test_true_pictures_are_measured_against_those_of_other_scenes(
    crops: Crops, tmp_path: Path
) -> None:
    fid, _ = Observer(first_red, crops, tmp_path).floor()
    true = np.array([float(crop.picture[0, 0, 0]) for crop in crops])
    even, odd = (true[half] for half in crops.halves())
    by_hand = (even.mean() - odd.mean()) ** 2 + (even.std(ddof=1) - odd.std(ddof=1)) ** 2
    assert fid == pytest.approx(by_hand, rel=1e-4)


def test_the_kernel_is_summed_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    true, painted = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    at_once = kernel_distance(true, painted)
    monkeypatch.setattr(metrics, "_ROWS", 2)
    assert kernel_distance(true, painted) == pytest.approx(at_once)


def test_a_table_of_distances_has_a_column_for_each_number_of_hints() -> None:
    one = Distances("paper", 1000, [0, 8], [12.34, 5.0], [0.0123, 0.0], 9.96, 0.001)
    head, row = tables.distance_rows([one])
    assert head == ["FID (KID x 1000), with hints", "0", "8", "N_h ~ G"]
    assert row == ["paper", "12.3 (12.3)", "5.0 (0.0)", "10.0 (1.0)"]
