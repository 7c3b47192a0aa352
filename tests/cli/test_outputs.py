"""Files appear whole or not at all."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from gp_cli.files import outputs
from gp_client.errors import UNWRITABLE, GuidingPainterError
from PIL import Image


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), outputs.atomic(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_full_disk_is_an_error_of_ours_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GuidingPainterError) as caught, outputs.atomic(tmp_path / "a") as file:  # noqa: PT012
        file.write(b"half")
        raise OSError(28, "No space left on device")
    assert caught.value.code == UNWRITABLE
    assert "no space left" in str(caught.value)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("place", ["missing/a.png", "file/a.png", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(GuidingPainterError) as caught:
        outputs.write_bytes(tmp_path / place, b"data")
    assert caught.value.code == UNWRITABLE
    assert str(tmp_path / place) in str(caught.value)


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    outputs.write_bytes(tmp_path / "ours", b"")
    (tmp_path / "usual").write_bytes(b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "usual")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_the_order_of_rows_columns_and_channels(channels: int) -> None:
    picture = np.arange(2 * 3 * channels, dtype=np.uint8).reshape(2, 3, channels) * 9
    assert (np.asarray(Image.open(io.BytesIO(outputs.png(picture)))) == picture).all()
