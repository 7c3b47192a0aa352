"""Ours against every baseline at an equal budget of image-steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_training.baselines import BASELINES, baseline_preset
from gp_training.baselines.bucket import Bucket
from gp_training.data.held_out import Method
from gp_training.evaluation.methods import GuidingPainter
from gp_training.networks.checkpoint import STATE, load_checkpoint, read_state
from gp_training.recipe.presets import Preset, limited, preset_of_run

OURS = "guiding"
METHODS = (Bucket.name, *BASELINES, OURS)


def plan(
    preset: Preset, images: int, side: int, names: Sequence[str] | None = None
) -> dict[str, Preset | None]:
    """What to train for each method; None for what needs no training.

    Args:
        preset: ours. Its phases keep their shares of the budget; its colorizer is the trunk.
        images: image-steps of each method, over all its phases.
        side: pixels of the training pictures, in all phases.
        names: of `METHODS`; all when None.

    Raises:
        GuidingPainterError: a method is unknown.
    """
    chosen = list(names or METHODS)
    unknown = [name for name in chosen if name not in METHODS]
    if unknown:
        raise GuidingPainterError(
            BAD_REQUEST, f"No method is called {unknown[0]!r}.", f"Known: {', '.join(METHODS)}."
        )
    result: dict[str, Preset | None] = {}
    for name in METHODS:
        if name not in chosen:
            continue
        if name == Bucket.name:
            result[name] = None
        elif name == OURS:
            result[name] = shortened(preset, images, side)
        else:
            result[name] = baseline_preset(name, preset, images, side)
    return result


def shortened(preset: Preset, images: int, side: int) -> Preset:
    """The preset with its phases cut to a budget, in proportion, at one size.

    Without choices: a small budget does not teach them, and PSNR, by which all methods are
    judged, is best where nothing is decided.
    """
    phases = tuple(replace(phase, side=side) for phase in limited(preset, images).phases)
    return replace(preset, phases=phases, choices=False)


def require_same_budget(folder: Path, preset: Preset) -> None:
    """Lets nothing be compared that was trained by another plan than the one asked for.

    Args:
        folder: of a run that may have begun.
        preset: that it shall be trained by.

    Raises:
        GuidingPainterError: the run was begun with another preset or budget.
    """
    if (folder / STATE).is_file() and preset_of_run(folder) != preset:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{folder} was begun with another budget, side or preset.",
            "Give the options of the first call, or name a new folder.",
        )


def images_seen(run: Path) -> str:
    """What each network of a run has learned from, in words: "f 12000, g 16000 pictures".

    Args:
        run: run folder or weights file.

    Raises:
        GuidingPainterError: it is neither.
    """
    sums: dict[str, int] = {}
    for entry in read_state(run)["history"]:
        sums[entry["network"]] = sums.get(entry["network"], 0) + entry["images"]
    return ", ".join(f"{name} {images}" for name, images in sorted(sums.items())) + " pictures"


def method_of_run(name: str, folder: Path) -> Method:
    """The method that a run folder of `gp-train compare` holds, ready to paint.

    Raises:
        GuidingPainterError: the folder holds no checkpoint.
    """
    if name == Bucket.name:
        return Bucket()
    if name == OURS:
        return GuidingPainter.open(folder)
    preset = preset_of_run(folder)
    task = BASELINES[preset.method]()
    networks = task.build(preset)
    load_checkpoint(folder, networks)
    for network in networks.values():
        network.eval()
    return task.method(networks)
