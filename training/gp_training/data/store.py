"""The packed store: every drawing rendered once, memory-mapped when read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from gp_client import files
from gp_client.errors import BAD_REQUEST, UNWRITABLE, GuidingPainterError
from rich.progress import track

from gp_training.data.duplicates import SPLITS, Entry, assign_splits, difference_hash, split_of
from gp_training.data.render import SIDE, Rendered, render
from gp_training.data.sources import SOURCES, Figure, cache_folder, require_tool

__all__ = ["SIDE", "SPLITS", "Rendered", "Store", "build", "build_source", "render", "split_of"]

PAIRS = "pairs-"  # begins the store names of users' own folders
_RGBA_BYTES, _LINE_BYTES = SIDE * SIDE * 4, SIDE * SIDE
_AHEAD = 64  # figures rendered before they are written


def store_folder() -> Path:
    """Where the store lies inside the cache folder."""
    return cache_folder() / f"store-{SIDE}"


def built_names(root: Path | None = None) -> list[str]:
    """Sources that are in the store, in the order of `SOURCES`, then users' own folders."""
    root = store_folder() if root is None else root
    own = sorted(path.name for path in root.glob(f"{PAIRS}*"))
    return [name for name in (*SOURCES, *own) if (root / name / "index.json").is_file()]


def build(names: Iterable[str] = tuple(SOURCES), threads: int = 2) -> Path:
    """Renders the named sources into the store, those that are not there yet.

    Can be repeated after an interruption: it goes on with the figure that came next.

    Args:
        names: keys of `SOURCES`; they must have been fetched.
        threads: how many renderers run side by side.

    Returns:
        The store's folder.

    Raises:
        GuidingPainterError: rsvg-convert is missing, a source was not fetched, or the folder
            cannot be written.
    """
    root = store_folder()
    for name in names:
        if (root / name / "index.json").is_file():
            continue
        source = SOURCES[name]
        if not source.fetched:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"The source {name} has not been fetched.",
                f"Run gp-train data fetch {name}, or name the sources to build.",
            )
        build_source(name, list(source.figures(source.folder)), root, threads)
    write_splits(root)
    return root


def build_source(name: str, figures: Sequence[Figure], root: Path, threads: int = 2) -> None:
    """Renders one source's figures into the store.

    Args:
        name: its folder in the store.
        figures: in a fixed order.
        root: the store's folder.
        threads: how many renderers run side by side.

    Raises:
        GuidingPainterError: rsvg-convert is missing, or the folder cannot be written.
    """
    if any(figure.color.suffix == ".svg" for figure in figures):
        require_tool("rsvg-convert", "render SVG drawings")
    target = root / name
    try:
        target.mkdir(parents=True, exist_ok=True)
        entries = _render_all(name, figures, target, threads)
        index = json.dumps({"side": SIDE, "figures": entries})
        files.write_bytes(target / "index.json", index.encode())
        (target / "progress.jsonl").unlink()
    except OSError as error:
        raise GuidingPainterError(
            UNWRITABLE,
            f"{target} could not be written: {error.strerror or error}.",
            "Free some disk, or set GUIDINGPAINTER_CACHE to another folder.",
        ) from error


def _render_all(
    name: str, figures: Sequence[Figure], target: Path, threads: int
) -> list[dict[str, object]]:
    """Renders what `progress.jsonl` has not yet; returns the index's entries."""
    listing = "\n".join(f"{figure.work} {figure.color.name}" for figure in figures)
    digest = hashlib.sha256(listing.encode()).hexdigest()
    done = _read_progress(target / "progress.jsonl", digest)
    entries = [entry for entry in done if entry is not None]
    with (
        open(target / "rgba.bin", "r+b" if done else "w+b") as rgba_file,
        open(target / "line.bin", "r+b" if done else "w+b") as line_file,
        open(target / "progress.jsonl", "a" if done else "w", encoding="utf-8") as progress,
        ThreadPoolExecutor(threads) as pool,
    ):
        # What was written after the last line of progress is written again.
        rgba_file.truncate(len(entries) * _RGBA_BYTES)
        line_file.truncate(len(entries) * _LINE_BYTES)
        rgba_file.seek(0, os.SEEK_END)
        line_file.seek(0, os.SEEK_END)
        if not done:
            progress.write(json.dumps({"figures": digest}) + "\n")
        rest = figures[len(done) :]
        chunks = [rest[start : start + _AHEAD] for start in range(0, len(rest), _AHEAD)]
        for chunk in track(chunks, f"render {name}", disable=not chunks):
            lines: list[str] = []
            for figure, picture in zip(chunk, pool.map(render, chunk), strict=True):
                entry = None if picture is None else _entry(figure, picture)
                lines.append(json.dumps(entry))
                if picture is not None and entry is not None:
                    rgba_file.write(picture.rgba.tobytes())
                    line_file.write(picture.line.tobytes())
                    entries.append(entry)
            rgba_file.flush()
            line_file.flush()
            progress.write("\n".join(lines) + "\n")
            progress.flush()
    return entries


def _entry(figure: Figure, picture: Rendered) -> dict[str, object]:
    work = f"{figure.source}/{figure.work}"
    return {
        "work": work,
        "split": split_of(work),
        "true_line": picture.true_line,
        "ground": picture.ground,
    }


def _read_progress(path: Path, digest: str) -> list[dict[str, object] | None]:
    """Entries of an interrupted build of the same figures; None for a figure left out."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]  # a line cut short is dropped
    if not lines or json.loads(lines[0]) != {"figures": digest}:
        return []
    return [json.loads(line) for line in lines[1:]]


def write_splits(root: Path) -> None:
    """Finds copies across all sources of a store and writes everyone's split to `splits.json`."""
    names = built_names(root)
    entries: list[Entry] = []
    hashes: list[bytes] = []
    counts: list[int] = []
    for name in names:
        figures = _read_index(root, name)
        counts.append(len(figures))
        procedural = name in SOURCES and SOURCES[name].procedural
        entries += [Entry(figure["work"], procedural) for figure in figures]
        lines = _map(root / name / "line.bin", (len(figures), SIDE, SIDE))
        hashes += [difference_hash(np.asarray(line)) for line in lines]
    splits = assign_splits(entries, hashes)
    table: dict[str, list[str | None]] = {}
    start = 0
    for name, count in zip(names, counts, strict=True):
        table[name] = splits[start : start + count]
        start += count
    files.write_bytes(root / "splits.json", json.dumps(table).encode())


def read_splits(root: Path, name: str) -> list[str | None]:
    """The split of each of a source's figures, in the index's order; None for a copy."""
    if (root / "splits.json").is_file():
        table = json.loads((root / "splits.json").read_text(encoding="utf-8"))
        if name in table:
            return table[name]
    return [figure["split"] for figure in _read_index(root, name)]


def _read_index(root: Path, name: str) -> list[dict]:
    return json.loads((root / name / "index.json").read_text(encoding="utf-8"))["figures"]


def _map(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    # An empty file cannot be mapped.
    return np.memmap(path, np.uint8, "r", shape=shape) if shape[0] else np.empty(shape, np.uint8)


class Store:
    """Read access to the rendered drawings of one split.

    Args:
        split: "train", "validation" or "test".
        names: sources; all that were built when None.
        root: the store's folder.

    Attributes:
        indices: by source, places in the packed files of this split's figures.
        grounds: by source, those of them (positions for `get`) that can lie behind figures.
        figures: by source, the other positions.

    Raises:
        GuidingPainterError: nothing was built yet.
    """

    def __init__(
        self, split: str, names: Iterable[str] | None = None, root: Path | None = None
    ) -> None:
        root = store_folder() if root is None else root
        built = built_names(root)
        self.names = [name for name in (built if names is None else names) if name in built]
        self.indices: dict[str, list[int]] = {}
        self.grounds: dict[str, list[int]] = {}
        self.figures: dict[str, list[int]] = {}
        self._maps: dict[str, tuple[np.ndarray, np.ndarray, list[dict]]] = {}
        for name in self.names:
            figures, splits = _read_index(root, name), read_splits(root, name)
            shape = (len(figures), SIDE, SIDE)
            self._maps[name] = (
                _map(root / name / "rgba.bin", (*shape, 4)),
                _map(root / name / "line.bin", shape),
                figures,
            )
            members = [i for i, chosen in enumerate(splits) if chosen == split]
            self.indices[name] = members
            lying = [bool(figures[i].get("ground")) for i in members]
            self.grounds[name] = [position for position, ground in enumerate(lying) if ground]
            self.figures[name] = [position for position, ground in enumerate(lying) if not ground]
        if not any(self.indices.values()):
            raise GuidingPainterError(
                BAD_REQUEST,
                f"The store in {root} has no pictures for {split}.",
                "Run gp-train data fetch and gp-train data build first.",
            )

    def __len__(self) -> int:
        return sum(len(members) for members in self.indices.values())

    def get(self, name: str, position: int) -> Rendered:
        """The figure at a position (0-based, within this split) of a source."""
        rgba, line, figures = self._maps[name]
        index = self.indices[name][position]
        figure = figures[index]
        return Rendered(
            np.asarray(rgba[index]),
            np.asarray(line[index]),
            bool(figure["true_line"]),
            bool(figure.get("ground")),
        )

    def work(self, name: str, position: int) -> str:
        """The work that the figure at a position of a source is of."""
        return self._maps[name][2][self.indices[name][position]]["work"]
