"""What people really open: each kind of file or drawing that once went wrong, read and cut right.

The figure is always the same, so its right flats are known; a kind is right when flats made of its
pieces differ on less than 2 % of the page.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import drawn_inputs as drawn
import numpy as np
import pytest
from gp_canvas.lines.ink import read_line_art, read_page
from gp_canvas.lines.pieces import Pieces, find_pieces
from gp_cli.files import pictures
from gp_cli.files.pencil import drop, parse
from gp_cli.files.picture import Picture
from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from PIL import Image

LINES, FLATS = drawn.figure()
PIECES = find_pieces(LINES).count
RANDOM = np.random.default_rng(23)


def opened(path: Path, lines: str | None = None) -> Pieces:
    picture = pictures.read(path, lines=lines)
    return find_pieces(read_line_art(picture.pixels, picture.format))


def saved(pixels: np.ndarray, path: Path, **options: Any) -> Path:
    """A picture file; gray of one channel or of 16 bits too."""
    squeezed = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(squeezed).save(path, **options)
    return path


def colored_lines() -> np.ndarray:
    """Pale lines beside dark ones: hill and tree in colours of their own, RGBA on nothing."""
    picture = np.zeros((*LINES.shape, 4), np.uint8)
    picture[..., 3] = 255 - LINES
    height, width = LINES.shape
    picture[: height // 2, : width // 3, :3] = (130, 190, 140)
    picture[height // 2 :, :, :3] = (190, 160, 220)
    return picture


def on_white(rgba: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:].astype(float) / 255
    return np.round(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def faint_pencil() -> np.ndarray:
    grain = RANDOM.normal(0, 2, LINES.shape)
    page = 250 - (255 - LINES.astype(float)) / 255 * 22 + grain
    return np.clip(page, 0, 255).astype(np.uint8)[..., None]


def traced() -> np.ndarray:
    """Black lines, and red and blue ones that mark shadows and highlights in them."""
    page = drawn.inked(LINES, (0, 0, 0), (255, 255, 255))
    cv2.line(page, (478, 300), (478, 440), (230, 60, 60), 2, cv2.LINE_AA)
    cv2.line(page, (20, 240), (180, 240), (90, 140, 250), 2, cv2.LINE_AA)
    return page


def light_lines_with_dark_pupils() -> np.ndarray:
    page = np.full((*LINES.shape, 4), 255, np.uint8)
    page[..., 3] = 255 - LINES
    for x in (425, 515):
        cv2.circle(page, (x, 312), 7, (0, 0, 0, 255), -1)
    return page


def gradient() -> np.ndarray:
    rows = np.flatnonzero(drawn.place(FLATS, drawn.HOOD).any(axis=1))
    down = (np.arange(len(LINES)) - rows[0]) / (rows[-1] - rows[0])
    return np.clip(np.repeat(down[:, None], LINES.shape[1], axis=1), 0.05, 0.85)


def toned(pitch: float, angle: float) -> np.ndarray:
    dress, hood = (drawn.place(FLATS, color) for color in (drawn.DRESS, drawn.HOOD))
    page = drawn.tone(LINES, dress, 0.3, pitch, angle)
    return drawn.tone(page, hood, gradient(), pitch, angle)[..., None]


def scanned(sides: str, turn: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sheet on a scanner whose lid was open, turned by some degrees.

    Args:
        sides: of top, right, bottom, left: where the dark beside the sheet is seen.
        turn: degrees.

    Returns:
        The page, uint8 [H, W]; its flats, [H, W, 3]; where the drawing is, bool [H, W].
    """
    height, width = LINES.shape[0] + 80, LINES.shape[1] + 80
    drawing, sheet = np.zeros((2, height, width), np.uint8)
    inside = np.s_[40 : height - 40, 40 : width - 40]
    sheet[
        40 * ("t" in sides) : height - 40 * ("b" in sides),
        40 * ("l" in sides) : width - 40 * ("r" in sides),
    ] = 1
    drawing[inside] = 1
    lines = np.full((height, width), 250, np.uint8)
    lines[inside] = LINES
    cv2.rectangle(lines, (40, 40), (width - 41, height - 41), 0, 3)
    flats = np.zeros((height, width, 3), np.uint8)
    flats[inside] = FLATS
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)

    def turned(picture: np.ndarray, border: int = 0, way: int = cv2.INTER_NEAREST) -> np.ndarray:
        border_value = (border,) * 3
        made = cv2.warpAffine(picture, matrix, (width, height), flags=way, borderValue=border_value)
        return np.asarray(made)

    dark = np.clip(RANDOM.normal(18, 4, (height, width)), 0, 255).astype(np.uint8)
    sheet = turned(sheet)
    page = np.where(sheet > 0, turned(lines, 250, cv2.INTER_CUBIC), dark)
    return page, turned(flats), (turned(drawing) & sheet) > 0


def colored_already() -> np.ndarray:
    page = (FLATS * 0.8).astype(np.uint8)
    page[LINES < 128] = (15, 10, 10)
    return page


KINDS: dict[str, tuple[Callable[[], np.ndarray], str, dict[str, Any]]] = {
    "black on white": (lambda: LINES[..., None], "page.png", {}),
    "pale lines beside dark ones, on nothing": (colored_lines, "page.png", {}),
    "pale lines beside dark ones, on white": (lambda: on_white(colored_lines()), "page.png", {}),
    "16 bits of little contrast": (
        lambda: (60000 + LINES.astype(np.uint16) * 16)[..., None], "page.png", {},
    ),
    "faint pencil": (faint_pencil, "page.jpg", {"quality": 90}),
    "blue and red traces": (traced, "page.png", {}),
    "chalk on gray": (lambda: drawn.inked(LINES, (240,), (128,)), "page.png", {}),
    "white lines with black pupils on nothing": (light_lines_with_dark_pupils, "page.png", {}),
    "coloured already": (colored_already, "page.png", {}),
    "a resolution and a profile": (
        lambda: drawn.inked(LINES, (0, 0, 0), (255, 255, 255)), "page.png", {"dpi": (600, 600)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_of_any_kind_gives_its_own_flats(kind: str, tmp_path: Path) -> None:
    make, name, options = KINDS[kind]
    pieces = opened(saved(make(), tmp_path / name, **options))
    assert drawn.wrong(pieces.labels, FLATS) < 0.02
    # Lines across a colour make more pieces of it, and nothing else does.
    assert pieces.count - PIECES in range(3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_coloured_page_is_known_for_one(kind: str, tmp_path: Path) -> None:
    make, name, options = KINDS[kind]
    picture = pictures.read(saved(make(), tmp_path / name, **options))
    assert read_page(picture.pixels, picture.format).colored == (kind == "coloured already")


def test_what_can_be_clicked_is_a_piece_of_its_own(tmp_path: Path) -> None:
    pieces = opened(saved(LINES[..., None], tmp_path / "page.png"))
    height, width = LINES.shape
    spots = [(round(y * height), round(x * width)) for x, y in drawn.SMALL.values()]
    found = [int(pieces.labels[spot]) for spot in spots]
    assert len(set(found)) == len(found)
    assert all(pieces.sizes[label] < LINES.size / 200 for label in found)


def test_an_area_of_paper_is_one_piece_and_so_is_the_margin() -> None:
    page = np.full((900, 1100), 255, np.uint8)
    page[100:800, 100:1000] = LINES
    cv2.rectangle(page, (98, 98), (1001, 801), 0, 4)
    pieces = find_pieces(page)
    assert pieces.count == PIECES + 1
    assert len(np.unique(pieces.labels[[3, 3, -3, -3], [3, -3, 3, -3]])) == 1
    assert len(np.unique(pieces.labels[105:150, 105:750])) == 1


@pytest.mark.parametrize("turn", [0, 2])
@pytest.mark.parametrize("sides", ["trbl", "t", "l", "tl", "tlr", "lr"])
def test_the_dark_around_a_scan_hides_nothing_of_it(
    sides: str, turn: float, tmp_path: Path
) -> None:
    page, flats, drawing = scanned(sides, turn)
    pieces = opened(saved(page[..., None], tmp_path / "page.jpg", quality=90))
    assert drawn.wrong(pieces.labels[drawing][None], flats[drawing][None]) < 0.01
    assert pieces.count - PIECES in range(3)  # the paper around it, and the dark


@pytest.mark.parametrize("side", ["left", "right", "middle"])
def test_a_dark_fold_of_a_book_hides_little_but_itself(side: str, tmp_path: Path) -> None:
    across = np.arange(LINES.shape[1])
    at = {"left": 0, "right": len(across), "middle": len(across) // 2}[side]
    light = 1 - 0.95 * np.exp(-(((across - at) / 60) ** 2))
    page = np.round(LINES * light).astype(np.uint8)
    pieces = opened(saved(page[..., None], tmp_path / "page.jpg", quality=90))
    seen = light > 0.4  # where paper can be told from ink
    assert drawn.wrong(pieces.labels[:, seen], FLATS[:, seen]) < 0.01
    assert pieces.count <= PIECES + (3 if side != "middle" else 10)  # what it parts are two


def test_an_openraster_file_without_a_merged_picture_is_put_together(tmp_path: Path) -> None:
    rgba = np.zeros((*LINES.shape, 4), np.uint8)
    rgba[..., 3] = 255 - LINES
    layer, stub = io.BytesIO(), io.BytesIO()
    Image.fromarray(rgba).save(layer, "PNG")
    Image.new("RGBA", (64, 64)).save(stub, "PNG")
    height, width = LINES.shape
    path = tmp_path / "page.ora"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "image/openraster")
        stack = '<stack><layer name="ink" src="data/a.png"/></stack>'
        file.writestr("stack.xml", f'<image w="{width}" h="{height}">{stack}</image>')
        file.writestr("data/a.png", layer.getvalue())
        file.writestr("mergedimage.png", stub.getvalue())
    assert drawn.wrong(opened(path).labels, FLATS) < 0.02
    assert drawn.wrong(opened(path, lines="ink").labels, FLATS) < 0.02


def test_a_psd_without_a_merged_picture_says_how_to_save_it(tmp_path: Path) -> None:
    head = b"8BPS\0\1" + bytes(6) + b"\0\1" + (8).to_bytes(4, "big") * 2 + b"\0\x08\0\1"
    layers = (2).to_bytes(2, "big") + bytes(2)
    section = len(layers).to_bytes(4, "big") + layers
    path = tmp_path / "page.psd"
    path.write_bytes(
        head + bytes(8) + len(section).to_bytes(4, "big") + section + b"\0\0" + b"\xff" * 64
    )
    with pytest.raises(GuidingPainterError, match="without a picture of its layers") as caught:
        pictures.read(path)
    assert caught.value.code == UNSUPPORTED_FORMAT
    assert "Maximise Compatibility" in caught.value.hint


@pytest.mark.parametrize("name", ["scan.tif", "moving.webp", "moving.png"])
def test_the_second_page_is_the_drawing_where_the_first_is_blank(name: str, tmp_path: Path) -> None:
    blank, drawing = Image.new("L", LINES.shape[::-1], 255), Image.fromarray(LINES)
    options: dict[str, Any] = {"lossless": True} if name.endswith("webp") else {}
    path = tmp_path / name
    blank.save(path, save_all=True, append_images=[drawing], **options)
    assert pictures.read(path).pages == 2
    picture = pictures.read(path, number=2)
    pieces = find_pieces(read_line_art(picture.pixels, picture.format))
    assert drawn.wrong(pieces.labels, FLATS) < 0.02


def test_a_strip_of_any_length_is_cut_as_its_pictures_are(tmp_path: Path) -> None:
    strip = np.concatenate([LINES[:, :800]] * 28)  # 800 x 19600
    alone = find_pieces(LINES[:, :800])
    pieces = opened(saved(strip[..., None], tmp_path / "strip.png"))
    assert pieces.gap <= 2 * alone.gap
    top = 14 * len(LINES)
    assert drawn.wrong(pieces.labels[top : top + len(LINES)], FLATS[:, :800]) < 0.02


@pytest.mark.parametrize(("pitch", "angle"), [(4, 15), (6.5, 45), (9, 0), (12, 75)])
def test_screentone_of_any_pitch_angle_and_gradient_is_paper(pitch: float, angle: float) -> None:
    pieces = find_pieces(toned(pitch, angle)[..., 0])
    assert drawn.wrong(pieces.labels, FLATS) < 0.02
    assert abs(pieces.count - PIECES) <= 8


@pytest.mark.parametrize("dark", [0.2, 0.5, 0.8])
def test_screentone_of_a_jpeg_is_paper_however_dark(dark: float, tmp_path: Path) -> None:
    where = drawn.place(FLATS, drawn.DRESS) | drawn.place(FLATS, drawn.HOOD)
    page = drawn.tone(LINES, where, dark, 7, 45)[..., None]
    pieces = opened(saved(page, tmp_path / "page.jpg", quality=85))
    assert drawn.wrong(pieces.labels, FLATS) < 0.02
    assert abs(pieces.count - PIECES) <= 8


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("name", "pencil"), [("blue", (90, 140, 250)), ("#f06060", (230, 60, 60))])
def test_a_pencil_under_the_ink_can_be_left_out(
    name: str, pencil: tuple[int, int, int], deep: bool
) -> None:
    page = drawn.inked(LINES, (10, 10, 12), (250, 248, 240))
    for x in range(40, 900, 110):
        cv2.line(page, (x, 10), (900 - x, 690), pencil, 3, cv2.LINE_AA)
    page[LINES < 60] = (10, 10, 12)
    sketched = Picture(page.astype(np.uint16) * 257 if deep else page, "RGB16" if deep else "RGB8")
    assert find_pieces(read_line_art(sketched.pixels, sketched.format)).count > PIECES + 20
    clean = drop(sketched, parse(name))
    pieces = find_pieces(read_line_art(clean.pixels, clean.format))
    assert pieces.count == PIECES
    assert drawn.wrong(pieces.labels, FLATS) < 0.02


def test_the_ink_and_other_colours_stay_when_a_pencil_is_left_out() -> None:
    colors = np.array([[[0, 0, 0], [60, 60, 62], [230, 60, 60], [255, 255, 255]]], np.uint8)
    assert (
        np.abs(drop(Picture(colors, "RGB8"), parse("blue")).pixels - colors.astype(int)).max() <= 2
    )
    gray = Picture(colors[..., :1].copy(), "GRAY8")
    assert drop(gray, parse("blue")) is gray


@pytest.mark.parametrize("text", ["#808080", "black", "#12345", "#gggggg"])
def test_no_gray_can_be_left_out(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse(text)
