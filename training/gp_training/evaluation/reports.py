"""`gp-train evaluate` and the results of `gp-train compare`: scenes in, folder of results out."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gp_client.errors import BAD_REQUEST, UNWRITABLE, GuidingPainterError
from rich.progress import Progress

from gp_training.data.sources import cache_folder
from gp_training.data.store import PAIRS

if TYPE_CHECKING:  # torch takes seconds to load, which `gp-train --help` need not wait for
    from gp_training.data.held_out import Method, Scene
    from gp_training.evaluation.evaluate import Examined, Features, Measured

REGIONS = 30  # the number of hints up to which a method without regions is followed


def scene_packs(split: str) -> list[Path]:
    """Packs of a split that `gp-train data build` has composed, in order."""
    return sorted((cache_folder() / "scenes").glob(f"{split}-*.bin"))


def require_packs(split: str) -> list[Path]:
    """The same, at least one, or a clear error."""
    packs = scene_packs(split)
    if not packs:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"There are no {split} scenes in {cache_folder() / 'scenes'}.",
            "Run gp-train data fetch, then gp-train data build.",
        )
    return packs


def named_packs(split: str, names: Sequence[str] | None) -> list[Path]:
    """The packs of a split that a run is to take.

    Args:
        split: "train", "validation" or "test".
        names: "scenes" for the composed ones, else a folder of `gp-train data build --pairs` by its
            name; None: all.

    Raises:
        GuidingPainterError: there are none.
    """
    if names is None:
        return require_packs(split)
    packs = {pack.stem.removeprefix(f"{split}-"): pack for pack in scene_packs(split)}
    found = []
    for name in names:
        own = [f"{PAIRS}{name}"] if name != "scenes" else [one for one in packs if one.isdigit()]
        chosen = [packs[one] for one in own if one in packs]
        if not chosen:
            known = sorted({"scenes" if k.isdigit() else k.removeprefix(PAIRS) for k in packs})
            raise GuidingPainterError(
                BAD_REQUEST,
                f"There are no {split} pictures called {name!r}.",
                f"There are: {', '.join(known) or 'none'}; gp-train data build makes them.",
            )
        found += chosen
    return found


def quiet_threads() -> None:
    """Before torch is loaded: keeps its threads from spinning."""
    # Before torch loads its thread pool: spinning threads slow the rest of the machine tenfold.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")


def held_out_scenes(arguments: argparse.Namespace) -> list[Scene]:
    """The scenes that the options ask for, at least one."""
    packs = arguments.data or require_packs(arguments.split)
    missing = [pack for pack in packs if not pack.is_file()]
    if missing:
        raise GuidingPainterError(
            BAD_REQUEST, f"{missing[0]} does not exist.", "Name packs of gp-train data build."
        )
    from gp_training.data.held_out import read_scenes

    scenes = read_scenes(packs, arguments.side, arguments.scenes)
    if not scenes:
        raise GuidingPainterError(BAD_REQUEST, "There is no scene to evaluate.")
    return scenes


def features_for(arguments: argparse.Namespace) -> tuple[Features | None, list[str]]:
    """The Inception network that FID needs, or None and a sentence why FID is absent."""
    from gp_training.evaluation.inception import ABSENT, open_features

    if arguments.inception is None:
        return None, [ABSENT]
    return open_features(arguments.inception), []


def evaluate_run(arguments: argparse.Namespace) -> int:
    """`gp-train evaluate`."""
    quiet_threads()
    scenes = held_out_scenes(arguments)
    from gp_training.evaluation.evaluate import examine
    from gp_training.evaluation.methods import GuidingPainter

    method = GuidingPainter.open(arguments.folder)
    features, notes = features_for(arguments)
    results = measure_all([method], scenes, arguments, features)
    with Progress(transient=True) as progress:
        examined = examine(method, scenes, progress=_bar(progress, "regions"))
    report([method], results, examined, scenes, notes, arguments.output)
    return 0


def measure_all(
    methods: Sequence[Method], scenes: Sequence[Scene], arguments: argparse.Namespace,
    features: Features | None,
) -> list[Measured]:  # fmt: skip
    """Measures each method, with a progress bar."""
    with Progress(transient=True) as progress:
        return [_measure(method, scenes, arguments, features, progress) for method in methods]


def _measure(
    method: Method, scenes: Sequence[Scene], arguments: argparse.Namespace,
    features: Features | None, progress: Progress,
) -> Measured:  # fmt: skip
    from gp_training.evaluation.evaluate import THRESHOLDS, measure

    regions = getattr(method, "regions", REGIONS)
    thresholds = arguments.thresholds or THRESHOLDS
    bar = _bar(progress, method.name)
    return measure(method, scenes, regions, thresholds, features, progress=bar)


def _bar(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(name)
    return lambda done, total: progress.update(task, completed=done, total=total)


def report(
    methods: Sequence[Method], results: Sequence[Measured], examined: Examined | None,
    scenes: Sequence[Scene], notes: Sequence[str], folder: Path | None,
) -> None:  # fmt: skip
    """Prints the tables and, given a folder, writes them with curves and a contact sheet."""
    from gp_training.evaluation import tables

    text = tables.report(results, examined, notes)
    print(text)
    if folder is None:
        return
    from PIL import Image

    from gp_training.evaluation.curves import draw_bars, draw_curves
    from gp_training.evaluation.evaluate import ORDER_COUNTS
    from gp_training.evaluation.pictures import contact_sheet

    make_folder(folder)
    (folder / "report.md").write_text(text)
    (folder / "summary.csv").write_text(tables.to_csv(tables.summary_rows(results)))
    (folder / "hints.csv").write_text(tables.to_csv(tables.hint_rows(results)))
    metrics = tables.flat_metrics(results[-1], examined)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    curves = {r.name: (range(len(r.psnr)), r.psnr) for r in results}
    draw_curves(folder / "psnr.png", curves, "PSNR by hints (Fig. 12)", "hints", "PSNR, dB")
    if examined is not None:
        (folder / "orders.csv").write_text(tables.to_csv(tables.order_rows(examined)))
        (folder / "regions.csv").write_text(tables.to_csv(tables.region_rows(examined)))
        orders = {name: (ORDER_COUNTS, values) for name, values in examined.orders.items()}
        draw_curves(folder / "orders.png", orders, "Order of the same regions", "hints", "PSNR, dB")
        draw_bars(
            folder / "importance.png", examined.importance, "Worth of a region's hint (Fig. 5)",
            "region by priority", "gain, dB",
        )  # fmt: skip
    # About two dozen rows, however many methods share a scene.
    sheet = contact_sheet(methods, scenes[: max(3, 24 // len(methods))])
    Image.fromarray(sheet).save(folder / "sheet.png")
    print(f"written to {folder}")


def make_folder(folder: Path) -> None:
    """Makes a folder for results, or says why not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GuidingPainterError(
            UNWRITABLE, f"{folder} cannot be made ({error.strerror}).", "Name another folder."
        ) from error
