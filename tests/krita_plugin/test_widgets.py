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


def run(binding: str, script: str, folder: Path, *arguments: str, language: str = "C") -> str:
    """Run a script of the stand-in's in a process of its own; return what it prints."""
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
    command = [sys.executable, "-B", str(HERE / "standin" / script), str(PLUG_IN)]
    done = subprocess.run(
        [*command, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def show(binding: str, folder: Path, language: str) -> str:
    """Let the docker show a page; return what that says."""
    picture = str(folder / "docker.png")
    return run(binding, "show_docker.py", folder, picture, language=language)


@pytest.mark.parametrize("binding", ["PyQt5", "PyQt6"])
def test_the_docker_shows_a_page(binding: str, tmp_path: Path) -> None:
    assert show(binding, tmp_path, "en_US.UTF-8") == "Skip"


def test_the_docker_speaks_german_where_qt_does(tmp_path: Path) -> None:
    assert show("PyQt6", tmp_path, "de_DE.UTF-8") == "Später"


@pytest.mark.parametrize("binding", ["PyQt5", "PyQt6"])
def test_a_close_waits_for_work_where_there_is_a_page_and_only_there(
    binding: str, tmp_path: Path
) -> None:
    said = run(binding, "hold_close.py", tmp_path)
    assert said == "closed stop working events working through stop over closed"
