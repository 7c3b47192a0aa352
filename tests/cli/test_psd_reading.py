"""Layers of a PSD: put together where it was saved without a picture of them, or one of them."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from gp_cli.files import psd_reading
from gp_cli.files.pictures import Limits, Source, Wanted, _read_kind, decode
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Compression, Tag
from psd_tools.psd.base import EmptyElement
from psd_tools.psd.descriptor import Descriptor, DescriptorBlock, Double
from psd_tools.psd.layer_and_mask import ChannelDataList
from psd_tools.psd.tagged_blocks import TaggedBlock
from psd_tools.terminology import Key, Klass

WIDE, HIGH = 12, 9


def sheet(color: tuple[int, ...], width: int = WIDE, height: int = HIGH) -> Image.Image:
    return Image.new("RGBA", (width, height), color)


class Blank(PSDImage):
    """One whose merged picture stays white."""

    def is_updated(self) -> bool:
        return False


def blank() -> Blank:
    return Blank.frompil(Image.new("RGB", (WIDE, HIGH), "white"))


def saved(psd: PSDImage) -> bytes:
    file = io.BytesIO()
    psd.save(file)
    return file.getvalue()


def layered(mode: BlendMode = BlendMode.NORMAL) -> bytes:
    """Paper, a red patch and hidden notes, without a merged picture."""
    psd = blank()
    psd.create_pixel_layer(sheet((240, 240, 240, 255)), name="paper")
    group = psd.create_group(name="inks")
    red = psd.create_pixel_layer(sheet((200, 0, 0, 255), 4, 3), name="red", top=-1, left=6)
    red.blend_mode = mode
    red.move_to_group(group)
    notes = psd.create_pixel_layer(sheet((0, 0, 90, 255)), name="notes")
    notes.visible = False
    return saved(psd)


def laid(psd: PSDImage, lines: str | None = None) -> np.ndarray:
    """All layers, or one of them, whatever the merged picture is."""
    return psd_reading.read(io.BytesIO(saved(psd)), "a.psd", lines, lambda _wide, _high: None)


def filled(psd: PSDImage, name: str, color: tuple[int, ...]) -> Any:
    """A layer of one colour all over, without a mask."""
    made = psd.create_pixel_layer(sheet(color), name=name)
    made.remove_mask()  # the library makes one of the alpha channel
    return made


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


def left_half() -> Image.Image:
    """A mask that shows the first five columns and the three rows above, seen from (1, 1)."""
    mask = Image.new("L", (WIDE - 2, HIGH - 2), 0)
    mask.paste(255, (0, 0, 4, HIGH - 2))
    return mask


HALF = np.zeros((HIGH, WIDE), np.bool_)
HALF[1 : HIGH - 1, 1:5] = True


INK = (10, 20, 30, 255)


@pytest.mark.parametrize("lines", [None, "inks"])
def test_what_a_layer_s_mask_hides_is_left_out(lines: str | None) -> None:
    psd = blank()
    filled(psd, "inks", INK).create_mask(left_half(), 1, 1)
    pixels = laid(psd, lines)
    assert (pixels[HALF] == INK).all()
    assert not pixels[~HALF][:, 3].any()


@pytest.mark.parametrize("lines", [None, "set"])
def test_what_the_mask_of_a_set_hides_is_left_out(lines: str | None) -> None:
    psd = blank()
    group = psd.create_group(name="set")
    # The library would put the mask into the set's end, too, with which it shares a list.
    group._bounding_channels = ChannelDataList(list(group._channels))  # type: ignore[arg-type]
    filled(psd, "inks", INK).move_to_group(group)
    group.create_mask(left_half(), 1, 1)
    pixels = laid(psd, lines)
    assert (pixels[HALF] == INK).all()
    assert not pixels[~HALF][:, 3].any()


def test_a_mask_that_is_switched_off_hides_nothing() -> None:
    psd = blank()
    mask = filled(psd, "inks", INK).create_mask(left_half(), 1, 1)
    mask._data.flags.mask_disabled = True
    assert (laid(psd) == INK).all()


def test_a_set_is_as_opaque_as_it_says_and_hidden_with_all_that_is_in_it() -> None:
    psd = blank()
    filled(psd, "black", (0, 0, 0, 255))
    half = psd.create_group(name="half", opacity=128)
    for color in (0, 0, 255, 255), (200, 100, 0, 255):  # the first of which is covered
        filled(psd, "shade", color).move_to_group(half)
    hidden = psd.create_group(name="hidden")
    filled(psd, "inside", (9, 9, 9, 255)).move_to_group(hidden)
    hidden.visible = False
    assert np.abs(laid(psd).astype(int) - (100, 50, 0, 255)).max() <= 1


def test_what_is_multiplied_in_a_set_of_its_own_leaves_alone_what_is_below() -> None:
    psd = blank()
    filled(psd, "ground", (100, 100, 100, 255))
    group = psd.create_group(name="set", blend_mode=BlendMode.NORMAL)
    inside = filled(psd, "inside", (200, 200, 200, 255))
    inside.blend_mode = BlendMode.MULTIPLY
    inside.move_to_group(group)
    assert (laid(psd) == (200, 200, 200, 255)).all()
    group.blend_mode = BlendMode.MULTIPLY
    assert np.abs(laid(psd).astype(int) - (78, 78, 78, 255)).max() <= 1


def test_sets_in_sets_beyond_measure_are_refused() -> None:
    psd = blank()
    inside: Any = filled(psd, "inside", INK)
    for depth in range(12):
        group = psd.create_group(name=f"set {depth}", blend_mode=BlendMode.NORMAL)
        inside.move_to_group(group)
        inside = group
    with pytest.raises(GuidingPainterError, match="not known here"):
        laid(psd)


def with_block(tag: Tag, block: Any) -> PSDImage:
    """Lines, above them a layer that is of the kind of this block."""
    psd = blank()
    psd.create_pixel_layer(sheet(INK, 3, 3), name="lines")
    made = filled(psd, "paper", (0, 0, 0, 255))
    made.tagged_blocks[tag] = TaggedBlock(key=tag, data=block)  # type: ignore[arg-type]
    return psd


def test_paper_of_one_colour_is_laid_over_all() -> None:
    color = Descriptor(name="", classID=Klass.RGBColor.value)
    for key, value in zip((Key.Red, Key.Green, Key.Blue), (250.0, 240.0, 230.0), strict=True):
        color[key.value] = Double(value)  # type: ignore[arg-type]
    block = DescriptorBlock(version=16, name="", classID=b"null")
    block[Key.Color.value] = color
    assert (laid(with_block(Tag.SOLID_COLOR_SHEET_SETTING, block)) == (250, 240, 230, 255)).all()


def test_what_adjusts_others_is_refused_and_not_left_out() -> None:
    with pytest.raises(GuidingPainterError, match="'paper'") as caught:
        laid(with_block(Tag.INVERT, EmptyElement()))
    assert "Maximise Compatibility" in caught.value.hint


def test_the_merged_picture_is_what_is_read_where_there_is_one() -> None:
    merged = Image.new("RGB", (WIDE, HIGH), "white")
    merged.putpixel((3, 3), (1, 2, 3))
    psd = Blank.frompil(merged)
    filled(psd, "rough", (200, 0, 0, 255))
    data = saved(psd)
    assert (decode(data, "a.psd").pixels == np.asarray(merged)).all()
    assert (one(data, "rough") == (200, 0, 0, 255)).all()


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
