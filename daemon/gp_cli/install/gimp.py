"""The plug-in in GIMP 3: its plug-ins folders."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gp_cli.install.looked import Place, flatpak
from gp_cli.install.plugin_folder import check_parent, pack, put, take

FIRST = "3.0"  # the version whose Python plug-ins ours is one of


def places() -> list[Place]:
    """Return where GIMP 3 was looked for on this machine, each version that was found by itself."""
    chosen = os.environ.get("GIMP3_DIRECTORY")
    if chosen:
        return [Place("GIMP3_DIRECTORY", Path(chosen) / "plug-ins", chosen)]
    home = Path.home()
    if sys.platform == "win32":
        bases = {"this system": Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "GIMP"}
    elif sys.platform == "darwin":
        bases = {"this system": home / "Library/Application Support/GIMP"}
    else:
        bases = {
            "this system": Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "GIMP",
            "Flatpak": home / ".var/app/org.gimp.GIMP/config/GIMP",
            "Snap": home / "snap/gimp/current/.config/GIMP",
        }
    found = []
    for kind, base in bases.items():
        versions = sorted(base.glob("3.*"))
        found += [Place(kind, folder / "plug-ins", str(folder)) for folder in versions]
        if not versions:
            there = flatpak("org.gimp.GIMP") if kind == "Flatpak" else ""
            if kind == "this system":
                there = shutil.which("gimp-3.0") or shutil.which("gimp-3.2") or ""
            found.append(Place(kind, base / FIRST / "plug-ins", there))
    return found


def gimp_folders() -> list[Path]:
    """Return the plug-ins folders of the GIMPs on this machine, each version's own.

    A Flatpak or Snap has a folder of its own, which counts where it is installed. Where GIMP has
    not been started yet, it is the folder that GIMP 3.0 will have.
    """
    found = places()
    return [place.folder for place in found if place.found] or [found[0].folder]


def check(folder: Path) -> None:
    """See whether the plug-in can be put into a plug-ins folder, before anything is written.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    check_parent(folder)


def install(folder: Path) -> Path:
    """Put the plug-in into a plug-ins folder, in place of an older one.

    Returns:
        The plug-in's folder.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    return put("gimp", folder)


def uninstall(folder: Path) -> bool:
    """Take the plug-in out of a plug-ins folder.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    return take(folder)


def make_zip(path: Path, record: bool = True) -> None:
    """Write an archive to unpack into a plug-ins folder.

    Args:
        path: of the archive.
        record: let the plug-in start this machine's gp-daemon.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    pack("gimp", path, record=record)
