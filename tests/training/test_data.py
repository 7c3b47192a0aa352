"""Store, scenes, sketches, pairs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_client.errors import GuidingPainterError
from gp_training.data.duplicates import difference_hash, split_of
from gp_training.data.pairs import ScenePack, to_tensors
from gp_training.data.recolour import recolour
from gp_training.data.render import SIDE, Rendered, render
from gp_training.data.scenes import Composer
from gp_training.data.sources import SOURCES, Figure
from gp_training.data.store import Store
from gp_training.sketch import vary_lines, xdog


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


def test_raster_drawing_is_rendered_with_its_colours_the_right_way_round(tmp_path: Path):
    picture = np.zeros((100, 240, 4), np.uint8)
    picture[:, 20:120] = (255, 0, 0, 255)  # red, in RGBA; nothing beside it
    picture[:, 120:220] = (0, 0, 255, 255)
    path = tmp_path / "flag.png"
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA))
    rendered = render(Figure("wesnoth", "flag", path))
    assert rendered is not None
    assert rendered.rgba.shape == (SIDE, SIDE, 4)
    middle = SIDE // 2
    assert rendered.rgba[middle, 20].tolist() == [255, 0, 0, 255]
    assert rendered.rgba[middle, SIDE - 20].tolist() == [0, 0, 255, 255]
    assert rendered.rgba[5, middle, 3] == 0
    # the border between the two colours is drawn, the flats are paper
    assert rendered.line[middle, middle - 3 : middle + 3].min() < 100
    assert rendered.line[middle, 60] > 240


def test_near_copies_have_the_same_fingerprint(store_root: Path):
    figure = Store("train", root=store_root).get("openmoji", 0)
    other = Store("train", root=store_root).get("openmoji", 1)
    assert difference_hash(figure.line) == difference_hash(figure.line.copy())
    assert difference_hash(figure.line) != difference_hash(other.line)


def test_every_source_names_licence_and_author():
    assert len(SOURCES) >= 3
    for source in SOURCES.values():
        assert source.licence
        assert source.author


def test_xdog_leaves_flat_colour_as_paper_and_draws_the_edge():
    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = (250, 200, 60)
    sketch = xdog(picture)
    assert sketch[:, :12].min() > 240
    assert sketch[:, 28:].min() > 240
    assert sketch[20, 16:24].min() < 60


def test_equal_luminance_border_still_gets_a_line():
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:, :20] = (200, 50, 50)
    picture[:, 20:] = (50, 127, 50)  # same luminance to a step
    assert xdog(picture)[20, 16:24].min() < 100


def test_line_variation_is_repeatable(store_root: Path):
    line = Store("train", root=store_root).get("openmoji", 0).line
    first = vary_lines(line, np.random.default_rng(5))
    assert np.array_equal(first, vary_lines(line, np.random.default_rng(5)))
    variants = {vary_lines(line, np.random.default_rng(i)).tobytes() for i in range(20)}
    assert len(variants) > 5


def test_recolouring_changes_flats_and_keeps_ink():
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    rgba[..., 3] = 255
    rgba[:, :120] = (230, 40, 40, 255)
    rgba[:, 136:] = (40, 40, 230, 255)
    figure = Rendered(rgba, np.full((SIDE, SIDE), 255, np.uint8), True)
    fresh = recolour(figure, np.random.default_rng(3))
    assert np.abs(fresh[10, 10].astype(int) - (230, 40, 40)).max() > 30
    assert len(np.unique(fresh[:, :120].reshape(-1, 3), axis=0)) == 1
    assert fresh[:, 120:136].max() == 0


def test_scene_depends_on_its_seed_alone(store_root: Path):
    composer = Composer(Store("train", root=store_root))
    first = composer.compose(np.random.default_rng(4))
    second = composer.compose(np.random.default_rng(4))
    other = composer.compose(np.random.default_rng(5))
    assert np.array_equal(first.rgb, second.rgb)
    assert np.array_equal(first.sketch, second.sketch)
    assert not np.array_equal(first.rgb, other.rgb)


def test_line_art_of_a_single_figure_lies_where_its_colours_have_ink(store_root: Path):
    store = Store("train", root=store_root)
    scene = Composer(store).single(store.get("openmoji", 2))
    ink = scene.sketch < 60
    assert ink.mean() > 0.02
    assert scene.rgb[ink].mean() < 60
    assert scene.rgb[~ink].mean() > 120


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


def test_pieces_are_numbered_from_the_largest():
    sketch = np.full((64, 64), 255, np.uint8)
    cv2.rectangle(sketch, (8, 8), (30, 30), 0, 2)
    cv2.circle(sketch, (48, 48), 8, 0, 2)
    _, _, pieces = to_tensors(np.full((64, 64, 3), 255, np.uint8), sketch, 64)
    sizes = np.bincount(pieces.numpy().ravel())[:30]
    assert (np.diff(sizes[sizes > 0]) <= 0).all()
    assert pieces[18, 18] != pieces[48, 48] != pieces[2, 60]
