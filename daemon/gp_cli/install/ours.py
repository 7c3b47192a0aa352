"""Which files of a plug-in's folder are ours: a list with checksums travels in it.

Whatever else lies there, an artist's own file or one of ours that was edited, is never deleted but
put into a folder beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

LIST = "installed.json"
_KEPT = ".kept"  # as in guidingpainter.kept: no editor takes it for a plug-in


def note(folder: Path) -> None:
    """Write the list of a folder that has just been made.

    Raises:
        OSError: it cannot be written.
    """
    sums = {name: _sum(folder / name) for name in _files(folder)}
    text = json.dumps({"files": sums}, indent=1, sort_keys=True)
    (folder / LIST).write_text(text + "\n", encoding="utf-8")


def is_there(folder: Path) -> bool:
    """Whether this is a folder that was installed, whatever has been added since."""
    return not folder.is_symlink() and (folder / LIST).is_file()


def keep_strange(folder: Path) -> None:
    """Move what is not ours out of the way of a deletion, and say where it is.

    A link, and a folder without our list, are kept whole.

    Raises:
        OSError: something cannot be moved; then nothing has been deleted.
    """
    if not is_there(folder):
        kept = _beside(folder)
        folder.rename(kept)
        print(f"{folder} was not written by gp install; it is {kept} now.")
        return
    known = _listed(folder)
    strange = [
        name
        for name in _files(folder)
        if name != LIST and not _is_cache(name) and known.get(name) != _sum(folder / name)
    ]
    if not strange:
        return
    kept = _beside(folder)
    for name in strange:
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(kept / name)
    print(f"Files in {folder} that gp install did not write, or not so, are in {kept} now.")


def _files(folder: Path) -> list[str]:
    """All files and links below a folder, as paths with slashes."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _listed(folder: Path) -> dict[str, str]:
    try:
        files = json.loads((folder / LIST).read_bytes())["files"]
    except (ValueError, KeyError, TypeError):
        return {}  # damaged: then nothing is surely ours
    return files if isinstance(files, dict) else {}


def _is_cache(name: str) -> bool:
    """Whether an editor's Python made the file from one of ours."""
    return "__pycache__" in name.split("/") and name.endswith(".pyc")


def _sum(path: Path) -> str:
    if path.is_symlink():
        return "link to " + os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no plain file"


def _beside(folder: Path) -> Path:
    number = 0
    while True:
        kept = folder.with_name(folder.name + _KEPT + (f".{number}" if number else ""))
        if not os.path.lexists(kept):
            return kept
        number += 1
