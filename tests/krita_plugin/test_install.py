"""`gp install krita`: a plug-in folder that needs nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
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


def test_the_plug_in_is_switched_on_and_other_settings_stay(home: Path) -> None:
    rc = home / "config/kritarc"
    rc.parent.mkdir()
    rc.write_text("theme=dark\n\n[python]\nenable_other=true\n\n[tail]\nx=1\n", encoding="utf-8")
    for _ in range(2):
        assert main(["install", "krita"]) == 0
    assert rc.read_text(encoding="utf-8") == (
        "theme=dark\n\n[python]\nenable_guidingpainter=true\nenable_other=true\n\n[tail]\nx=1\n"
    )


KRITARC = {
    "absent": None,
    "without the group": b"theme=dark\n\n[tail]\nx=1\n",
    "with the group": b"theme=dark\n\n[python]\nenable_other=true\n\n[tail]\nx=1\n",
    "from Windows": b"theme=dark\r\n\r\n[tail]\r\nx=1\r\n",
    "without a last line's end": b"theme=dark\n[tail]\nx=1",
    "in another encoding": b"name=F\xfc\xdfe\n",
}


@pytest.mark.parametrize("kind", KRITARC)
def test_uninstall_leaves_kritas_settings_as_they_were(kind: str, home: Path) -> None:
    rc = home / "config/kritarc"
    before = KRITARC[kind]
    if before is not None:
        rc.parent.mkdir()
        rc.write_bytes(before)
        rc.chmod(0o600)
    assert main(["install", "krita"]) == 0
    assert b"enable_guidingpainter=true" in rc.read_bytes().splitlines()
    assert main(["uninstall", "krita"]) == 0
    assert (rc.read_bytes() if rc.exists() else None) == before
    assert before is None or rc.stat().st_mode & 0o777 == 0o600


def test_settings_that_krita_wrote_anew_lose_the_switch_alone(home: Path) -> None:
    rc = home / "config/kritarc"
    assert main(["install", "krita"]) == 0
    rc.write_bytes(b"a=1\n\n[python]\nenable_guidingpainter=true\n\n[tail]\nx=1\n")
    assert main(["uninstall", "krita"]) == 0
    assert rc.read_bytes() == b"a=1\n\n[tail]\nx=1\n"


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
