"""A bundle's manifest, ``bundle.json``: what may stand in it, and the files that it speaks of.

It carries each file's size and sha256, so that a damaged folder, or one of something else, is
refused before a network runs. What a manifest as a whole says is
`gp_daemon.networks.bundle.Bundle`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gp_client import files
from gp_client.errors import BUNDLE_DAMAGED, GuidingPainterError

MANIFEST = "bundle.json"
SCHEMA = 2
OLDEST = 1  # schemas from here on are read
ROLES = ("segmenter", "colorizer")
EXTRA = ("matcher", "suggester")  # roles that a bundle may do without
MODES = ("color", "gray")
VARIANTS = ("int8", "fp16")  # lighter graphs of a role: for CPUs, for GPUs
MAX_REGIONS = 255  # labels are one byte
_CHUNK = 1 << 20
_MAX_MANIFEST = 1 << 20  # bytes; ours have about two thousand


@dataclass(frozen=True)
class File:
    """One graph: its file name inside the bundle, sha256 as hex, and size in bytes."""

    name: str
    sha256: str
    bytes: int


def entry(target: Path) -> dict[str, Any]:
    """A file's place in the manifest."""
    if not target.is_file():
        raise damaged(target, "is missing")
    size = target.stat().st_size
    return {"name": target.name, "sha256": _sha256(target), "bytes": size}


def read(path: Path) -> Any:
    """The JSON that a manifest holds, whatever it is.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise damaged(path, "is too large for a manifest")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise damaged(path, "is missing") from error
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, "is not JSON") from error


def parse_files(path: Path, entries: dict[str, Any], roles: Iterable[str]) -> dict[str, File]:
    """The file of each role, each of which must be there.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    files = {}
    for role in roles:
        entry = field(path, entries, role, dict)
        file = File(
            field(path, entry, "name", str),
            field(path, entry, "sha256", str).lower(),
            field(path, entry, "bytes", int),
        )
        # A manifest must not lead the loader out of its folder.
        plain = file.name not in ("", ".", "..") and not set(file.name) & set("/\\:\0")
        require(path, plain, "file name", file.name)
        files[role] = file
    return files


def parse_variants(path: Path, values: dict[str, Any]) -> dict[str, dict[str, File]]:
    """The lighter graphs; none where the manifest does not speak of any."""
    lighter = field(path, {"variants": {}, **values}, "variants", dict)
    variants = {}
    for variant in sorted(lighter):
        require(path, variant in VARIANTS, "variant", variant)
        entries = field(path, lighter, variant, dict)
        require(path, set(entries) <= set(ROLES), f"role among its {variant} graphs", [*entries])
        variants[variant] = parse_files(path, entries, sorted(entries))
    return variants


def field(path: Path, mapping: dict[str, Any], key: str, kind: type) -> Any:
    """A value that must be there and of this kind.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    value = mapping.get(key)
    # bool is an int to Python, not to us.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise damaged(path, f"has no valid {key!r}")
    return value


def require(path: Path, good: bool, key: str, value: object) -> None:
    """Refuses a value that cannot be.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    if not good:
        raise damaged(path, f"has an impossible {key}, {value!r}")


def check_file(path: Path, file: File, verify: bool) -> None:
    """Compares a file with its entry: its size, and with ``verify`` its sha256.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    try:
        size = path.stat().st_size
        if size != file.bytes:
            raise damaged(path, f"has {size} bytes instead of {file.bytes}")
        if verify and (found := _sha256(path)) != file.sha256:
            raise damaged(path, f"has the checksum {found}, not {file.sha256}")
    except FileNotFoundError as error:
        raise damaged(path, "is missing") from error
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write(path: Path, text: str) -> None:
    """Writes a manifest in one atomic step.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    hint = "Check the folder's permissions and the free space."
    files.write_bytes(path, text.encode(), hint=hint)


def damaged(path: Path, what: str) -> GuidingPainterError:
    """The error for a file that is not as it should be."""
    return GuidingPainterError(
        BUNDLE_DAMAGED,
        f"The bundle's file {path} {what}.",
        "Install GuidingPainter again, or fetch the bundle again.",
    )
