"""SVG line art is drawn where there is a program that can, and else said not to be."""

from __future__ import annotations

import shutil

import pytest
from gp_cli.files import svg
from gp_cli.files.pictures import count_pages, decode, read
from gp_client.errors import TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError

RING = '<circle cx="45" cy="35" r="20" fill="none" stroke="#000" stroke-width="3"/>'
needs_rsvg = pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="no rsvg-convert")


def drawing(inside: str = RING, before: str = "") -> bytes:
    start = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"'
    return f"{before}{start}>{inside}</svg>".encode()


@needs_rsvg
@pytest.mark.parametrize(
    "before", ["", '<?xml version="1.0"?>\n', "\ufeff", "<!-- made by hand -->"]
)
def test_a_drawing_fills_its_long_side(before, tmp_path):
    path = tmp_path / "page.svg"
    path.write_bytes(drawing(before=before))
    assert count_pages(path) == 1
    picture = read(path)
    assert picture.width == svg.SIDE
    assert abs(picture.height - svg.SIDE * 2 // 3) <= 1
    gray = picture.gray()
    assert gray[0, 0] == 255
    assert gray[35 * svg.SIDE // 90, 25 * svg.SIDE // 90] < 40


@needs_rsvg
@pytest.mark.parametrize("inside", ["<circle", "<g>"])
def test_what_cannot_be_drawn_is_said_to_be(inside):
    with pytest.raises(GuidingPainterError, match="cannot be drawn") as caught:
        decode(drawing(inside), "page.svg")
    assert caught.value.code == UNSUPPORTED_FORMAT


@needs_rsvg
def test_no_file_beside_a_drawing_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.svg").write_bytes(drawing('<rect width="90" height="60"/>'))
    picture = decode(drawing('<image href="secret.svg" width="90" height="60"/>'), "page.svg")
    assert picture.gray().min() == 255


def test_without_the_program_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GuidingPainterError, match="no rsvg-convert") as caught:
        decode(drawing(), "page.svg")
    assert caught.value.code == UNSUPPORTED_FORMAT
    assert "librsvg" in caught.value.hint


def test_a_file_too_large_is_not_drawn(monkeypatch):
    monkeypatch.setattr(svg, "MOST_BYTES", 40)
    with pytest.raises(GuidingPainterError) as caught:
        decode(drawing(), "page.svg")
    assert caught.value.code == TOO_LARGE


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_named(brand):
    with pytest.raises(GuidingPainterError, match="HEIC") as caught:
        decode(b"\0\0\0\x18ftyp" + brand + bytes(60), "photo.heic")
    assert caught.value.code == UNSUPPORTED_FORMAT
