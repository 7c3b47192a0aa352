"""Layers by colour, suggestions, working areas and strips."""

from __future__ import annotations

import io
import zipfile

import cv2
import numpy as np
import pytest
from gp_canvas.paint.layers import ColorLayers
from gp_cli.files import ora
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.page_options import PageOptions
from gp_client.wire import MAX_SIDE
from gp_daemon.networks.strips import grid_side
from gp_daemon.pages.page import Page

RED, BLUE = (201, 3, 7), (10, 20, 230)
PANEL = (100, 40, 160, 150)  # x, y, width, height


def _open(engine, gray: np.ndarray, **options) -> Page:
    return Page(engine, gray.tobytes(), gray.shape[1], gray.shape[0], **options)


@pytest.fixture
def page(engine, boxes) -> Page:
    page = _open(engine, boxes)
    page.hint(1, RED)
    page.hint(2, BLUE)
    page.hint(4, RED)
    return page


def test_color_layers_put_together_are_the_flats(page):
    picture = np.zeros((240, 320, 4), np.uint8)
    layers = page.color_layers()
    for layer in layers.all:
        x, y, width, height = layer.box
        part = picture[y : y + height, x : x + width]
        inside = layers.mask(layer) > 0
        assert inside.sum() == layer.pixels
        assert not part[inside].any()
        part[inside] = layers.picture(layer)[inside]
    assert (picture == page.render("flats")).all()


def test_color_layers_are_named_by_colour_and_region(page):
    found = {layer.name: layer.regions for layer in page.color_layers().all}
    assert found["#c90307 (1, 4)"] == (1, 4)
    assert found["#0a14e6 (2)"] == (2,)
    assert len(found) == 3


def test_color_layers_fill_their_boxes(page):
    layers = page.color_layers()
    for layer in layers.all:
        mask = layers.mask(layer)
        assert mask.any(axis=0)[[0, -1]].all()
        assert mask.any(axis=1)[[0, -1]].all()


def test_boxes_of_layers_reach_over_all_strips_in_which_they_are_sought():
    segments = np.zeros((3000, 1000), np.int32)  # six strips
    segments[100:2900, 30:40] = 1
    colors = np.array([[1, 2, 3], [200, 0, 0]], np.uint8)
    layers = ColorLayers(segments, colors, {}, origin=(5, 7)).all
    assert [layer.box for layer in layers] == [(5, 7, 1000, 3000), (35, 107, 10, 2800)]


def test_color_layers_of_a_working_area_lie_on_the_canvas(engine, boxes):
    page = _open(engine, boxes, options=PageOptions(area=PANEL))
    layers = page.color_layers()
    flats = page.render("flats")
    for layer in layers.all:
        x, y, width, height = layer.box
        inside = layers.mask(layer) > 0
        assert (flats[y : y + height, x : x + width][inside] == (*layer.color, 255)).all()
    assert sum(layer.pixels for layer in layers.all) == PANEL[2] * PANEL[3]


def test_a_color_layer_is_transparent_beside_its_shape_and_white_without_alpha(page):
    layers = page.color_layers()
    red = layers.find(RED)
    assert red is not None
    inside = layers.mask(red) > 0
    assert not layers.picture(red, "BGRA8")[~inside].any()
    assert (layers.picture(red, "BGRA8")[inside] == (*RED[::-1], 255)).all()
    assert (layers.picture(red, "RGB16")[~inside] == 65535).all()


def test_color_layers_follow_the_hints(page):
    assert page.color_layers().find(RED)
    page.hint(1, BLUE)
    page.hint(4, BLUE)
    assert page.color_layers().find(RED) is None


def test_color_layers_go_into_openraster_where_they_belong(page):
    file = io.BytesIO()
    flats = page.render("flats")
    layers = page.color_layers()
    parts = (ora.Layer(one.name, layers.picture(one), offset=one.box[:2]) for one in layers.all)
    ora.write(file, [ora.Group("Colours", tuple(parts))], flats)
    merged = np.zeros_like(flats)
    with zipfile.ZipFile(file) as archive:
        xml = archive.read("stack.xml").decode()
        for layer in page.color_layers().all:
            assert f'name="{layer.name}"' in xml
        for line in xml.split("<layer ")[1:]:
            values = dict(
                part.split('="') for part in line.split('"  ')[0].split('" ') if "=" in part
            )
            data = np.frombuffer(archive.read(values["src"].rstrip('"')), np.uint8)
            pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))[..., [2, 1, 0, 3]]
            x, y = int(values["x"]), int(values["y"].rstrip('"'))
            part = merged[y : y + pixels.shape[0], x : x + pixels.shape[1]]
            np.copyto(part, pixels, where=pixels[..., 3:] > 0)
    assert (merged == flats).all()


@pytest.mark.parametrize("kind", ["flats", "soft", "hints"])
def test_gray_pictures_are_the_luminance_on_white(page, kind):
    rgba = page.render(kind)
    gray = page.render(kind, "GRAY8")
    assert gray.shape == (240, 320, 1)
    assert gray.dtype == np.uint8
    opaque = np.where(rgba[..., 3:] > 0, rgba[..., :3], 255).astype(np.uint8)
    assert (gray[..., 0] == cv2.cvtColor(opaque, cv2.COLOR_RGB2GRAY)).all()


def test_two_alternatives_differ_from_the_suggestion_and_each_other(page):
    for region in page.regions:
        colors = [page.suggest(region.number), *page.alternatives(region.number)]
        assert len(colors) == len(set(colors)) == 3


def test_an_alternative_comes_from_the_palette_of_the_page(page):
    assert page.alternatives(3)[0] in (RED, BLUE)


def test_regions_cover_the_working_area_and_nothing_else(engine, boxes):
    page = _open(engine, boxes, options=PageOptions(area=PANEL))
    covered = np.zeros(boxes.shape, int)
    for region in page.regions:
        (x, y, width, height), mask = page.mask(region.number)
        assert (x, y, width, height) == region.bbox
        covered[y : y + height, x : x + width] += mask > 0
    assert (covered[40:190, 100:260] == 1).all()
    assert covered.sum() == 160 * 150


@pytest.mark.parametrize("kind", ["flats", "soft", "hints"])
def test_nothing_is_painted_beside_the_working_area(engine, boxes, kind):
    page = _open(engine, boxes, options=PageOptions(area=PANEL))
    page.hint(1, RED)
    layer = page.render(kind)
    assert layer.shape == (240, 320, 4)
    beside = np.ones(boxes.shape, bool)
    beside[40:190, 100:260] = False
    assert not layer[beside].any()
    assert layer[40:190, 100:260, 3].any()


def test_masks_of_canvas_size_work_in_a_working_area(engine, boxes):
    page = _open(engine, boxes, options=PageOptions(area=PANEL))
    mask = np.zeros((240, 320), np.uint8)
    cv2.circle(mask, (180, 110), 30, 255, -1)
    page.correct(1, mask)
    (x, y, width, height), found = page.mask(1)
    assert (found == mask[y : y + height, x : x + width]).all()
    page.scribble(mask, RED)
    assert page.render("flats")[110, 180].tolist() == [*RED, 255]


@pytest.mark.parametrize("area", [(400, 0, 10, 10), (200, 100, 121, 10)])
def test_working_areas_that_leave_the_canvas_are_refused(engine, boxes, area):
    with pytest.raises(GuidingPainterError) as caught:
        _open(engine, boxes, options=PageOptions(area=area))
    assert caught.value.code == BAD_REQUEST


def strip(length: int = 3000, width: int = 200) -> np.ndarray:
    """A strip of panels, each with a circle."""
    page = np.full((length, width), 255, np.uint8)
    for top in range(10, length - 180, 200):
        cv2.rectangle(page, (10, top), (width - 10, top + 180), 0, 2)
        cv2.circle(page, (width // 2, top + 90), 50, 0, 2)
    return page


@pytest.mark.parametrize("across", [False, True])
def test_a_strip_gets_regions_along_all_of_it(engine, across):
    gray = strip().T.copy() if across else strip()
    page = _open(engine, gray)
    labels = page._painting.snapped.labels
    assert len(page.regions) > 6
    for span in np.array_split(np.arange(3000), 10):
        part = labels[:, span] if across else labels[span]
        assert len(np.unique(part)) >= 2
    assert sum(region.pixels for region in page.regions) == gray.size
    assert page.render("soft").shape == (*gray.shape, 4)


def test_a_strip_of_one_to_thirty_is_not_squeezed(engine):
    page = _open(engine, strip(6000))
    assert page.grid[0] >= 60
    assert page.render("flats").shape == (6000, 200, 4)


def test_priorities_of_a_strip_are_interleaved(engine):
    page = _open(engine, strip())
    panels = {region.bbox[1] // 200 for region in page.regions[:4]}
    assert len(panels) == 4


def test_no_panel_of_a_strip_is_divided_between_windows(engine):
    page = _open(engine, strip())
    labels = page._painting.snapped.labels
    for top in range(10, 2820, 200):
        corners = labels[[top + 8, top + 8, top + 172, top + 172], [18, 182, 18, 182]]
        assert len(set(corners.tolist())) == 1


def test_hints_reach_g_through_its_own_channels_in_every_window(engine):
    page = _open(engine, strip())
    for region in page.regions[::3]:
        page.hint(region.number, (region.number, 7, 200))
    soft = page.render("soft")
    labels = page._painting.snapped.labels
    for region in page.regions[::3]:
        inside = labels == region.number - 1
        assert np.abs(np.median(soft[inside], axis=0)[:3] - (region.number, 7, 200)).max() <= 8


@pytest.mark.parametrize(
    ("shape", "side"),
    [((300, 400), 512), ((400, 800), 512), ((1000, 6000), 1536), ((100, 900), 900)],
)
def test_only_strips_get_a_longer_grid(shape, side):
    assert grid_side(shape[0], shape[1], 512) == side


def test_the_longest_strip_works(engine):
    gray = np.full((MAX_SIDE, 24), 255, np.uint8)
    gray[::150, 4:20] = 0
    page = _open(engine, gray)
    assert page.render("flats").shape == (MAX_SIDE, 24, 4)
