"""Bundles: a folder with two ONNX graphs and a manifest that says what they are (DESIGN section 2).

The manifest, ``bundle.json``, carries each file's size and sha256, so that a damaged or alien
folder is refused before a network runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gp_client.errors import BAD_REQUEST, BUNDLE_DAMAGED, UNWRITABLE, GuidingPainterError

MANIFEST = "bundle.json"
SCHEMA = 1
ROLES = ("segmenter", "colorizer")
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


@dataclass(frozen=True)
class Bundle:
    """What a bundle's manifest says.

    Attributes:
        path: the folder.
        schema: version of the manifest's layout.
        name: for people.
        version: the bundle's own version, for people.
        n_regions: N_c, the most regions that the segmenter proposes; 1..255.
        grid_side: long side of the grid in pixels.
        grid_multiple: the grid's sides are multiples of this.
        mode: "color", or "gray" where g takes luminance and predicts colour only.
        pieces: whether the segmenter decides over pieces and takes them as an input.
        licence: of the weights.
        training: what the networks were trained on and how, free form.
        metrics: measured quality, free form.
        files: role ("segmenter", "colorizer") to file; single precision.
        variants: "int8" or "fp16" to role to file: lighter graphs that a device may prefer. A
            bundle may have none, or only those of one role.
    """

    path: Path
    schema: int
    name: str
    version: str
    n_regions: int
    grid_side: int
    grid_multiple: int
    mode: str
    pieces: bool
    licence: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, File]
    variants: dict[str, dict[str, File]] = field(default_factory=dict)

    @staticmethod
    def load(folder: str | os.PathLike[str], verify: bool = True) -> Bundle:
        """Reads and checks a bundle.

        Args:
            folder: where ``bundle.json`` lies.
            verify: also compare each file's sha256, which reads the files once.

        Raises:
            GuidingPainterError: BUNDLE_DAMAGED, naming the file that is missing, broken, of another
                kind or of a newer schema.
        """
        path = Path(folder)
        bundle = _parse(path, _read_manifest(path / MANIFEST))
        for files in (bundle.files, *bundle.variants.values()):
            for file in files.values():
                _check_file(path / file.name, file, verify)
        return bundle

    def file(self, role: str, variant: str | None = None) -> Path:
        """The path of the graph with this role, "segmenter" or "colorizer".

        Args:
            role: which network.
            variant: "int8" or "fp16" where it is preferred; single precision where the bundle has
                no such graph.
        """
        preferred = self.variants.get(variant or "", {})
        return self.path / preferred.get(role, self.files[role]).name


def default_bundle() -> Path:
    """The folder of the trained default bundle that the package ships."""
    return Path(__file__).parent / "bundles" / "default"


def write_manifest(
    folder: str | os.PathLike[str],
    *,
    name: str,
    version: str,
    n_regions: int,
    grid_side: int,
    grid_multiple: int,
    files: Mapping[str, str],
    variants: Mapping[str, Mapping[str, str]] | None = None,
    mode: str = "color",
    pieces: bool = True,
    licence: str = "",
    training: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> Bundle:
    """Writes ``bundle.json`` for the graphs that lie in the folder, in one atomic step.

    Args:
        folder: the bundle; the graphs are there already.
        files: role ("segmenter", "colorizer") to file name; sizes and sha256 are computed.
        variants: "int8" or "fp16" to role to file name.
        name, version, n_regions, grid_side, grid_multiple, mode, pieces, licence, training,
            metrics: as in `Bundle`.

    Returns:
        The bundle as `Bundle.load` reads it.

    Raises:
        GuidingPainterError: BAD_REQUEST for values that no loader would accept, BUNDLE_DAMAGED
            where a graph is missing, UNWRITABLE.
    """
    path = Path(folder)
    manifest = {
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "n_regions": n_regions,
        "grid_side": grid_side,
        "grid_multiple": grid_multiple,
        "mode": mode,
        "pieces": pieces,
        "licence": licence,
        "training": dict(training or {}),
        "metrics": dict(metrics or {}),
        "files": {role: _entry(path / name) for role, name in files.items()},
        "variants": {
            variant: {role: _entry(path / name) for role, name in graphs.items()}
            for variant, graphs in (variants or {}).items()
        },
    }
    try:
        _parse(path, manifest)
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    except GuidingPainterError as error:
        raise GuidingPainterError(BAD_REQUEST, error.message) from error
    _write_atomically(path / MANIFEST, text)
    return Bundle.load(path, verify=False)


def _entry(target: Path) -> dict[str, Any]:
    """A file's place in the manifest."""
    if not target.is_file():
        raise _damaged(target, "is missing")
    size = target.stat().st_size
    return {"name": target.name, "sha256": _sha256(target), "bytes": size}


def _read_manifest(path: Path) -> Any:
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise _damaged(path, "is too large for a manifest")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _damaged(path, "is missing") from error
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is not JSON") from error


def _parse(folder: Path, manifest: Any) -> Bundle:
    path = folder / MANIFEST
    if not isinstance(manifest, dict):
        raise _damaged(path, "is not a bundle's manifest")
    schema = _field(path, manifest, "schema", int)
    if schema != SCHEMA:
        raise GuidingPainterError(
            BUNDLE_DAMAGED,
            f"The bundle {path} has schema {schema}; this program reads schema {SCHEMA}.",
            "Update GuidingPainter, or use a bundle made for this version.",
        )
    n_regions = _field(path, manifest, "n_regions", int)
    grid_side = _field(path, manifest, "grid_side", int)
    grid_multiple = _field(path, manifest, "grid_multiple", int)
    mode = _field(path, manifest, "mode", str)
    _require(path, 1 <= n_regions <= MAX_REGIONS, "n_regions", n_regions)
    _require(path, 1 <= grid_multiple <= 256, "grid_multiple", grid_multiple)
    _require(path, grid_multiple <= grid_side <= 4096, "grid_side", grid_side)
    _require(path, mode in MODES, "mode", mode)
    files = _parse_files(path, _field(path, manifest, "files", dict), ROLES)
    lighter = _field(path, {"variants": {}, **manifest}, "variants", dict)
    variants = {}
    for variant in sorted(lighter):
        _require(path, variant in VARIANTS, "variant", variant)
        entries = _field(path, lighter, variant, dict)
        _require(path, set(entries) <= set(ROLES), f"role among its {variant} graphs", [*entries])
        variants[variant] = _parse_files(path, entries, sorted(entries))
    return Bundle(
        path=folder,
        schema=schema,
        name=_field(path, manifest, "name", str),
        version=_field(path, manifest, "version", str),
        n_regions=n_regions,
        grid_side=grid_side,
        grid_multiple=grid_multiple,
        mode=mode,
        pieces=_field(path, manifest, "pieces", bool),
        licence=_field(path, manifest, "licence", str),
        training=_field(path, manifest, "training", dict),
        metrics=_field(path, manifest, "metrics", dict),
        files=files,
        variants=variants,
    )


def _parse_files(path: Path, entries: dict[str, Any], roles: Iterable[str]) -> dict[str, File]:
    files = {}
    for role in roles:
        entry = _field(path, entries, role, dict)
        file = File(
            _field(path, entry, "name", str),
            _field(path, entry, "sha256", str).lower(),
            _field(path, entry, "bytes", int),
        )
        # A manifest must not lead the loader out of its folder.
        plain = file.name not in ("", ".", "..") and not set(file.name) & set("/\\:\0")
        _require(path, plain, "file name", file.name)
        files[role] = file
    return files


def _field(path: Path, mapping: dict[str, Any], key: str, kind: type) -> Any:
    value = mapping.get(key)
    # bool is an int to Python, not to us.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _damaged(path, f"has no valid {key!r}")
    return value


def _require(path: Path, good: bool, key: str, value: object) -> None:
    if not good:
        raise _damaged(path, f"has an impossible {key}, {value!r}")


def _check_file(path: Path, file: File, verify: bool) -> None:
    try:
        size = path.stat().st_size
        if size != file.bytes:
            raise _damaged(path, f"has {size} bytes instead of {file.bytes}")
        if verify and (found := _sha256(path)) != file.sha256:
            raise _damaged(path, f"has the checksum {found}, not {file.sha256}")
    except FileNotFoundError as error:
        raise _damaged(path, "is missing") from error
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror})") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _write_atomically(path: Path, text: str) -> None:
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would keep other users from a shared bundle
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):  # the first failure is the one to report
                os.unlink(temporary)
        raise GuidingPainterError(
            UNWRITABLE,
            f"{path} cannot be written ({error.strerror}).",
            "Check the folder's permissions and the free space.",
        ) from error


def _damaged(path: Path, what: str) -> GuidingPainterError:
    return GuidingPainterError(
        BUNDLE_DAMAGED,
        f"The bundle's file {path} {what}.",
        "Install GuidingPainter again, or fetch the bundle again.",
    )
