"""Recolouring, parts of pages, composed scenes and their packs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_canvas.lines.pieces import find_pieces
from gp_training.data import page_parts as parts
from gp_training.data import scenes as scenes_module
from gp_training.data.recolor import recolor
from gp_training.data.render import SIDE, Rendered
from gp_training.data.scenes import (
    PROCEDURAL_MOST,
    Composer,
    build_scenes,
    paste,
    scaled,
    source_weights,
)
from gp_training.data.sources import SOURCES
from gp_training.data.store import Store


def two_flats(true_line: bool = True) -> Rendered:
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    rgba[..., 3] = 255
    rgba[:, :120] = (230, 40, 40, 255)
    rgba[:, 136:] = (40, 40, 230, 255)
    return Rendered(rgba, np.full((SIDE, SIDE), 255, np.uint8), true_line)


def inked(scene: parts.Scene) -> np.ndarray:
    return scene.sketch < 60


def test_recolouring_changes_flats_and_keeps_ink():
    fresh = recolor(two_flats(), np.random.default_rng(3))
    assert np.abs(fresh[10, 10].astype(int) - (230, 40, 40)).max() > 30
    assert len(np.unique(fresh[:, :120].reshape(-1, 3), axis=0)) == 1
    assert fresh[:, 120:136].max() == 0


def test_painted_shading_keeps_its_steps_when_recoloured():
    rgba = np.full((SIDE, SIDE, 4), 255, np.uint8)
    ramp = np.linspace(90, 250, SIDE).astype(np.uint8)
    rgba[..., 0], rgba[..., 1], rgba[..., 2] = ramp[None], ramp[:, None] // 2, 60
    painted = Rendered(rgba, np.full((SIDE, SIDE), 255, np.uint8), False)
    fresh = recolor(painted, np.random.default_rng(0)).astype(int)
    assert np.abs(np.diff(fresh, axis=1)).max() <= 12  # no flat with a hard edge


@pytest.mark.parametrize(
    "draw",
    [parts.draw_grounds, parts.draw_pattern, parts.draw_balloon, parts.draw_border],
)
def test_whatever_is_drawn_is_ink_in_the_picture_too(draw):
    for seed in range(25):
        scene = parts.blank(120, 160)
        draw(scene, np.random.default_rng(seed))
        assert inked(scene).any()
        assert scene.rgb[inked(scene)].max() < 130


def test_balloon_is_closed_paper_with_lettering():
    for seed in range(20):
        scene = parts.blank(160, 160)
        scene.rgb[:] = (10, 200, 10)
        parts.draw_balloon(scene, np.random.default_rng(seed))
        labels, sizes = parts.paper_areas(scene.sketch)
        outside = labels[159, 0]
        assert sizes[labels[labels != 0]].max() < scene.sketch.size
        inside = (labels != outside) & (labels != 0)
        assert inside.mean() > 0.005


def test_flat_fill_gives_closed_areas_one_colour_and_leaves_ink():
    scene = parts.blank(100, 100)
    cv2.rectangle(scene.sketch, (20, 20), (60, 60), 0, 2)
    scene.rgb[...] = np.random.default_rng(0).integers(100, 255, scene.rgb.shape)
    scene.rgb[inked(scene)] = 0
    parts.fill_flat(scene, np.random.default_rng(1))
    assert len(np.unique(scene.rgb[25:56, 25:56].reshape(-1, 3), axis=0)) == 1
    assert scene.rgb[inked(scene)].max() == 0


def test_shading_adds_the_same_ink_to_picture_and_line_art():
    changed = 0
    for seed in range(10):
        scene = parts.blank(100, 100)
        cv2.rectangle(scene.sketch, (20, 20), (60, 60), 0, 2)
        scene.rgb[...] = 200
        before = scene.sketch.copy()
        parts.shade_areas(scene, np.random.default_rng(seed))
        added = scene.sketch < before
        assert (scene.rgb[added].max(axis=1) <= scene.sketch[added] * (200 / 255) + 1).all()
        assert (scene.rgb[~added] == 200).all()
        changed += int(added.any())
    assert changed == 10


def test_panels_lie_inside_the_page_and_apart():
    for seed in range(50):
        boxes = parts.panel_grid(256, np.random.default_rng(seed))
        assert len(boxes) >= 2 or seed
        page = np.zeros((256, 256), int)
        for top, left, bottom, right in boxes:
            assert 0 < top < bottom < 256
            assert 0 < left < right < 256
            page[top - 1 : bottom + 1, left - 1 : right + 1] += 1
        assert page.max() == 1


def test_scaled_figure_keeps_a_thin_line_dark():
    figure = two_flats()
    figure.line[:, 127:129] = 0
    assert scaled(figure, 64).line.min() < 140
    assert cv2.resize(figure.line, (64, 64), interpolation=cv2.INTER_AREA).min() > 180


def test_pasted_figure_hides_the_lines_behind_it():
    scene = parts.blank(100, 100)
    scene.sketch[:, 50] = 0
    figure = scaled(two_flats(), 40)
    paste(scene, figure, figure.rgba[..., :3], (30, 30), False)
    assert scene.sketch[32:68, 50].min() > 200
    assert scene.sketch[:28, 50].max() == 0


def test_figure_outside_the_scene_changes_nothing():
    scene = parts.blank(50, 50)
    figure = scaled(two_flats(), 20)
    for corner in ((-20, 0), (50, 0), (0, -20), (0, 50)):
        paste(scene, figure, figure.rgba[..., :3], corner, False)
    assert (scene.rgb == 255).all()


def test_procedural_sources_stay_under_half():
    procedural = [name for name, source in SOURCES.items() if source.procedural]
    for others in (["openmoji"], ["tuxpaint"], [n for n in SOURCES if n not in procedural]):
        names = others + procedural
        weights = source_weights(names)
        assert weights.sum() == pytest.approx(1)
        assert weights[len(others) :].sum() <= PROCEDURAL_MOST + 1e-9


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
    assert inked(scene).mean() > 0.02
    assert scene.rgb[inked(scene)].mean() < 60
    assert scene.rgb[~inked(scene)].mean() > 120


def test_scenes_have_as_many_pieces_as_pages(store_root: Path):
    composer = Composer(Store("train", root=store_root))
    counts = []
    for seed in range(20):
        sketch = composer.compose(np.random.default_rng(seed)).sketch
        counts.append(find_pieces(sketch).count)
    assert np.median(counts) > 35


def test_interrupted_pack_goes_on_and_ends_the_same(
    store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    composer = Composer(Store("train", root=store_root), side=48)
    whole = build_scenes(composer, 5, 70, tmp_path / "whole.bin").read_bytes()
    assert len(whole) == 5 * 48 * 48 * 4
    target = tmp_path / "train-0.bin"
    # three scenes and a half were on disk when the power went
    target.with_suffix(".70.partial").write_bytes(whole[: 7 * 48 * 48 * 2])
    seeds: list[int] = []
    real = np.random.default_rng
    monkeypatch.setattr(
        scenes_module.np.random, "default_rng", lambda seed: seeds.append(seed) or real(seed)
    )
    assert build_scenes(composer, 5, 70, target).read_bytes() == whole
    assert seeds == [73, 74]
    assert not list(tmp_path.glob("*.partial"))
