"""The plug-in in Krita: its folders, its switch in Krita's settings, its archive."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gp_client.errors import UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import write_bytes

from gp_cli.install.plugin_folder import NAME, pack, put, source, take, unwritable


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
    target = put("krita", folder / "pykrita")
    try:
        shutil.copy2(source("krita") / f"{NAME}.desktop", folder / "pykrita")
        (folder / "actions").mkdir(exist_ok=True)
        shutil.copy2(source("krita") / f"{NAME}.action", folder / "actions")
    except OSError as error:
        raise unwritable(folder, error) from error
    return target


def uninstall(folder: Path) -> bool:
    """Take the plug-in out of a Krita resource folder.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    there = take(folder / "pykrita")
    try:
        (folder / "pykrita" / f"{NAME}.desktop").unlink(missing_ok=True)
        (folder / "actions" / f"{NAME}.action").unlink(missing_ok=True)
    except OSError as error:
        raise GPError(
            UNWRITABLE, f"The plug-in cannot be removed from {folder} ({error.strerror})."
        ) from error
    return there


def make_zip(path: Path, record: bool = True) -> None:
    """Write the archive that Krita's importer takes.

    Args:
        path: of the archive.
        record: let the plug-in start this machine's gp-daemon.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    files = [source("krita") / f"{NAME}.{end}" for end in ("desktop", "action")]
    pack("krita", path, files, record)


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
    write_bytes(rc, ("\n".join(lines) + "\n").encode())
