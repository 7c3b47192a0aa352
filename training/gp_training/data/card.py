"""The data card: what was trained on, by whom, under which licence."""

from __future__ import annotations

from collections.abc import Sequence

from gp_training.data.sources import SOURCES
from gp_training.data.store import SPLITS, Store


def data_counts(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Figures in the store, by source and split.

    Raises:
        GuidingPainterError: nothing was built.
    """
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for split in SPLITS:
        store = Store(split, names)
        for name, members in store.indices.items():
            counts[name][split] = len(members)
    return counts


def training_data(names: Sequence[str]) -> list[dict[str, object]]:
    """The sources as a bundle's manifest lists them."""
    return [
        {
            "name": name,
            "licence": SOURCES[name].licence,
            "author": SOURCES[name].author,
            "packages": list(SOURCES[name].packages),
            "figures": data_counts(names)[name],
        }
        for name in names
    ]


def data_card(names: Sequence[str]) -> str:
    """Markdown: one row a source."""
    counts = data_counts(names)
    lines = [
        "| source | packages | licence | author | figures: train / validation / test |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        source = SOURCES[name]
        packages = f"{source.client}: {source.packages[0]}"
        if len(source.packages) > 1:
            packages += f" and {len(source.packages) - 1} more"
        figures = " / ".join(str(counts[name].get(split, 0)) for split in SPLITS)
        lines.append(f"| {name} | {packages} | {source.licence} | {source.author} | {figures} |")
    return "\n".join(lines)
