"""The paper's and the artist's alternatives, on the same trunk, data and loop as ours."""

from __future__ import annotations

from dataclasses import replace

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_training.baselines.alacgan import Alacgan
from gp_training.baselines.cic import Cic
from gp_training.baselines.common import Baseline
from gp_training.baselines.pix2pix import Pix2pix
from gp_training.baselines.rtug import Rtug
from gp_training.recipe.natural import Natural
from gp_training.recipe.presets import Preset
from gp_training.recipe.tasks import Guiding, Task

BASELINES: dict[str, type[Baseline]] = {task.name: task for task in (Pix2pix, Cic, Rtug, Alacgan)}


def task_of(preset: Preset) -> Task:
    """What a step of this preset's method computes.

    Raises:
        GuidingPainterError: there is no such method.
    """
    if preset.method == "guiding":
        return Guiding()
    if preset.method == "natural":
        return Natural()
    if preset.method in BASELINES:
        return BASELINES[preset.method]()
    raise GuidingPainterError(
        BAD_REQUEST,
        f"No method is called {preset.method!r}.",
        f"Known: guiding, natural, {', '.join(BASELINES)}.",
    )


def baseline_preset(method: str, like: Preset, images: int, side: int, batch: int = 16) -> Preset:
    """A baseline on the trunk of another preset's colorizer.

    Args:
        method: of `BASELINES`.
        like: gives widths, stem, grid size, and the learning rate of its own colorizer; whether
            a picture's luminance is seen, where the method can be told it.
        images: image-steps.
        side: pixels of the training pictures.
        batch: pictures a step.
    """
    rates = next(phase for phase in like.phases if "g" in phase.learn)
    phase = BASELINES[method].phase(images, side, batch)
    phase = replace(phase, rate=rates.rate, rate_end=rates.rate_end)
    mode = like.mode if BASELINES[method].has_gray else "color"
    return replace(
        like, name=method, method=method, mode=mode, pieces=False, paper_weighted=False,
        phases=(phase,),
    )  # fmt: skip
