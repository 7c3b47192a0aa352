"""`gp install krita`: a plug-in folder that needs nothing else."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from gp_cli.install import krita as install
from gp_cli.install import ours
from gp_cli.install.plugin_folder import daemon_path
from gp_cli.main import main
from gp_client.errors import UNWRITABLE, GuidingPainterError

SOURCE = Path(__file__).parents[2] / "krita_plugin"
MODULES = sorted((SOURCE / "guidingpainter").rglob("*.py"))
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import gp_client, gp_client.wire as w, msgpack
assert 'fallback' in msgpack.Unpacker.__module__
assert gp_client.__file__.startswith(sys.argv[1])
request = w.Request(1, 'open', {'gap': 1.5}, (w.Frame(b'abcd', (2, 2), 'GRAY8'),))
assert w.decode_request(w.encode_request(request)) == request
from gp_client.launch import daemon_command
print(daemon_command()[0])
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def run_isolated(lib: Path, **environment: str) -> str:
    """Run the client as an editor's Python would: no site-packages, no environment."""
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM, str(lib)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_installed_folder_needs_nothing_else(home: Path) -> None:
    assert main(["install", "krita"]) == 0
    folder = home / "data/krita/pykrita/guidingpainter"
    assert not [*folder.rglob("*.so"), *folder.rglob("*.pyd"), *folder.rglob("*.pyc")]
    assert run_isolated(folder / "lib") == str(daemon_path())


def test_installing_twice_leaves_nothing_of_the_first(home: Path) -> None:
    folder = install.install(home / "krita")
    (folder / "old.py").write_text("")
    ours.note(folder)  # as a version that had it
    install.install(home / "krita")
    assert not (folder / "old.py").exists()
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "guidingpainter",
        "guidingpainter.desktop",
    ]


def test_uninstall_takes_away_what_install_brought(home: Path) -> None:
    install.install(home / "krita")
    assert install.uninstall(home / "krita")
    assert not [path for path in (home / "krita").rglob("*") if path.is_file()]
    assert not install.uninstall(home / "krita")


def test_the_archive_holds_what_kritas_importer_wants(home: Path) -> None:
    path = home / "plugin.zip"
    assert main(["install", "krita", "--zip", str(path)]) == 0
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        archive.extractall(home / "unpacked")
    assert {"guidingpainter.desktop", "guidingpainter.action", "guidingpainter/"} <= set(names)
    assert "guidingpainter/__init__.py" in names
    assert run_isolated(home / "unpacked/guidingpainter/lib") == str(daemon_path())


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


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(GuidingPainterError, match="file") as caught:
        install.install(home / "file")
    assert caught.value.code == UNWRITABLE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_keeps_to_python_3_10s_grammar_and_to_what_krita_has(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    allowed = {
        *sys.stdlib_module_names,
        "gp_client",
        "gp_guide",
        "krita",
        "pykrita",
        "PyQt5",
        "PyQt6",
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] in allowed


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
