"""What is trained and how, as data: networks and a schedule of phases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_training.networks.checkpoint import read_state
from gp_training.recipe.losses import Weights


@dataclass(frozen=True)
class Phase:
    """A stretch of training under one setting.

    Attributes:
        name: for logs.
        images: image-steps.
        side: pixels of the training pictures.
        batch: pictures a step.
        learn: networks that learn, of "f", "g", "d".
        mode: how f chooses segments, see `guidance.choose`.
        tau: temperature at the start and end, falling geometrically.
        rate: learning rate, constant for half the phase, then linear to `rate_end`.
        subsets: share of steps with a random subset of hints instead of a prefix (D.2).
        merges: share of pictures in which some regions were merged, split or moved (corrections).
        scribbles: share of pictures with scribbled colours on top of the hints.
        weights: of the losses.
        counts: which regions have hints: "geometric", the first N_h ~ G (eq. 3); "independent",
            each with probability p of G (D.2); "all", N_h = N_c, the variant that has no reason to
            order regions.
    """

    name: str
    images: int
    side: int
    batch: int = 16
    learn: tuple[str, ...] = ("f", "g", "d")
    mode: str = "gumbel"
    tau: tuple[float, float] = (1.0, 0.1)
    rate: float = 2e-4
    rate_end: float = 0.0
    subsets: float = 0.0
    merges: float = 0.0
    scribbles: float = 0.0
    weights: Weights = field(default_factory=Weights)
    counts: str = "geometric"


@dataclass(frozen=True)
class Preset:
    """Networks and schedule.

    Attributes:
        name: of the preset.
        regions: N_c.
        grid_side: long side at which the bundle is used.
        segmenter_width: U-Net width of f.
        colorizer_width: U-Net width of g.
        discriminator_width: of the PatchGAN.
        stem: space-to-depth stem in f and g.
        pieces: decide over pieces of the line art.
        coordinates: f sees where a pixel is.
        prior: logit by which f starts at largest first, see `Segmenter`.
        guess: f also guesses colours and learns what hints are worth, see `Segmenter`.
        paper_weighted: colours of regions are means over paper, not ink.
        phases: in order.
        mode: "color", or "gray": f and g see a picture's luminance and g predicts only its colour
            (appendix B).
        choices: g also learns which colours a region might have, see
            `gp_training.networks.choices`.
        method: "guiding" is ours, "natural" g alone on pictures in their own colours
            (`gp_training.recipe.natural`); else a baseline of `gp_training.baselines`.
        sees_regions, sees_places: what g sees beside X, C and M, see `Colorizer`.
    """

    name: str
    regions: int
    grid_side: int
    segmenter_width: int
    colorizer_width: int
    discriminator_width: int
    stem: bool
    pieces: bool
    coordinates: bool
    prior: float
    paper_weighted: bool
    phases: tuple[Phase, ...]
    mode: str = "color"
    method: str = "guiding"
    guess: bool = False
    choices: bool = False
    sees_regions: bool = True
    sees_places: bool = False

    def __post_init__(self) -> None:
        if self.mode == "gray" and (self.pieces or self.paper_weighted):
            # A photograph has no lines, so nothing is enclosed and nothing is paper.
            raise ValueError("grayscale mode decides per pixel and weighs all pixels alike")

    @property
    def sees_pieces(self) -> bool:
        """Whether any loss looks at the pieces of a scene; no baseline's does."""
        ours = self.method in ("guiding", "natural")
        return ours and (self.pieces or self.choices or any(one.merges for one in self.phases))


# Without the variance f joins what it cannot tell apart: a later region's hint hardly counts.
_PIECE_WEIGHTS = Weights(0.0, 120.0, 0.0, 0.0, prefix=60.0, worth=3.0)
_PAINT = Weights(reconstruction=30.0, variance=0.0, smoothness=0.0, adversarial=0.2, choice=1.0)
_NATURAL = Weights(reconstruction=30.0, variance=0.0, smoothness=0.0, adversarial=0.0, choice=3.0)

PAPER = Preset(
    name="paper", regions=30, grid_side=256, segmenter_width=64, colorizer_width=64,
    discriminator_width=64, stem=False, pieces=False, coordinates=False, prior=0.0,
    paper_weighted=False,
    phases=(
        Phase("one", 2_000_000, 256, batch=12),
        Phase("two", 500_000, 256, batch=12, learn=("g", "d"), mode="argmax",
              counts="independent"),
    ),
)  # fmt: skip

# f first, alone, on the expected prefix variance (no colorizer in the loop: three times as many
# pictures an hour, and a gradient without sampling noise); then g on f's regions.
DEFAULT = Preset(
    name="default", regions=30, grid_side=256, segmenter_width=24, colorizer_width=32,
    discriminator_width=24, stem=True, pieces=True, coordinates=True, prior=3.0,
    paper_weighted=True, guess=True, choices=True,
    phases=(
        Phase("divide", 80_000, 128, learn=("f",), mode="soft", tau=(1.0, 0.2), rate=2e-3,
              rate_end=2e-4, weights=_PIECE_WEIGHTS),
        Phase("divide large", 6_000, 224, learn=("f",), mode="soft", tau=(0.2, 0.1), rate=4e-4,
              rate_end=2e-5, weights=_PIECE_WEIGHTS),
        Phase("paint", 80_000, 128, learn=("g",), mode="argmax", rate=7e-4, rate_end=2e-4,
              subsets=0.5, merges=0.2, scribbles=0.2, weights=_PAINT),
        # No adversary yet: on a CPU it costs half of the steps; a longer run should have it.
        Phase("paint large", 20_000, 224, batch=8, learn=("g",), mode="argmax", rate=4e-4,
              rate_end=3e-5, subsets=0.5, merges=0.2, scribbles=0.2, weights=_PAINT),
    ),
)  # fmt: skip

# g alone, from pages in their artists' colours and pieces as they ship.
NATURAL = replace(
    DEFAULT, name="natural", method="natural", sees_regions=False, sees_places=True,
    phases=(
        Phase("natural", 40_000, 128, learn=("g",), rate=7e-4, rate_end=4e-4, scribbles=0.15,
              weights=_NATURAL),
        Phase("natural large", 6_000, 192, batch=8, learn=("g",), rate=4e-4, rate_end=0.0,
              scribbles=0.15, weights=_NATURAL),
    ),
)  # fmt: skip

TINY = Preset(
    name="tiny", regions=30, grid_side=64, segmenter_width=8, colorizer_width=8,
    discriminator_width=8, stem=False, pieces=True, coordinates=True, prior=3.0,
    paper_weighted=True, guess=True, choices=True,
    phases=(
        Phase("divide", 640, 64, learn=("f",), mode="soft", tau=(1.0, 0.3), rate=3e-3,
              rate_end=1e-3, weights=_PIECE_WEIGHTS),
        Phase("paint", 640, 64, learn=("g", "d"), mode="argmax", rate=2e-3, rate_end=1e-3,
              subsets=0.5, merges=0.2, scribbles=0.2, weights=_PAINT),
    ),
)  # fmt: skip

GRAY = replace(PAPER, name="gray", mode="gray")

PRESETS = {preset.name: preset for preset in (PAPER, GRAY, DEFAULT, NATURAL, TINY)}

# The ablations (a) to (d) of Table 3 and Fig. 6: the losses of eq. 12, 13, 11 and 10 join in turn.
_JOINING = ("reconstruction", "adversarial", "variance", "smoothness")
ABLATIONS = {letter: _JOINING[: count + 1] for count, letter in enumerate("abcd")}


def ablated(preset: Preset, losses: str) -> Preset:
    """The preset with only the losses of an ablation, "a" to "d"; the others weigh nothing.

    Raises:
        GuidingPainterError: there is no such ablation, or f and g do not learn from these losses.
    """
    if losses not in ABLATIONS:
        known = ", ".join(ABLATIONS)
        raise GuidingPainterError(
            BAD_REQUEST, f"No ablation is called {losses!r}.", f"Known: {known}."
        )
    if any(phase.weights.prefix for phase in preset.phases):
        raise GuidingPainterError(
            BAD_REQUEST,
            f"f of the preset {preset.name} learns from the expected prefix variance, which is "
            "none of the losses of the ablations.",
            "Ablate the preset paper or gray.",
        )
    kept = ABLATIONS[losses]
    phases = []
    for phase in preset.phases:
        weights = Weights(**{
            name: value if name in kept else 0.0 for name, value in vars(phase.weights).items()
        })  # fmt: skip
        phases.append(replace(phase, weights=weights))
    return replace(preset, phases=tuple(phases))


def all_hints(preset: Preset) -> Preset:
    """The preset's N_h = N_c variant: every region has its hint at every step."""
    phases = tuple(replace(phase, counts="all", subsets=0.0) for phase in preset.phases)
    return replace(preset, phases=phases)


def limited(preset: Preset, images: int) -> Preset:
    """The preset with so many image-steps in all, of which its phases keep their shares.

    Each phase has one step at least, and rates and temperatures fall to their ends within it.
    """
    total = sum(phase.images for phase in preset.phases)
    phases = []
    for phase in preset.phases:
        steps = max(1, round(images * phase.images / total / phase.batch))
        phases.append(replace(phase, images=steps * phase.batch))
    return replace(preset, phases=tuple(phases))


def preset_of_run(folder: Path) -> Preset:
    """The preset that a run folder was trained with, as its checkpoint recorded it.

    Raises:
        GuidingPainterError: the folder holds no checkpoint.
    """
    fields = dict(read_state(folder)["preset"])
    phases = []
    for phase in fields["phases"]:
        weights = Weights(**phase["weights"])
        rest = {**phase, "weights": weights, "learn": tuple(phase["learn"]),
                "tau": tuple(phase["tau"])}  # fmt: skip
        phases.append(Phase(**rest))
    return Preset(**{**fields, "phases": tuple(phases)})
