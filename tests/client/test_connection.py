"""The connection file: private, atomic, and never believed when its daemon is dead."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from gp_client import connection
from gp_client.connection import Connection, read_connection, runtime_folder, write_connection
from gp_client.errors import NO_DAEMON, UNWRITABLE, VERSION
from gp_client.errors import GuidingPainterError as GPError

HERE = Connection("ipc:///x/gp.sock", "ipc:///x/gp.sock.ctl", "key", os.getpid(), 1, 1.5)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path / "run"))
    return runtime_folder(create=True)


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_was_written_is_read(folder: Path) -> None:
    write_connection(HERE, folder)
    assert read_connection() == HERE


def test_folder_and_file_are_the_owners_alone(folder: Path) -> None:
    previous = os.umask(0)
    try:
        path = write_connection(HERE, folder)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_file_means_no_daemon(folder: Path) -> None:
    assert read_connection() is None


def test_a_dead_daemons_file_is_stale(folder: Path) -> None:
    write_connection(replace(HERE, pid=dead_pid()), folder)
    assert read_connection() is None


def test_a_zombies_file_is_stale(folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read()  # ends when the process does; it is not waited for yet
    write_connection(replace(HERE, pid=process.pid), folder)
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert read_connection() is None
    finally:
        process.stdout.close()
        process.wait()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_can_open_is_refused(folder: Path, mode: int) -> None:
    write_connection(HERE, folder).chmod(mode)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert caught.value.code == NO_DAEMON


def test_a_folder_that_others_can_open_is_refused(folder: Path) -> None:
    write_connection(HERE, folder)
    folder.chmod(0o755)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert caught.value.code == NO_DAEMON
    with pytest.raises(GPError) as caught:
        runtime_folder(create=True)
    assert caught.value.code == UNWRITABLE


def test_another_owners_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_connection(HERE, folder)
    user = os.getuid()
    monkeypatch.setattr(connection.os, "getuid", lambda: user + 1)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert "another user" in caught.value.message


def test_a_link_in_the_files_place_is_refused(folder: Path, tmp_path: Path) -> None:
    target = write_connection(HERE, folder).rename(tmp_path / "elsewhere")
    (folder / connection.FILE_NAME).symlink_to(target)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert caught.value.code == NO_DAEMON


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"{}", b"\xff", b'{"main":1}', b"[" * 50_000, b'{"pid":-1}']
)
def test_a_damaged_file_is_a_clear_error(folder: Path, text: bytes) -> None:
    write_connection(HERE, folder).write_bytes(text)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert "damaged" in caught.value.message


def test_a_file_is_removed_only_by_its_own_daemon(folder: Path) -> None:
    path = write_connection(HERE, folder)
    connection.remove_connection(folder, HERE.pid + 1)
    assert path.exists()
    connection.remove_connection(folder, HERE.pid)
    assert not path.exists()
    connection.remove_connection(folder, HERE.pid)


def test_another_protocols_daemon_is_named(folder: Path) -> None:
    write_connection(replace(HERE, protocol=9), folder)
    with pytest.raises(GPError) as caught:
        connection.locate(None, None)
    assert caught.value.code == VERSION


def test_an_endpoints_key_comes_from_the_file_where_it_is_the_same_daemon(folder: Path) -> None:
    here = replace(HERE, main="tcp://127.0.0.1:5000")
    write_connection(here, folder)
    assert connection.locate("tcp://127.0.0.1:5000", None) == here
    assert connection.locate("tcp://127.0.0.1:5001", None).token == ""
    assert connection.locate("tcp://127.0.0.1:5001", "mine").token == "mine"


def test_the_runtime_folder_is_the_sessions_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GUIDINGPAINTER_RUNTIME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "guidingpainter"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    assert str(os.getuid()) in runtime_folder().name


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_nobody_is_told_to_remove_a_folder_that_may_hold_other_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path))
    tmp_path.chmod(0o755)
    with pytest.raises(GPError) as caught:
        read_connection()
    assert str(tmp_path) in caught.value.message
    assert "emove" not in caught.value.hint
