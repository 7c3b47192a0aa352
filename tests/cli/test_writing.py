"""Text on sheets in any writing, with the fonts that a system has or lacks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from cast_samples import BLUE, RED, page
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from gp_cli import writing
from gp_cli.book import cast_sheet
from gp_cli.main import main
from gp_client.cast import Cast
from gp_client.cast_file import write_cast
from PIL import Image, ImageDraw, features

JAPANESE, ARABIC = "髪の色", "شعر أحمر"


def make_font(path: Path, letters: str) -> None:
    """A font in which each of these characters is a box, each of another height."""
    names = {ord(letter): f"box{place}" for place, letter in enumerate(dict.fromkeys(letters))}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for place, name in enumerate(names.values()):
        pen = TTGlyphPen(None)
        pen.moveTo((100, 0))
        for corner in ((100, 300 + 40 * place), (900, 300 + 40 * place), (900, 0)):
            pen.lineTo(corner)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    for known in (writing._has, writing._of_system, writing._font):
        known.cache_clear()


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fontconfig that knows one font, "boxes.ttf" here."""
    program = tmp_path / "fc-match"
    program.write_text(f"#!/bin/sh\nprintf '%s\\t0' '{tmp_path / 'boxes.ttf'}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(writing, "_KNOWN", ())


def named(name: str) -> Cast:
    return Cast((page("one", RED, BLUE),), {RED: name})


def drawn(text: str) -> np.ndarray:
    picture = Image.new("RGB", (400, 40), "white")
    writing.draw(ImageDraw.Draw(picture), (4, 20), text, (0, 0, 0), 18)
    return np.asarray(picture)


@pytest.mark.parametrize("name", [JAPANESE, ARABIC])
def test_a_name_in_any_writing_is_drawn_in_a_font_that_has_it(
    name: str, fonts: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    make_font(fonts / "boxes.ttf", name)
    monkeypatch.chdir(fonts)
    write_cast(Path("a.cast"), named(name))
    assert main(["cast", "show", "a.cast", "-o", "a.png"]) == 0
    assert capfd.readouterr().err == ""
    ((part, font),) = writing._runs(name, 18)
    assert (part, font.path) == (name, str(fonts / "boxes.ttf"))
    # Boxes of 0.8 em with as much between them: most of the columns are inked.
    dark = (drawn(name) < 128).any(axis=(0, 2))
    assert dark.sum() > 0.6 * 18 * len(name.replace(" ", ""))


@pytest.mark.parametrize("name", [JAPANESE, ARABIC])
def test_what_no_font_has_is_marked_and_said(
    name: str, no_fonts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    monkeypatch.chdir(tmp_path)
    write_cast(Path("a.cast"), named(f"Ann {name}"))
    assert main(["cast", "show", "a.cast", "-o", "a.png"]) == 0
    said = capfd.readouterr()
    assert f"No font here has {name.replace(' ', '')[:3]}" in said.err
    assert f"Ann {name}" in said.out
    marked = "".join("?" if letter != " " else " " for letter in name)
    shown, unknown = cast_sheet.draw(named(f"Ann {name}"), "a.cast")
    plain, none = cast_sheet.draw(named(f"Ann {marked}"), "a.cast")
    assert (shown == plain).all()
    assert (set(unknown), none) == (set(name) - {" "}, "")


def test_a_font_without_the_character_is_not_taken_though_it_is_the_best_match(fonts: Path) -> None:
    make_font(fonts / "boxes.ttf", "色")
    assert writing.unknown("Ann 髪の色") == "髪の"


@pytest.mark.parametrize("answer", ["exit 1", "echo nonsense", "printf 'no-such-font.ttf\\t0'"])
def test_whatever_fontconfig_says_there_is_a_sheet(
    answer: str, fonts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fonts / "fc-match").write_text(f"#!/bin/sh\n{answer}\n")
    monkeypatch.setattr(writing, "_KNOWN", ())
    assert cast_sheet.draw(named(JAPANESE), "a.cast")[1] == JAPANESE


def test_letters_that_join_are_not_drawn_apart(fonts: Path, monkeypatch) -> None:
    make_font(fonts / "boxes.ttf", ARABIC + JAPANESE)
    monkeypatch.setattr(features, "check", lambda _what: False)
    assert writing.unknown(ARABIC + JAPANESE) == "".join(dict.fromkeys(ARABIC.replace(" ", "")))


def test_latin_letters_need_no_font_of_the_system_and_lose_their_accents_at_most(
    no_fonts: None,
) -> None:
    text = "Zoë's coat, Łódź, 10 % of a page…"
    assert writing.unknown(text) == "Ł"
    assert [part for part, _ in writing._runs(text, 14)] == ["Zoe's coat, ?odz, 10 % of a page…"]


def test_a_line_is_in_one_font_where_one_has_all_of_it(fonts: Path) -> None:
    make_font(fonts / "boxes.ttf", "Zoë")
    ((part, font),) = writing._runs("Zoë", 14)
    assert (part, font.path) == ("Zoë", str(fonts / "boxes.ttf"))
    assert [part for part, _ in writing._runs("Zoë, too", 14)] == ["Zo", "ë", ", too"]


@pytest.mark.parametrize("text", ["short", "iiii " * 9, "many pages, " * 5000, "W" * 300])
def test_a_text_on_the_sheet_is_cut_where_it_no_longer_fits(text: str) -> None:
    found = cast_sheet._fitting(text, 14, 200)
    assert writing.length(found, 14) <= 200
    if found != text:
        assert text.startswith(found.removesuffix("…"))
        assert writing.length(text[: len(found)] + "…", 14) > 200
