"""Flats are exact, soft colours stay inside their lines, and g's painted ink is left out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import GridMap, to_grid
from gp_canvas.paint.medians import group_medians
from gp_canvas.paint.render import (
    clean_picture,
    flats,
    hint_layer,
    region_colors,
    segment_colors,
    soft,
)
from gp_canvas.paint.sources import CleanPaper, Sources
from gp_canvas.regions.regions import Snapped, snap
from hypothesis import given, settings
from hypothesis import strategies as st

RED, BLUE = (201, 3, 7), (10, 20, 230)


@dataclass(frozen=True)
class Scene:
    snapped: Snapped
    sources: Sources
    grid: GridMap
    sketch: np.ndarray
    ink: np.ndarray


def color_sources(snapped: Snapped, sketch: np.ndarray) -> Sources:
    regions = snapped.segment_region
    return CleanPaper(sketch, snapped.owners, len(regions)).find(regions, regions)


@pytest.fixture
def scene(boxes) -> Scene:
    """Six boxes on a page: region 0 is the ground, 1 the left boxes, 2 the others."""
    pieces = find_pieces(boxes)
    sketch, grid = to_grid(boxes, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[8:88, 10:46] = 1
    labels[8:88, 46:117] = 2
    margin = np.ones(labels.shape, np.float32)
    snapped = snap(pieces, on_grid(pieces, grid), labels, margin, grid)
    sketch = grid.crop(sketch)
    return Scene(snapped, color_sources(snapped, sketch), grid, sketch, pieces.ink)


def _paint(scene: Scene, colors: list[tuple[float, float, float]]) -> np.ndarray:
    """What a g would paint: each region's colour, and the ink black. float32 [3, h, w]."""
    picture = np.array(colors, np.float32)[scene.snapped.grid] * scene.sketch[..., None]
    return np.ascontiguousarray(picture.transpose(2, 0, 1))


def _picture(scene: Scene, colors: list[tuple[float, float, float]]) -> np.ndarray:
    return clean_picture(_paint(scene, colors), scene.sources)


def _flats(scene: Scene, picture: np.ndarray, hints: dict, preview: bool = False) -> np.ndarray:
    colors = segment_colors(scene.snapped, scene.sources, picture, hints)
    return flats(scene.snapped, colors, preview)


GRAYS = [(0.2, 0.2, 0.2), (0.5, 0.5, 0.5), (0.8, 0.8, 0.8)]


def test_a_hinted_region_has_exactly_its_colour_under_the_ink_too(scene):
    layer = _flats(scene, _picture(scene, GRAYS), {1: RED, 2: BLUE})
    assert (layer[scene.snapped.labels == 1] == (*RED, 255)).all()
    assert (layer[scene.snapped.labels == 2] == (*BLUE, 255)).all()


def test_an_unhinted_region_takes_the_colour_of_g(scene):
    layer = _flats(scene, _picture(scene, GRAYS), {})
    assert layer[60, 70].tolist() == [128, 128, 128, 255]
    assert layer[60, 250].tolist() == [204, 204, 204, 255]
    assert layer[5, 5].tolist() == [51, 51, 51, 255]


def test_flats_are_opaque_and_have_no_blended_colours(scene):
    layer = _flats(scene, _picture(scene, GRAYS), {1: RED})
    assert (layer[..., 3] == 255).all()
    assert len(np.unique(layer.reshape(-1, 4), axis=0)) == 3


def test_near_equal_areas_of_a_region_share_one_colour(scene):
    image = _paint(scene, [(1, 1, 1), (0, 0, 0), (0.5, 0.5, 0.5)])
    image[:, :48] *= 1.04  # the upper boxes a little lighter
    layer = _flats(scene, clean_picture(image, scene.sources), {})
    assert (layer[60, 250] == layer[170, 250]).all()


def test_different_areas_of_a_region_keep_their_colours(scene):
    image = _paint(scene, [(1, 1, 1), (0, 0, 0), (0.5, 0.5, 0.5)])
    image[:, :48] *= 0.5
    layer = _flats(scene, clean_picture(image, scene.sources), {})
    assert layer[60, 250].tolist() == [64, 64, 64, 255]
    assert layer[170, 250].tolist() == [128, 128, 128, 255]


def test_painted_ink_does_not_reach_any_colour(scene):
    picture = _picture(scene, GRAYS)
    assert set(np.unique(picture)) == {51, 128, 204}


def test_soft_colours_do_not_bleed_over_a_line(scene):
    layer = soft(scene.snapped, _picture(scene, [(0, 0, 1), (1, 0, 0), (0, 1, 0)]), scene.grid)
    for region, color in enumerate([(0, 0, 255), (255, 0, 0), (0, 255, 0)]):
        assert (layer[scene.snapped.labels == region] == (*color, 255)).all()


def test_colours_that_g_mixes_over_a_border_are_left_out(scene):
    image = _paint(scene, [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
    blurred = np.stack([cv2.GaussianBlur(plane, (0, 0), 1) for plane in image])
    layer = soft(scene.snapped, clean_picture(blurred, scene.sources), scene.grid).astype(int)
    for region, color in enumerate([(0, 0, 255), (255, 0, 0), (0, 255, 0)]):
        off = np.abs(layer[scene.snapped.labels == region][:, :3] - color).max()
        assert off < 16


def test_soft_colours_follow_a_gradient_within_a_region(scene):
    image = _paint(scene, [(1, 1, 1)] * 3)
    image *= np.linspace(0, 1, image.shape[2], dtype=np.float32)
    # No ink in the way: this is about interpolation.
    plain = Sources(np.arange(scene.sketch.size).reshape(scene.sketch.shape), scene.sources.groups)
    row = soft(scene.snapped, clean_picture(image, plain), scene.grid)[5, 10:-10, 0].astype(int)
    assert np.diff(row).min() >= 0
    assert np.diff(row).max() <= 2


def test_hints_lie_alone_on_a_transparent_layer(scene):
    layer = hint_layer(scene.snapped, {2: BLUE})
    assert (layer[scene.snapped.labels == 2] == (*BLUE, 255)).all()
    assert (layer[scene.snapped.labels != 2] == 0).all()


def test_previews_show_the_same_at_grid_size(scene):
    picture = _picture(scene, GRAYS)
    hints = {1: RED}
    full = _flats(scene, picture, hints)
    small = _flats(scene, picture, hints, preview=True)
    assert small.shape == (*scene.grid.content, 4)
    same = (scene.grid.sample(full) == small).all(axis=2)
    assert same.mean() > 0.97
    assert hint_layer(scene.snapped, hints, preview=True).shape == small.shape
    assert (soft(scene.snapped, picture, scene.grid, preview=True)[..., :3] == picture).all()


def test_suggestions_are_the_colours_of_paper_only(scene):
    image = _paint(scene, GRAYS)
    assert region_colors(
        scene.snapped, scene.sources, clean_picture(image, scene.sources)
    ).tolist() == [[51] * 3, [128] * 3, [204] * 3]


def test_a_hatched_area_takes_its_paper_colour():
    page = np.full((300, 300), 255, np.uint8)
    cv2.rectangle(page, (50, 50), (250, 250), 0, 3)
    page[60:240:5, 60:240] = 0
    pieces = find_pieces(page)
    sketch, grid = to_grid(page, 128, 16)
    labels = np.zeros(sketch.shape, np.uint8)
    labels[21:107, 21:107] = 1
    margin = np.ones(labels.shape, np.float32)
    snapped = snap(pieces, on_grid(pieces, grid), labels, margin, grid)
    sketch = grid.crop(sketch)
    sources = color_sources(snapped, sketch)
    image = np.array([(1, 1, 1), (0.9, 0.5, 0.1)], np.float32)[snapped.grid] * sketch[..., None]
    picture = clean_picture(image.transpose(2, 0, 1), sources)
    colors = segment_colors(snapped, sources, picture, {})
    inner = colors[snapped.segments[150, 52]].astype(int)
    assert np.abs(inner - (230, 128, 26)).max() <= 3


@given(st.integers(0, 10**6), st.sampled_from([1, 5, 250]))
@settings(max_examples=50, deadline=None)
def test_group_medians_are_the_lower_medians(seed, count):
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (9, 90), np.uint8)
    picture = np.dstack([picture, picture // 16, 255 - picture])
    groups = random.integers(0, count + 1, (9, 90))
    medians = group_medians(picture, groups, count)
    for group in range(count):
        values = picture[groups == group]
        expected = np.sort(values, axis=0)[(len(values) - 1) // 2] if len(values) else (0, 0, 0)
        assert (medians[group] == expected).all()
