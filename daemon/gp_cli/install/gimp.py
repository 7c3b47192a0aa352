"""The plug-in in GIMP 3: its plug-ins folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gp_cli.install.plugin_folder import check_parent, pack, put, take

FIRST = "3.0"  # the version whose Python plug-ins ours is one of


def gimp_folders() -> list[Path]:
    """Return the plug-ins folders of the GIMPs on this machine, each version's own.

    A Flatpak or Snap has a folder of its own, which counts where it exists. Where GIMP has not
    been started yet, it is the folder that GIMP 3.0 will have.
    """
    chosen = os.environ.get("GIMP3_DIRECTORY")
    if chosen:
        return [Path(chosen) / "plug-ins"]
    home = Path.home()
    if sys.platform == "win32":
        bases = [Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "GIMP"]
    elif sys.platform == "darwin":
        bases = [home / "Library/Application Support/GIMP"]
    else:
        bases = [
            Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "GIMP",
            home / ".var/app/org.gimp.GIMP/config/GIMP",
            home / "snap/gimp/current/.config/GIMP",
        ]
    found = [folder / "plug-ins" for base in bases for folder in sorted(base.glob("3.*"))]
    return found or [bases[0] / FIRST / "plug-ins"]


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
