"""`gp-train data|fit|evaluate`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gp_client.errors import GuidingPainterError
from rich.console import Console
from rich.table import Table

from gp_training.data.sources import SOURCES, cache_folder

if TYPE_CHECKING:  # torch takes seconds to load, which `gp-train data` need not wait for
    from gp_training.presets import Preset


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

    fit = commands.add_parser("fit", help="train a preset, or go on with a run folder")
    fit.add_argument("folder", type=Path, help="run folder: checkpoint, scalars, pictures")
    fit.add_argument("--preset", default="default", help="paper, default or tiny")
    fit.add_argument("--minutes", type=float, help="stop after this time, with a checkpoint")
    fit.add_argument("--save-every", type=float, default=5, metavar="MINUTES")
    fit.add_argument("--seed", type=int, default=0)
    fit.add_argument("--workers", type=int, default=1, help="loader processes")
    fit.add_argument("--threads", type=int, default=1, help="torch threads")
    fit.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ...")
    fit.add_argument("--phases", help="only these of the preset's phases, by name, with commas")
    fit.add_argument(
        "--weights", nargs="*", default=[], metavar="NET=RUN",
        help="start network f, g or d from another run, e.g. --weights f=runs/a g=runs/b",
    )  # fmt: skip
    fit.set_defaults(run=_fit)

    evaluate = commands.add_parser("evaluate", help="curves and pictures of a run on held-out data")
    evaluate.add_argument("folder", type=Path, help="run folder")
    evaluate.add_argument("--scenes", type=int, default=128)
    evaluate.add_argument("--side", type=int, default=256)
    evaluate.add_argument("-o", "--output", type=Path, help="picture grid to write (PNG)")
    evaluate.set_defaults(run=_evaluate)
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


def scene_packs(split: str) -> list[Path]:
    """Packs of a split that `gp-train data build` has composed, in order."""
    return sorted((cache_folder() / "scenes").glob(f"{split}-*.bin"))


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


def _require_packs(split: str) -> list[Path]:
    packs = scene_packs(split)
    if not packs:
        raise GuidingPainterError(
            "bad_request",
            f"There are no {split} scenes in {cache_folder() / 'scenes'}.",
            "Run gp-train data fetch, then gp-train data build.",
        )
    return packs


def _fit(arguments: argparse.Namespace) -> int:
    # Before torch loads its thread pool: spinning threads slow the rest of the machine tenfold.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    train, validation = _require_packs("train"), _require_packs("validation")
    import torch

    from gp_training.fit import Trainer
    from gp_training.presets import PRESETS

    preset = _preset(arguments, PRESETS)
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(
        preset, arguments.folder, train, validation, arguments.seed, arguments.workers,
        arguments.device, _weights(arguments.weights),
    )  # fmt: skip
    seconds = float("inf") if arguments.minutes is None else arguments.minutes * 60
    done = trainer.run(seconds, arguments.save_every * 60)
    print(f"{'done' if done else 'stopped'} after {trainer.total} pictures; {arguments.folder}")
    return 0 if done else 3


def _preset(arguments: argparse.Namespace, presets: Mapping[str, Preset]) -> Preset:
    """The preset asked for, cut down to the phases asked for."""
    if arguments.preset not in presets:
        raise GuidingPainterError(
            "bad_request",
            f"No preset is called {arguments.preset}.",
            f"Known: {', '.join(presets)}.",
        )
    preset = presets[arguments.preset]
    if arguments.phases is None:
        return preset
    names = [name.strip() for name in arguments.phases.split(",")]
    known = {phase.name: phase for phase in preset.phases}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise GuidingPainterError(
            "bad_request",
            f"The preset has no phase called {unknown[0]!r}.",
            f"Known: {', '.join(known)}.",
        )
    return replace(preset, phases=tuple(known[name] for name in names))


def _weights(pairs: Sequence[str]) -> dict[str, Path]:
    result: dict[str, Path] = {}
    for pair in pairs:
        name, _, run = pair.partition("=")
        if name not in {"f", "g", "d"} or not run:
            raise GuidingPainterError(
                "bad_request", f"{pair!r} names no network and run.", "Write f=RUN, g=RUN or d=RUN."
            )
        result[name] = Path(run)
    return result


def _evaluate(arguments: argparse.Namespace) -> int:
    packs = _require_packs("validation")
    from gp_training.checkpoint import load_checkpoint
    from gp_training.data.pairs import ScenePack
    from gp_training.evaluate import picture_grid, validate
    from gp_training.fit import build_networks
    from gp_training.presets import preset_of_run

    preset = preset_of_run(arguments.folder)
    networks = build_networks(preset)
    load_checkpoint(arguments.folder, networks)
    f, g = networks["f"].eval(), networks["g"].eval()
    data = ScenePack(packs, arguments.side, None)
    values = validate(f, g, data, preset.paper_weighted, arguments.scenes)
    print(json.dumps({name: round(value, 3) for name, value in values.items()}, indent=1))
    if arguments.output is not None:
        from PIL import Image

        Image.fromarray(picture_grid(f, g, data, preset.paper_weighted, range(12))).save(
            arguments.output
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
