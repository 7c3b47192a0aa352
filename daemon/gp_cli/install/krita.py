"""The plug-in in Krita: its folders, its switch in Krita's settings, its archive."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gp_client import streams

from gp_cli.install import kritarc, ours
from gp_cli.install.looked import Place, flatpak
from gp_cli.install.plugin_folder import (
    NAME,
    check_parent,
    pack,
    put,
    put_file,
    source,
    take,
    take_file,
)

# In the list of what was installed: checksums of files outside the plug-in's folder, and what there
# was in Krita's settings before.
_BESIDE, _SETTINGS = "beside", "kritarc"


def places() -> list[Place]:
    """Return where Krita was looked for on this machine; the usual place first."""
    home = Path.home()
    if sys.platform == "win32":
        usual = Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "krita"
    elif sys.platform == "darwin":
        usual = home / "Library/Application Support/krita"
    else:
        usual = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "krita"
    there = str(usual) if usual.is_dir() else shutil.which("krita") or ""
    found = [Place("this system", usual, there)]
    if sys.platform not in ("win32", "darwin"):
        own = home / ".var/app/org.kde.krita/data/krita"
        found.append(Place("Flatpak", own, str(own) if own.is_dir() else flatpak("org.kde.krita")))
        snap = home / "snap/krita/current/.local/share/krita"
        found.append(Place("Snap", snap, str(snap) if snap.is_dir() else ""))
    return found


def krita_folders() -> list[Path]:
    """Return the resource folders of the Kritas on this machine; the usual one first.

    A Flatpak or Snap has a folder of its own, which counts where it is installed. The usual one
    counts always: a Krita that has never been started has made none yet.
    """
    usual, *others = places()
    return [usual.folder, *(place.folder for place in others if place.found)]


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


def check(folder: Path) -> None:
    """See whether the plug-in can be put into a Krita resource folder, before anything is written.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    check_parent(folder / "pykrita")
    check_parent(folder / "actions")
    rc = config_file(folder)
    if rc is not None:
        kritarc.check(rc)


def install(folder: Path) -> Path:
    """Put the plug-in into a Krita resource folder, in place of an older one, and switch it on.

    Returns:
        The plug-in's folder.

    Raises:
        GuidingPainterError: UNWRITABLE, and nothing has been written.
    """
    check(folder)
    rc = config_file(folder)
    earlier = ours.listed(folder / "pykrita" / NAME)
    noted = None
    # One that an older version or Krita's importer put there, and that is on: no more is known.
    unknown = earlier and _SETTINGS not in earlier
    if rc is not None and not (unknown and kritarc.is_on(rc)):
        noted = kritarc.before(rc, kritarc.Before.of_note(earlier.get(_SETTINGS)))
    notes = {_BESIDE: {name: ours.checksum(file) for name, file in _beside().items()}}
    if noted is not None:
        notes[_SETTINGS] = noted.noted()
    target = put("krita", folder / "pykrita", notes)
    known = earlier.get(_BESIDE)
    for name, file in _beside().items():
        put_file(file, folder / name, known.get(name) if isinstance(known, dict) else None)
    if rc is None:
        streams.say("Switch it on in Settings > Configure Krita > Python Plugin Manager.")
    elif noted is not None:
        kritarc.enable(rc, noted)
    return target


def uninstall(folder: Path) -> bool:
    """Take the plug-in out of a Krita resource folder, and its switch out of the settings.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    rc = config_file(folder)
    earlier = ours.listed(folder / "pykrita" / NAME)
    if not earlier:
        return False
    known = earlier.get(_BESIDE)
    for name, file in _beside().items():
        take_file(file, folder / name, known.get(name) if isinstance(known, dict) else None)
    if rc is not None:
        kritarc.disable(rc, kritarc.Before.of_note(earlier.get(_SETTINGS)))
    return take(folder / "pykrita")  # with the list, so it goes last


def make_zip(path: Path, record: bool = True) -> None:
    """Write the archive that Krita's importer takes.

    Args:
        path: of the archive.
        record: let the plug-in start this machine's gp-daemon.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    pack("krita", path, _beside().values(), record)


def _beside() -> dict[str, Path]:
    """The files that Krita wants outside the plug-in's folder: where, and ours."""
    ends = {"pykrita": "desktop", "actions": "action"}
    return {
        f"{place}/{NAME}.{end}": source("krita") / f"{NAME}.{end}" for place, end in ends.items()
    }
