"""Rendering, duplicates, splits, the packed store."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_client.errors import GuidingPainterError
from gp_training.data import store as store_module
from gp_training.data.duplicates import (
    Entry,
    assign_splits,
    difference_hash,
    near_pairs,
    split_of,
)
from gp_training.data.render import SIDE, Rendered, computed_line, content_box, fit, render
from gp_training.data.sources import Figure
from gp_training.data.store import Store, build_source, built_names, write_splits
from hypothesis import given, settings
from hypothesis import strategies as st


def save_rgba(path: Path, picture: np.ndarray) -> Path:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA))
    return path


def disks(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.zeros((120, 120, 4), np.uint8)
    for _ in range(3):
        place = (int(rng.integers(20, 100)), int(rng.integers(20, 100)))
        color = [int(c) for c in rng.integers(0, 256, 3)]
        cv2.circle(picture, place, int(rng.integers(10, 30)), (*color, 255), -1)
    return picture


def test_splits_have_the_stated_shares_and_never_part_a_work():
    splits = [split_of(f"work {i}") for i in range(5000)]
    assert splits.count("train") / 5000 == pytest.approx(0.81, abs=0.02)
    assert splits.count("test") / 5000 == pytest.approx(0.10, abs=0.02)
    assert split_of("work 7") == split_of("work 7")


def test_store_gives_each_split_its_own_figures(store_root: Path):
    sizes = [len(Store(split, root=store_root)) for split in ("train", "validation", "test")]
    assert sum(sizes) == 40
    assert min(sizes) > 0


def test_empty_store_says_what_to_run(tmp_path: Path):
    with pytest.raises(GuidingPainterError, match="gp-train data build"):
        Store("train", root=tmp_path)


def test_broken_drawing_is_left_out(tmp_path: Path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    assert render(Figure("wesnoth", "x", broken)) is None


def test_gray_drawing_of_an_open_source_is_left_out_and_a_users_kept(tmp_path: Path):
    picture = np.zeros((60, 60, 4), np.uint8)
    picture[10:50, 10:50] = (90, 90, 90, 255)
    picture[20:30, 20:30] = (220, 220, 220, 255)
    path = save_rgba(tmp_path / "gray.png", picture)
    assert render(Figure("wesnoth", "x", path)) is None
    assert render(Figure("pairs-mine", "x", path)) is not None


def test_raster_drawing_is_rendered_with_its_colours_the_right_way_round(tmp_path: Path):
    picture = np.zeros((100, 240, 4), np.uint8)
    picture[:, 20:120] = (255, 0, 0, 255)  # red, in RGBA; nothing beside it
    picture[:, 120:220] = (0, 0, 255, 255)
    rendered = render(Figure("wesnoth", "flag", save_rgba(tmp_path / "flag.png", picture)))
    assert rendered is not None
    assert rendered.rgba.shape == (SIDE, SIDE, 4)
    middle = SIDE // 2
    assert rendered.rgba[middle, 20].tolist() == [255, 0, 0, 255]
    assert rendered.rgba[middle, SIDE - 20].tolist() == [0, 0, 255, 255]
    assert rendered.rgba[5, middle, 3] == 0
    # the border between the two colours is drawn, the flats are paper
    assert rendered.line[middle, middle - 3 : middle + 3].min() < 100
    assert rendered.line[middle, 60] > 240
    assert not rendered.ground


def test_small_figure_is_cut_out_and_fills_the_square():
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[80:120, 90:110] = 255
    fitted = fit(picture[content_box(picture[..., 3])])
    rows = np.flatnonzero((fitted[..., 3] > 127).any(axis=1))
    assert np.ptp(rows) > 0.85 * SIDE


def test_picture_without_transparency_is_a_ground_and_covers_the_square(tmp_path: Path):
    picture = np.full((80, 160, 4), 255, np.uint8)
    picture[40:] = (200, 60, 60, 255)
    rendered = render(Figure("pairs-mine", "x", save_rgba(tmp_path / "x.png", picture)))
    assert rendered is not None
    assert rendered.ground
    assert (rendered.rgba[..., 3] == 255).all()


def test_outline_of_a_drawing_is_inked_whole_not_along_both_sides():
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    cv2.circle(picture, (128, 128), 90, (240, 180, 60, 255), -1)
    cv2.circle(picture, (128, 128), 90, (30, 20, 20, 255), 5)
    line = computed_line(picture, ground=False)
    assert line[128, 128 + 88 : 128 + 93].max() < 100
    assert line[128, 128] == 255


def test_dark_area_is_left_as_paper():
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    cv2.circle(picture, (128, 128), 90, (40, 30, 60, 255), -1)
    assert computed_line(picture, ground=False)[100:156, 100:156].min() > 240


def test_specks_of_a_painting_are_not_drawn():
    painting = np.full((SIDE, SIDE, 4), 255, np.uint8)
    painting[:, :, :3] = (90, 140, 70)
    painting[100:102, 50:51, :3] = (250, 250, 90)
    cv2.rectangle(painting, (120, 60), (200, 160), (200, 60, 60, 255), -1)
    line = computed_line(painting, ground=True)
    assert line[90:112, 40:62].min() > 200
    assert line[60:160, 116:124].min() < 60


def test_same_drawing_has_the_same_fingerprint(store_root: Path):
    figure = Store("train", root=store_root).get("openmoji", 0)
    other = Store("train", root=store_root).get("openmoji", 1)
    assert difference_hash(figure.line) == difference_hash(figure.line.copy())
    assert difference_hash(figure.line) != difference_hash(other.line)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=4, max_size=4), max_size=30), st.integers(0, 32))
def test_near_pairs_are_those_of_a_loop_over_bits(hashes: list[bytes], most: int):
    wanted = []
    for i, a in enumerate(hashes):
        for j in range(i + 1, len(hashes)):
            apart = (int.from_bytes(a) ^ int.from_bytes(hashes[j])).bit_count()
            if apart <= most:
                wanted.append((i, j, apart))
    first, second, apart = near_pairs(hashes, most)
    assert list(zip(first.tolist(), second.tolist(), apart.tolist(), strict=True)) == wanted


def at_distance(bits: int) -> bytes:
    return ((1 << bits) - 1).to_bytes(32)


def held_out_work(split: str) -> str:
    return next(f"a/{i}" for i in range(1000) if split_of(f"a/{i}") == split)


def test_copy_in_another_source_is_kept_once():
    entries = [Entry("a/1", False), Entry("b/1", False), Entry("b/2", False)]
    hashes = [at_distance(0), at_distance(3), at_distance(128)]
    splits = assign_splits(entries, hashes, same=8, kin=12)
    assert splits == [split_of("a/1"), None, split_of("b/2")]


def test_works_with_near_figures_share_a_split():
    work = held_out_work("test")
    other = next(f"b/{i}" for i in range(100) if split_of(f"b/{i}") == "train")
    entries = [Entry(work, False), Entry(other, False), Entry(other, False)]
    hashes = [at_distance(0), at_distance(11), at_distance(200)]
    assert assign_splits(entries, hashes, same=8, kin=12) == ["test"] * 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.booleans()), max_size=25))
def test_no_near_pair_is_ever_split(figures: list[tuple[int, int, bool]]):
    entries = [Entry(f"{'p' if made else 'w'}/{work}", made) for work, _, made in figures]
    hashes = [at_distance(bits) for _, bits, _ in figures]
    splits = assign_splits(entries, hashes, same=2, kin=5)
    for i in range(len(figures)):
        for j in range(i):
            near = abs(figures[i][1] - figures[j][1]) <= 5
            one_work = entries[i] == entries[j]
            if (near or one_work) and None not in (splits[i], splits[j]):
                assert splits[i] == splits[j]


def test_procedural_figures_are_never_held_out():
    entries = [Entry(held_out_work("validation"), True), Entry(held_out_work("test"), True)]
    assert assign_splits(entries, [at_distance(0), at_distance(100)]) == ["train", "train"]


def test_interrupted_build_goes_on_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    figures = [
        Figure("pairs-x", f"w{i}", save_rgba(tmp_path / f"{i:02}.png", disks(i))) for i in range(10)
    ]
    monkeypatch.setattr(store_module, "_AHEAD", 4)
    build_source("pairs-x", figures, tmp_path / "whole")
    rendered: list[str] = []

    def until_power_cut(figure: Figure) -> Rendered | None:
        if len(rendered) == 7:
            raise KeyboardInterrupt
        rendered.append(figure.work)
        return render(figure)

    monkeypatch.setattr(store_module, "render", until_power_cut)
    with pytest.raises(KeyboardInterrupt):
        build_source("pairs-x", figures, tmp_path / "resumed", threads=1)
    assert built_names(tmp_path / "resumed") == []
    again: list[str] = []
    monkeypatch.setattr(store_module, "render", lambda f: again.append(f.work) or render(f))
    build_source("pairs-x", figures, tmp_path / "resumed", threads=1)
    assert sorted(again) == [f"w{i}" for i in range(4, 10)]  # the first four were written
    for name in ("index.json", "rgba.bin", "line.bin"):
        whole, resumed = (tmp_path / kind / "pairs-x" / name for kind in ("whole", "resumed"))
        assert whole.read_bytes() == resumed.read_bytes()


def test_copies_in_a_built_store_are_served_once(tmp_path: Path):
    paths = [save_rgba(tmp_path / f"{i}.png", disks(i % 3)) for i in range(6)]
    figures = [Figure("pairs-x", f"w{i}", path) for i, path in enumerate(paths)]
    root = tmp_path / "store"
    build_source("pairs-x", figures, root)
    write_splits(root)
    splits = json.loads((root / "splits.json").read_text())["pairs-x"]
    assert [split is None for split in splits] == [False] * 3 + [True] * 3
    kept = [split for split in splits if split]
    assert sum(len(Store(split, root=root)) for split in set(kept)) == 3


def test_missing_renderer_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "a.svg").write_text("<svg/>")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GuidingPainterError, match=r"rsvg-convert.*librsvg2-bin"):
        build_source("pairs-x", [Figure("pairs-x", "a", tmp_path / "a.svg")], tmp_path / "store")
