"""Profile and resolution go from a page's file into ours; numbers of colours stay as they are."""

from __future__ import annotations

import io
import struct
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest
from gp_cli.files import metadata, ora, png
from gp_cli.files.metadata import Metadata
from gp_cli.files.pictures import decode
from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
RED = np.full((5, 9, 3), (200, 10, 30), np.uint8)


def saved(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(RED).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_profile_and_resolution_come_out_as_they_went_in(kind: str) -> None:
    about = decode(saved(kind, icc_profile=SRGB, dpi=(600, 300)), "page").about
    assert about.profile == SRGB
    made = Image.open(io.BytesIO(png.encode(RED, about)))
    assert made.info["icc_profile"] == SRGB
    assert made.info["dpi"] == pytest.approx((600, 300), rel=1e-3)
    assert (np.asarray(made) == RED).all()


def test_of_a_psd_too() -> None:
    def resource(number: int, data: bytes) -> bytes:
        even = data + bytes(len(data) % 2)
        return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data)) + even

    resources = resource(1000, b"odd") + resource(1039, SRGB)
    resources += resource(1005, struct.pack(">IHHIHH", 600 << 16, 1, 1, 300 << 16, 1, 1))
    head = b"8BPS" + struct.pack(">H6xHIIHHI", 1, 3, 5, 9, 8, 3, 0)
    body = struct.pack(">I", len(resources)) + resources + struct.pack(">IH", 0, 0)
    picture = decode(head + body + RED.transpose(2, 0, 1).tobytes(), "page.psd")
    assert picture.about == Metadata(SRGB, (600.0, 300.0))
    assert (picture.pixels == RED).all()
    # Damage among them costs no picture.
    torn = struct.pack(">I", 20) + resources[:20] + struct.pack(">IH", 0, 0)
    assert (decode(head + torn + RED.transpose(2, 0, 1).tobytes(), "page.psd").pixels == RED).all()


def test_every_picture_of_an_openraster_file_has_the_profile() -> None:
    file = io.BytesIO()
    ora.write(file, [ora.Layer("flats", RED)], RED, Metadata(SRGB, (600.0, 600.0)))
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith(".png") and "Thumbnail" not in name:
                made = Image.open(io.BytesIO(archive.read(name)))
                assert made.info["icc_profile"] == SRGB
        image = ET.fromstring(archive.read("stack.xml"))
    assert (image.get("xres"), image.get("yres")) == ("600", "600")
    assert decode(file.getvalue(), "page.ora").about.profile == SRGB


@pytest.mark.parametrize("data", [LAB, b"", SRGB[:100], b"x" * 500, None, 7], ids=str)
def test_what_is_no_profile_of_rgb_stays_behind(data: object) -> None:
    assert metadata.rgb_profile(data) == b""


@pytest.mark.parametrize(
    "dpi", [(1, 1), (0, 300), (float("nan"), 300), (1e9, 1e9), "ab", None, (1, 2, 3)], ids=str
)
def test_what_is_no_resolution_stays_behind(dpi: object) -> None:
    assert metadata.of_picture({"dpi": dpi}).dpi is None


def test_a_gray_picture_has_no_profile_of_colours() -> None:
    made = png.encode(RED[..., 0], Metadata(SRGB, (300.0, 300.0)))
    assert "icc_profile" not in Image.open(io.BytesIO(made)).info
    plain = png.encode(RED)
    assert b"pHYs" not in plain
    assert b"iCCP" not in plain
