"""Files of several pictures: each page can be taken, and none is taken for another."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from gp_cli.files import pictures
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from PIL import Image

TONES = (10, 130, 250)


def pages(kind: str, tones: tuple[int, ...] = TONES) -> bytes:
    made = [Image.new("L", (9, 5), tone) for tone in tones]
    file = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    made[0].save(file, kind, save_all=True, append_images=made[1:], **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG", "GIF"])
def test_each_page_is_read_by_its_number(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scan"
    path.write_bytes(pages(kind))
    assert pictures.count_pages(path) == 3
    for number, tone in enumerate(TONES, 1):
        picture = pictures.read(path, number=number)
        assert (picture.gray() == tone).all()
        assert picture.pages == 3
    with pytest.raises(GuidingPainterError, match="3 pages, there is no page 4") as caught:
        pictures.read(path, number=4)
    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize("name", ["scan.tif", "scan\n.tif"])  # OpenCV is given the second's bytes
def test_pages_of_16_bits_keep_every_sample(name: str, tmp_path: Path) -> None:
    made = np.arange(2 * 5 * 9, dtype=np.uint16).reshape(2, 5, 9) * 700
    path = tmp_path / name
    tifffile.imwrite(path, made, photometric="minisblack")
    for number in (1, 2):
        assert (pictures.read(path, number=number).pixels[..., 0] == made[number - 1]).all()


def test_a_smaller_copy_of_a_page_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(np.full((8, 8), 40, np.uint8))
        file.write(np.full((4, 4), 40, np.uint8), subfiletype=1)
        file.write(np.full((8, 8), 90, np.uint8))
    assert pictures.count_pages(path) == 2
    assert (pictures.read(path, number=2).pixels == 90).all()


def test_one_page_is_one_page(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (9, 5)).save(path)
    assert pictures.count_pages(path) == 1
    with pytest.raises(GuidingPainterError, match="one page, there is no page 2"):
        pictures.read(path, number=2)


@pytest.mark.parametrize("kind", ["BMP", "TGA", "GIF", "AVIF", "JPEG2000"])
def test_more_kinds_are_read(kind: str) -> None:
    file = io.BytesIO()
    try:
        Image.new("RGB", (90, 50), (200, 40, 60)).save(file, kind)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow has no {kind}")
    picture = pictures.decode(file.getvalue(), "page")
    assert (picture.width, picture.height) == (90, 50)
    assert np.abs(picture.rgb().astype(int) - (200, 40, 60)).max() < 12
