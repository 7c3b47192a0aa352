"""Picture files of all kinds come in the right way round, with the right colours, or not at all."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from gp_cli.files import ora, pictures
from gp_cli.files.pictures import decode
from PIL import Image
from reading import assert_reads

# No two pixels, channels or sides alike: a swap or a mirror image cannot pass.
WIDE = np.arange(4 * 7 * 4, dtype=np.uint16).reshape(4, 7, 4)[::-1] * 571 + 1013
SHALLOW = (WIDE >> 8).astype(np.uint8)


def saved(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels: np.ndarray, color: int, *extra: bytes) -> bytes:
    """A PNG straight from the standard: [H, W, channels] of 8 or 16 bits, and its colour type."""
    height, width, _channels = pixels.shape
    depth = pixels.dtype.itemsize * 8
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in pixels)
    parts = [chunk(b"IHDR", head), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    ("channels", "color", "order"), [(1, 0, "GRAY"), (3, 2, "RGB"), (4, 6, "RGBA")]
)
def test_png_of_8_and_16_bits_keeps_every_sample(
    deep: bool, channels: int, color: int, order: str
) -> None:
    pixels = (WIDE if deep else SHALLOW)[..., :channels]
    assert_reads(png(pixels, color), pixels, order + ("16" if deep else "8"))


def test_gray_png_with_alpha_keeps_both() -> None:
    assert_reads(png(SHALLOW[..., :2], 4), SHALLOW[..., :2], "GRAYA8")


def test_16_bit_gray_png_with_alpha_keeps_both() -> None:
    picture = decode(png(WIDE[..., :2], 4), "page")
    assert picture.format == "RGBA16"
    assert (picture.pixels[..., :3] == WIDE[..., :1]).all()
    assert (picture.pixels[..., 3] == WIDE[..., 1]).all()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("color", [0, 2])
def test_a_transparent_colour_of_a_png_becomes_alpha(deep: bool, color: int) -> None:
    pixels = (WIDE if deep else SHALLOW)[..., : 1 if color == 0 else 3]
    key = chunk(b"tRNS", pixels[1, 2].astype(">u2").tobytes())
    alpha = decode(png(pixels, color, key), "page").pixels[..., -1]
    assert alpha[1, 2] == 0
    assert np.count_nonzero(alpha == np.iinfo(pixels.dtype).max) == 27


def test_palette_pictures_give_their_colours() -> None:
    image = Image.fromarray(SHALLOW[..., :3]).quantize(64)
    file = io.BytesIO()
    image.save(file, "PNG")
    assert_reads(file.getvalue(), np.asarray(image.convert("RGB")), "RGB8")


def test_a_palettes_transparent_entry_becomes_alpha() -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    assert decode(file.getvalue(), "page").pixels[..., 3].tolist() == [[255, 0]]


def test_one_bit_pictures_are_black_and_white() -> None:
    bits = np.array([[True, False, False], [True, True, False]])
    assert_reads(saved(bits, "PNG"), np.where(bits, 255, 0).astype(np.uint8), "GRAY8")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_opaque_and_transparent_pictures_of_8_bits_are_kept(kind: str) -> None:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    for pixels, format in ((SHALLOW[..., :3], "RGB8"), (SHALLOW, "RGBA8")):
        assert_reads(saved(pixels, kind, **options), pixels, format)


def test_jpeg_is_nearly_what_was_saved() -> None:
    pixels = cv2.resize(SHALLOW[..., :3], (70, 40), interpolation=cv2.INTER_CUBIC)
    picture = decode(saved(pixels, "JPEG", quality=98, subsampling=0), "page")
    assert picture.format == "RGB8"
    assert np.abs(picture.pixels.astype(int) - pixels).max() < 12


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera stores an upright picture under an EXIF orientation."""
    rows, columns = pixels[::-1], pixels[:, ::-1]
    return {
        1: pixels,
        2: columns,
        3: rows[:, ::-1],
        4: rows,
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, 1),
        7: np.rot90(pixels, 2).swapaxes(0, 1),
        8: np.rot90(pixels, 3),
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "deep PNG", "deep TIFF"])
def test_pictures_are_turned_upright(kind: str, orientation: int) -> None:
    deep = kind.startswith("deep")
    pixels = (WIDE if deep else SHALLOW)[..., :3]
    stored = np.ascontiguousarray(turned(pixels, orientation))
    exif = Image.Exif()
    exif[274] = orientation
    if kind == "deep PNG":
        data = png(stored, 2, chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    elif kind == "deep TIFF":
        data = tiff(stored, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    else:
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(stored, kind, exif=exif, **options)
    assert_reads(data, pixels, "RGB16" if deep else "RGB8")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_16_bit_tiff_keeps_every_sample(order: str, compression: str | None) -> None:
    options = {"byteorder": order, "compression": compression, "predictor": bool(compression)}
    rgb = tiff(WIDE[..., :3], photometric="rgb", **options)
    assert_reads(rgb, WIDE[..., :3], "RGB16")
    gray = tiff(WIDE[..., 0], photometric="minisblack", **options)
    assert_reads(gray, WIDE[..., 0], "GRAY16")
    assert_reads(
        tiff(WIDE, photometric="rgb", extrasamples=["unassalpha"], **options), WIDE, "RGBA16"
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_in_which_0_is_white_is_not_a_negative(dtype: type) -> None:
    pixels = (WIDE if dtype is np.uint16 else SHALLOW)[..., 0]
    data = tiff(np.iinfo(dtype).max - pixels, photometric="miniswhite")
    assert (decode(data, "page").pixels[..., 0] == pixels).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_premultiplied_tiff_colours_are_brought_back(dtype: type) -> None:
    top = int(np.iinfo(dtype).max)
    straight = np.array([[[top, top // 2, 0, top // 2], [top // 3, 0, top, top]]], dtype)
    scaled = straight.astype(np.float64)
    scaled[..., :3] *= scaled[..., 3:] / top
    data = tiff(scaled.round().astype(dtype), photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(decode(data, "page").pixels.astype(int) - straight).max() <= 2


def test_a_spare_channel_of_a_tiff_is_not_alpha() -> None:
    data = tiff(WIDE, photometric="rgb", extrasamples=["unspecified"])
    assert_reads(data, WIDE[..., :3], "RGB16")


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    file = io.BytesIO()
    cyan.save(file, kind)
    picture = decode(file.getvalue(), "page")
    assert picture.format == "RGB8"
    red, green, blue = picture.pixels[4, 4].tolist()
    assert red < 60
    assert min(green, blue) > 140


def test_an_oras_merged_picture_is_read() -> None:
    file = io.BytesIO()
    ora.write(file, [ora.Layer("layer", np.zeros_like(SHALLOW))], SHALLOW)
    assert_reads(file.getvalue(), SHALLOW, "RGBA8")


def test_transparent_line_art_lies_on_white() -> None:
    pixels = np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [0, 0, 0, 128]]], np.uint8)
    picture = decode(png(pixels, 6), "page")
    assert picture.rgb()[0, :, 0].tolist() == [255, 0, 127]
    assert picture.gray()[0].tolist() == [255, 0, 127]


def test_16_bits_become_8_with_all_channels_in_place() -> None:
    rgba = decode(png(WIDE, 6), "page").rgba()
    assert np.abs(rgba.astype(float) - WIDE / 257).max() <= 0.51


def test_the_contents_not_the_name_say_what_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_bytes(png(SHALLOW, 6))
    assert (pictures.read(path).pixels == SHALLOW).all()
