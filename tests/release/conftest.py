"""A release, built once, and its wheel in an environment that has nothing else of ours."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make dist` fills."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "packaging" / "dist.py"), "-o", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=100)
    return folder


@pytest.fixture(scope="session")
def clean(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and of the rest only what the wheel asks for.

    The packages that it asks for are linked from this environment: that needs no network, and a
    requirement that is not declared is missing there all the same.
    """
    folder = tmp_path_factory.mktemp("clean") / "venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, timeout=100)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    variables = {"base": str(folder), "platbase": str(folder), "installed_base": sys.base_prefix}
    site = Path(sysconfig.get_path("purelib", "venv", variables))
    (wheel,) = release.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = [*pip, "install", "-q", "--no-index", "--no-deps", "--no-compile", str(wheel)]
    subprocess.run(install, check=True, timeout=100)
    (metadata,) = site.glob("guidingpainter-*.dist-info")
    for name in sorted(_needed(importlib.metadata.PathDistribution(metadata), {"cpu"})):
        _link(name, site)
    subprocess.run([*pip, "check"], check=True, stdout=subprocess.DEVNULL, timeout=100)
    return python.parent


def _needed(wheel: importlib.metadata.Distribution, extras: set[str]) -> set[str]:
    """Names of all distributions that one asks for, directly or not."""
    found: set[str] = set()
    waiting = [(wheel, extras)]
    while waiting:
        distribution, wanted = waiting.pop()
        for line in distribution.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            holds = marker is None or any(
                marker.evaluate({"extra": extra}) for extra in (wanted or {""})
            )
            if holds and requirement.name not in found:
                found.add(requirement.name)
                waiting.append(
                    (importlib.metadata.distribution(requirement.name), requirement.extras)
                )
    return found


def _link(name: str, site: Path) -> None:
    """Link a distribution's packages, not its programs."""
    distribution = importlib.metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or ()}
    for top in tops - {"..", "__pycache__"}:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """Environment variables of a user who has nothing but the wheel."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    return {
        **kept,
        "PATH": os.defpath,
        "HOME": str(tmp_path / "home"),
        "GUIDINGPAINTER_RUNTIME": str(tmp_path / "run"),
        "OMP_NUM_THREADS": "1",
    }
