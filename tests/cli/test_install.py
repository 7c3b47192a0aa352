"""`gp install`, as far as it is the same for both editors: a folder that needs nothing else."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from gp_cli.install import gimp, krita, ours
from gp_cli.install.plugin_folder import daemon_path
from gp_cli.main import main
from gp_client.errors import UNWRITABLE, GuidingPainterError

ROOT = Path(__file__).parents[2]
COMMON = {*sys.stdlib_module_names, "gp_client", "gp_guide"}
# What an editor's Python does with the folder, short of what only an editor has.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import gp_client, gp_client.wire as w, gp_guide.saved, gp_guide.places, gp_guide.colors, msgpack
assert 'fallback' in msgpack.Unpacker.__module__
assert gp_client.__file__.startswith(sys.argv[1])
request = w.Request(1, 'open', {'gap': 1.5}, (w.Frame(b'abcd', (2, 2), 'GRAY8'),))
assert w.decode_request(w.encode_request(request)) == request
from gp_client.launch import daemon_command
print(daemon_command()[0])
"""


@dataclass(frozen=True)
class Editor:
    """An editor's plug-in.

    Attributes:
        name: as `gp install` takes it.
        source: its folder in the checkout.
        install: puts it into a folder.
        place: below HOME, where the plug-in's own folder is.
        beside: what lies beside that.
        modules: that its Python has beside the standard library and what travels with us.
    """

    name: str
    source: Path
    install: Callable[[Path], Path]
    place: str
    beside: frozenset[str]
    modules: frozenset[str]


KRITA = Editor(
    "krita", ROOT / "krita_plugin/guidingpainter", krita.install, "data/krita/pykrita",
    frozenset({"guidingpainter.desktop"}), frozenset({"krita", "pykrita", "PyQt5", "PyQt6"}),
)  # fmt: skip
GIMP = Editor(
    "gimp", ROOT / "gimp_plugin/guidingpainter", gimp.install, "config/GIMP/3.0/plug-ins",
    frozenset(), frozenset({"gi", "gp_gimp"}),
)  # fmt: skip
EDITORS = [KRITA, GIMP]
MODULES = [(editor, path) for editor in EDITORS for path in sorted(editor.source.rglob("*.py"))]


@pytest.fixture(params=EDITORS, ids=lambda editor: editor.name)
def editor(request: pytest.FixtureRequest) -> Editor:
    return request.param


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if os.name == "nt":
        pytest.skip("folders of Linux, which a test of Windows' would need as Windows names them")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def test_the_installed_folder_needs_nothing_else(editor: Editor, home: Path) -> None:
    assert main(["install", editor.name]) == 0
    folder = home / editor.place / "guidingpainter"
    assert not [*folder.rglob("*.so"), *folder.rglob("*.pyd"), *folder.rglob("*.pyc")]
    # No site-packages, no environment.
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM, str(folder / "lib")]
    done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(daemon_path())


def test_installing_twice_leaves_nothing_of_the_first(editor: Editor, home: Path) -> None:
    folder = editor.install(home / "here")
    (folder / "old.py").write_text("")
    ours.note(folder)  # as a version that had it
    editor.install(home / "here")
    assert not (folder / "old.py").exists()
    assert {path.name for path in folder.parent.iterdir()} == {"guidingpainter", *editor.beside}


def test_uninstall_takes_away_what_install_brought(editor: Editor, home: Path) -> None:
    assert main(["install", editor.name]) == 0
    assert main(["uninstall", editor.name]) == 0
    assert not [path for path in home.rglob("*") if path.is_file()]
    assert not (home / editor.place / "guidingpainter").exists()


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(
    editor: Editor, home: Path
) -> None:
    (home / "file").write_text("")
    with pytest.raises(GuidingPainterError, match="file") as caught:
        editor.install(home / "file")
    assert caught.value.code == UNWRITABLE


@pytest.mark.parametrize(
    ("editor", "path"), MODULES, ids=lambda value: getattr(value, "stem", value.name)
)
def test_a_module_keeps_to_python_3_10s_grammar_and_to_what_its_editor_has(
    editor: Editor, path: Path
) -> None:
    allowed = COMMON | editor.modules
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] in allowed
