"""Builds what a release consists of: `make dist`, or `python packaging/dist.py -o dist`.

The wheel, the Krita and GIMP plug-ins as archives, the networks as an archive, and SHA256SUMS.
Run it with a Python that has GuidingPainter installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import gp_client
from gp_cli.install import gimp as install_gimp
from gp_cli.install import krita as install_krita
from gp_daemon.networks.bundle import Bundle, default_bundle

sys.path.insert(0, str(Path(__file__).parent))
import man

ROOT = Path(__file__).resolve().parents[1]
_FILES = ("pyproject.toml", "README.md", "LICENSE")
_FOLDERS = ("daemon", "training", "export", "krita_plugin", "gimp_plugin", "docs/samples")
_OLDEST_SETUPTOOLS = 77  # as in pyproject.toml


def build(target: Path) -> list[Path]:
    """Write a release's files into a folder; files of the same names are replaced.

    Returns:
        The files: wheel, Krita's archive, GIMP's archive, the networks, the checksums.

    Raises:
        subprocess.CalledProcessError: pip cannot build the wheel.
        GuidingPainterError: UNWRITABLE, or BUNDLE_DAMAGED where the shipped networks are.
    """
    target.mkdir(parents=True, exist_ok=True)
    version = gp_client.__version__
    krita = target / f"guidingpainter-krita-{version}.zip"
    gimp = target / f"guidingpainter-gimp-{version}.zip"
    # A release is for other machines: where gp-daemon is on this one concerns nobody there.
    install_krita.make_zip(krita, record=False)
    install_gimp.make_zip(gimp, record=False)
    made = [_wheel(target), krita, gimp, _networks(target)]
    sums = target / "SHA256SUMS"
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    sums.write_text("".join(lines), encoding="utf-8")
    return [*made, sums]


def _wheel(target: Path) -> Path:
    """Build the wheel from a copy: setuptools would take along what an older build left behind."""
    with tempfile.TemporaryDirectory() as folder:
        copy, built = Path(folder) / "source", Path(folder) / "built"
        copy.mkdir()
        for name in _FILES:
            shutil.copy2(ROOT / name, copy)
        man.write(copy / "packaging" / "man")
        for name in _FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check"]
        command += ["--no-deps", *(["--no-build-isolation"] * _has_setuptools())]
        subprocess.run([*command, "-w", str(built), str(copy)], check=True)
        (wheel,) = built.glob("*.whl")
        return Path(shutil.copy2(wheel, target / wheel.name))


def _has_setuptools() -> bool:
    """Whether the wheel can be built without a network."""
    if importlib.util.find_spec("setuptools") is None:
        return False
    return int(importlib.metadata.version("setuptools").split(".")[0]) >= _OLDEST_SETUPTOOLS


def _networks(target: Path) -> Path:
    bundle = Bundle.load(default_bundle())
    name = f"guidingpainter-bundle-{bundle.name}-{bundle.version}"
    path = target / f"{name}.zip"
    # Weights do not get smaller.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(bundle.path.iterdir()):
            archive.write(file, f"{name}/{file.name}")
        archive.write(ROOT / "LICENSE", f"{name}/LICENSE")
    return path


def main() -> int:
    """Read the options, build, and name what was made."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist")
    for path in build(parser.parse_args().out):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
