"""A plug-in's folder with all that it imports.

An editor's Python has nothing of ours installed and no compiled wheel fits every one of them, so
gp_client, gp_guide and msgpack's pure-Python part travel in the plug-in's own ``lib`` folder.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import site
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gp_client
import gp_guide
import msgpack
from gp_client import streams
from gp_client.errors import BAD_REQUEST, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import check_writable, reason, replacing, write_bytes
from gp_client.launch import RECORDED
from gp_client.setup_hint import how_to_install

from gp_cli.install import ours

NAME = "guidingpainter"
_LICENCES = ("LICENSE", "COPYING")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.pyx", "*.pyc")


def source(editor: str) -> Path:
    """Return the folder with a plug-in's source: in the checkout, or where the wheel unpacked it.

    Args:
        editor: "krita" or "gimp".

    Raises:
        GuidingPainterError: BAD_REQUEST where it is missing.
    """
    for place in (Path(__file__).parents[3] / f"{editor}_plugin", *shared(editor)):
        if (place / NAME).is_dir():
            return place
    raise GPError(BAD_REQUEST, "The plug-in's files are missing.", "Install GuidingPainter again.")


def shared(name: str) -> list[Path]:
    """Return where a folder that came with the wheel, beside its modules, may be."""
    prefixes = (sysconfig.get_path("data"), site.getuserbase())
    return [Path(prefix) / "share/guidingpainter" / name for prefix in prefixes if prefix]


def assemble(
    editor: str, target: Path, record: bool = True, notes: Mapping[str, Any] | None = None
) -> None:
    """Make the plug-in's folder: its modules, licences, and ``lib`` with what they import.

    Args:
        editor: "krita" or "gimp".
        target: the folder to make.
        record: let the plug-in start this machine's gp-daemon; without it looks on the PATH.
        notes: what else to note in the list of its files.

    Raises:
        GuidingPainterError: BAD_REQUEST where something of ours is missing.
        OSError: the folder cannot be written.
    """
    shutil.copytree(source(editor) / NAME, target, ignore=_LEFT_OUT)
    lib = target / "lib"
    for package in (gp_client, gp_guide, msgpack):
        shutil.copytree(_package(package.__file__), lib / package.__name__, ignore=_LEFT_OUT)
    _copy_licences("guidingpainter", target)
    _copy_licences("msgpack", lib / "msgpack")
    # GIMP runs what is executable; a wheel may have lost that.
    for script in target.glob(f"{NAME}.py"):
        script.chmod(0o755)
    if record:
        (lib / "gp_client" / RECORDED).write_text(f"{daemon_path()}\n", encoding="utf-8")
    ours.note(target, notes)


def pack(editor: str, path: Path, beside: Iterable[Path] = (), record: bool = True) -> None:
    """Write the plug-in's folder as an archive.

    Args:
        editor: "krita" or "gimp".
        path: of the archive, which is written in one step.
        beside: files that lie beside the folder.
        record: as for ``assemble``.

    Raises:
        GuidingPainterError: UNWRITABLE, or as ``assemble``.
    """
    with (
        replacing(path, hint="Name another file.") as part,
        tempfile.TemporaryDirectory() as made,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        base = Path(made)
        assemble(editor, base / NAME, record)
        for file in beside:
            archive.write(file, file.name)
        # Folders too: Krita's importer finds a plug-in by its folder's own entry.
        for path_in in sorted(base.rglob("*")):
            archive.write(path_in, path_in.relative_to(base).as_posix())


def check_parent(parent: Path) -> None:
    """See whether a folder of an editor's can be written to, or made.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    place = parent
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    try:
        check_writable(place)
    except GPError as error:
        if isinstance(error.__cause__, OSError):
            raise unwritable(parent, error.__cause__) from error
        raise


def put(editor: str, parent: Path, notes: Mapping[str, Any] | None = None) -> Path:
    """Put the plug-in's folder into an editor's, in place of an older one, in one step.

    What lies there and is not the older one's goes to a folder beside it.

    Args:
        editor: "krita" or "gimp".
        parent: the editor's folder.
        notes: as for ``assemble``.

    Returns:
        The plug-in's folder.

    Raises:
        GuidingPainterError: UNWRITABLE, or as ``assemble``.
    """
    target = parent / NAME
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".guidingpainter-") as made:
            fresh = Path(made) / NAME
            assemble(editor, fresh, notes=notes)
            if os.path.lexists(target):
                ours.keep_strange(target)
            if target.exists():
                target.rename(Path(made) / "old")
            fresh.rename(target)
    except OSError as error:
        raise unwritable(target, error) from error
    return target


def put_file(file: Path, target: Path, known: str | None) -> None:
    """Put a file of ours outside the plug-in's folder; what was there and is not ours is kept.

    Args:
        file: ours.
        target: where it goes.
        known: checksum of the older one, as it was written.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        ours.keep_file(target, {ours.checksum(file), known or ""})
        write_bytes(target, file.read_bytes(), hint="")
    except OSError as error:
        raise unwritable(target, error) from error


def take_file(file: Path, target: Path, known: str | None) -> None:
    """Take away what ``put_file`` put, with the same arguments.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    try:
        ours.keep_file(target, {ours.checksum(file), known or ""})
        target.unlink(missing_ok=True)
    except OSError as error:
        raise _not_removed(target, error) from error


def unwritable(place: Path, error: OSError) -> GPError:
    """What to tell where a plug-in's file or folder cannot be written."""
    return GPError(
        UNWRITABLE,
        f"The plug-in cannot be written to {place} ({reason(error)}).",
        "Free some space, or name another folder with --folder.",
    )


def take(parent: Path) -> bool:
    """Take the plug-in's folder out of an editor's; what is not its own goes to one beside it.

    Returns:
        Whether it was there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    target = parent / NAME
    there = ours.is_there(target)
    try:
        if there:
            ours.keep_strange(target)
            shutil.rmtree(target)
    except OSError as error:
        raise _not_removed(target, error) from error
    if there:
        streams.say(f"{target} is gone.")
    return there


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
            f"Install it with: {how_to_install()}",
        )
    return Path(found).absolute()


def _not_removed(target: Path, error: OSError) -> GPError:
    return GPError(UNWRITABLE, f"The plug-in cannot be removed from {target} ({reason(error)}).")


def _package(init: str | None) -> Path:
    if init is None:
        raise GPError(BAD_REQUEST, "GuidingPainter is not whole.", "Install it again.")
    return Path(init).parent


def _copy_licences(distribution: str, target: Path) -> None:
    """Copy what the distribution's licence asks to go with every copy of it."""
    try:
        files = importlib.metadata.files(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise GPError(BAD_REQUEST, "GuidingPainter is not whole.", "Install it again.") from error
    for file in files or ():
        if file.name in _LICENCES:
            shutil.copyfile(file.locate(), target / file.name)
