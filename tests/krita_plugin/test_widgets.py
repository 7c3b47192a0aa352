"""The docker's widgets under PyQt5 (Krita 5) and PyQt6 (Krita 6), with a stand-in for Krita."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PLUG_IN = HERE.parents[1] / "krita_plugin"


def show(binding: str, folder: Path, language: str) -> str:
    """Let the docker show a page, in a process of its own; return what that says."""
    if importlib.util.find_spec(binding) is None:
        pytest.skip(f"no {binding} here")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": language,
        "QT_QPA_PLATFORM": "offscreen",
        "GP_TEST_QT": binding,
        "PYTHONPATH": str(HERE / "standin"),
    }
    command = [sys.executable, "-B", str(HERE / "standin/show_docker.py"), str(PLUG_IN)]
    done = subprocess.run(
        [*command, str(folder / "docker.png")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("binding", ["PyQt5", "PyQt6"])
def test_the_docker_shows_a_page(binding: str, tmp_path: Path) -> None:
    assert show(binding, tmp_path, "en_US.UTF-8") == "Skip"


def test_the_docker_speaks_german_where_qt_does(tmp_path: Path) -> None:
    assert show("PyQt6", tmp_path, "de_DE.UTF-8") == "Später"
