"""`gp colorize` on many pages and `gp cast`, through a daemon whose networks compare by size."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gp_client
import numpy as np
import pytest
from book_pages import ALL, ORDERS, THIRD, colored, draw_book, drawn, lines, seen, states
from cast_samples import COLORS, HEIGHT, TURNED, WIDTH, WIDTHS, middle
from gp_cli import results, walk
from gp_cli.book import pages
from gp_cli.files import pictures
from gp_cli.main import main
from gp_client.cast_file import read_cast, write_cast
from PIL import Image
from serving import PATIENCE

Run = Callable[..., int]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_daemon: object) -> Path:
    monkeypatch.setenv("GP_TEST_COMPARES", "1")
    monkeypatch.chdir(tmp_path)
    draw_book()
    return tmp_path


def in_krita(name: str) -> None:
    """The same picture as Krita saves one, beside it."""
    with zipfile.ZipFile(Path(name).with_suffix(".kra"), "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.write(name, "mergedimage.png")


@pytest.mark.parametrize("kind", ["png", "ora", "psd", "kra"])
def test_a_model_sheet_colours_every_page_of_its_figures(kind: str, folder: Path) -> None:
    if kind in ("ora", "psd"):
        assert main(["colorize", "page1.png", "--adopt", "sheet.png", "-o", f"sheet.{kind}"]) == 0
    elif kind == "kra":
        in_krita("sheet.png")
    assert main(["colorize", *ALL, "--reference", f"sheet.{kind}", "-o", "out"]) == 0
    for number, order in enumerate(ORDERS, 1):
        assert seen(f"out/page{number}.png", order) == COLORS
    assert not list(folder.glob("*.cast"))


def test_a_folder_of_kritas_files_becomes_layered_files_that_it_opens(capfd) -> None:
    os.mkdir("book")
    for page in ALL:
        in_krita(page)
        os.rename(Path(page).with_suffix(".kra"), Path("book", page).with_suffix(".kra"))
    command = ["colorize", "book", "--reference", "sheet.png"]
    for place in ("out.kra", "x.ora"):
        assert main([*command, "-o", place]) == 2
    out, err = lines(capfd)
    assert not out
    assert "gp writes no .kra files" in err[0]
    assert "Use out.ora" in err[0]
    assert main([*command, "-o", "out", "--format", "ora"]) == 0
    assert sorted(os.listdir("out")) == ["page1.ora", "page2.ora", "page3.ora"]
    assert pictures.read(Path("out/page2.ora"), lines="flats").rgb().shape == (HEIGHT, WIDTH, 3)


def test_a_page_that_fails_is_named_and_the_others_are_done(capfd) -> None:
    Path("page2.png").write_bytes(b"no picture")
    command = ["colorize", *ALL, "--reference", "sheet.png", "-o", "out"]
    assert main([*command, "--json"]) == 2
    out, err = lines(capfd)
    found = {json.loads(line)["page"]: json.loads(line) for line in out[:-1]}
    assert [found[page]["state"] for page in ALL] == ["done", "failed", "done"]
    assert "page2.png" in found["page2.png"]["error"]["message"]
    assert "2 done, 1 failed of 3 pages" in err[-1]
    (failed,) = [line for line in err if "page2.png" in line]
    assert failed.count("page2.png") == 1
    assert sorted(os.listdir("out")) == ["page1.png", "page3.png"]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("fault", [RuntimeError("a\nb"), MemoryError(), UnicodeError(), OSError(5)])
def test_a_fault_of_any_kind_is_one_page_s(
    fault: Exception, jobs: str, capfd, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = results.write

    def faulty(page: Any, picture: Any, wanted: Any, tell: Any) -> None:
        if wanted.out.name == "page2.png":
            raise fault
        write(page, picture, wanted, tell)

    monkeypatch.setattr(results, "write", faulty)
    command = ["colorize", *ALL, "--reference", "sheet.png", "-o", "out", "-j", jobs]
    assert main(command) == 2
    out, err = lines(capfd)
    assert sorted(out) == ["out/page1.png", "out/page3.png"]
    assert len(err) == 4
    assert "Traceback" not in "".join(err)
    assert "2 done, 1 failed of 3 pages" in err[-1]
    assert main(["colorize", "page2.png", "--auto", "-o", "page2.png.png"]) == 0
    assert main([*command, "--verbose"]) == 2
    assert "Traceback" in capfd.readouterr().err


def test_a_missing_package_is_a_sentence_that_says_how_to_get_it(capfd, monkeypatch) -> None:
    assert main(["colorize", "page1.png", "--adopt", "sheet.png", "-o", "sheet.psd"]) == 0
    lines(capfd)
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    for command in (
        ["colorize", "page1.png", "--auto", "-o", "x.psd"],
        ["cast", "learn", "a.cast", "sheet.psd", "--lines", "Line art"],
    ):
        assert main(command) == 2
        out, err = lines(capfd)
        assert not out
        assert len(err) == 1
        assert "pip install psd-tools" in err[0]
    assert not Path("x.psd").exists()
    assert main(["colorize", *ALL, "--auto", "--format", "psd", "-o", "out"]) == 2
    assert "3 failed of 3 pages" in lines(capfd)[1][-1]


def test_several_at_once_make_what_one_after_the_other_makes() -> None:
    for number in range(4, 10):
        drawn(ORDERS[number % 3]).save(f"page{number}.png")
    every = [f"page{number}.png" for number in range(1, 10)]
    for jobs in "1", "4":
        command = ["colorize", *every, "--reference", "sheet.png", "-o", jobs, "-j", jobs]
        assert main(command) == 0
    for page in every:
        assert Path("1", page).read_bytes() == Path("4", page).read_bytes()


def test_a_run_that_is_killed_at_page_7_goes_on_with_page_7(capfd) -> None:
    every = [f"p{number:02}.png" for number in range(1, 13)]
    for place, page in enumerate(every):
        if place != 6:
            drawn(ORDERS[place % 3]).save(page)
    os.mkfifo("p07.png")  # whoever reads it waits
    command = ["colorize", *every, "--reference", "sheet.png", "-o", "out", "-j", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "gp_cli.main", *command], stderr=subprocess.PIPE, text=True
    ) as first:
        assert first.stderr is not None
        for line in first.stderr:
            if " 6/12 " in line:
                break
        with open("p07.png", "wb"):  # it reads page 7 now
            first.send_signal(signal.SIGKILL)
            first.wait(PATIENCE)
    done = every[:6]
    assert sorted(os.listdir("out")) == done
    before = {page: Path("out", page).stat().st_mtime_ns for page in done}
    Path("p07.png").unlink()
    drawn(ORDERS[0]).save("p07.png")
    lines(capfd)
    assert main([*command, "--json"]) == 0
    out, _ = lines(capfd)
    assert states(out) == ["skipped"] * 6 + ["done"] * 6
    assert sorted(os.listdir("out")) == every
    assert before == {page: Path("out", page).stat().st_mtime_ns for page in done}


def test_a_run_that_is_ended_by_a_signal_leaves_no_half_made_file(folder: Path) -> None:
    os.mkfifo("page9.png")
    command = ["colorize", "page9.png", *ALL, "--reference", "sheet.png", "-o", "out", "-j", "1"]
    program = [sys.executable, "-m", "gp_cli.main"]
    # Opened for writing, the pipe is one that the program reads now.
    with subprocess.Popen([*program, *command]) as run, open("page9.png", "wb"):
        run.send_signal(signal.SIGTERM)
        assert run.wait(PATIENCE) == 128 + signal.SIGTERM
    assert os.listdir("out") == []


def test_a_folder_is_its_pictures_in_the_order_in_which_people_count(capfd) -> None:
    os.mkdir("book")
    for number in (10, 9, 1):
        drawn(WIDTHS).save(f"book/page {number}.png")
    Path("book/notes.txt").write_text("none")
    drawn(WIDTHS).save("book/.hidden.png")
    assert main(["colorize", "book", "--reference", "sheet.png", "-o", "out", "-j", "1"]) == 0
    out, _ = lines(capfd)
    assert out == [f"out/page {number}.png" for number in (1, 9, 10)]


def test_every_page_of_a_file_is_a_page(capfd) -> None:
    first, *rest = map(drawn, ORDERS)
    first.save("scan.tif", save_all=True, append_images=rest)
    assert main(["colorize", "scan.tif", "--reference", "sheet.png", "-o", "out"]) == 0
    assert sorted(os.listdir("out")) == ["scan-1.png", "scan-2.png", "scan-3.png"]
    assert seen("out/scan-3.png", THIRD) == COLORS
    assert main(["colorize", "scan.tif", "--page", "2", "--reference", "sheet.png", "-o", "x"]) == 0
    assert seen("x/scan.png", TURNED) == COLORS
    blank = Image.new("L", first.size, 255)
    first.save("scan.tif", save_all=True, append_images=[blank])
    lines(capfd)
    assert main(["colorize", "scan.tif", "--auto", "-o", "y"]) == 2
    (said,) = [line for line in lines(capfd)[1] if "There is no line art" in line]
    assert said.count("scan.tif") == 1
    assert "scan.tif, page 2: There is no line art" in said


def test_pages_of_one_name_become_files_of_two(capfd) -> None:
    drawn(WIDTHS).save("page1.tif")
    command = ["colorize", "page1.png", "page1.tif", "--auto", "-o", "out"]
    assert main(command) == 0
    assert sorted(os.listdir("out")) == ["page1-png.png", "page1-tif.png"]
    os.mkdir("other")
    drawn(WIDTHS).save("other/page1.png")
    pages = ["page1.png", "other/page1.png", "page2.png"]
    assert main(["colorize", *pages, "--auto", "-o", "vol.2"]) == 0
    here = Path.cwd().name
    assert sorted(os.listdir("vol.2")) == sorted(
        [f"{here}-page1-png.png", "other-page1-png.png", "page2.png"]
    )
    os.makedirs("more/other")
    drawn(WIDTHS).save("more/other/page1.png")
    pages = ["more/other/page1.png", "other/page1.png"]
    assert main(["colorize", *pages, "--auto", "-o", "out"]) == 2
    assert "would both become" in lines(capfd)[1][-1]


def test_standard_input_and_output_are_a_page_and_its_result() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "gp_cli.main", "colorize", "-", "--reference", "sheet.png"],
        input=Path("page2.png").read_bytes(),
        capture_output=True,
        timeout=PATIENCE,
    )
    assert run.returncode == 0, run.stderr
    Path("result.png").write_bytes(run.stdout)
    assert seen("result.png", TURNED) == COLORS


@pytest.mark.parametrize(
    ("given", "expected"), [(b"", "Standard input is empty"), (b"text", "Standard input is no pic")]
)
def test_what_is_wrong_with_standard_input_is_said_by_its_name(
    given: bytes, expected: str, folder: Path
) -> None:
    drawn(WIDTHS).save("-", "PNG")  # another file, though one calls it so
    run = subprocess.run(
        [sys.executable, "-m", "gp_cli.main", "colorize", "-", "--auto", "-o", "out"],
        input=given, capture_output=True, timeout=PATIENCE, text=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert expected in run.stderr.decode()
    assert os.listdir("out") == []


def test_only_what_was_given_is_learned_and_never_what_the_guide_took_from_the_cast() -> None:
    learn = ["--cast", "book.cast", "--learn"]
    assert main(["colorize", *ALL, "--reference", "sheet.png", *learn, "-o", "out"]) == 0
    cast = read_cast(Path("book.cast"))
    assert [page.title for page in cast.pages] == ["sheet.png"]
    assert {one.color for one in cast.colors()} == set(COLORS.values())
    colored(TURNED).save("done2.png")
    adopt = ["--adopt", "done2.png"]
    assert main(["colorize", "page2.png", *adopt, *learn, "-o", "two.png"]) == 0
    cast = read_cast(Path("book.cast"))
    assert [page.title for page in cast.pages] == ["sheet.png", "page2.png"]
    assert cast.pages[1].source == str(Path("page2.png").absolute())
    assert main(["colorize", "page3.png", "--cast", "book.cast", "-o", "three.png"]) == 0
    assert seen("three.png", THIRD) == COLORS
    # What is done already keeps nobody from learning.
    colored(THIRD).save("third.png")
    assert main(["colorize", *ALL, "--reference", "third.png", *learn, "-o", "out"]) == 0
    assert [page.title for page in read_cast(Path("book.cast")).pages][2:] == ["third.png"]
    # A cast that forgot all its pages colours nothing.
    for title in ("sheet.png", "page2.png", "third.png"):
        assert main(["cast", "forget", "book.cast", title]) == 0
    assert main(["colorize", "page3.png", "--cast", "book.cast", "-o", "none.png"]) == 0
    assert set(seen("none.png", THIRD).values()) == {(255, 255, 255)}


def test_what_the_cast_does_not_know_stays_open_unless_all_is_wanted() -> None:
    partly = colored(WIDTHS)
    x, _ = middle(WIDTHS, 68)
    partly.paste((255, 255, 255), (x - 32, 1, x + 34, HEIGHT - 1))
    partly.save("partly.png")
    expected = {**COLORS, 68: (255, 255, 255)}
    assert main(["colorize", "page2.png", "--reference", "partly.png", "-o", "a.png"]) == 0
    assert seen("a.png", TURNED) == expected
    drawn((200, 52)).save("other.png")
    for more, white in ([], True), (["--auto"], False):
        command = ["colorize", "other.png", "--reference", "sheet.png", *more, "-o", "b.png"]
        assert main(command) == 0
        shown = seen("b.png", (200, 52))
        assert (shown[200] == (255, 255, 255)) is white


def test_a_cast_is_shown_and_kept_in_order(capfd) -> None:
    colored(TURNED).save("other.png")
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    assert main(["cast", "learn", "b.cast", "other.png"]) == 0
    assert main(["cast", "rename", "a.cast", "#c80a14", "Ann's coat"]) == 0
    assert main(["cast", "merge", "a.cast", "b.cast", "-o", "c.cast"]) == 0
    lines(capfd)
    assert main(["cast", "show", "c.cast", "-o", "c.png"]) == 0
    out, _ = lines(capfd)
    assert [line.split()[1] for line in out[:2]] == ["sheet.png", "other.png"]
    assert "Ann's coat" in out[2]
    assert "2 pages" in out[2]
    shown = np.asarray(Image.open("c.png"))
    for color in COLORS.values():
        assert (shown == color).all(axis=2).sum() > 94 * 94 + 300  # swatch, and in the figure
    assert main(["cast", "forget", "c.cast", "other.png"]) == 0
    assert main(["cast", "show", "c.cast", "--json"]) == 0
    found = json.loads("\n".join(lines(capfd)[0]))
    assert [page["title"] for page in found["pages"]] == ["sheet.png"]
    assert [one["name"] for one in found["colors"] if one["color"] == "#c80a14"] == ["Ann's coat"]
    assert main(["cast", "forget", "c.cast", "other.png"]) == 2
    assert main(["cast", "rename", "c.cast", "#000001", "none"]) == 2


def test_a_cast_of_other_networks_is_learned_again_where_its_pages_are(capfd) -> None:
    colored(TURNED).save("gone.png")
    assert main(["cast", "learn", "a.cast", "sheet.png", "gone.png"]) == 0
    file = Path("a.cast")
    cast = read_cast(file)
    older = [
        replace(page, segmenter="0" * 64, tokens=struct.pack("<e", 3.0) * page.count)
        for page in cast.pages
    ]
    write_cast(file, replace(cast, pages=tuple(older)))
    Path("gone.png").unlink()
    lines(capfd)
    assert main(["cast", "renew", "a.cast"]) == 2
    out, err = lines(capfd)
    assert out == ["sheet.png: learned again"]
    assert "gone.png cannot be learned again" in err[0]
    assert read_cast(file).pages[0] == cast.pages[0]
    assert read_cast(file).pages[1] == older[1]
    # A book that was moved is found beside its cast.
    os.mkdir("moved")
    os.rename("sheet.png", "moved/sheet.png")
    os.rename("a.cast", "moved/a.cast")
    write_cast(Path("moved/a.cast"), replace(cast, pages=tuple(older)))
    assert main(["cast", "renew", "moved/a.cast"]) == 2
    assert lines(capfd)[0] == ["sheet.png: learned again"]
    os.rename("moved/sheet.png", "sheet.png")
    # Coloured with as far as it goes, which is said.
    write_cast(file, replace(cast, pages=tuple(older)))
    assert main(["colorize", "page3.png", "--cast", "a.cast", "-o", "x.png"]) == 0
    assert seen("x.png", THIRD) == COLORS
    assert "gone.png cannot be learned again" in lines(capfd)[1][0]
    assert read_cast(file).pages[0] == older[0]  # nobody asked to change the file


def test_a_sheet_of_grays_is_learned_with_a_word(capfd) -> None:
    with Image.open("sheet.png") as sheet:
        sheet.convert("L").convert("RGB").save("gray.png")
    assert main(["cast", "learn", "a.cast", "gray.png"]) == 0
    assert "gray.png has only shades of gray" in lines(capfd)[1][-1]
    assert main(["colorize", "page1.png", "--reference", "gray.png", "-o", "x.png"]) == 0
    (said,) = [line for line in lines(capfd)[1] if "shades" in line]
    assert said.startswith("gp: gray.png has only shades of gray")
    assert "forget" not in said  # there is no file to take them out of
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    assert "gray" not in "".join(lines(capfd)[1])


def test_scans_of_one_colour_are_one_and_paper_is_none() -> None:
    noisy = np.asarray(colored(WIDTHS)).astype(int)
    noisy = np.clip(noisy + np.random.default_rng(1).integers(-4, 5, noisy.shape), 0, 255)
    picture = Image.new("RGB", (WIDTH, 3 * HEIGHT), "white")
    picture.paste(Image.fromarray(noisy.astype(np.uint8)), (0, HEIGHT))
    picture.paste(colored(WIDTHS), (0, 0))
    picture.save("scan.png")
    assert main(["cast", "learn", "a.cast", "scan.png"]) == 0
    found = [one.color for one in read_cast(Path("a.cast")).colors()]
    assert len(found) == 4
    assert max(abs(a - b) for a, b in zip(sorted(found)[0], sorted(COLORS.values())[0])) <= 4  # noqa: B905


def test_a_psd_has_a_layer_for_each_colour_as_other_programs_read_it(folder: Path) -> None:
    from psd_tools import PSDImage

    with Image.open("page2.png") as page:
        page.save("fine.png", dpi=(300, 300))
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    assert main(["cast", "rename", "a.cast", "#c80a14", "Ann's coat"]) == 0
    assert main(["colorize", "fine.png", "--cast", "a.cast", "-o", "page.psd"]) == 0
    psd = PSDImage.open("page.psd")
    group, lines_layer = list(psd)
    assert (lines_layer.name, lines_layer.blend_mode.name) == ("Line art", "MULTIPLY")
    found: Any = group
    layers: dict[str, Any] = {layer.name: layer for layer in found}
    assert set(layers) == {"Ann's coat #c80a14", "#0a14c8", "#14c80a", "#dcb428"}
    for layer in layers.values():
        pixels = np.asarray(layer.topil())
        red, green, blue = pixels[pixels[..., 3] > 0][0][:3].tolist()
        width = next(one for one, color in COLORS.items() if color == (red, green, blue))
        x, y = middle(TURNED, width)
        assert pixels[y - layer.top, x - layer.left].tolist() == [red, green, blue, 255]
        assert (pixels[..., 3] > 0).sum() >= (width - 2) * (HEIGHT - 2)
    picture = pictures.read(Path("page.psd"))
    assert picture.about.dpi == pytest.approx((300, 300), abs=0.1)
    Image.fromarray(picture.rgb()).save("seen.png")
    assert seen("seen.png", TURNED) == COLORS


@pytest.mark.parametrize("name", ["髪の色", "Åsa’s ősz haja", "x" * 300, "😀" * 200, "한" * 4096])
def test_a_psd_takes_names_in_any_writing_and_of_any_length(name: str) -> None:
    from psd_tools import PSDImage

    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    assert main(["cast", "rename", "a.cast", "#c80a14", name]) == 0
    assert main(["colorize", "page2.png", "--cast", "a.cast", "-o", "page.psd"]) == 0
    group: Any = next(iter(PSDImage.open("page.psd")))
    (found,) = [layer.name for layer in group if layer.name.endswith(" #c80a14")]
    shown = found.removesuffix(" #c80a14")
    assert name.startswith(shown)
    assert shown == name or 253 <= len(found.encode("utf-16-be")) // 2 <= 255
    assert len(list(group)) == 4


REFUSED = {
    "nothing to colour with": (["page1.png", "-o", "x.png"], "nothing to colour with"),
    "many into a file": ([*ALL, "--auto", "-o", "x.png"], "go into a folder"),
    "many nowhere": ([*ALL, "--auto"], "go into a folder"),
    "hints of many": ([*ALL, "--hints", "notes.txt", "-o", "out"], "of one page"),
    "standard input twice": (["-", "-", "--auto", "-o", "out"], "Standard input is one page"),
    "a picture and JSON": (["page1.png", "--auto", "--json", "-o", "-"], "Give -o a file"),
    "learning nothing": (["page1.png", "--cast", "a.cast", "--learn", "-o", "x"], "are none"),
    "learning nowhere": (["page1.png", "--reference", "sheet.png", "--learn"], "no cast to add"),
    "no such cast": (["page1.png", "--cast", "no.cast", "-o", "x.png"], "no.cast cannot be read"),
    "no cast": (["page1.png", "--cast", "sheet.png", "-o", "x.png"], "sheet.png is no cast"),
    "uncoloured reference": (
        ["page1.png", "--reference", "page2.png", "-o", "x.png"],
        "no colours",
    ),
    "soft psd": (["page1.png", "--auto", "--kind", "soft", "-o", "x.psd"], "Use --kind soft with"),
    "empty folder": (["empty", "--auto", "-o", "out"], "has no pictures"),
    "a page that is not there": (["nothing.png"], "There is no file nothing.png"),
    "pages that are not there": (["no.png", "never.png", "-o", "x"], "There is no file no.png"),
    "a page that is none": (["notes.txt"], "no picture"),
    "a folder without pictures": (["empty"], "has no pictures"),
    "no such sheet": (["page1.png", "--reference", "no.png"], "There is no file no.png"),
    "a sheet that is none": (["page1.png", "--reference", "notes.txt"], "notes.txt is no picture"),
    "no such drawing": (["page1.png", "--adopt", "no.png"], "There is no file no.png"),
    "no such hints": (["page1.png", "--hints", "no.json"], "There is no file no.json"),
    "no cast for a folder": ([*ALL, "--cast", "no.cast", "-o", "new"], "no.cast cannot be read"),
    "Krita's own": (["page1.png", "--auto", "-o", "x.kra"], "Use x.ora"),
    "pages to Krita's own": ([*ALL, "--auto", "-o", "x.kra"], "Use x.ora"),
    "pages to photographs": ([*ALL, "--auto", "-o", "x.jpg"], "gp writes no .jpg files"),
    "results as pages": (["out", "--auto", "-o", "out"], "takes the results"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(case: str, capfd) -> None:
    os.mkdir("empty")
    os.mkdir("out")
    Path("notes.txt").write_text("none")
    drawn(WIDTHS).save("out/page1.png")
    arguments, expected = REFUSED[case]
    before = sorted(os.listdir())
    assert main(["colorize", *arguments]) == 2
    out, err = lines(capfd)
    assert not out
    assert len(err) == 1
    assert expected in err[0]
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["page1.png", "--reference", "sheet.png", "-o", "sheet.png"], "sheet.png"),
        (["page1.png", "--reference", "link.png", "-o", "sheet.png"], "sheet.png"),
        (["page1.png", "--reference", "a/page1.png", "-o", "a"], "a/page1.png"),
        (["page1.png", "page2.png", "--auto", "-o", "."], "page2.png"),
        (["a/page1.png", "page3.png", "--auto", "-o", "."], "page3.png"),
        (["page1.png", "--adopt", "sheet.png", "-o", "./sheet.png"], "sheet.png"),
        (["page1.png", "--cast", "a.png", "-o", "a.png"], "a.png"),
        (["page1.png", "--cast", "a.png", "--page", "all", "-o", "page.png"], "a.png"),
        (["page1.png", "--reference", "page1-flats.png"], "page1-flats.png"),
    ],
)
def test_no_result_takes_the_place_of_what_is_read(
    arguments: list[str], kept: str, capfd, folder: Path
) -> None:
    os.mkdir("a")
    colored(WIDTHS).save("a/page1.png")
    colored(WIDTHS).save("page1-flats.png")
    os.symlink("sheet.png", "link.png")
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    os.rename("a.cast", "a.png")
    os.link("a.png", "page-1.png")
    lines(capfd)
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    assert main(["colorize", *arguments]) == 2
    assert "would overwrite" in lines(capfd)[1][-1]
    assert folder / kept in before
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["cast", "merge", "a.cast", "-o", "sheet.png"], "sheet.png is no cast"),
        (["cast", "merge", "a.cast", "-o", "new.png"], "new.png is no .cast"),
        (["cast", "learn", "sheet.png", "page1.png"], "sheet.png is no cast"),
        (["cast", "learn", "new.png", "sheet.png"], "new.png is no .cast"),
        (["cast", "learn", "new", "sheet.png"], "new is no .cast"),
        (["cast", "learn", "new.cast", "sheet.png", "no.png"], "There is no file no.png"),
        (["cast", "show", "cast.png", "-o", "cast.png"], "would overwrite the cast"),
        (
            ["colorize", "page1.png", "--reference", "sheet.png", "--cast", "new.png", "--learn"],
            "new.png is no .cast",
        ),
    ],
)
def test_no_cast_takes_the_place_or_the_name_of_another_file(
    arguments: list[str], expected: str, capfd, folder: Path
) -> None:
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    Path("cast.png").write_bytes(Path("a.cast").read_bytes())
    lines(capfd)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert main(arguments) == 2
    out, (said,) = lines(capfd)
    assert not out
    assert expected in said
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file's name is text")
def test_names_that_are_no_text_are_refused_or_shown_as_escapes(capfd) -> None:
    os.rename("page3.png", b"page\xff.png")
    colored(WIDTHS).save("s\udcff.png")
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    learn = ["--cast", "a.cast", "--learn", "--adopt", "s\udcff.png"]
    for command in (
        ["cast", "learn", "a.cast", "s\udcff.png"],
        ["cast", "rename", "a.cast", "#c80a14", "h\udcffr"],
        ["colorize", "page1.png", "--reference", "s\udcff.png", "-o", "x.png"],
        ["colorize", "page\udcff.png", *learn, "-o", "x.png"],
    ):
        lines(capfd)
        assert main(command) == 2
        out, (said,) = lines(capfd)
        assert not out
        assert "UTF-8" in said
    command = ["colorize", "page\udcff.png", "--cast", "a.cast", "-o", "out", "--json"]
    assert main(command) == 0
    found = json.loads(lines(capfd)[0][0])
    assert (found["page"], found["out"]) == ("page\\xff.png", "out/page\\xff.png")
    assert os.listdir(b"out") == [b"page\xff.png"]
    os.rename("a.cast", b"\xff.cast")
    assert main(["cast", "show", "\udcff.cast", "-o", "shown.png"]) == 0


def test_where_the_cast_was_sure_of_nothing_that_is_said_once(capfd) -> None:
    for name in ("other.png", "more.png"):
        drawn((200, 52)).save(name)
    by = ["--reference", "sheet.png"]
    assert main(["colorize", "other.png", *by, "-o", "b.png"]) == 0
    (said,) = lines(capfd)[1]
    assert "sure of nothing here; --spread bold" in said
    assert main(["colorize", "other.png", "more.png", "page1.png", *by, "-o", "out"]) == 0
    (said,) = [line for line in lines(capfd)[1] if "sure of nothing" in line]
    assert "on 2 pages; --spread bold" in said
    for quiet in (["page1.png"], ["other.png", "--quiet"], ["other.png", "--spread", "bold"]):
        assert main(["colorize", *quiet, *by, "-o", "c.png"]) == 0
        assert "sure of nothing" not in "".join(lines(capfd)[1])


def test_what_is_proposed_is_kept_where_the_rest_gets_colours() -> None:
    assert main(["cast", "learn", "a.cast", "sheet.png"]) == 0
    with gp_client.connect() as client:
        picture = pictures.read(Path("page1.png"))
        page = walk.open_guided(client, picture)
        page.use(read_cast(Path("a.cast")))
        page.spread = "bold"
        page.clear(middle(ORDERS[0], WIDTHS[1]))
        before = sorted(region.state for region in page.regions)
        assert {"open", "proposed"} <= set(before)
        walk.give_rest(page, walk.drawn(page))
        flats = walk.flats(page)
        page.undo()  # one act: what is kept before would make for other proposals
        assert sorted(region.state for region in page.regions) == before
        page.close()
    assert (flats[..., 3] == 255).all()
    x, y = middle(ORDERS[0], WIDTHS[0])
    assert tuple(flats[y, x, :3].tolist()) == COLORS[WIDTHS[0]]


def test_every_page_of_a_file_is_learned_where_all_are_wanted(capfd) -> None:
    first, second = map(colored, (WIDTHS, TURNED))
    first.save("done.tif", save_all=True, append_images=[second])
    assert main(["cast", "learn", "a.cast", "done.tif", "--page", "all"]) == 0
    assert [page.number for page in read_cast(Path("a.cast")).pages] == [1, 2]
    assert "pages" not in "".join(lines(capfd)[1])
    assert main(["cast", "learn", "b.cast", "done.tif", "--page", "2"]) == 0
    assert [page.number for page in read_cast(Path("b.cast")).pages] == [2]
    assert main(["cast", "learn", "c.cast", "done.tif"]) == 0
    assert [page.number for page in read_cast(Path("c.cast")).pages] == [1]
    assert main(["colorize", "page1.png", "--reference", "done.tif", "-o", "x.png"]) == 0
    said = [line for line in lines(capfd)[1] if "done.tif has 2 pages" in line]
    assert len(said) == 2


def test_names_are_sorted_as_people_count(tmp_path: Path) -> None:
    os.mkdir("many")
    for name in ("b2.png", "a10.png", "a2.png", "a.png"):
        Path("many", name).touch()
    found = pages.find([Path("many")], Path("out"))
    assert [path.name for path in found] == ["a.png", "a2.png", "a10.png", "b2.png"]
