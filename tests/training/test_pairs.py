"""Training pairs from packs and from a user's own folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_canvas.lines.raster import to_grid
from gp_client.errors import GuidingPainterError
from gp_training.cli import main
from gp_training.data import command
from gp_training.data.duplicates import split_of
from gp_training.data.pair_folder import PairFolder, build_pair_pack, read_pair
from gp_training.data.pairs import ScenePack, to_tensors, vary
from gp_training.data.render import SIDE
from gp_training.data.scenes import Composer
from gp_training.data.store import Store


def test_pack_item_is_repeatable_and_in_range(packs: dict[str, Path]):
    data = ScenePack([packs["train"]], 64, seed=3)
    sketch, picture, pieces = data[17]
    again = ScenePack([packs["train"]], 64, seed=3)[17]
    assert all((a == b).all() for a, b in zip((sketch, picture, pieces), again, strict=True))
    assert sketch.shape == (1, 64, 64)
    assert picture.shape == (3, 64, 64)
    assert float(sketch.min()) >= -1
    assert float(picture.max()) <= 1
    assert pieces.min() == 0
    assert pieces.max() < 64 * 64


def test_a_pack_without_pieces_has_the_same_pictures(packs: dict[str, Path]):
    sketch, picture, pieces = ScenePack([packs["train"]], 64, seed=3)[17]
    bare = ScenePack([packs["train"]], 64, seed=3, with_pieces=False)[17]
    assert (bare[0] == sketch).all()
    assert (bare[1] == picture).all()
    assert bare[2].shape == pieces.shape
    assert not bare[2].any()


def test_crops_are_no_smaller_than_the_training_size():
    scene = np.full((128, 128, 4), 255, np.uint8)
    sides = [
        len(vary(scene[..., :3], scene[..., 3], np.random.default_rng(seed), 48)[1])
        for seed in range(60)
    ]
    assert 48 <= min(sides) < 60
    assert max(sides) == 128


def test_pieces_are_numbered_from_the_largest():
    sketch = np.full((64, 64), 255, np.uint8)
    cv2.rectangle(sketch, (8, 8), (30, 30), 0, 2)
    cv2.circle(sketch, (48, 48), 8, 0, 2)
    _, _, pieces = to_tensors(np.full((64, 64, 3), 255, np.uint8), sketch, 64)
    sizes = np.bincount(pieces.numpy().ravel())[:30]
    assert (np.diff(sizes[sizes > 0]) <= 0).all()
    assert pieces[18, 18] != pieces[48, 48] != pieces[2, 60]


def test_sketch_comes_to_size_as_the_engine_brings_it(packs: dict[str, Path]):
    packed = ScenePack([packs["train"]], 64, None).scene(0)
    sketch, _, _ = to_tensors(packed[..., :3], packed[..., 3], 64)
    engine, _ = to_grid(np.ascontiguousarray(packed[..., 3]), 64, 16)
    assert np.allclose((sketch[0].numpy() + 1) / 2, engine)


def drawing(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two outlined disks somewhere: RGBA on nothing, and their line art."""
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    line = np.full((SIDE, SIDE), 255, np.uint8)
    for radius in (60, 35):
        place = (int(rng.integers(70, 186)), int(rng.integers(70, 186)))
        color = [int(c) for c in rng.integers(80, 256, 3)]
        cv2.circle(rgba, place, radius, (*color, 255), -1)
        cv2.circle(line, place, radius, 255, -1)
        cv2.circle(rgba, place, radius, (0, 0, 0, 255), 5)
        cv2.circle(line, place, radius, 0, 5)
    return rgba, line


def own_folder(root: Path, count: int = 12) -> Path:
    """`count` coloured drawings, the first half of them with line art."""
    folder = root / "My Comic"
    for kind in ("color", "line"):
        (folder / kind / "one").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(count):
        rgba, line = drawing(rng)
        path = Path("one") / f"p{index:02}.png"
        cv2.imwrite(str(folder / "color" / path), cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
        if index < count // 2:
            cv2.imwrite(str(folder / "line" / path), line)
    return folder


def test_own_folder_matches_line_art_by_name(tmp_path: Path):
    folder = PairFolder(own_folder(tmp_path))
    assert folder.name == "pairs-my-comic"
    assert [pair.stem for pair in folder.pairs] == [f"one/p{i:02}" for i in range(12)]
    assert [pair.line is None for pair in folder.pairs] == [False] * 6 + [True] * 6


def test_line_art_is_drawn_where_there_is_none(tmp_path: Path):
    folder = PairFolder(own_folder(tmp_path))
    for pair in folder.pairs:
        rgb, line = read_pair(pair)
        assert rgb.shape == (SIDE, SIDE, 3)
        assert 0.02 < (line < 128).mean() < 0.3
        assert rgb[line < 60].mean() < 80


def test_white_line_art_on_black_is_turned_over(tmp_path: Path):
    folder = own_folder(tmp_path, 2)
    path = folder / "line" / "one" / "p00.png"
    line = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert line is not None
    cv2.imwrite(str(path), 255 - line)
    assert np.array_equal(read_pair(PairFolder(folder).pairs[0])[1], line)


def test_pair_of_two_shapes_is_refused_by_name(tmp_path: Path):
    folder = own_folder(tmp_path, 2)
    cv2.imwrite(str(folder / "line" / "one" / "p00.png"), np.full((50, 90), 255, np.uint8))
    with pytest.raises(GuidingPainterError, match=r"p00\.png.*different shapes"):
        read_pair(PairFolder(folder).pairs[0])


def test_folder_without_color_says_how_to_lay_it_out(tmp_path: Path):
    with pytest.raises(GuidingPainterError, match=r"color/.*line/"):
        PairFolder(tmp_path)


def page_of(folder: Path, split: str, height: int = 900, width: int = 600) -> PairFolder:
    """A folder of one page of circles, called so that it falls to a split."""
    (folder / "color").mkdir(exist_ok=True)
    name = PairFolder.name_of(folder)
    stem = next(f"p{n}" for n in range(1000) if split_of(f"{name}/p{n}") == split)
    page = np.full((height, width, 3), 255, np.uint8)
    for row in range(50, height, 100):
        for column in range(50, width, 100):
            cv2.circle(page, (column, row), 40, (column % 256, row % 256, 90), -1)
    cv2.imwrite(str(folder / "color" / f"{stem}.png"), page)
    return PairFolder(folder)


def packed(target: Path) -> np.ndarray:
    return np.fromfile(target, np.uint8).reshape(-1, SIDE, SIDE, 4)


def test_large_page_gives_itself_and_parts_of_it(tmp_path: Path):
    target = tmp_path / "pack.bin"
    folder = page_of(tmp_path, "test")
    assert build_pair_pack(folder, "test", target) == 1 + 900 * 600 // SIDE**2
    pack = packed(target)
    assert (pack[0, :, -60:] == 255).all()  # paper beside the whole page
    assert (pack[1:, ..., 3] < 128).any(axis=(1, 2)).all()
    page_of(tmp_path, "validation")
    assert build_pair_pack(PairFolder(tmp_path), "validation", target) == 9


def test_where_no_picture_falls_to_validation_squares_are_held_out_of_training(tmp_path: Path):
    folder = page_of(tmp_path, "train")
    train, validation = tmp_path / "train.bin", tmp_path / "validation.bin"
    assert build_pair_pack(folder, "train", train) == 8  # of 9
    assert build_pair_pack(folder, "validation", validation) == 1
    assert build_pair_pack(folder, "test", tmp_path / "test.bin") == 0
    assert not (tmp_path / "test.bin").exists()
    assert not (packed(train) == packed(validation)).all(axis=(1, 2, 3)).any()


def test_of_a_small_picture_nothing_is_held_out_and_no_older_pack_stays(tmp_path: Path):
    folder = page_of(tmp_path, "train", 250, 250)
    target = tmp_path / "pack.bin"
    assert build_pair_pack(folder, "train", target) == 1
    assert build_pair_pack(folder, "validation", target) == 0
    assert not target.exists()


def test_own_pictures_reach_straight_training_and_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    cache = tmp_path / "cache"
    monkeypatch.setattr(command, "_HELD_OUT", 1)
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(cache))
    own = str(own_folder(tmp_path, 30))
    assert main(["data", "build", "--pairs", own, "--scenes", "2"]) == 0
    straight = ScenePack([cache / "scenes" / "train-pairs-my-comic.bin"], 64, seed=0)
    assert len(straight) > 15
    assert len(ScenePack([cache / "scenes" / "train-0.bin"], 64, seed=0)) == 2
    store = Store("train")
    assert store.names == ["pairs-my-comic"]
    assert Composer(store).sources == ["pairs-my-comic"]
    capsys.readouterr()
    assert main(["data", "card"]) == 0
    assert "| pairs-my-comic | - | your own pictures" in capsys.readouterr().out
