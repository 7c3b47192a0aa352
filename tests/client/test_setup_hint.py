"""The command in a hint: it can be typed, and installs what this copy came from."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from gp_client import setup_hint

ROOT = Path(__file__).resolve().parents[2]
PYTHON = shlex.quote(sys.executable)


class Installed:
    """The record that pip leaves of where a package came from."""

    def __init__(self, url: str) -> None:
        self.url = url

    def read_text(self, name: str) -> str | None:
        return json.dumps({"url": self.url}) if name == "direct_url.json" else None


def test_in_a_checkout_the_command_names_it_and_this_python() -> None:
    words = shlex.split(setup_hint.how_to_install("gpu"))
    assert words == [sys.executable, "-m", "pip", "install", f"{ROOT}[gpu]"]


@pytest.mark.parametrize("there", [True, False])
def test_installed_from_a_wheel_it_names_the_wheel_while_that_is_there(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "my wheels" / "guidingpainter-0.1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    if there:
        wheel.touch()
    monkeypatch.setattr(setup_hint, "__file__", str(tmp_path / "lib/gp_client/setup_hint.py"))
    record = Installed(wheel.as_uri())
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: record)
    command = setup_hint.how_to_install("cpu")
    if there:
        assert shlex.split(command)[-1] == f"{wheel}[cpu]"
    else:
        assert "your checkout or wheel" in command


def test_an_editor_is_not_taken_for_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/krita")
    assert setup_hint.how_to_install().startswith("pip install ")


@pytest.mark.parametrize(
    ("made_by", "install", "uninstall"),
    [
        ("pipx", "pipx runpip guidingpainter install", "pipx runpip guidingpainter uninstall -y"),
        ("uv", f"uv pip install --python {PYTHON}", f"uv pip uninstall --python {PYTHON}"),
        ("venv", f"{PYTHON} -m pip install", f"{PYTHON} -m pip uninstall -y"),
    ],
)
def test_the_command_is_one_that_the_environment_has(
    made_by: str, install: str, uninstall: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if made_by == "pipx":
        (tmp_path / "pipx_metadata.json").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    # Neither uv nor, since it works through uv, pipx puts pip into what it makes.
    monkeypatch.setattr(setup_hint, "_has_pip", lambda: made_by == "venv")
    assert setup_hint.pip("install") == install
    assert setup_hint.pip("uninstall") == uninstall


def test_no_hint_names_a_package_that_no_index_has() -> None:
    parts = ("daemon", "training", "export")
    sources = [path for part in parts for path in ROOT.glob(f"{part}/**/*.py")]
    hint = Path(setup_hint.__file__).name
    assert hint in [path.name for path in sources]
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert path.name == hint or "guidingpainter[" not in text, path


def test_the_systemd_unit_starts_what_the_readme_installs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    unit = (ROOT / "packaging/systemd/guidingpainter.service").read_text(encoding="utf-8")
    assert "python3 -m venv ~/guidingpainter\n" in readme
    assert "~/guidingpainter/bin/pip install" in readme
    (start,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert start.startswith("ExecStart=%h/guidingpainter/bin/gp-daemon ")
