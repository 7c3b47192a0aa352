"""Which files of a plug-in's folder are ours: a list with checksums travels in it.

Whatever else lies there, an artist's own file or one of ours that was edited, is never deleted but
put into a folder beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from gp_client import streams

LIST = "installed.json"
_KEPT = ".kept"  # as in guidingpainter.kept: no editor takes it for a plug-in


def note(folder: Path, more: Mapping[str, Any] | None = None) -> None:
    """Write the list of a folder that has just been made.

    Args:
        folder: of the plug-in.
        more: what else to note in it, by name.

    Raises:
        OSError: it cannot be written.
    """
    sums = {name: checksum(folder / name) for name in _files(folder) if name != LIST}
    text = json.dumps({**(more or {}), "files": sums}, indent=1, sort_keys=True)
    (folder / LIST).write_text(text + "\n", encoding="utf-8")


def checksum(path: Path) -> str:
    """Return what tells whether a file is as it was written; a link is not its target."""
    if path.is_symlink():
        return "link to " + os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no plain file"


def is_there(folder: Path) -> bool:
    """Whether this is a folder that was installed, whatever has been added since."""
    return not folder.is_symlink() and (folder / LIST).is_file()


def listed(folder: Path) -> dict[str, Any]:
    """Return what was noted of a folder; nothing where it was not installed.

    A damaged list tells that it was, and of no file that it is ours.
    """
    if not is_there(folder):
        return {}
    try:
        found = json.loads((folder / LIST).read_bytes())
    except ValueError:
        found = None
    return found if isinstance(found, dict) and found else {"files": {}}


def keep_file(path: Path, known: Collection[str]) -> None:
    """Move a file out of the way of its replacement where it is not ours, and say where it is.

    Args:
        path: any file, folder or link, or nothing.
        known: checksums of what is ours.

    Raises:
        OSError: it cannot be moved.
    """
    if os.path.lexists(path) and checksum(path) not in known:
        kept = _beside(path)
        path.rename(kept)
        streams.say(f"{path} was not written by gp install, or not so; it is {kept} now.")


def keep_strange(folder: Path) -> None:
    """Move what is not ours out of the way of a deletion, and say where it is.

    A link, and a folder without our list, are kept whole.

    Raises:
        OSError: something cannot be moved; then nothing has been deleted.
    """
    if not is_there(folder):
        kept = _beside(folder)
        folder.rename(kept)
        streams.say(f"{folder} was not written by gp install; it is {kept} now.")
        return
    known = listed(folder).get("files")
    known = known if isinstance(known, dict) else {}
    strange = [
        name
        for name in _files(folder)
        if name != LIST and not _is_cache(name) and known.get(name) != checksum(folder / name)
    ]
    if not strange:
        return
    kept = _beside(folder)
    for name in strange:
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(kept / name)
    streams.say(f"Files in {folder} that gp install did not write, or not so, are in {kept} now.")


def _files(folder: Path) -> list[str]:
    """All files and links below a folder, as paths with slashes."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _is_cache(name: str) -> bool:
    """Whether an editor's Python made the file from one of ours."""
    return "__pycache__" in name.split("/") and name.endswith(".pyc")


def _beside(folder: Path) -> Path:
    number = 0
    while True:
        kept = folder.with_name(folder.name + _KEPT + (f".{number}" if number else ""))
        if not os.path.lexists(kept):
            return kept
        number += 1
