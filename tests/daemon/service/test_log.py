"""The daemon's log: it outlives restarts, stays small, and says when what happened."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_daemon
import gp_client
import pytest
from gp_cli.own_daemons import last_lines
from gp_client import launch
from gp_client.connection import read_connection
from gp_client.errors import GuidingPainterError
from gp_daemon.service import logs
from gp_daemon.service.lifecycle import _Companion
from serving import PATIENCE, Rig, Starter, code_of, daemon_pid, wait_until

TIMED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d gp-daemon: ")


@pytest.fixture
def starter(runtime: Path) -> Iterator[Starter]:
    one = Starter()
    yield one
    one.end()


def restart() -> None:
    """End the daemon, and let a client start the next one."""
    with gp_client.connect() as client:
        client.shutdown()
    wait_until(lambda: read_connection() is None)
    gp_client.connect(start=True).close()


@pytest.mark.usefixtures("fake_daemon")
def test_a_restart_keeps_the_traceback_of_the_daemon_before(runtime: Path) -> None:
    with gp_client.connect(start=True) as client, contextlib.suppress(GuidingPainterError):
        client.open(bytes(512), 32, 16, ink=fake_daemon.FAIL)
    assert "a fault of ours" in (runtime / "daemon.log").read_text()
    restart()
    said = (runtime / "daemon.log").read_text()
    assert "a fault of ours" in said
    assert said.count("ready at") == 2


@pytest.mark.usefixtures("fake_daemon")
def test_who_comes_too_late_to_start_a_daemon_leaves_the_log_of_the_first(runtime: Path) -> None:
    gp_client.connect(start=True).close()
    before = (runtime / "daemon.log").read_text()
    launch.launch_daemon()
    wait_until(lambda: "A daemon already runs" in (runtime / "daemon.log").read_text())
    assert (runtime / "daemon.log").read_text().startswith(before)


@pytest.mark.usefixtures("fake_daemon")
def test_every_line_says_when_it_was_written(runtime: Path) -> None:
    gp_client.connect(start=True).close()
    launch.launch_daemon()
    restart()
    wait_until(lambda: len((runtime / "daemon.log").read_text().splitlines()) >= 5)
    lines = (runtime / "daemon.log").read_text().splitlines()
    assert all(TIMED.match(line) for line in lines), lines


def test_a_full_log_becomes_the_older_one_and_who_has_it_open_still_writes_to_it(
    runtime: Path,
) -> None:
    runtime.mkdir(mode=0o700)
    path = runtime / "daemon.log"
    path.write_text("old line\n" * (logs.MAX_BYTES // 9 + 1))
    program = launch._spawn
    reading, writing = os.pipe()
    command = [sys.executable, str(fake_daemon.__file__)]
    with path.open("ab") as other:
        process = program(command, writing, path)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            assert '"ready": true' in pipe.readline()
        other.write(b"another's line\n")
    process.terminate()
    assert process.wait(PATIENCE) == 0
    older = runtime / "daemon.log.1"
    assert older.read_text().startswith("old line\n" * 1000)
    assert "ready at" in older.read_text()
    assert older.stat().st_mode & 0o077 == 0
    lines = path.read_text().splitlines()
    assert "another's line" in lines
    assert lines[-1].endswith("ended")
    assert path.stat().st_size < 1000


def test_a_daemon_that_ends_by_a_fault_logs_where(runtime: Path) -> None:
    program = (
        "import sys\n"
        "from gp_daemon.cli import main\n"
        "def load(options): raise RuntimeError('no idea')\n"
        "sys.exit(main([], load))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    first, *rest = done.stderr.splitlines()
    assert TIMED.match(first)
    assert rest[-1] == "RuntimeError: no idea"


def test_a_daemon_for_commands_stays_its_grace_time_though_its_starter_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("gp_daemon.service.lifecycle.time.monotonic", lambda: now)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(PATIENCE)
    stays, leaves = _Companion(None, 30.0), _Companion(gone.pid, 30.0)
    ends = {}
    while len(ends) < 2:
        now += 1.0
        ends |= {one: now for one in (stays, leaves) if one not in ends and one(0)}
    assert ends == {stays: 1031.0, leaves: 1003.0}


@pytest.mark.parametrize("parent", [None, os.getpid()])
def test_a_daemon_that_was_stopped_gives_who_waited_for_it_the_grace_time_anew(
    parent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("gp_daemon.service.lifecycle.time.monotonic", lambda: now)
    over = _Companion(parent, 30.0)
    for _ in range(29):
        now += 1.0
        assert not over(0)
    now += 100.0
    for _ in range(30):
        assert not over(0)
        now += 1.0
    now += 1.0
    assert over(0)


def remove_folder(runtime: Path) -> None:
    shutil.rmtree(runtime)


def move_log(runtime: Path) -> None:
    (runtime / "daemon.log").rename(runtime / "daemon.log.old")


@pytest.mark.usefixtures("fake_daemon")
@pytest.mark.parametrize("clean", [remove_folder, move_log])
def test_a_log_that_was_removed_goes_on_where_gp_log_finds_it(
    clean: Callable[[Path], None], runtime: Path
) -> None:
    path = runtime / "daemon.log"
    with gp_client.connect(start=True) as client:
        clean(runtime)
        wait_until(path.exists)
        with contextlib.suppress(GuidingPainterError):
            client.open(bytes(512), 32, 16, ink=fake_daemon.FAIL)
        wait_until(lambda: "RuntimeError: a fault of ours" in "\n".join(last_lines(100)))
        # What is no line of its own, such as a crash in a library, arrives there too.
        for stream in (1, 2):
            assert os.path.samestat(os.stat(f"/proc/{daemon_pid()}/fd/{stream}"), path.stat())
    assert path.stat().st_mode & 0o077 == 0


def test_a_daemon_that_stays_is_asked_to_do_so(runtime: Path, fake_daemon: Path) -> None:
    fake_daemon.write_text(f'#!/bin/sh\necho "$@" >> {runtime}.options\nexit 3\n')
    for stay in (True, False):
        code_of(lambda stay=stay: gp_client.connect(start=True, stay=stay))
    first, second = Path(f"{runtime}.options").read_text().splitlines()
    assert "--while-used" in first
    assert "--parent-pid" not in first
    assert f"--parent-pid {os.getpid()}" in second


def test_a_daemon_started_to_stay_ends_after_its_grace_time(starter: Starter) -> None:
    process, _ = starter.start("--while-used", "--grace", "0.2")
    assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
def test_a_daemon_holds_no_folder_that_somebody_might_eject(
    fake_daemon: Path, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", os.path.relpath(runtime))
    with gp_client.connect(start=True) as client:
        wait_until(lambda: os.readlink(f"/proc/{daemon_pid()}/cwd") == "/")
        client.shutdown()
    wait_until(lambda: not (runtime / "connection.json").exists())


def test_a_clock_that_is_set_back_does_not_change_how_long_the_daemon_is_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = rig.client()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert 0 <= (peer.ask("status").result or {})["uptime"] < PATIENCE


@pytest.mark.parametrize(
    "options",
    [
        ("--parent-pid", "99999999999"),
        ("--parent-pid", "9" * 5000),
        ("--ready-fd", "99999999999"),
        ("--grace", "nan"),
        ("--grace", "-1"),
        ("--gpu", "99999999999"),
    ],
)
def test_numbers_that_cannot_be_are_one_sentence_and_exit_code_2(
    options: tuple[str, str], runtime: Path
) -> None:
    done = subprocess.run(
        [sys.executable, fake_daemon.__file__, *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()[-1]) < 200
