"""The plug-in in Krita: its folders, its switch in Krita's settings, its archive."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gp_client.errors import UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import reason

from gp_cli.install.plugin_folder import NAME, pack, put, source, take, unwritable

_GROUP = b"[python]"
_SETTING = f"enable_{NAME}=".encode()  # kritarc's encoding is not ours to judge


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
    """Take the plug-in out of a Krita resource folder, and its switch out of the settings.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    there = take(folder / "pykrita")
    if there:
        disable(config_file(folder))
    try:
        (folder / "pykrita" / f"{NAME}.desktop").unlink(missing_ok=True)
        (folder / "actions" / f"{NAME}.action").unlink(missing_ok=True)
    except OSError as error:
        raise GPError(
            UNWRITABLE, f"The plug-in cannot be removed from {folder} ({reason(error)})."
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
    """Switch the plug-in on in Krita's configuration, and leave all the rest of it alone.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    if rc is None:
        print("Switch it on in Settings > Configure Krita > Python Plugin Manager.")
        return
    text = _read(rc)
    end = _line_end(text)
    lines = text.split(end)
    if _SETTING + b"true" in lines:
        return
    lines = [line for line in lines if not line.startswith(_SETTING)]
    if _GROUP in lines:
        lines.insert(lines.index(_GROUP) + 1, _SETTING + b"true")
    elif not text:
        lines = [_GROUP, _SETTING + b"true", b""]
    elif lines[-1]:  # a last line without an end
        lines += [b"", _GROUP, _SETTING + b"true"]
    else:
        lines += [_GROUP, _SETTING + b"true", b""]
    _write(rc, end.join(lines))


def disable(rc: Path | None) -> None:
    """Take the plug-in's switch out of Krita's configuration, which is as before `enable` then.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    if rc is None or not rc.exists():
        return
    text = _read(rc)
    end = _line_end(text)
    lines = text.split(end)
    kept = [line for line in lines if not line.startswith(_SETTING)]
    if kept == lines:
        return
    # Krita writes no group without settings, so one that is empty now was not there before.
    at = kept.index(_GROUP) if _GROUP in kept else len(kept)
    after = kept[at + 1 :]
    if after in ([], [b""]):
        kept = kept[: max(0, at - 1)] + after
    elif after[:1] == [b""] and after[1:2] != [b""]:
        kept = kept[:at] + after[1:]
    if any(kept):
        _write(rc, end.join(kept))
        return
    try:
        rc.unlink()
    except OSError as error:
        raise unwritable(rc, error) from error


def _line_end(text: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in text else b"\n"


def _read(rc: Path) -> bytes:
    try:
        return rc.read_bytes() if rc.exists() else b""
    except OSError as error:
        raise unwritable(rc, error) from error


def _write(rc: Path, text: bytes) -> None:
    """Replace the file in one step; its mode stays, and a link to it stays a link."""
    rc = rc.resolve()
    try:
        rc.parent.mkdir(parents=True, exist_ok=True)
        part = rc.with_name("kritarc.guidingpainter")
        part.write_bytes(text)
        if rc.exists():
            shutil.copymode(rc, part)
        part.replace(rc)
    except OSError as error:
        raise unwritable(rc, error) from error
