"""Every program of ours: output that cannot be written, names that would act upon a terminal."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from gp_cli.main import main
from gp_client import streams
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a shell, /dev and pipes")
COMMANDS = [
    ("gp", "--version"),
    ("gp", "doctor"),
    ("gp", "stop"),
    ("gp", "install krita --folder krita"),
    ("gp-daemon", "--help"),
    ("gp-daemon", "keys"),
    ("gp-daemon", "keys add ann"),
    ("gp-daemon", "models repository --bundle {bundle}"),
    ("gp-train", "--help"),
    ("gp-train", "data list"),
    ("gp-export", "--help"),
]
MODULES = {
    "gp": "gp_cli.main",
    "gp-daemon": "gp_daemon.cli",
    "gp-train": "gp_training.cli",
    "gp-export": "gp_export.cli",
}
BAD = "a\x1b]0;title\x07b\r\n\x9b31mc\u202ed"
SHOWN = r"a\x1b]0;title\x07b\r\n\x9b31mc\u202ed"


@pytest.fixture
def place(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDINGPAINTER_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONUNBUFFERED", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(program: str, options: str, bundle: Path) -> list[str]:
    if program != "gp":
        pytest.importorskip(MODULES[program])
    return [sys.executable, "-m", MODULES[program], *options.format(bundle=bundle).split()]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("out", [">&-", ">/dev/full"])
@pytest.mark.parametrize(("program", "options"), COMMANDS)
def test_output_that_cannot_be_written_is_one_sentence(
    program: str,
    options: str,
    out: str,
    unbuffered: str,
    place: Path,
    tiny_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {out}', "sh", *command(program, options, tiny_bundle)],
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{program}: The output cannot be written"), done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("program", "options"), COMMANDS)
def test_nobody_who_reads_the_output_is_a_silent_end(
    program: str, options: str, place: Path, tiny_bundle: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command(program, options, tiny_bundle),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@given(st.text())
def test_what_is_shown_acts_upon_no_terminal(text: str) -> None:
    line = streams.one_line(text)
    assert len(line.splitlines()) <= 1
    assert not [c for c in line if ord(c) < 32 or 127 <= ord(c) < 160 or 0x202A <= ord(c) <= 0x202E]
    if text.isprintable():
        assert line == text


@pytest.fixture
def bad_page(page: Path, place: Path) -> Path:
    return page.rename(place / f"{BAD}.png")


@pytest.mark.usefixtures("fake_daemon")
@pytest.mark.parametrize(
    "options",
    [
        ["colorize", "{page}", "--auto"],
        ["colorize", "{page}", "--auto", "-o", "{page}.gif"],
        ["colorize", "{page}.missing", "--auto"],
        ["regions", "{page}", "-o", "{page}.regions"],
        ["demo", "--samples", ".", "-o", "{page}.demo"],
        ["install", "krita", "--folder", "{page}.krita"],
        ["install", "gimp", "--zip", "{page}.zip"],
        ["install", "{page}"],
    ],
    ids=lambda options: " ".join(options),
)
def test_a_name_that_would_act_upon_a_terminal_is_shown_as_escapes(
    options: list[str], bad_page: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):  # argparse's
        main([option.format(page=bad_page.name) for option in options])
    assert main(["stop"]) == 0
    said = "".join(capfd.readouterr())
    assert SHOWN in said.replace(r"\\", "\\")
    assert not [c for c in said if (c < " " and c != "\n") or c in "\x7f\x9b\u202e"]


def test_lines_of_the_log_are_shown_so_too(
    runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "daemon.log").write_text("a\x1b[2Jb\n")
    assert main(["log"]) == 0
    assert capfd.readouterr().out == "a\\x1b[2Jb\n"


def test_looking_at_the_keys_makes_none(place: Path, tiny_bundle: Path) -> None:
    asked = command("gp-daemon", "keys", tiny_bundle)
    done = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, "There are no keys." in done.stdout) == (0, True)
    assert not (place / "keys").exists()
    adding = command("gp-daemon", "keys add ann", tiny_bundle)
    assert subprocess.run(adding, capture_output=True, timeout=PATIENCE).returncode == 0
    done = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["daemon", "client"]


def test_what_is_said_while_another_thread_mutes_a_library_is_not_lost(capfd, monkeypatch) -> None:
    mutes, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "stderr", os.fdopen(2, "w", closefd=False))  # as programs have it

    def library() -> None:
        with streams.muted():
            mutes.set()
            assert go_on.wait(PATIENCE)
            os.write(2, b"noise")

    reads = threading.Thread(target=library)
    reads.start()
    assert mutes.wait(PATIENCE)
    tells = threading.Thread(target=streams.complain, args=("told",))
    tells.start()
    tells.join(0.2)  # so long it would have had to be lost
    go_on.set()
    reads.join(PATIENCE)
    tells.join(PATIENCE)
    assert capfd.readouterr().err == "told\n"
