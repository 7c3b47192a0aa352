"""Layers of a PSD: put together where it was saved without a picture of them, or one of them."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from gp_cli.files import psd_reading
from gp_cli.files.pictures import Limits, Source, Wanted, _read_kind, decode
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Compression

WIDE, HIGH = 12, 9


def sheet(color: tuple[int, ...], width: int = WIDE, height: int = HIGH) -> Image.Image:
    return Image.new("RGBA", (width, height), color)


def layered(mode: BlendMode = BlendMode.NORMAL) -> bytes:
    """Paper, a red patch and hidden notes, without a merged picture."""

    class Blank(PSDImage):
        def is_updated(self) -> bool:
            return False

    psd = Blank.frompil(Image.new("RGB", (WIDE, HIGH), "white"))
    psd.create_pixel_layer(sheet((240, 240, 240, 255)), name="paper")
    group = psd.create_group(name="inks")
    red = psd.create_pixel_layer(sheet((200, 0, 0, 255), 4, 3), name="red", top=-1, left=6)
    red.blend_mode = mode
    red.move_to_group(group)
    notes = psd.create_pixel_layer(sheet((0, 0, 90, 255)), name="notes")
    notes.visible = False
    file = io.BytesIO()
    psd.save(file)
    return file.getvalue()


def one(data: bytes, lines: str) -> np.ndarray:
    return _read_kind(Source(data), Wanted("a.psd", Limits(), 1, lines)).pixels


def test_layers_are_put_together_where_there_is_no_merged_picture() -> None:
    picture = decode(layered(), "a.psd")
    assert picture.format == "RGBA8"
    assert (picture.pixels[:2, 6:10] == (200, 0, 0, 255)).all()
    assert (picture.pixels[3:] == (240, 240, 240, 255)).all()


def test_multiplied_layers_are_multiplied() -> None:
    picture = decode(layered(BlendMode.MULTIPLY), "a.psd")
    assert np.abs(picture.pixels[0, 7].astype(int) - (188, 0, 0, 255)).max() <= 1


@pytest.mark.parametrize("name", ["red", "inks"])
def test_one_layer_or_group_is_taken_by_its_name(name: str) -> None:
    pixels = one(layered(), name)
    assert (pixels[:2, 6:10] == (200, 0, 0, 255)).all()
    assert not pixels[3:, :, 3].any()


def test_a_hidden_layer_is_taken_by_its_name() -> None:
    assert (one(layered(), "notes") == (0, 0, 90, 255)).all()


def test_what_a_mask_hides_is_left_out() -> None:
    class Blank(PSDImage):
        def is_updated(self) -> bool:
            return False

    psd = Blank.frompil(Image.new("RGB", (WIDE, HIGH), "white"))
    half = sheet((10, 20, 30, 255))
    half.putalpha(Image.new("L", half.size, 0))
    half.paste((10, 20, 30, 255), (0, 0, 5, HIGH))
    psd.create_pixel_layer(half, name="half")
    file = io.BytesIO()
    psd.save(file)
    alpha = decode(file.getvalue(), "a.psd").pixels[..., 3]
    assert (alpha[:, :5] == 255).all()
    assert not alpha[:, 5:].any()


def test_a_layer_that_is_missing_is_told_from_those_there_are() -> None:
    with pytest.raises(GuidingPainterError, match="no layer 'ink'") as caught:
        one(layered(), "ink")
    assert caught.value.code == BAD_REQUEST
    assert "paper" in caught.value.hint


def test_what_cannot_be_blended_is_refused_with_what_to_do() -> None:
    with pytest.raises(GuidingPainterError, match="'red'") as caught:
        decode(layered(BlendMode.SCREEN), "a.psd")
    assert caught.value.code == UNSUPPORTED_FORMAT
    assert "Maximise Compatibility" in caught.value.hint


def test_a_channel_longer_than_its_pixels_is_not_unpacked() -> None:
    psd = PSDImage.open(io.BytesIO(layered()))
    channel = next(iter(psd))._channels[1]
    channel.compression, channel.data = Compression.ZIP, zlib.compress(bytes(50_000_000))
    file = io.BytesIO()
    psd._record.write(file)
    with pytest.raises(ValueError, match="longer than its pixels"):
        psd_reading.read(io.BytesIO(file.getvalue()), "a.psd", None, lambda _wide, _high: None)
