"""What `gp install gimp` does beyond what `tests/cli/test_install.py` holds for both editors."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from gp_cli.install import gimp as install_gimp
from gp_cli.install.plugin_folder import daemon_path
from gp_cli.main import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def test_gimp_may_run_what_has_the_folders_name(home: Path) -> None:
    folder = install_gimp.install(home / "plug-ins")
    assert os.access(folder / f"{folder.name}.py", os.X_OK)


def test_every_version_and_packaging_that_is_there_gets_it(home: Path) -> None:
    places = (
        "config/GIMP/3.0",
        "config/GIMP/3.2",
        ".var/app/org.gimp.GIMP/config/GIMP/3.0",
        "snap/gimp/current/.config/GIMP/3.0",
    )
    for place in places:
        (home / place).mkdir(parents=True)
    (home / "config/GIMP/2.10").mkdir()
    assert install_gimp.gimp_folders() == [home / place / "plug-ins" for place in places]


@pytest.mark.parametrize(
    ("platform", "place"),
    [("win32", "AppData/Roaming/GIMP"), ("darwin", "Library/Application Support/GIMP")],
)
def test_other_systems_have_their_own_folders(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, place: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("APPDATA", raising=False)
    assert install_gimp.gimp_folders() == [home / place / "3.0" / "plug-ins"]


def test_on_windows_the_plug_in_is_told_of_an_exe(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "My Scripts" / "gp-daemon.exe"
    program.parent.mkdir()
    program.touch(0o755)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(program.parent))
    monkeypatch.setenv("APPDATA", str(home / "Roaming"))
    (folder,) = install_gimp.gimp_folders()
    assert folder == home / "Roaming/GIMP/3.0/plug-ins"
    assert daemon_path() == program


def test_a_folder_that_gimp_is_told_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "elsewhere"))
    assert install_gimp.gimp_folders() == [home / "elsewhere" / "plug-ins"]


@pytest.mark.parametrize("act", [install_gimp.install, install_gimp.uninstall])
def test_what_gp_install_did_not_write_is_kept_and_named(
    act: Callable[[Path], object], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = install_gimp.install(home / "plug-ins")
    (folder / "mine").mkdir()
    (folder / "mine/notes.txt").write_text("dear")
    (folder / "guidingpainter.py").write_text("edited")
    act(folder.parent)
    kept = folder.with_name("guidingpainter.kept")
    assert sorted(path.name for path in kept.iterdir()) == ["guidingpainter.py", "mine"]
    assert (kept / "mine/notes.txt").read_text() == "dear"
    assert (kept / "guidingpainter.py").read_text() == "edited"
    assert str(kept) in capsys.readouterr().out


def test_a_folder_of_somebody_elses_is_kept_whole(home: Path) -> None:
    folder = home / "plug-ins/guidingpainter"
    folder.mkdir(parents=True)
    (folder / "guidingpainter.py").write_text("another plug-in of this name")
    assert not install_gimp.uninstall(folder.parent)
    assert (folder / "guidingpainter.py").exists()
    install_gimp.install(folder.parent)
    kept = folder.with_name("guidingpainter.kept")
    assert (kept / "guidingpainter.py").read_text() == "another plug-in of this name"


def test_a_link_to_a_checkout_is_kept_and_what_it_leads_to_untouched(home: Path) -> None:
    checkout = home / "checkout"
    install_gimp.install(home / "made")
    (home / "made/guidingpainter").rename(checkout)
    folder = home / "plug-ins/guidingpainter"
    folder.parent.mkdir()
    folder.symlink_to(checkout)
    before = sorted(checkout.rglob("*"))
    assert not install_gimp.uninstall(folder.parent)
    install_gimp.install(folder.parent)
    assert sorted(checkout.rglob("*")) == before
    assert folder.with_name("guidingpainter.kept").readlink() == checkout


def test_no_gimp_gets_it_where_one_of_them_cannot(home: Path) -> None:
    for version in ("3.0", "3.2"):
        (home / "config/GIMP" / version).mkdir(parents=True)
    (home / "config/GIMP/3.2/plug-ins").write_text("")
    before = sorted(home.rglob("*"))
    assert main(["install", "gimp"]) == 2
    assert sorted(home.rglob("*")) == before
