"""The data card: what was trained on, by whom, under which licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_training.data.sources import SOURCES
from gp_training.data.store import PAIRS, SPLITS, built_names, read_splits, store_folder

DEFAULT_WEIGHTS = "default.safetensors"
_OWN = "your own pictures, under your own terms"


def data_counts(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Figures in the store, by source and split, near-duplicates left out."""
    counts: dict[str, dict[str, int]] = {}
    for name in names:
        splits = read_splits(store_folder(), name)
        counts[name] = {split: splits.count(split) for split in SPLITS}
    return counts


def _with_own(names: Sequence[str]) -> list[str]:
    """The named sources that were built, and users' own folders: scenes are made of these."""
    built = [name for name in built_names() if name in names or name.startswith(PAIRS)]
    if not built:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"Nothing was built in {store_folder()}.",
            "Run gp-train data fetch, then gp-train data build.",
        )
    return built


def training_data(names: Sequence[str]) -> list[dict[str, object]]:
    """The sources as a bundle's manifest lists them: those of `names` that were built.

    Raises:
        GuidingPainterError: nothing was built.
    """
    built = _with_own(names)
    counts = data_counts(built)
    return [
        {
            "name": name,
            "licence": SOURCES[name].licence if name in SOURCES else _OWN,
            "author": SOURCES[name].author if name in SOURCES else "",
            "packages": list(SOURCES[name].packages) if name in SOURCES else [],
            "figures": counts[name],
        }
        for name in built
    ]


def data_of_run(
    history: Sequence[Mapping[str, Any]], built: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What a run has learned from, as a bundle's manifest lists it.

    Args:
        history: of the run: what each network saw, and in which packs.
        built: from `training_data`.

    Returns:
        Those of `built` of which a pack was made that the run took, all where it does not say;
        and a row for each network file or run that it went on from.
    """
    packs = {name.removeprefix("train-") for entry in history for name in entry.get("packs", [])}
    silent = [entry for entry in history if "packs" not in entry]
    told = all("began_with" in entry for entry in silent)
    scenes = any(name.isdigit() for name in packs)  # they may hold a user's own figures, too
    rows = [row for row in built if not told or scenes or row["name"] in packs]
    began = dict.fromkeys(entry["began_with"] for entry in silent if "began_with" in entry)
    return rows + [
        {
            "name": f"{name}, on from which these networks learned",
            "licence": "GPL-3.0-or-later" if name == DEFAULT_WEIGHTS else "that of these weights",
            "author": "",
            "packages": [],
            "figures": {},
        }
        for name in began
    ]


def data_card(names: Sequence[str]) -> str:
    """Markdown: one row a source, and the sum.

    Raises:
        GuidingPainterError: nothing was built.
    """
    built = _with_own(names)
    counts = data_counts(built)
    lines = [
        "| source | packages | licence | author | figures: train / validation / test |",
        "|---|---|---|---|---|",
    ]
    for name in built:
        figures = " / ".join(str(counts[name].get(split, 0)) for split in SPLITS)
        if name not in SOURCES:
            lines.append(f"| {name} | - | {_OWN} | | {figures} |")
            continue
        source = SOURCES[name]
        packages = f"{source.client}: {source.packages[-1]}"
        if len(source.packages) > 1:
            packages += f" and {len(source.packages) - 1} more"
        lines.append(f"| {name} | {packages} | {source.licence} | {source.author} | {figures} |")
    total = " / ".join(str(sum(row.get(split, 0) for row in counts.values())) for split in SPLITS)
    lines.append(f"| all | | | | {total} |")
    return "\n".join(lines)
