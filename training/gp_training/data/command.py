"""`gp-train data list|fetch|build|pages|samples|card`."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from rich import get_console
from rich.console import Console
from rich.table import Table

from gp_training.data.sources import SOURCES, cache_folder

if TYPE_CHECKING:
    from gp_training.data.pair_folder import PairFolder

_HELD_OUT = 256  # validation and test scenes each
_PACK = 4000  # scenes in a file: about a gigabyte
_USE = {"train": "train", "validation": "validate", "test": "test"}  # of a split, as a verb


def add_data_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `data` to `gp-train`'s commands."""
    data = commands.add_parser(
        "data", help="open training data: list, fetch, build, pages, samples, card"
    )
    data.add_argument(
        "action", choices=("list", "fetch", "build", "pages", "samples", "card"),
        help="build: scenes; pages: what f of affinities learns from; samples: what g learns from "
        "in the preset natural",
    )  # fmt: skip
    data.add_argument(
        "sources", nargs="*", metavar="SOURCE",
        help="of gp-train data list; when none is named: all, or to build, those fetched",
    )  # fmt: skip
    data.add_argument(
        "--scenes", type=int, default=8000, help="training scenes to compose; 0: none at all"
    )
    data.add_argument(
        "--pairs", type=Path, action="append", default=[], metavar="DIR",
        help="build: your own pictures in DIR/color, with line art in DIR/line where you have it",
    )  # fmt: skip
    data.add_argument(
        "--from", dest="local", type=Path, metavar="DIR",
        help="fetch: take the one named SOURCE from this folder or archive",
    )  # fmt: skip
    data.add_argument(
        "--pictures", type=Path, action="append", default=[], metavar="DIR",
        help="pages, samples: coloured pictures of real works in DIR, with a manifest.csv",
    )  # fmt: skip
    data.add_argument(
        "--composed", type=int, default=0, metavar="N",
        help="pages, samples: also N composed ones, of figures that were built",
    )  # fmt: skip
    data.add_argument("--threads", type=int, default=2, help="build: drawings rendered at once")
    data.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Does what the arguments of `add_data_command` say; returns the exit code."""
    names = _chosen(arguments.sources)
    console = get_console()
    if arguments.action == "list":
        console.print(_table(names))
    elif arguments.action == "fetch":
        if arguments.local and len(arguments.sources) != 1:
            raise GuidingPainterError(BAD_REQUEST, "--from is for one source: name it.")
        for name in names:
            source = SOURCES[name]
            with console.status(f"fetching {name}") as status:
                folder = source.fetch(status.update, arguments.local)
            count = sum(1 for _ in source.figures(folder))
            console.print(f"{name}: {count} drawings in {folder}")
    elif arguments.action == "build":
        from gp_training.data.pair_folder import PairFolder

        own = [PairFolder(path) for path in arguments.pairs]
        if not arguments.sources:
            names = [name for name in names if SOURCES[name].fetched]
        if not names and not own:
            raise GuidingPainterError(
                BAD_REQUEST, "No data source has been fetched.", "Run gp-train data fetch first."
            )
        _build(names, own, arguments.scenes, arguments.threads, console)
    elif arguments.action in ("pages", "samples"):
        _draw_pages(arguments.action, arguments.pictures, arguments.composed, console)
    else:
        from gp_training.data.card import data_card

        print(data_card(names))
    return 0


def _chosen(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"No data source is called {unknown[0]}.",
            f"Known: {', '.join(SOURCES)}.",
        )
    return list(names) or list(SOURCES)


def _table(names: Sequence[str]) -> Table:
    table = Table("source", "fetched with", "licence", "author", "what for", "state")
    for name in names:
        source = SOURCES[name]
        state = "fetched" if source.fetched else "-"
        table.add_row(name, source.client, source.licence, source.author, source.note, state)
    return table


def _build(
    names: Sequence[str], own: Sequence[PairFolder], scenes: int, threads: int, console: Console
) -> None:
    import cv2

    from gp_training.data.pair_folder import build_pair_pack
    from gp_training.data.scenes import Composer, build_scenes
    from gp_training.data.store import SPLITS, Store, build, build_source, store_folder

    cv2.setNumThreads(1)
    folder = cache_folder() / "scenes"
    for pairs in own:
        build_source(pairs.name, list(pairs.figures()), store_folder(), threads)
        for split in SPLITS:
            count = build_pair_pack(pairs, split, folder / f"{split}-{pairs.name}.bin")
            whole = len(pairs.split(split))
            of = f"{whole} of {len(pairs.pairs)} pictures"
            if count and not whole:
                of = "parts of pictures to train on, held out for that"
            what = (
                f"{count} squares to {_USE[split]} on, {of}"
                if count
                else f"none to {_USE[split]} on"
            )
            console.print(f"{pairs.name}: {what}")
    console.print(f"store: {build(names, threads)}")
    if not scenes:
        return
    for split, number, count, seed in _packs(scenes):
        target = folder / f"{split}-{number}.bin"
        if target.is_file():
            console.print(f"{target} is there already; delete it to compose it anew")
            continue
        try:
            store = Store(split)
        except GuidingPainterError:
            if split == "train":
                raise
            # A few pictures of one's own may all fall to training.
            console.print(f"no pictures to {_USE[split]} on")
            continue
        counts = {name: len(members) for name, members in store.indices.items() if members}
        console.print(f"{split}: {counts}")
        build_scenes(Composer(store), count, seed, target)


def _draw_pages(action: str, folders: Sequence[Path], composed: int, console: Console) -> None:
    """Writes pages of real works, and composed ones; goes on where it was stopped."""
    import cv2

    from gp_training.data.books import build_pages, pages_folder, pictures_of
    from gp_training.data.cast import CastComposer, build_cast_pages
    from gp_training.data.samples import build_composed, build_samples, samples_folder
    from gp_training.data.store import Store

    if not folders and not composed:
        raise GuidingPainterError(
            BAD_REQUEST, "There is nothing to make pages of.",
            "Name pictures with --pictures DIR, or composed pages with --composed N.",
        )  # fmt: skip
    cv2.setNumThreads(1)
    pages = action == "pages"
    target = pages_folder() if pages else samples_folder()
    made = []
    for folder in folders:
        pictures = pictures_of(folder)
        made.append((build_pages if pages else build_samples)(pictures, target))
    for split, share in (("train", 1.0), ("validation", 0.02), ("test", 0.04)):
        if count := round(composed * share):
            build = build_cast_pages if pages else build_composed
            made.append(build(CastComposer(Store(split)), split, count, target))
    count = 0
    with console.status("drawing") as status:
        for file in itertools.chain(*made):
            count += 1
            status.update(f"{count}: {file.relative_to(target)}")
    console.print(f"{count} new {action} in {target}")


def _packs(scenes: int) -> list[tuple[str, int, int, int]]:
    """Split, number, scenes and first seed of every file."""
    packs = [("validation", 0, _HELD_OUT, 900_000_000), ("test", 0, _HELD_OUT, 950_000_000)]
    for number, start in enumerate(range(0, scenes, _PACK)):
        packs.append(("train", number, min(_PACK, scenes - start), start * 1000))
    return packs
