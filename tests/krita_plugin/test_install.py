"""What `gp install krita` does beyond what `tests/cli/test_install.py` holds for both editors."""

from __future__ import annotations

import ast
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from gp_cli.install import krita as install
from gp_cli.install.plugin_folder import daemon_path
from gp_cli.main import main

SOURCE = Path(__file__).parents[2] / "krita_plugin"
MODULES = sorted((SOURCE / "guidingpainter").rglob("*.py"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_archive_holds_what_kritas_importer_wants(home: Path) -> None:
    path = home / "plugin.zip"
    assert main(["install", "krita", "--zip", str(path)]) == 0
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        archive.extractall(home / "unpacked")
    assert {"guidingpainter.desktop", "guidingpainter.action", "guidingpainter/"} <= set(names)
    assert "guidingpainter/__init__.py" in names
    recorded = home / "unpacked/guidingpainter/lib/gp_client/daemon_path.txt"
    assert recorded.read_text(encoding="utf-8").strip() == str(daemon_path())


@pytest.mark.parametrize("act", ["install", "uninstall"])
@pytest.mark.parametrize(
    "name", ["pykrita/guidingpainter.desktop", "actions/guidingpainter.action"]
)
def test_an_edited_file_beside_the_plug_in_is_kept_and_named(
    act: str, name: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install", "krita"]) == 0
    file = home / "data/krita" / name
    file.write_text("edited", encoding="utf-8")
    assert main([act, "krita"]) == 0
    kept = file.with_name(file.name + ".kept")
    assert kept.read_text(encoding="utf-8") == "edited"
    assert str(kept) in capsys.readouterr().out
    assert file.exists() == (act == "install")


def test_a_link_in_place_of_the_actions_is_kept_and_its_target_untouched(home: Path) -> None:
    mine = home / "mine.action"
    mine.write_text("mine", encoding="utf-8")
    file = home / "krita/actions/guidingpainter.action"
    file.parent.mkdir(parents=True)
    file.symlink_to(mine)
    install.install(home / "krita")
    assert mine.read_text(encoding="utf-8") == "mine"
    assert file.with_name(file.name + ".kept").readlink() == mine
    assert not file.is_symlink()


def _make_folder(path: Path) -> None:
    path.mkdir(parents=True)


def _make_pipe(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes elsewhere")
@pytest.mark.parametrize(
    ("place", "obstacle"),
    [
        ("config/kritarc", _make_folder),
        ("config/kritarc", _make_pipe),
        ("config", _make_file),
        ("data/krita/actions", _make_file),
        ("data/krita/pykrita", _make_file),
        (".var/app/org.kde.krita/config/kritarc", _make_folder),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_what_cannot_be_done_whole_is_refused_before_anything_is_written(
    place: str,
    obstacle: Callable[[Path], None],
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (home / ".var/app/org.kde.krita/data/krita").mkdir(parents=True)
    obstacle(home / place)
    before = sorted(home.rglob("*"))
    assert main(["install", "krita"]) == 2
    assert sorted(home.rglob("*")) == before
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert str(home / place) in complaint
    assert main(["uninstall", "krita"]) == 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_nothing_in_the_plug_in_waits(path: Path) -> None:
    """How long callbacks keep the GUI busy is measured in Krita; that none sleeps shows here."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    waiting = {"waitForDone", "sleep", "barrierLock", "lock", "wait", "processEvents", "acquire"}
    assert not called & waiting
