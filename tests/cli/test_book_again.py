"""`gp colorize` where results are there already: made anew, left as they are, or hers by now."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from book_pages import ALL, ORDERS, TURNED, colored, draw_book, drawn, lines, seen, states
from cast_samples import COLORS
from gp_cli.files import made_of, psd_layers
from gp_cli.files.made_of import MadeOf
from gp_cli.main import main
from PIL import Image
from PIL.PngImagePlugin import PngInfo

BY_SHEET = ["colorize", *ALL, "--reference", "sheet.png", "-o", "out", "-j", "1"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_daemon: object) -> Path:
    monkeypatch.setenv("GP_TEST_COMPARES", "1")
    monkeypatch.chdir(tmp_path)
    draw_book()
    return tmp_path


def again(capfd: pytest.CaptureFixture[str], *command: str) -> list[str]:
    """What becomes of each page."""
    lines(capfd)
    assert main([*command, "--json"]) == 0
    return states(lines(capfd)[0])


@pytest.mark.parametrize("kind", ["png", "ora", "psd"])
def test_what_is_made_of_the_same_is_skipped(kind: str, capfd) -> None:
    command = [*BY_SHEET, "--format", kind]
    assert again(capfd, *command) == ["done"] * 3
    before = {path: path.read_bytes() for path in Path("out").iterdir()}
    os.utime("page2.png", (4e9, 4e9))  # a copy of it, or a touch: not another page
    assert again(capfd, *command) == ["skipped"] * 3
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before
    assert again(capfd, *command, "--again") == ["done"] * 3
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before


def test_a_page_that_changed_is_made_anew_and_that_is_said(capfd) -> None:
    assert main(BY_SHEET) == 0
    drawn(TURNED[::-1]).save("page2.png")
    lines(capfd)
    assert main([*BY_SHEET, "--json"]) == 0
    out, err = lines(capfd)
    assert states(out) == ["skipped", "done", "skipped"]
    assert json.loads(out[1])["changed"] == ["page"]
    assert "anew, for the page changed" in "".join(err)
    assert seen("out/page2.png", TURNED[::-1]) == COLORS


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--spread", "bold"], "options"),
        (["--gap", "3"], "options"),
        (["--ink", "90"], "options"),
        (["--drop", "blue"], "options"),
        (["--kind", "soft"], "options"),
        (["--shade"], "options"),
        (["--layer"], "options"),
        (["--auto"], "options"),
        (["--auto", "--colors", "1"], "options"),
        (["--reference", "other.png"], "colors"),
        (["--cast", "a.cast"], "colors"),
    ],
)
def test_other_options_make_the_pages_anew(options: list[str], changed: str, capfd) -> None:
    colored(ORDERS[2]).save("other.png")
    assert main(["cast", "learn", "a.cast", "other.png"]) == 0
    assert main(BY_SHEET) == 0
    lines(capfd)
    assert main([*BY_SHEET, *options, "--json"]) == 0
    out, _ = lines(capfd)
    assert states(out) == ["done"] * 3
    assert all(changed in json.loads(line)["changed"] for line in out[:-1])
    assert again(capfd, *BY_SHEET, *options) == ["skipped"] * 3


def test_what_says_nothing_about_the_pictures_makes_none_anew(capfd) -> None:
    assert main(BY_SHEET) == 0
    os.mkdir("there")
    for page in [*ALL, "sheet.png", "out"]:
        os.rename(page, Path("there", page))
    os.chdir("there")
    assert again(capfd, *BY_SHEET, "-j", "2", "--quiet") == ["skipped"] * 3


def test_a_reference_or_a_cast_that_changed_makes_the_pages_anew(capfd) -> None:
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    by_cast = ["colorize", *ALL, "--cast", "a.cast", "-o", "cast"]
    for command in (BY_SHEET, by_cast, [*by_cast[:-1], "psd", "--format", "psd"]):
        assert main(command) == 0
        assert again(capfd, *command) == ["skipped"] * 3
    assert main(["cast", "rename", "a.cast", "#c80a14", "coat"]) == 0
    assert again(capfd, *by_cast) == ["skipped"] * 3  # a name is in none of these files,
    assert again(capfd, *by_cast[:-1], "psd", "--format", "psd") == ["done"] * 3  # but in these
    colored(TURNED).save("sheet.png")
    assert again(capfd, *BY_SHEET) == ["done"] * 3
    assert again(capfd, *by_cast) == ["skipped"] * 3  # it knows what it learned
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    assert again(capfd, *by_cast) == ["done"] * 3


def test_what_a_run_learns_itself_makes_nothing_anew(capfd) -> None:
    command = [*BY_SHEET, "--cast", "new.cast", "--learn"]
    assert again(capfd, *command) == ["done"] * 3
    assert again(capfd, *command) == ["skipped"] * 3


def test_a_page_is_learned_though_its_result_is_there(capfd) -> None:
    command = ["colorize", "page1.png", "--adopt", "sheet.png", "-o", "out"]
    assert again(capfd, *command) == ["done"]
    assert again(capfd, *command) == ["skipped"]
    assert again(capfd, *command, "--cast", "a.cast", "--learn") == ["done"]
    assert Path("a.cast").exists()


def repainted(path: Path) -> None:
    with Image.open(path) as picture:
        text = PngInfo()
        for key, value in picture.text.items():  # type: ignore[attr-defined]
            text.add_text(key, value)
        changed = picture.copy()
    changed.putpixel((9, 9), (1, 2, 3))
    changed.save(path, pnginfo=text)


def added(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:  # which keeps the comment
        archive.writestr("data/mine.png", b"a layer of hers")


def appended(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def of_another_program(path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(path, "PNG")


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("png", repainted), ("ora", added), ("psd", appended),
        ("png", of_another_program), ("ora", of_another_program),
    ],
)  # fmt: skip
def test_what_somebody_changed_by_hand_stays_until_it_is_given_up(
    kind: str, change: Callable[[Path], None], capfd
) -> None:
    command = [*BY_SHEET, "--format", kind]
    assert main(command) == 0
    hers = Path("out", f"page2.{kind}")
    change(hers)
    before = hers.read_bytes()
    lines(capfd)
    for more in ([], ["--spread", "bold"]):  # whether there is another reason to make it or not
        assert main([*command, *more]) == 0
        out, err = lines(capfd)
        assert "out/page2." not in "".join(out)
        assert f"out/page2.{kind} is not as gp made it, so it stays; --again" in "".join(err)
        assert "1 kept" in err[-1]
        assert hers.read_bytes() == before
    assert again(capfd, *command) == ["done", "kept", "done"]
    assert again(capfd, *command, "--again") == ["done"] * 3
    assert hers.read_bytes() != before


def test_standard_input_into_a_folder_is_made_each_time(monkeypatch, capfd) -> None:
    command = ["colorize", "-", "--reference", "sheet.png", "-o", "out"]
    for _ in range(2):
        with open("page1.png") as page:
            monkeypatch.setattr("sys.stdin", page)
            assert again(capfd, *command) == ["done"]


MADE = MadeOf(*(digit * made_of.DIGITS for digit in "1234"))


@pytest.mark.parametrize("kind", ["png", "ora", "psd"])
def test_the_note_is_read_back_and_other_readers_see_their_picture(kind: str) -> None:
    assert main([*BY_SHEET, "--format", kind]) == 0
    path = Path("out", f"page1.{kind}")
    data = path.read_bytes()
    assert made_of.read(path) is not None
    end = data.index(b"; whole=") + 8 + made_of.DIGITS
    unseen = range(end, end + 4) if kind == "png" else ()  # the checksum of the note itself
    for place in {*range(0, len(data), max(1, len(data) // 97)), *range(end - 100, end)}:
        if place not in unseen:
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert made_of.read(path) is None, place
    path.write_bytes(data)
    if kind == "png":
        with Image.open(path) as picture:
            assert "whole=" in picture.text["GuidingPainter"]  # type: ignore[attr-defined]
        with Image.open(path) as picture:
            picture.verify()  # each chunk's checksum, also that of the note
    elif kind == "ora":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    else:
        from psd_tools import PSDImage

        assert np.asarray(PSDImage.open(path).topil()).shape == (64, 256, 3)


def test_the_note_names_nothing_of_hers() -> None:
    assert main(["colorize", "page1.png", "--reference", "sheet.png", "-o", "out"]) == 0
    data = Path("out/page1.png").read_bytes()
    assert b"Made by GuidingPainter" in data
    assert b"page1" not in data
    assert b"sheet" not in data


def test_a_note_in_front_of_a_long_profile_is_found(tmp_path: Path) -> None:
    from gp_cli.files.metadata import Metadata

    profile = bytearray(np.random.default_rng(1).bytes(3 << 20))
    profile[16:20], profile[36:40] = b"RGB ", b"acsp"
    picture = np.zeros((8, 8, 3), np.uint8)
    with open("a.psd", "w+b") as file:
        psd_layers.write(file, [], "g", [], picture, Metadata(bytes(profile)), MADE.line)
        made_of.seal(file)
    assert made_of.read(Path("a.psd")) == MADE
    assert made_of.read(Path("sheet.png")) is None
