"""Whatever goes wrong: one clear sentence on stderr, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import gp_client
import numpy as np
import pytest
from gp_cli import regions
from gp_cli.main import main
from gp_client import files
from PIL import Image
from serving import private_runtime


@pytest.fixture(scope="module", autouse=True)
def _daemon(tiny_bundle: Path) -> Iterator[None]:
    with (
        pytest.MonkeyPatch.context() as patch,
        private_runtime(patch),
        gp_client.connect(start=True, bundle=tiny_bundle, device="cpu"),
    ):
        yield


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all sorts of pages."""
    good = np.full((60, 90), 255, np.uint8)
    good[10, 10:80] = good[50, 10:80] = good[10:51, 10] = good[10:51, 79] = 0
    pages = {
        "good": good,
        "blank": np.full((60, 90), 255, np.uint8),
        "black": np.zeros((60, 90), np.uint8),
        "clear": np.zeros((60, 90, 4), np.uint8),
        "white-dot": np.full((1, 1), 255, np.uint8),
        "black-dot": np.zeros((1, 1), np.uint8),
        "other-shape": np.full((90, 60, 3), 200, np.uint8),
    }
    for name, pixels in pages.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    head = struct.pack(">IIBBBBB", 40000, 40000, 8, 0, 0, 0, 0)
    huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")
    (tmp_path / "huge.png").write_bytes(huge)
    (tmp_path / "text.png").write_text("This is no picture.")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "hints.json").write_text(json.dumps({"hints": {"77": "#000000"}}))
    (tmp_path / "broken.json").write_text('{"hints": {"1":')
    return tmp_path


def complaint(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """Runs `gp`, which must fail as it should; gives what it said."""
    before = sorted(os.listdir())
    assert main(arguments) == 2
    said = capfd.readouterr().err
    assert said.startswith("gp: ")
    assert len(said.splitlines()) == 1
    assert sorted(os.listdir()) == before
    return said


AUTO = ["--auto", "-o", "out.png"]
CASES = {
    "no such page": (["missing.png", *AUTO], "no file missing.png"),
    "no picture": (["text.png", *AUTO], "text.png is no picture"),
    "empty file": (["empty.png", *AUTO], "empty.png is empty"),
    "blank page": (["blank.png", *AUTO], "blank.png: There is no line art"),
    "transparent page": (["clear.png", *AUTO], "clear.png: There is no line art"),
    "all black": (["black.png", *AUTO], "black.png: "),
    "one white pixel": (["white-dot.png", *AUTO], "white-dot.png: "),
    "one black pixel": (["black-dot.png", *AUTO], "black-dot.png: "),
    "40000 x 40000": (["huge.png", *AUTO], "40000 x 40000"),
    "no such folder": (["good.png", "--auto", "-o", "no/out.png"], "no cannot be written"),
    "unknown ending": (
        ["good.png", "--auto", "-o", "out.xyz"],
        "neither a folder nor .png, .ora or .psd",
    ),
    "another picture's ending": (["good.png", "--auto", "-o", "out.gif"], "writes no .gif files"),
    "page as output": (["good.png", "--auto", "-o", "./good.png"], "would overwrite good.png"),
    "layer of an ora": (["good.png", "--auto", "--layer", "-o", "out.ora"], "all layers"),
    "no such region": (["good.png", "--hints", "hints.json", "-o", "out.png"], "no region 77"),
    "broken hints": (["good.png", "--hints", "broken.json", "-o", "out.png"], "broken.json"),
    "missing hints": (["good.png", "--hints", "no.json", "-o", "out.png"], "no.json"),
    "other drawing": (
        ["good.png", "--adopt", "other-shape.png", "-o", "out.png"],
        "another shape",
    ),
    "coloured picture is none": (
        ["good.png", "--adopt", "text.png", "-o", "out.png"],
        "text.png is no picture",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_colorize_fails_in_one_sentence(
    case: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    arguments, expected = CASES[case]
    assert expected in complaint(["colorize", *arguments], capfd)


@pytest.mark.parametrize("page", ["text.png", "blank.png", "missing.png"])
def test_regions_of_no_page_make_no_folder(
    page: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert page in complaint(["regions", page, "-o", "new/deeper"], capfd)


def test_a_failure_between_two_masks_leaves_the_folder_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    calls = []

    def fill_disk(picture: np.ndarray) -> bytes:
        calls.append(picture)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return b"first"

    monkeypatch.setattr(regions.png, "encode", fill_disk)
    Path("old").mkdir()
    Path("old/notes.txt").write_text("mine")
    assert "No space left" in complaint(["regions", "good.png", "-o", "old"], capfd)
    assert os.listdir("old") == ["notes.txt"]
    assert len(calls) == 2


def test_a_full_disk_keeps_the_earlier_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    Path("out.png").write_bytes(b"earlier")

    def refuse(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", refuse)
    assert "out.png cannot be written" in complaint(["colorize", "good.png", *AUTO], capfd)
    assert Path("out.png").read_bytes() == b"earlier"


@pytest.mark.parametrize("job", ["demo", "regions"])
def test_an_output_folder_that_is_a_file_is_named(
    job: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    source = ["good.png"] if job == "regions" else ["--samples", "."]
    said = complaint([job, *source, "-o", "empty.png"], capfd)
    assert "empty.png cannot be written" in said


def test_a_folder_without_pictures_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no pictures in ." in complaint(["demo", "--samples", ".", "-o", "out"], capfd)


@pytest.mark.parametrize("name", ["segmenter.onnx", "colorizer.onnx"])
def test_one_flipped_byte_in_a_bundle_names_the_file(
    name: str,
    folder: Path,
    tiny_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    shutil.copytree(tiny_bundle, "bundle")
    data = bytearray(Path("bundle", name).read_bytes())
    data[len(data) // 2] ^= 1
    Path("bundle", name).write_bytes(data)
    assert name in complaint(["colorize", "good.png", *AUTO, "--bundle", "bundle"], capfd)


def test_a_missing_bundle_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert "nowhere" in complaint(["colorize", "good.png", *AUTO, "--bundle", "nowhere"], capfd)


def test_a_gpu_that_is_not_there_is_an_error(
    folder: Path,
    tiny_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    arguments = ["colorize", "good.png", *AUTO, "--gpu", "7", "--bundle", str(tiny_bundle)]
    complaint(arguments, capfd)


def test_status_without_a_daemon_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path / "run"))
    assert main(["status"]) == 2
    assert capfd.readouterr().err == (
        "gp: No GuidingPainter daemon runs. Start it with gp-daemon.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["colorize"],
        ["colorize", "page.png", "--adopt", "other.png", "--hints", "hints.json"],
        ["colorize", "page.png", "--auto", "--cpu", "--gpu", "0"],
        ["colorize", "page.png", "--auto", "--gap", "nan"],
        ["colorize", "page.png", "--auto", "--ink", "256"],
        ["colorize", "page.png", "--auto", "--colors", "-1"],
        ["regions", "page.png"],
    ],
)
def test_wrong_arguments_end_with_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "1.5", "1000000", "99999999999999999999"])
def test_a_number_that_is_too_large_is_told_how_large_it_may_be(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["colorize", "page.png", "--auto", "--draw", number])
    assert f"'{number}' is not a whole number from 0 to 999999" in capsys.readouterr().err


def test_gp_alone_lists_its_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    assert all(job in out for job in ("demo", "colorize", "regions", "status", "doctor", "install"))
