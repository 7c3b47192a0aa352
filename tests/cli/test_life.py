"""`gp` and its daemon: who starts it, who ends it, what is left behind, what `gp log` shows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import gp_client
import psutil
import pytest
from fake_daemon import LONG
from gp_cli import walk
from gp_cli.main import main
from gp_client.connection import Connection, is_alive, read_connection, write_connection
from gp_client.errors import GuidingPainterError
from serving import PATIENCE, daemon_pid, wait_until

GP = [sys.executable, "-m", "gp_cli.main"]


@pytest.fixture(autouse=True)
def _no_daemon_stays(fake_daemon: Path) -> object:
    yield
    assert main(["stop"]) == 0


def test_the_next_command_finds_the_daemon_of_the_one_before(page: Path) -> None:
    command = [*GP, "colorize", str(page), "--auto", "-o", str(page.with_name("out.png"))]
    for options in ([], ["--cpu"]):
        subprocess.run([*command, *options], check=True, timeout=PATIENCE)
        with walk.daemon(device="cpu" if options else None) as client:
            first = client.info["pid"]
            command_line = psutil.Process(first).cmdline()
        assert "--while-used" in command_line
        with walk.daemon(device="cpu" if options else None) as client:
            assert client.info["pid"] == first


def test_other_wishes_are_another_daemon_and_the_usual_one_is_left_alone(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    pids = []

    def note(**options: object) -> None:
        with walk.daemon(**options) as client:  # type: ignore[arg-type]
            pids.append(client.info["pid"])

    note()
    usual = daemon_pid()
    note(device="cpu")
    note(bundle=bundle)
    (bundle / "bundle.json").write_text("{}")
    note(bundle=bundle)
    assert len(set(pids)) == 4
    assert daemon_pid() == usual == pids[0]


def test_stop_ends_every_daemon_and_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    pids = []
    for device in (None, "cpu"):
        with walk.daemon(device=device) as client:
            pids.append(client.info["pid"])
    assert main(["stop"]) == 0
    said = capfd.readouterr().out.splitlines()
    assert said == [f"The daemon (process {pid}) has ended." for pid in pids]
    assert not any(is_alive(pid) for pid in pids)
    assert main(["stop"]) == 0
    assert capfd.readouterr().out == "No daemon runs.\n"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a daemon is asked")
def test_stop_ends_nobody_who_only_has_the_number_of_a_daemon_that_was_killed(
    runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime.mkdir(mode=0o700)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        places = ("tcp://127.0.0.1:9", "tcp://127.0.0.1:10")
        write_connection(Connection(*places, "", other.pid, 2, 0.0, curve=True), runtime)
        for lock in (False, True):
            if lock:
                (runtime / "daemon.lock").touch(0o600)
            assert main(["stop"]) == 0
            assert capfd.readouterr().out == "No daemon runs.\n"
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_stop_tells_that_others_were_connected(capfd: pytest.CaptureFixture[str]) -> None:
    with gp_client.connect(start=True):
        assert main(["stop"]) == 0
    assert "starts it again" in capfd.readouterr().out


def test_log_shows_the_end_of_both_files(runtime: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "daemon.log.1").write_text("one\ntwo\n")
    (runtime / "daemon.log").write_text("three\n")
    for count, lines in ((2, "two\nthree\n"), (9, "one\ntwo\nthree\n"), (0, "")):
        assert main(["log", "-n", str(count)]) == 0
        assert capfd.readouterr().out == lines


def test_no_log_is_a_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["log"]) == 2
    assert capfd.readouterr().err.startswith("gp: There is no log ")


def test_what_gp_log_shows_can_be_cut_off(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "daemon.log").write_text("a line of some length\n" * 40_000)
    with subprocess.Popen(
        [*GP, "log", "-n", "40000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"a line of some length\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_gp_without_a_trace(number: int, page: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    out = tmp_path / "masks"
    process = subprocess.Popen(
        [*GP, "regions", str(page), "-o", str(out), "--cpu", "--gap", str(LONG)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: running("cpu") == "open")
    assert out.exists()
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (128 + number, b"")
    assert os.listdir(temporary) == []
    assert not out.exists()


def running(device: str) -> str | None:
    """What the daemon for this device does, None where there is none."""
    from gp_cli import own_daemons

    folder = own_daemons.own_folder(None, device)
    assert folder is not None
    if read_connection(folder) is None:
        return None
    try:
        with own_daemons.at(folder), gp_client.connect() as client:
            return client.status()["running"]
    except GuidingPainterError:
        return None


def test_folders_of_daemons_long_gone_are_removed(runtime: Path, tmp_path: Path) -> None:
    with walk.daemon(device="cpu"):
        pass
    assert main(["stop"]) == 0
    (old,) = runtime.glob("own-*")
    recent = runtime / "own-recent"
    shutil.copytree(old, recent)
    for path in (*old.iterdir(), old):
        os.utime(path, (0, 0))
    with walk.daemon(bundle=tmp_path):
        left = set(runtime.glob("own-*"))
    assert old not in left
    assert recent in left
