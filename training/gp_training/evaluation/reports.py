"""`gp-train evaluate` and the results of `gp-train compare`: scenes in, folder of results out."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gp_client.errors import BAD_REQUEST, UNWRITABLE, GuidingPainterError
from rich.progress import Progress

from gp_training.data.sources import cache_folder
from gp_training.data.store import PAIRS

if TYPE_CHECKING:  # torch takes seconds to load, which `gp-train --help` need not wait for
    from gp_training.data.held_out import Method, Scene
    from gp_training.evaluation.distances import Distances, Observer
    from gp_training.evaluation.evaluate import Examined, Measured

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


def held_out_packs(arguments: argparse.Namespace) -> list[Path]:
    """The packs that the options ask for, at least one, all of them files."""
    packs = arguments.data or require_packs(arguments.split)
    missing = [pack for pack in packs if not pack.is_file()]
    if missing:
        raise GuidingPainterError(
            BAD_REQUEST, f"{missing[0]} does not exist.", "Name packs of gp-train data build."
        )
    return packs


def held_out_scenes(arguments: argparse.Namespace) -> list[Scene]:
    """The scenes that the options ask for, at least one."""
    packs = held_out_packs(arguments)
    from gp_training.data.held_out import read_scenes

    scenes = read_scenes(packs, arguments.side, arguments.scenes)
    if not scenes:
        raise GuidingPainterError(BAD_REQUEST, "There is no scene to evaluate.")
    return scenes


def observer_for(arguments: argparse.Namespace, folder: Path) -> tuple[Observer | None, list[str]]:
    """What measures FID on crops of the packs, or None; and a sentence on either.

    Args:
        arguments: with `inception`, `crops` and those of `held_out_packs`.
        folder: where features are kept while FID is measured.
    """
    from gp_training.evaluation.inception import ABSENT, open_features

    if arguments.inception is None:
        return None, [ABSENT]
    from gp_training.evaluation.crops import Crops
    from gp_training.evaluation.distances import Observer, said_of
    from gp_training.evaluation.engines import digest

    features = open_features(arguments.inception)
    crops = Crops(held_out_packs(arguments), arguments.side, arguments.crops)
    return Observer(features, crops, folder, digest(arguments.inception)), [said_of(crops)]


def evaluate_run(arguments: argparse.Namespace) -> int:
    """`gp-train evaluate`."""
    quiet_threads()
    scenes = held_out_scenes(arguments)
    from gp_training.evaluation.evaluate import examine
    from gp_training.evaluation.methods import GuidingPainter
    from gp_training.evaluation.served import methods_of

    methods = methods_of(arguments.folder)
    ours = methods[-1] if isinstance(methods[-1], GuidingPainter) else None
    if arguments.output is not None:
        make_folder(arguments.output)  # before all the work
    results = measure_all(methods, scenes, arguments)
    examined = None
    if ours is not None:
        with Progress(transient=True) as progress:
            examined = examine(ours, scenes, progress=_bar(progress, "regions"))
    paths = {method.name: arguments.folder for method in methods}
    distances, notes = observed(methods, paths, arguments, arguments.output)
    report(methods, results, examined, scenes, notes, arguments.output, distances)
    return 0


def measure_all(
    methods: Sequence[Method], scenes: Sequence[Scene], arguments: argparse.Namespace
) -> list[Measured]:
    """Measures each method, with a progress bar."""
    from gp_training.evaluation.evaluate import THRESHOLDS, measure

    thresholds = arguments.thresholds or THRESHOLDS
    with Progress(transient=True) as progress:
        return [
            measure(
                method, scenes, getattr(method, "regions", REGIONS), thresholds,
                _bar(progress, method.name),
            )
            for method in methods
        ]  # fmt: skip


def observed(
    methods: Sequence[Method], paths: Mapping[str, Path], arguments: argparse.Namespace,
    folder: Path | None,
) -> tuple[dict[str, Distances], list[str]]:  # fmt: skip
    """FID and KID of each method by its name, and what a reader must know of them.

    Args:
        methods: any.
        paths: the run, weights file or bundle of each method that has one.
        arguments: see `observer_for`.
        folder: of the results; without one, who is interrupted begins anew.
    """
    from gp_training.evaluation.engines import digest

    with contextlib.ExitStack() as opened:
        if folder is None:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="gp-features-")))
        observer, notes = observer_for(arguments, folder / "features")
        if observer is None:
            return {}, notes
        progress = opened.enter_context(Progress(transient=True))
        found = {}
        for method in methods:
            about = digest(paths[method.name]) if method.name in paths else ""
            found[method.name] = observer.measured(
                method, about, regions=getattr(method, "regions", REGIONS),
                progress=_bar(progress, f"FID, {method.name}"),
            )  # fmt: skip
        notes = [*notes, floor_text(observer)]
        shutil.rmtree(folder / "features")  # what they were good for is known now
        return found, notes


def floor_text(observer: Observer) -> str:
    """How far true pictures are from each other, in a sentence."""
    fid, kid = observer.floor()
    return (
        "For comparison, the true pictures of one half of the scenes and those of the other: FID "
        f"{fid:.1f}, KID x 1000 {kid * 1000:.1f}."
    )


def told(what: str, every: float = 10.0) -> Callable[[int, int], None]:
    """A progress that prints a line at most every so many seconds, for logs."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > every:
            last = time.monotonic()
            print(f"{what}: {done} of {total}", flush=True)

    return tell


def _bar(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(name)
    return lambda done, total: progress.update(task, completed=done, total=total)


def report(
    methods: Sequence[Method], results: Sequence[Measured], examined: Examined | None,
    scenes: Sequence[Scene], notes: Sequence[str], folder: Path | None,
    distances: Mapping[str, Distances],
) -> None:  # fmt: skip
    """Prints the tables and, given a folder, writes them with curves and a contact sheet."""
    from gp_training.evaluation import tables

    text = tables.report(results, examined, notes, distances)
    print(text)
    if folder is None:
        return
    from PIL import Image

    from gp_training.evaluation.curves import draw_bars, draw_curves
    from gp_training.evaluation.evaluate import ORDER_COUNTS
    from gp_training.evaluation.pictures import contact_sheet

    make_folder(folder)
    (folder / "report.md").write_text(text)
    (folder / "summary.csv").write_text(tables.to_csv(tables.summary_rows(results, distances)))
    (folder / "hints.csv").write_text(tables.to_csv(tables.hint_rows(results)))
    if distances:
        rows = tables.distance_rows(list(distances.values()))
        (folder / "distances.csv").write_text(tables.to_csv(rows))
    metrics = tables.flat_metrics(results[-1], examined, distances.get(results[-1].name))
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
