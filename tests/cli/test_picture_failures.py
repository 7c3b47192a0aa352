"""Files that are no picture, damaged, too large or odd: one error of ours each, nothing printed."""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from gp_cli.files import pictures
from gp_cli.files.pictures import Limits, decode
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

WIDE = np.arange(4 * 7 * 4, dtype=np.uint16).reshape(4, 7, 4) * 571 + 1013
SHALLOW = (WIDE >> 8).astype(np.uint8)
# 4 x 7, RGB, 8 bits, no colour table, resources or layers; unpacked pixels follow.
PSD = b"8BPS" + struct.pack(">H6xHIIHHIIIH", 1, 3, 4, 7, 8, 3, 0, 0, 0, 0)


def saved(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)  # type: ignore[arg-type]
    return file.getvalue()


DAMAGED = {
    "PNG": saved(np.tile(SHALLOW, (9, 9, 1)), "PNG"),
    "16-bit PNG": cv2.imencode(".png", np.tile(WIDE, (9, 9, 1)))[1].tobytes(),
    "JPEG": saved(np.tile(SHALLOW[..., :3], (9, 9, 1)), "JPEG"),
    "WebP": saved(np.tile(SHALLOW, (9, 9, 1)), "WEBP", lossless=True),
    "TIFF": saved(np.tile(SHALLOW, (9, 9, 1)), "TIFF"),
    "16-bit TIFF": tiff(np.tile(WIDE, (9, 9, 1)), photometric="rgb", extrasamples=["unassalpha"]),
    "PSD": PSD + bytes(4 * 7 * 3),
    "text": b"This is no picture.\n" * 20,
    "header alone": b"\x89PNG\r\n\x1a\n",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "zip": b"PK\x03\x04 and no more",
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_half_a_picture_is_refused_in_a_sentence_with_its_name(kind: str) -> None:
    data = DAMAGED[kind]
    with pytest.raises(GuidingPainterError) as caught:
        decode(data[: len(data) // 2 + 1], "page.png")
    assert caught.value.code == UNSUPPORTED_FORMAT
    assert caught.value.message.startswith("page.png ")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(DAMAGED)),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=6),
)
def test_changed_bytes_give_a_picture_or_an_error_of_ours(
    kind: str, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(DAMAGED[kind])
    for at, value in changes:
        data[at % len(data)] = value
    # Any other exception ends the test.
    with contextlib.suppress(GuidingPainterError):
        assert decode(bytes(data), "page", Limits(4096, 1_000_000)).pixels.size <= 4_000_000


def declared(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")


@pytest.mark.parametrize(
    "data",
    [
        declared(40000, 40000),
        declared(200000, 1),
        declared(1, 200000),
        declared(16000, 16000),
    ],
    ids=["40000 x 40000", "200000 x 1", "1 x 200000", "16000 x 16000"],
)
def test_a_picture_over_the_limits_is_refused_by_its_header(data: bytes) -> None:
    with pytest.raises(GuidingPainterError) as caught:
        decode(data, "page.png")
    assert caught.value.code == TOO_LARGE
    assert "000" in caught.value.message


def test_a_picture_at_the_limits_is_read() -> None:
    data = saved(SHALLOW, "PNG")
    assert decode(data, "page", Limits(7, 28)).width == 7
    for limits in (Limits(6, 28), Limits(7, 27)):
        with pytest.raises(GuidingPainterError):
            decode(data, "page", limits)


def test_a_merged_picture_over_the_limits_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("mergedimage.png", declared(40000, 40000))
    with pytest.raises(GuidingPainterError) as caught:
        decode(file.getvalue(), "page.ora")
    assert caught.value.code == TOO_LARGE


def test_reading_prints_nothing_and_warns_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in DAMAGED.values():
            for part in (data, data[: len(data) // 2]):
                with contextlib.suppress(GuidingPainterError):
                    decode(part, "page")
    assert capfd.readouterr() == ("", "")


def test_missing_files_folders_and_empty_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    codes = {"missing.png": BAD_REQUEST, ".": BAD_REQUEST, "empty.png": UNSUPPORTED_FORMAT}
    for name, code in codes.items():
        with pytest.raises(GuidingPainterError) as caught:
            pictures.read(tmp_path / name)
        assert caught.value.code == code
        assert (tmp_path / name).name in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        tiff(np.zeros((4, 5), np.float32), photometric="minisblack"),
        tiff(np.moveaxis(WIDE[..., :3], 2, 0), photometric="rgb", planarconfig="separate"),
        tiff(WIDE[..., :2], photometric="minisblack", extrasamples=["unassalpha"]),
    ],
    ids=["float", "16-bit planes", "16-bit gray and alpha"],
)
def test_kinds_of_pixels_that_are_not_supported_are_refused(data: bytes) -> None:
    with pytest.raises(GuidingPainterError, match="Save it as PNG") as caught:
        decode(data, "page.tif")
    assert caught.value.code == UNSUPPORTED_FORMAT
