"""Pixels of any format become the same line art, and lines survive on the grid."""

from __future__ import annotations

import numpy as np
import pytest
from gp_canvas.lines.raster import (
    GridMap,
    decode,
    encode,
    is_inverted,
    pixel_format,
    to_gray,
    to_grid,
)
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.wire import FORMATS
from hypothesis import given
from hypothesis import strategies as st


def _gray(values: list, format: str) -> np.ndarray:
    layout = pixel_format(format)
    array = np.array([[values]], layout.dtype)
    return to_gray(decode(array.tobytes(), 1, 1, format), format)


@pytest.mark.parametrize(
    ("format", "values", "expected"),
    [
        ("GRAY8", [77], 77),
        ("GRAY16", [77 * 257], 77),
        ("GRAYA8", [0, 255], 0),
        ("GRAYA8", [0, 0], 255),
        ("GRAYA8", [0, 100], 155),
        ("GRAYA16", [0, 65535], 0),
        ("RGB8", [255, 0, 0], 76),
        ("RGBA8", [255, 0, 0, 255], 76),
        ("BGRA8", [0, 0, 255, 255], 76),
        ("BGRA8", [255, 0, 0, 255], 29),
        ("RGB16", [0, 0, 65535], 29),
        ("RGBA16", [0, 65535, 0, 65535], 150),
        ("BGRA16", [65535, 0, 0, 65535], 29),
        ("BGRA16", [65535, 0, 0, 0], 255),
    ],
)
def test_luminance_on_white_is_right_in_every_format(format, values, expected):
    assert abs(int(_gray(values, format)[0, 0]) - expected) <= 1


def test_rows_and_columns_keep_their_places():
    pixels = np.arange(2 * 3, dtype=np.uint8)
    assert to_gray(decode(pixels.tobytes(), 3, 2, "GRAY8"), "GRAY8").tolist() == [
        [0, 1, 2],
        [3, 4, 5],
    ]


def test_strips_join_without_a_seam():
    gray = np.random.default_rng(0).integers(0, 256, (1100, 1003), np.uint8)
    rgb = np.repeat(gray[..., None], 3, axis=2)
    result = to_gray(decode(rgb.tobytes(), 1003, 1100, "RGB8"), "RGB8")
    assert np.abs(result.astype(int) - gray).max() <= 1


@pytest.mark.parametrize(("width", "height"), [(2**17 + 1, 1), (1, 400000), (16384, 16384)])
def test_canvases_beyond_the_limits_are_too_large(width, height):
    with pytest.raises(GuidingPainterError) as caught:
        decode(b"", width, height, "GRAY8")
    assert caught.value.code == TOO_LARGE


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, -1), (True, 1), (1.0, 1), ("1", 1)])
def test_sides_that_are_no_counts_are_bad_requests(width, height):
    with pytest.raises(GuidingPainterError) as caught:
        decode(b"\0", width, height, "GRAY8")
    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("extra", [-1, 1])
def test_a_wrong_number_of_bytes_is_a_bad_request(format, extra):
    with pytest.raises(GuidingPainterError) as caught:
        decode(b"\0" * (6 * FORMATS[format] + extra), 3, 2, format)
    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize("format", ["", "RGB", "CMYK8", "rgba8", None])
def test_unknown_formats_are_refused(format):
    with pytest.raises(GuidingPainterError) as caught:
        decode(b"\0", 1, 1, format)
    assert caught.value.code == UNSUPPORTED_FORMAT


def test_decoding_does_not_copy():
    pixels = bytearray(12)
    view = decode(pixels, 2, 2, "RGB8")
    pixels[0] = 9
    assert view[0, 0, 0] == 9


def test_white_lines_on_black_are_seen_as_inverted(boxes):
    assert is_inverted(255 - boxes)


def test_black_lines_on_white_are_not_inverted(boxes):
    assert not is_inverted(boxes)


def test_a_night_scene_is_not_inverted():
    page = np.zeros((300, 400), np.uint8)
    page[60:200, 100:260] = 255
    assert not is_inverted(page)


@pytest.mark.parametrize("tone", [0, 255])
def test_a_page_of_one_tone_is_not_inverted(tone):
    assert not is_inverted(np.full((50, 60), tone, np.uint8))


@pytest.mark.parametrize("at", [0, 1, 999, 2001, 3999])
def test_a_one_pixel_line_on_a_large_page_stays_on_the_grid(at):
    page = np.full((3000, 4000), 255, np.uint8)
    page[:, at] = 0
    sketch, grid = to_grid(page, 512, 16)
    assert grid.crop(sketch).min(axis=1).max() < 0.6


def test_hatching_stays_lighter_than_solid_black():
    page = np.full((2048, 2048), 255, np.uint8)
    page[:, ::16] = 0
    page[:, 1024:] = 0
    sketch, _ = to_grid(page, 256, 16)
    assert sketch[:, :120].mean() > sketch[:, 136:].mean() + 0.3


def test_scanned_paper_becomes_one():
    page = np.full((300, 300), 228, np.uint8)
    page[100:110] = 30
    sketch, _ = to_grid(page, 128, 16)
    assert sketch[0, 0] == 1
    assert sketch.min() < 0.2


def test_a_small_canvas_is_enlarged_to_the_grid(boxes):
    sketch, grid = to_grid(boxes, 512, 16)
    assert sketch.shape == (384, 512)
    assert grid.content == (384, 512)
    assert sketch.min() == 0


def test_padding_is_paper():
    sketch, grid = to_grid(np.zeros((100, 130), np.uint8), 128, 32)
    assert grid.content == (98, 128)
    assert sketch.shape == (128, 128)
    assert (sketch[98:] == 1).all()
    assert (sketch[:98] == 0).all()


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([64, 100, 512]))
def test_grid_sides_are_multiples_and_cells_cover_the_content(height, width, side):
    grid = GridMap.fit(height, width, side, 32)
    assert max(grid.content) == side
    for axis in (0, 1):
        assert grid.padded[axis] % 32 == 0
        assert 0 <= grid.padded[axis] - grid.content[axis] < 32
        cells, points = grid.cells(axis), grid.points(axis)
        assert cells.min() >= 0
        assert cells.max() <= grid.content[axis] - 1
        assert (np.diff(cells) >= 0).all()
        assert (points >= 0).all()
        assert (points < grid.canvas[axis]).all()
        if grid.canvas[axis] >= grid.content[axis]:
            assert (cells[points] == np.arange(grid.content[axis])).all()


def test_a_cell_lies_where_its_pixels_lie():
    page = np.full((400, 800), 255, np.uint8)
    page[100:140, 600:680] = 0
    sketch, grid = to_grid(page, 128, 16)
    rows, columns = np.nonzero(grid.crop(sketch) < 0.5)
    assert set(rows) == set(grid.cells(0)[100:140])
    assert set(columns) == set(grid.cells(1)[600:680])


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("RGBA8", [10, 20, 30, 255]),
        ("BGRA8", [30, 20, 10, 255]),
        ("RGB8", [10, 20, 30]),
        ("RGBA16", [2570, 5140, 7710, 65535]),
        ("BGRA16", [7710, 5140, 2570, 65535]),
        ("RGB16", [2570, 5140, 7710]),
        ("GRAY8", [18]),
        ("GRAYA8", [18, 255]),
        ("GRAY16", [18 * 257]),
        ("GRAYA16", [18 * 257, 65535]),
    ],
)
def test_layers_come_out_exact_in_every_format(format, expected):
    rgba = np.tile(np.array([10, 20, 30, 255], np.uint8), (3, 5, 1))
    layer = encode(rgba, format)
    assert layer.flags.c_contiguous
    assert layer.nbytes == 15 * FORMATS[format]
    assert (layer == expected).all()


def test_formats_without_alpha_composite_on_white():
    rgba = np.array([[[0, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
    assert encode(rgba, "RGB8").tolist() == [[[255, 255, 255], [0, 0, 0]]]
    assert encode(rgba, "GRAY8").tolist() == [[[255], [0]]]


def test_a_layer_read_back_is_the_same_line_art(boxes):
    rgba = np.dstack([boxes, boxes, boxes, np.full_like(boxes, 255)])
    for format in FORMATS:
        data = encode(rgba, format).tobytes()
        assert (to_gray(decode(data, 320, 240, format), format) == boxes).all()
