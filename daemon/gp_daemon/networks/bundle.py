"""Bundles: a folder with ONNX graphs and a manifest that says what they are.

How the manifest, ``bundle.json``, is read and written is `gp_daemon.networks.manifest`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gp_client.errors import BAD_REQUEST, BUNDLE_DAMAGED, GuidingPainterError

from gp_daemon.networks import manifest
from gp_daemon.networks.manifest import (
    EXTRA,
    MANIFEST,
    MAX_REGIONS,
    MODES,
    OLDEST,
    ROLES,
    SCHEMA,
    VARIANTS,
    File,
)

__all__ = ["MANIFEST", "ROLES", "VARIANTS", "Bundle", "default_bundle", "write_manifest"]

_NAMED = 5  # of the bundles that lie near, at most so many are named


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
        affinity: whether the segmenter says which pieces have one colour (tokens and affinity)
            instead of which region a pixel is in (labels and margin).
        segmenter_side: long side in pixels of the grid that such a segmenter looks at; its own,
            since it need not be the colorizer's.
        licence: of the weights.
        training: what the networks were trained on and how, free form.
        metrics: measured quality, free form.
        files: role ("segmenter", "colorizer", perhaps "matcher", "suggester") to file; single
            precision.
        sees_regions: whether the colorizer looks at how what has no hint is divided; else its
            picture is the same however that is numbered.
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
    affinity: bool
    segmenter_side: int
    licence: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, File]
    variants: dict[str, dict[str, File]] = field(default_factory=dict)
    sees_regions: bool = True

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
        if not (path / MANIFEST).exists() and path != default_bundle():
            raise _no_bundle(path)
        bundle = _parse(path, manifest.read(path / MANIFEST))
        for files in (bundle.files, *bundle.variants.values()):
            for file in files.values():
                manifest.check_file(path / file.name, file, verify)
        return bundle

    @property
    def roles(self) -> tuple[str, ...]:
        """The networks that it has, in a fixed order."""
        return tuple(role for role in ROLES + EXTRA if role in self.files)

    def file(self, role: str, variant: str | None = None) -> Path:
        """The path of the graph with this role, one of `roles`.

        Args:
            role: which network.
            variant: "int8" or "fp16" where it is preferred; single precision where the bundle has
                no such graph.
        """
        preferred = self.variants.get(variant or "", {})
        return self.path / preferred.get(role, self.files[role]).name


def _no_bundle(path: Path) -> GuidingPainterError:
    """The error for what was named as a bundle and is none; its hint names those that lie near."""
    if not path.exists():
        message = f"There is no folder {path}."
    elif not path.is_dir():
        message = f"{path} is a file, not a bundle's folder."
    else:
        message = f"The folder {path} is no bundle: it holds no {MANIFEST}."
    near = [place for place in (path, path.parent, path.parent.parent) if place.is_dir()]
    found = sorted({file.parent for place in near for file in _manifests(place)})
    hint = f"A bundle is a folder as gp-export writes it: {MANIFEST} and ONNX graphs."
    if found:
        hint += f" Found near it: {', '.join(map(str, found[:_NAMED]))}."
    return GuidingPainterError(BUNDLE_DAMAGED, message, hint)


def _manifests(folder: Path) -> list[Path]:
    """The manifests in a folder and in the folders directly inside it; those that may be seen."""
    try:
        return [*folder.glob(MANIFEST), *folder.glob(f"*/{MANIFEST}")]
    except OSError:
        return []  # a hint that cannot be given must not hide the error that it belongs to


def default_bundle() -> Path:
    """The folder of the trained default bundle that the package ships."""
    return Path(__file__).parents[1] / "bundles" / "default"


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
    affinity: bool = False,
    segmenter_side: int | None = None,
    sees_regions: bool = True,
    licence: str = "",
    training: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> Bundle:
    """Writes ``bundle.json`` for the graphs that lie in the folder, in one atomic step.

    Args:
        folder: the bundle; the graphs are there already.
        files: role ("segmenter", "colorizer", perhaps "matcher", "suggester") to file name; sizes
            and sha256 are computed.
        variants: "int8" or "fp16" to role to file name.
        name, version, n_regions, grid_side, grid_multiple, mode, pieces, affinity, segmenter_side,
            sees_regions, licence, training, metrics: as in `Bundle`.

    Returns:
        The bundle as `Bundle.load` reads it.

    Raises:
        GuidingPainterError: BAD_REQUEST for values that no loader would accept, BUNDLE_DAMAGED
            where a graph is missing, UNWRITABLE.
    """
    path = Path(folder)
    values = {
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "n_regions": n_regions,
        "grid_side": grid_side,
        "grid_multiple": grid_multiple,
        "mode": mode,
        "pieces": pieces,
        "affinity": affinity,
        "segmenter_side": grid_side if segmenter_side is None else segmenter_side,
        "sees_regions": sees_regions,
        "licence": licence,
        "training": dict(training or {}),
        "metrics": dict(metrics or {}),
        "files": {role: manifest.entry(path / name) for role, name in files.items()},
        "variants": {
            variant: {role: manifest.entry(path / name) for role, name in graphs.items()}
            for variant, graphs in (variants or {}).items()
        },
    }
    try:
        _parse(path, values)
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    except GuidingPainterError as error:
        raise GuidingPainterError(BAD_REQUEST, error.message) from error
    manifest.write(path / MANIFEST, text)
    return Bundle.load(path, verify=False)


def _parse(folder: Path, values: Any) -> Bundle:
    path = folder / MANIFEST
    if not isinstance(values, dict):
        raise manifest.damaged(path, "is not a bundle's manifest")
    schema = manifest.field(path, values, "schema", int)
    if not OLDEST <= schema <= SCHEMA:
        raise GuidingPainterError(
            BUNDLE_DAMAGED,
            f"The bundle {path} has schema {schema}; this program reads up to {SCHEMA}.",
            "Update GuidingPainter, or use a bundle made for this version.",
        )
    n_regions = manifest.field(path, values, "n_regions", int)
    grid_side = manifest.field(path, values, "grid_side", int)
    grid_multiple = manifest.field(path, values, "grid_multiple", int)
    mode = manifest.field(path, values, "mode", str)
    manifest.require(path, 1 <= n_regions <= MAX_REGIONS, "n_regions", n_regions)
    manifest.require(path, 1 <= grid_multiple <= 256, "grid_multiple", grid_multiple)
    manifest.require(path, grid_multiple <= grid_side <= 4096, "grid_side", grid_side)
    manifest.require(path, mode in MODES, "mode", mode)
    entries = manifest.field(path, values, "files", dict)
    extra = [role for role in EXTRA if role in entries]
    files = manifest.parse_files(path, entries, [*ROLES, *extra])
    affinity = schema > 1 and manifest.field(path, values, "affinity", bool)
    pieces = manifest.field(path, values, "pieces", bool)
    segmenter_side = manifest.field(
        path, {"segmenter_side": grid_side, **values}, "segmenter_side", int
    )
    manifest.require(
        path, grid_multiple <= segmenter_side <= 4096, "segmenter_side", segmenter_side
    )
    manifest.require(path, pieces or not affinity, "affinity", "without pieces")
    return Bundle(
        path=folder,
        schema=schema,
        name=manifest.field(path, values, "name", str),
        version=manifest.field(path, values, "version", str),
        n_regions=n_regions,
        grid_side=grid_side,
        grid_multiple=grid_multiple,
        mode=mode,
        pieces=pieces,
        affinity=affinity,
        segmenter_side=segmenter_side,
        licence=manifest.field(path, values, "licence", str),
        training=manifest.field(path, values, "training", dict),
        metrics=manifest.field(path, values, "metrics", dict),
        files=files,
        variants=manifest.parse_variants(path, values),
        sees_regions=manifest.field(path, {"sees_regions": True, **values}, "sees_regions", bool),
    )
