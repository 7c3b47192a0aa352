"""What a reader of the docs has: the programs on the PATH, a page, a home of his own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import gp_client
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which he tries things; a daemon that he starts is ended afterwards."""
    folders = {name: tmp_path / name for name in ("home", "run", "work")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    shutil.copy(ROOT / "docs/samples/tuxpaint_02.png", folders["work"] / "page.png")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("HOME", str(folders["home"]))
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(folders["run"]))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "GIMP3_DIRECTORY", "GUIDINGPAINTER_DAEMON"):
        monkeypatch.delenv(name, raising=False)
    # The home is new, but what training has fetched need not be fetched for it.
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "cache"))
    yield folders["work"]
    with contextlib.suppress(gp_client.GuidingPainterError), gp_client.connect() as client:
        client.shutdown()
