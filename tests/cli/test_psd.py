"""The merged picture of PSD and PSB files."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from gp_cli.files.pictures import decode
from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from reading import assert_reads

# No two pixels, channels or sides alike: a swap or a mirror image cannot pass.
WIDE = np.arange(4 * 7 * 4, dtype=np.uint16).reshape(4, 7, 4)[::-1] * 571 + 1013
SHALLOW = (WIDE >> 8).astype(np.uint8)


def psd(
    pixels: np.ndarray, mode: int, large: bool = False, packed: bool = False, layers: int = 0
) -> bytes:
    """A PSD, or a PSB, with nothing but its merged picture."""
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize * 8
    version = 2 if large else 1
    data = b"8BPS" + struct.pack(">H6xHIIHH", version, channels, height, width, depth, mode)
    info = struct.pack(">h", layers)
    size = ">Q" if large else ">I"
    section = struct.pack(size, len(info)) + info
    data += struct.pack(">II", 0, 0) + struct.pack(size, len(section)) + section
    rows = [
        plane_row.astype(f">u{depth // 8}").tobytes()
        for plane in np.moveaxis(pixels, 2, 0)
        for plane_row in plane
    ]
    if not packed:
        return data + struct.pack(">H", 0) + b"".join(rows)
    # One literal run a row: lawful, if not short.
    runs = [bytes([len(row) - 1]) + row for row in rows]
    table = b"".join(struct.pack(">I" if large else ">H", len(run)) for run in runs)
    return data + struct.pack(">H", 1) + table + b"".join(runs)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("channels", "mode", "order"), [(1, 1, "GRAY"), (3, 3, "RGB")])
def test_a_psds_merged_picture_keeps_every_sample(
    packed: bool, large: bool, deep: bool, channels: int, mode: int, order: str
) -> None:
    pixels = (WIDE if deep else SHALLOW)[..., :channels]
    assert_reads(psd(pixels, mode, large, packed), pixels, order + ("16" if deep else "8"))


def test_a_psds_white_is_taken_out_of_its_transparent_colours() -> None:
    straight = np.array([[[0, 100, 200, 128], [9, 9, 9, 255], [255, 255, 255, 0]]], np.float64)
    alpha = straight[..., 3:] / 255
    blended = straight.copy()
    blended[..., :3] = straight[..., :3] * alpha + 255 * (1 - alpha)
    picture = decode(psd(blended.round().astype(np.uint8), 3, layers=-1), "page")
    assert picture.format == "RGBA8"
    assert np.abs(picture.pixels.astype(int) - straight).max() <= 2


def test_a_psds_spare_channel_is_not_alpha() -> None:
    assert_reads(psd(SHALLOW, 3, layers=1), SHALLOW[..., :3], "RGB8")


def test_a_psd_in_cmyk_becomes_rgb() -> None:
    inks = np.array([[[0, 255, 255, 255], [255, 255, 255, 0]]], np.uint8)  # full cyan, full black
    assert_reads(psd(inks, 4), np.array([[[0, 255, 255], [0, 0, 0]]], np.uint8), "RGB8")


@pytest.mark.parametrize("packed", [False, True])
def test_half_a_psd_is_refused(packed: bool) -> None:
    data = psd(SHALLOW[..., :3], 3, packed=packed)
    with pytest.raises(GuidingPainterError) as caught:
        decode(data[: len(data) - 9], "page.psd")
    assert caught.value.code == UNSUPPORTED_FORMAT


def test_a_psd_over_the_limits_is_refused_by_its_header() -> None:
    data = psd(SHALLOW, 3)
    large = data.replace(struct.pack(">II", 4, 7), struct.pack(">II", 40000, 40000), 1)
    with pytest.raises(GuidingPainterError, match="40000 x 40000"):
        decode(large, "page.psd")


def test_layers_without_their_merged_picture_are_said() -> None:
    blank = np.full((4, 7, 3), 255, np.uint8)
    with pytest.raises(GuidingPainterError, match="Maximise Compatibility"):
        decode(psd(blank, 3, layers=1), "page.psd")
    assert (decode(psd(blank, 3), "page.psd").pixels == 255).all()  # a page without layers
