"""What an archive of layers shows: its merged picture, its layers put together, or one of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gp_cli.files import ora, pictures
from gp_cli.files.pictures import Limits, decode
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError

SIDE = 8
RED = (200, 10, 30, 255)


def png(width: int, height: int, color: tuple[int, ...]) -> bytes:
    return ora.png.encode(np.full((height, width, len(color)), color, np.uint8))


def layer(name: str, src: str, **more: object) -> str:
    names = {key: key if "tile" in key else key.replace("_", "-") for key in more}
    attributes = "".join(f' {names[key]}="{value}"' for key, value in more.items())
    return f'<layer name="{name}" src="{src}"{attributes}/>'


def archive(stack: str, entries: dict[str, bytes], kind: bytes = ora.MIMETYPE) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("mimetype", kind)
        if stack:
            text = f'<image w="{SIDE}" h="{SIDE}"><stack>{stack}</stack></image>'
            made.writestr("stack.xml", text)
        for name, data in entries.items():
            made.writestr(name, data)
    return file.getvalue()


def shown(stack: str, entries: dict[str, bytes]) -> np.ndarray:
    picture = decode(archive(stack, entries), "page.ora")
    assert picture.format == "RGBA8"
    return picture.pixels


GRAY = {"a.png": png(SIDE, SIDE, (100, 100, 100, 255)), "b.png": png(4, 2, RED)}


def test_a_whole_merged_picture_is_taken() -> None:
    entries = {**GRAY, "mergedimage.png": png(SIDE, SIDE, (1, 2, 3))}
    picture = decode(archive(layer("a", "a.png"), entries), "page.ora")
    assert (picture.pixels == (1, 2, 3)).all()


@pytest.mark.parametrize("merged", [{}, {"mergedimage.png": png(2, 2, (1, 2, 3))}])
def test_layers_are_put_together_where_it_is_a_stub_or_missing(merged: dict[str, bytes]) -> None:
    stack = layer("b", "b.png", x=6, y=-1) + layer("a", "a.png")
    pixels = shown(stack, GRAY | merged)
    assert (pixels[0, 6:] == RED).all()  # what lies beyond the canvas is cut off
    pixels[0, 6:] = (100, 100, 100, 255)
    assert (pixels == (100, 100, 100, 255)).all()


def test_hidden_layers_and_groups_are_not_shown_and_opacities_multiply() -> None:
    stack = (
        layer("a", "a.png", visibility="hidden")
        + f'<stack visibility="hidden">{layer("a", "a.png")}</stack>'
        + f'<stack opacity="0.5">{layer("b", "b.png", opacity=0.5)}</stack>'
    )
    pixels = shown(stack, GRAY)
    assert (pixels[:2, :4] == (*RED[:3], 64)).all()
    assert not pixels[2:].any()


def test_multiply_darkens_what_is_below() -> None:
    stack = layer("b", "b.png", composite_op="svg:multiply") + layer("a", "a.png")
    expected = np.round(np.array(RED[:3]) * 100 / 255)
    assert (shown(stack, GRAY)[:2, :4, :3] == expected).all()


def group(inside: str, **attributes: str) -> str:
    given = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f"<stack{given}>{inside}</stack>"


def test_a_group_is_as_opaque_as_it_says_though_its_layers_lie_over_each_other() -> None:
    entries = {**GRAY, "black.png": png(4, 2, (0, 0, 0, 255))}
    both = group(layer("b", "b.png") + layer("black", "black.png"), opacity="0.5")
    pixels = shown(both + layer("a", "a.png"), entries).astype(int)
    assert np.abs(pixels[:2, :4] - (150, 55, 65, 255)).max() <= 1
    assert (pixels[2:] == (100, 100, 100, 255)).all()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, RED[0]),  # by itself there is nothing below that it could darken
        ({"isolation": "auto"}, round(RED[0] * 100 / 255)),
        ({"isolation": "auto", "opacity": "0.999"}, RED[0]),
        ({"composite_op": "svg:multiply"}, round(RED[0] * 100 / 255)),
    ],
)
def test_a_group_is_blended_by_itself_unless_it_says_else(
    attributes: dict[str, str], expected: int
) -> None:
    inside = layer("b", "b.png", composite_op="svg:multiply")
    pixels = shown(group(inside, **attributes) + layer("a", "a.png"), GRAY)
    assert abs(int(pixels[0, 0, 0]) - expected) <= 1
    assert (pixels[3:] == (100, 100, 100, 255)).all()


def test_a_group_s_blending_and_depth_that_are_not_known_are_said() -> None:
    odd = group(layer("b", "b.png"), composite_op="svg:color-dodge")
    with pytest.raises(GuidingPainterError, match="svg:color-dodge"):
        decode(archive(odd + layer("a", "a.png"), GRAY), "page.ora")
    deep = layer("b", "b.png")
    for _ in range(9):
        deep = group(deep, opacity="0.9")
    with pytest.raises(GuidingPainterError, match="too many groups"):
        decode(archive(deep + layer("a", "a.png"), GRAY), "page.ora")


def test_a_blending_that_is_not_known_is_said() -> None:
    stack = layer("b", "b.png", composite_op="svg:color-dodge") + layer("a", "a.png")
    with pytest.raises(GuidingPainterError, match="svg:color-dodge"):
        decode(archive(stack, GRAY), "page.ora")
    # Where nobody sees it, it is nobody's business.
    hidden = layer("b", "b.png", composite_op="svg:color-dodge", visibility="hidden")
    assert shown(hidden + layer("b", "b.png") + layer("a", "a.png"), GRAY).all()


def test_one_layer_or_group_is_taken_by_its_name_hidden_or_not(tmp_path: Path) -> None:
    inner = layer("lines", "b.png", x=1)
    stack = f'<stack name="ink" visibility="hidden">{inner}</stack>' + layer("a", "a.png")
    path = tmp_path / "page.ora"
    path.write_bytes(archive(stack, {**GRAY, "mergedimage.png": png(SIDE, SIDE, (1, 2, 3))}))
    for name in ("ink", "lines"):
        pixels = pictures.read(path, lines=name).pixels
        assert (pixels[:2, 1:5] == RED).all()
        assert pixels[..., 3].sum() == 8 * 255
    with pytest.raises(GuidingPainterError, match=r"no layer 'inks'.*lines, a"):
        pictures.read(path, lines="inks")


def test_a_page_that_shows_nothing_says_which_layers_it_has() -> None:
    stack = f'<stack name="Outlines" visibility="hidden">{layer("small", "b.png")}</stack>'
    with pytest.raises(GuidingPainterError) as caught:
        decode(archive(stack, {**GRAY, "mergedimage.png": png(2, 2, (1, 2, 3))}), "page.ora")
    assert "--lines (Outlines, small)" in str(caught.value)


def test_a_tile_of_paper_covers_the_page() -> None:
    paper = layer("paper", "t.png", background_tile="t.png")
    tile = np.array([[(255, 255, 255, 255), (240, 240, 240, 255), (230, 230, 230, 255)]], np.uint8)
    pixels = shown(layer("b", "b.png") + paper, {**GRAY, "t.png": ora.png.encode(tile)})
    assert (pixels[2:, :6, 0] == (255, 240, 230) * 2).all()
    assert (pixels[:2, :4] == RED).all()
    with pytest.raises(GuidingPainterError, match="empty page"):
        decode(archive(paper, GRAY | {"t.png": GRAY["a.png"]}), "page.ora")


def test_a_krita_file_has_a_merged_picture_or_none(tmp_path: Path) -> None:
    whole = archive("", {"mergedimage.png": png(5, 3, (1, 2, 3))}, b"application/x-krita")
    assert decode(whole, "page.kra").width == 5
    with pytest.raises(GuidingPainterError, match="without a merged picture"):
        decode(archive("", {}, b"application/x-krita"), "page.kra")
    path = tmp_path / "page.kra"
    path.write_bytes(whole)
    with pytest.raises(GuidingPainterError, match="Krita's own format") as caught:
        pictures.read(path, lines="ink")
    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize(
    "entries",
    [
        {"word/document.xml": b"<x/>"},
        {"mimetype": b"application/epub+zip", "mergedimage.png": b"x"},
        {"mimetype": b"image/openraster"},
    ],
    ids=["other zip", "other mimetype", "no merged picture"],
)
def test_an_archive_without_a_merged_picture_is_no_picture(entries: dict[str, bytes]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, data in entries.items():
            made.writestr(name, data)
    with pytest.raises(GuidingPainterError) as caught:
        decode(file.getvalue(), "a.ora")
    assert caught.value.code == UNSUPPORTED_FORMAT
    assert "a.ora" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><image w="8" h="8"><stack/></image>',
        '<image w="8" h="8">',
        '<image w="eight" h="8"><stack/></image>',
        '<image w="8" h="8"/>',
    ],
    ids=["entities", "cut off", "no number", "no stack"],
)
def test_an_odd_list_of_layers_is_refused(text: str) -> None:
    data = archive("", {"stack.xml": text.encode(), "a.png": png(2, 2, RED)})
    with pytest.raises(GuidingPainterError, match="damaged"):
        decode(data, "page.ora")


def test_sizes_are_checked_before_anything_is_unpacked() -> None:
    merged = {"mergedimage.png": png(SIDE, SIDE, (1, 2, 3))}
    with pytest.raises(GuidingPainterError) as caught:
        decode(archive("", merged), "page.ora", Limits(SIDE - 1, 1000))
    assert caught.value.code == TOO_LARGE
    huge = '<image w="99999" h="99999"><stack><layer src="a.png"/></stack></image>'
    with pytest.raises(GuidingPainterError) as caught:
        decode(archive("", {**GRAY, "stack.xml": huge.encode()}), "page.ora")
    assert caught.value.code == TOO_LARGE
    # A small header before far more bytes than such a picture can have.
    padded = {"mergedimage.png": merged["mergedimage.png"] + bytes(20 << 20)}
    with pytest.raises(GuidingPainterError, match="too large"):
        decode(archive("", padded), "page.ora")
