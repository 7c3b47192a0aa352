"""Odd surroundings: whatever is closed, full, too long or in the way, `gp` says so and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from gp_cli import walk
from gp_cli.files import pictures
from gp_cli.main import main
from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from PIL import Image
from serving import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a shell, /dev and pipes")
GP = f'"{sys.executable}" -m gp_cli.main'


@pytest.fixture(autouse=True)
def _no_daemon_stays(fake_daemon: Path, runtime: Path) -> object:
    yield
    place = runtime / "connection.json"
    if not place.exists() or place.is_file():
        assert main(["stop"]) == 0


def shell(command: str, **environment: str) -> tuple[int, str]:
    """Run a shell command; its exit code and what it said on standard error."""
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "PYTHONUNBUFFERED": "", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr


def one_sentence(said: str) -> bool:
    return said.startswith("gp: ") and len(said.splitlines()) == 1


@pytest.mark.parametrize("job", ["doctor", "--help", "log"])
@pytest.mark.parametrize("out", [">/dev/full", ">&-", "<&- >&-"])
def test_output_that_cannot_be_written_is_one_sentence(job: str, out: str, runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "daemon.log").write_text("one line\n")
    code, said = shell(f"{GP} {job} {out}")
    assert code == 2
    assert one_sentence(said), said
    assert "output cannot be written" in said


def test_with_all_streams_closed_a_page_is_coloured_and_nothing_hangs(page: Path) -> None:
    out = page.with_name("out.png")
    code, said = shell(f"{GP} colorize {page} --auto -o {out} <&- >&- 2>&-")
    assert (code, said) == (2, "")  # the name of the file could not be told
    assert pictures.read(out).width == 90


def test_a_name_that_the_terminal_cannot_show_is_shown_as_escapes(page: Path) -> None:
    page.rename(page.with_name("Füße.png"))
    command = f"cd {page.parent} && {GP} colorize Füße.png --auto"
    code, said = shell(command, PYTHONIOENCODING="ascii")
    assert (code, said) == (0, "")
    assert page.with_name("Füße-flats.png").exists()


@pytest.mark.parametrize(
    "job",
    [
        "colorize {page} --auto -o out.png",
        "colorize {page} --auto -o out.ora",
        "regions {page} -o out",
        "install krita --folder out",
        "install krita --zip out.zip",
        "install gimp --folder out",
        "demo --samples . -o out",
    ],
)
def test_files_that_cannot_grow_are_one_sentence_and_leave_no_file(job: str, page: Path) -> None:
    with walk.daemon():
        pass  # its own files are there already
    command = f"cd {page.parent} && ulimit -f 0 && {GP} {job.format(page=page.name)}"
    code, said = shell(command)
    assert code == 2
    assert one_sentence(said.lstrip()), said
    assert "(File too large)" in said or "(No usable temporary directory" in said
    left = [path.name for path in page.parent.rglob("*") if path.is_file()]
    assert left == [page.name]


def test_a_folder_that_is_gone_is_named_as_what_is_missing(page: Path) -> None:
    folder = page.parent / "gone"
    folder.mkdir()
    code, said = shell(f"cd {folder} && rmdir {folder} && {GP} colorize {page} --auto -o out.png")
    assert code == 2
    assert one_sentence(said), said
    assert "The folder in which gp was started is gone" in said


@pytest.mark.parametrize("length", [300, 5000])
def test_a_session_folder_out_of_reach_is_passed_by(
    length: int, page: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GUIDINGPAINTER_RUNTIME")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/" + "x" * length)
    monkeypatch.setattr("tempfile.tempdir", str(page.parent))
    assert main(["status"]) == 2
    assert capfd.readouterr().err == "gp: No GuidingPainter daemon runs. Start it with gp-daemon.\n"


@pytest.mark.parametrize("name", ["connection.json", "daemon.log"])
def test_a_folder_in_the_place_of_a_file_is_named(
    name: str, page: Path, runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (runtime / name).mkdir(parents=True)
    runtime.chmod(0o700)
    assert main(["colorize", str(page), "--auto", "-o", str(page.with_name("out.png"))]) == 2
    said = capfd.readouterr().err
    assert one_sentence(said)
    assert str(runtime / name) in said


def test_a_pipe_in_the_place_of_the_connection_file_keeps_nobody_waiting(
    page: Path, runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime.mkdir(mode=0o700)
    os.mkfifo(runtime / "connection.json", 0o600)
    assert main(["status"]) == 2
    assert "is not a plain file" in capfd.readouterr().err
    out = page.with_name("out.png")
    assert main(["colorize", str(page), "--auto", "-o", str(out)]) == 0  # the daemon removes it
    assert out.exists()


def test_a_pipe_in_the_place_of_the_log_keeps_nobody_waiting(
    page: Path, runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime.mkdir(mode=0o700)
    os.mkfifo(runtime / "daemon.log", 0o600)
    assert main(["colorize", str(page), "--auto", "-o", str(page.with_name("out.png"))]) == 2
    assert "daemon.log cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["daemon.log", "daemon.log.1"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_in_the_place_of_the_log_keeps_gp_log_waiting_for_nothing(
    runtime: Path, name: str, kind: str
) -> None:
    runtime.mkdir(mode=0o700)
    if kind == "pipe":
        os.mkfifo(runtime / name)
    elif kind == "device":
        (runtime / name).symlink_to("/dev/zero")
    else:
        (runtime / name).mkdir()
    code, said = shell(f"timeout 20 {GP} log")
    assert (code, one_sentence(said)) == (2, True), said


def test_a_page_can_come_through_a_pipe(page: Path) -> None:
    out = page.with_name("out.png")
    code, said = shell(f"cat {page} | {GP} colorize /dev/stdin --auto -o {out}")
    assert (code, said) == (0, "")
    assert out.exists()


@pytest.mark.parametrize("head", [bytes(64), b"A text, and no picture. " * 9])
def test_what_is_no_picture_is_not_waited_for_to_its_end(head: bytes, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = os.open(pipe, os.O_RDWR)  # never closed while it is read
    os.write(writing, head)
    try:
        with pytest.raises(GuidingPainterError) as caught:
            pictures.read(pipe)
    finally:
        os.close(writing)
    assert caught.value.code == UNSUPPORTED_FORMAT


def test_a_picture_that_goes_on_for_ever_is_left_after_what_it_can_have(page: Path) -> None:
    limit = "ulimit -v 1500000"  # KiB; some libraries map much and use little
    for head in ("printf ''", f"cat {page}"):
        command = f"({head}; cat /dev/zero) | {GP} regions /dev/stdin -o {page.with_name('out')}"
        code, said = shell(f"{limit}; {command}")
        assert (code, one_sentence(said)) == (2, True), said
        assert "memory" not in said


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "TGA"])
def test_every_kind_of_picture_can_come_through_a_pipe(kind: str, tmp_path: Path) -> None:
    line_art = np.full((60, 90), 255, np.uint8)
    line_art[20:22] = 0
    Image.fromarray(line_art).convert("RGB").save(tmp_path / "page", kind)
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", 'cat "$0" > "$1"', tmp_path / "page", tmp_path / "pipe"]):
        picture = pictures.read(tmp_path / "pipe")
    assert (picture.width, picture.height) == (90, 60)


def odd_tiff() -> bytes:
    """A 16-bit TIFF with a private tag, of which libtiff and OpenCV have something to say."""
    pixels = np.arange(64 * 64 * 3, dtype=np.uint16).reshape(64, 64, 3)
    data = bytearray(cv2.imencode(".tif", pixels)[1].tobytes())
    at = int.from_bytes(data[4:8], "little")
    # The entry of XResolution, ResolutionUnit or the like becomes one of an unknown number.
    entries = int.from_bytes(data[at : at + 2], "little")
    last = at + 2 + 12 * (entries - 1)
    data[last : last + 2] = (50999).to_bytes(2, "little")
    return bytes(data)


def test_decoders_are_not_heard(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.tif"
    path.write_bytes(odd_tiff())
    cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert "50999" in capfd.readouterr().err  # what there is to be kept from the artist
    assert pictures.read(path).format == "RGB16"
    assert capfd.readouterr() == ("", "")
