"""`gp-train data|fit|evaluate|snail|compare`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gp_client.errors import GuidingPainterError
from rich.console import Console
from rich.table import Table

from gp_training.commands import add_commands
from gp_training.data.sources import SOURCES, cache_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 done, 2 a clear error, 3 stopped before the end."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except GuidingPainterError as error:
        print(f"gp-train: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gp-train", description="Train GuidingPainter networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="open training data: list, fetch, build, card")
    data.add_argument("action", choices=("list", "fetch", "build", "card"))
    data.add_argument("sources", nargs="*", help=f"of {', '.join(SOURCES)}; all when none is named")
    data.add_argument("--scenes", type=int, default=8000, help="training scenes to compose")
    data.set_defaults(run=_data)

    add_commands(commands)
    return parser


def _chosen(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise GuidingPainterError(
            "bad_request",
            f"No data source is called {unknown[0]}.",
            f"Known: {', '.join(SOURCES)}.",
        )
    return list(names) or list(SOURCES)


def _data(arguments: argparse.Namespace) -> int:
    names = _chosen(arguments.sources)
    console = Console()
    if arguments.action == "list":
        table = Table("source", "fetched with", "licence", "author", "what for", "state")
        for name in names:
            source = SOURCES[name]
            state = "fetched" if source.folder.is_dir() else "-"
            table.add_row(name, source.client, source.licence, source.author, source.note, state)
        console.print(table)
    elif arguments.action == "fetch":
        for name in names:
            with console.status(f"fetching {name}"):
                folder = SOURCES[name].fetch()
            count = sum(1 for _ in SOURCES[name].figures(folder))
            console.print(f"{name}: {count} drawings in {folder}")
    elif arguments.action == "build":
        _build(names, arguments.scenes, console)
    else:
        from gp_training.data.card import data_card

        print(data_card(names))
    return 0


def _build(names: Sequence[str], scenes: int, console: Console) -> None:
    import cv2

    from gp_training.data.scenes import Composer, build_scenes
    from gp_training.data.store import SPLITS, Store, build

    cv2.setNumThreads(1)
    console.print(f"store: {build(names)}")
    for split in SPLITS:
        counts = {name: len(members) for name, members in Store(split).indices.items()}
        console.print(f"{split}: {counts}")
    folder = cache_folder() / "scenes"
    packs = [("validation", 256, 900_000_000), ("test", 256, 950_000_000)]
    size = 4000
    packs += [
        ("train", min(size, scenes - start), start * 1000) for start in range(0, scenes, size)
    ]
    numbers: dict[str, int] = {}
    for split, count, seed in packs:
        number = numbers.get(split, 0)
        numbers[split] = number + 1
        target = folder / f"{split}-{number}.bin"
        if not target.is_file():
            build_scenes(Composer(Store(split)), count, seed, target)


if __name__ == "__main__":
    raise SystemExit(main())
