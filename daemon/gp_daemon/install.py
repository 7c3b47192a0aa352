"""`gp install`: puts a plug-in, with all that it imports, where the editor looks for it.

An editor's Python has nothing of ours installed and no compiled wheel fits every one of them, so
gp_client and msgpack's pure-Python part travel in the plug-in's own ``lib`` folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import site
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import gp_client
import msgpack
from gp_client.errors import BAD_REQUEST, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.launch import RECORDED

NAME = "guidingpainter"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.pyx", "*.pyc")
_UNPACKED = Path("share/guidingpainter/krita")  # below the prefix, where a wheel puts it


def add_jobs(jobs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give `gp` its jobs ``install`` and ``uninstall``."""
    job = jobs.add_parser("install", help="put the plug-in into an editor")
    job.add_argument("editor", choices=("krita",))
    place = job.add_mutually_exclusive_group()
    place.add_argument("--zip", type=Path, metavar="FILE", help="make an archive for its importer")
    place.add_argument("--folder", type=Path, metavar="DIR", help="the editor's resource folder")
    job.set_defaults(job=_install)
    job = jobs.add_parser("uninstall", help="take the plug-in out of an editor")
    job.add_argument("editor", choices=("krita",))
    job.add_argument("--folder", type=Path, metavar="DIR", help="the editor's resource folder")
    job.set_defaults(job=_uninstall)


def _install(options: argparse.Namespace) -> int:
    if options.zip is not None:
        make_zip(options.zip)
        print(
            f"{options.zip}\nIn Krita: Tools > Scripts > Import Python Plugin from File, "
            "then start Krita again."
        )
        return 0
    folders = [options.folder] if options.folder is not None else krita_folders()
    for folder in folders:
        print(install(folder))
        enable(config_file(folder))
    print("Start Krita (again), then: Settings > Dockers > GuidingPainter.")
    return 0


def _uninstall(options: argparse.Namespace) -> int:
    folders = [options.folder] if options.folder is not None else krita_folders()
    removed = [uninstall(folder) for folder in folders]
    if not any(removed):
        print("The plug-in is not installed.")
    return 0


def krita_folders() -> list[Path]:
    """Return the resource folders of the Kritas on this machine; the usual one first.

    A Flatpak or Snap has a folder of its own, which counts where it exists.
    """
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "krita"]
    if sys.platform == "darwin":
        return [home / "Library/Application Support/krita"]
    usual = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "krita"
    others = [
        home / ".var/app/org.kde.krita/data/krita",
        home / "snap/krita/current/.local/share/krita",
    ]
    return [usual, *(folder for folder in others if folder.is_dir())]


def config_file(folder: Path) -> Path | None:
    """Return the configuration file that goes with a resource folder, None for a strange one."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) / "kritarc" if local and folder in krita_folders() else None
    if sys.platform == "darwin":
        known = folder in krita_folders()
        return Path.home() / "Library/Preferences/kritarc" if known else None
    if folder not in krita_folders():
        return None
    if folder == krita_folders()[0]:
        return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kritarc"
    return folder.parents[1] / ("config" if ".var" in folder.parts else "../.config") / "kritarc"


def install(folder: Path) -> Path:
    """Put the plug-in into a Krita resource folder, in place of an older one.

    Returns:
        The plug-in's folder.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    pykrita = folder / "pykrita"
    target = pykrita / NAME
    try:
        pykrita.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=pykrita, prefix=".guidingpainter-") as made:
            fresh = Path(made) / NAME
            _assemble(fresh)
            shutil.copy2(_source() / f"{NAME}.desktop", pykrita)
            (folder / "actions").mkdir(exist_ok=True)
            shutil.copy2(_source() / f"{NAME}.action", folder / "actions")
            if target.exists():
                target.rename(Path(made) / "old")
            fresh.rename(target)
    except OSError as error:
        raise GPError(
            UNWRITABLE,
            f"The plug-in cannot be written to {target} ({error.strerror}).",
            "Free some space, or name another folder with --folder.",
        ) from error
    return target


def uninstall(folder: Path) -> bool:
    """Take the plug-in out of a Krita resource folder.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    pykrita = folder / "pykrita"
    target = pykrita / NAME
    there = target.exists()
    try:
        if there:
            shutil.rmtree(target)
        (pykrita / f"{NAME}.desktop").unlink(missing_ok=True)
        (folder / "actions" / f"{NAME}.action").unlink(missing_ok=True)
    except OSError as error:
        raise GPError(
            UNWRITABLE, f"The plug-in cannot be removed from {target} ({error.strerror})."
        ) from error
    if there:
        print(f"{target} is gone.")
    return there


def make_zip(path: Path) -> None:
    """Write the archive that Krita's importer takes.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    part = path.with_name(path.name + ".part")
    try:
        with tempfile.TemporaryDirectory() as made:
            base = Path(made)
            _assemble(base / NAME)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in (f"{NAME}.desktop", f"{NAME}.action"):
                    archive.write(_source() / file, file)
                # Folders too: the importer finds a plug-in by its folder's own entry.
                for path_in in sorted(base.rglob("*")):
                    archive.write(path_in, path_in.relative_to(base).as_posix())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise GPError(
            UNWRITABLE, f"{path} cannot be written ({error.strerror}).", "Name another file."
        ) from error


def enable(rc: Path | None) -> None:
    """Switch the plug-in on in Krita's configuration, and leave all the rest of it alone."""
    if rc is None:
        print("Switch it on in Settings > Configure Krita > Python Plugin Manager.")
        return
    lines = rc.read_text(encoding="utf-8").splitlines() if rc.exists() else []
    setting = f"enable_{NAME}="
    lines = [line for line in lines if not line.startswith(setting)]
    if "[python]" not in lines:
        lines += ["", "[python]"]
    lines.insert(lines.index("[python]") + 1, f"{setting}true")
    rc.parent.mkdir(parents=True, exist_ok=True)
    part = rc.with_name("kritarc.guidingpainter")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(rc)


def daemon_path() -> Path:
    """Return the gp-daemon that belongs to this Python.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is none.
    """
    name = "gp-daemon.exe" if sys.platform == "win32" else "gp-daemon"
    path = Path(sysconfig.get_path("scripts")) / name
    found = str(path) if path.exists() else shutil.which(name)
    if found is None:
        raise GPError(
            BAD_REQUEST,
            "The program gp-daemon is missing.",
            "Install it with: pip install guidingpainter[cpu]",
        )
    return Path(found).absolute()


def _assemble(target: Path) -> None:
    """Make the plug-in's folder: its modules, and ``lib`` with what they import."""
    shutil.copytree(_source() / NAME, target, ignore=_LEFT_OUT)
    lib = target / "lib"
    for package in (gp_client, msgpack):
        shutil.copytree(_package(package.__file__), lib / package.__name__, ignore=_LEFT_OUT)
    (lib / "gp_client" / RECORDED).write_text(f"{daemon_path()}\n", encoding="utf-8")


def _package(init: str | None) -> Path:
    if init is None:
        raise GPError(BAD_REQUEST, "GuidingPainter is not whole.", "Install it again.")
    return Path(init).parent


def _source() -> Path:
    """The plug-in's source: beside the checkout's ``daemon``, or where the wheel unpacked it."""
    prefixes = (sysconfig.get_path("data"), site.getuserbase())
    places = [Path(__file__).parents[2] / "krita_plugin"]
    places += [Path(prefix) / _UNPACKED for prefix in prefixes if prefix]
    for place in places:
        if (place / f"{NAME}.desktop").exists():
            return place
    raise GPError(BAD_REQUEST, "The plug-in's files are missing.", "Install GuidingPainter again.")
