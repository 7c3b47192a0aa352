"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from gp_client import files
from gp_client.errors import UNWRITABLE, GuidingPainterError


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), files.atomic(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_full_disk_is_an_error_of_ours_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GuidingPainterError) as caught, files.atomic(tmp_path / "a") as file:  # noqa: PT012
        file.write(b"half")
        raise OSError(28, "No space left on device")
    assert caught.value.code == UNWRITABLE
    assert "No space left" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_what_a_killed_program_left_is_cleared_up_and_what_one_writes_now_is_not(
    tmp_path: Path,
) -> None:
    left, now, other = (tmp_path / f".{name}.part" for name in ("a.png.x1", "a.png.x2", "b.png.x1"))
    for part in (left, now, other):
        part.write_bytes(b"half")
    for part in (left, other):
        os.utime(part, (0, 0))
    files.write_bytes(tmp_path / "a.png", b"whole")
    assert sorted(os.listdir(tmp_path)) == sorted(["a.png", now.name, other.name])


@pytest.mark.parametrize("place", ["missing/a.png", "file/a.png", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(GuidingPainterError) as caught:
        files.write_bytes(tmp_path / place, b"data")
    assert caught.value.code == UNWRITABLE
    assert str(tmp_path / place) in str(caught.value)


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    files.write_bytes(tmp_path / "ours", b"")
    (tmp_path / "usual").write_bytes(b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "usual")]
    assert modes[0] == modes[1]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_private_file_was_never_open_to_others(tmp_path: Path) -> None:
    with files.replacing(tmp_path / "key", private=True) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        part.write_bytes(b"secret")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="there are no such files elsewhere")
def test_a_pipe_or_a_device_is_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(GuidingPainterError) as caught, files.atomic(path):
        raise AssertionError("it was opened")
    assert caught.value.code == UNWRITABLE
    assert "no plain file" in str(caught.value)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]
