"""The paper's tables and figures from named runs at a named budget: what is trained and measured.

`gp-train paper` trains the runs that an item needs, measures each once, and keeps both in its
folder, so that it can be stopped at any moment. `gp_training.evaluation.paper_report` writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.files import make_folder, write_bytes

from gp_training.baselines import BASELINES, baseline_preset
from gp_training.baselines.bucket import Bucket
from gp_training.baselines.common import TrainedBaseline
from gp_training.data.held_out import Method, Scene
from gp_training.evaluation.comparison import method_of_run, shortened
from gp_training.evaluation.distances import COUNTS, Distances, Observer
from gp_training.evaluation.engines import digest
from gp_training.evaluation.evaluate import (
    Examined,
    Measured,
    Needed,
    Progress,
    examine,
    measure,
)
from gp_training.evaluation.inside import InsideRegions
from gp_training.evaluation.methods import GuidingPainter
from gp_training.recipe.presets import DEFAULT, PAPER, Preset, ablated, all_hints


@dataclass(frozen=True)
class Budget:
    """How much is spent on a run, and on measuring it.

    Attributes:
        name: of the budget.
        images: image-steps of each run; None: as many as the paper's recipe has.
        side: pixels of training and measuring.
        width: of all networks' first level.
        scenes: held-out scenes to measure.
        snail: training steps of the Dark Snail.
        takes: how long all of it takes, in words.
    """

    name: str
    images: int | None
    side: int
    width: int
    scenes: int
    snail: int
    takes: str


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("tiny", 64, 32, 4, 2, 4, "a minute: shows that it runs"),
        Budget("small", 3_000, 64, 16, 32, 500, "one to two hours of one core"),
        Budget("hours", 60_000, 128, 32, 128, 2_000, "about a day of two cores"),
        Budget("paper", None, 256, 64, 256, 2_000, "days of four GPUs, as published"),
    )
}

OURS, PIECES, ALL_HINTS, BUCKET = "paper", "pieces", "all hints", Bucket.name
ABLATED = {f"ablation {letter}": letter for letter in "abc"}  # (d) is the whole method, OURS
_MARKED = ("rtug", "alacgan")  # baselines whose marks can be told where to lie
_INSIDE = " in our regions"

ITEMS: Mapping[str, tuple[str, ...]] = {
    "table1": (BUCKET, *BASELINES, OURS, PIECES),
    "fid": (BUCKET, *BASELINES, OURS, PIECES),
    "table2": (BUCKET, "rtug", "alacgan", OURS, PIECES),
    "table3": (*ABLATED, OURS),
    "table5": (),
    "table6": tuple(name + end for name in _MARKED for end in ("", _INSIDE)),
    "order": (OURS, ALL_HINTS, PIECES),
    "fig1": (OURS, PIECES),
    "fig3": tuple(name + end for name in _MARKED for end in ("", _INSIDE)),
    "fig4": (),
    "fig5": (OURS, PIECES),
    "fig6": (*ABLATED, OURS, ALL_HINTS, PIECES),
    "fig7": (BUCKET, *BASELINES, OURS, PIECES),
    "fig12": (BUCKET, *BASELINES, OURS, PIECES),
    "e2": (OURS, PIECES),
    "unusual": (OURS, PIECES),
    "ssim": (BUCKET, *BASELINES, OURS, PIECES),
    "suggested": ("rtug",),
    "more": (BUCKET, *BASELINES, OURS, PIECES),
    "failures": ("rtug", OURS, PIECES),
}
"""Each item's methods, by name. "order" is section 4.5's N_h = N_c on pictures."""


def chosen_items(names: Sequence[str]) -> list[str]:
    """The items asked for, in the paper's order; "all" stands for all.

    Raises:
        GuidingPainterError: there is no such item.
    """
    unknown = [name for name in names if name != "all" and name not in ITEMS]
    if unknown:
        raise GuidingPainterError(
            BAD_REQUEST, f"{unknown[0]!r} is no item of the paper's.",
            f"Known: all, {', '.join(ITEMS)}.",
        )  # fmt: skip
    return [name for name in ITEMS if "all" in names or name in names]


def budget_of(name: str) -> Budget:
    """The budget of a name.

    Raises:
        GuidingPainterError: there is none.
    """
    if name not in BUDGETS:
        raise GuidingPainterError(
            BAD_REQUEST, f"No budget is called {name!r}.", f"Known: {', '.join(BUDGETS)}."
        )
    return BUDGETS[name]


def runs_of(items: Sequence[str], budget: Budget) -> dict[str, Preset]:
    """What has to be trained for items, by name, each once.

    All share the paper's trunk (Table 5) at the budget's width, and its number of image-steps.
    """
    paper = _at(PAPER, budget)
    total = sum(phase.images for phase in paper.phases)
    runs: dict[str, Preset] = {}
    for item in items:
        for method in ITEMS[item]:
            name = method.removesuffix(_INSIDE)
            if method != name:
                runs.setdefault(OURS, paper)
            if name in BASELINES:
                batch = paper.phases[0].batch
                runs[name] = baseline_preset(name, paper, total, budget.side, batch)
            elif name in ABLATED:
                runs[name] = ablated(paper, ABLATED[name])
            elif name == ALL_HINTS:
                runs[name] = all_hints(paper)
            elif name == PIECES:
                runs[name] = _at(DEFAULT, budget, total)
            elif name == OURS:
                runs[name] = paper
    order = (*BASELINES, OURS, *ABLATED, ALL_HINTS, PIECES)
    return {name: runs[name] for name in order if name in runs}


def _at(preset: Preset, budget: Budget, total: int | None = None) -> Preset:
    """A preset at a budget's size, its phases keeping their shares of it."""
    wide = replace(
        preset,
        segmenter_width=budget.width,
        colorizer_width=budget.width,
        discriminator_width=budget.width,
    )
    images = total or budget.images
    if images is None:
        return wide
    return shortened(wide, images, budget.side)


def open_method(name: str, folder: Path) -> Method:
    """A method, from the runs that lie in a folder.

    Raises:
        GuidingPainterError: a run holds no checkpoint.
    """
    base = name.removesuffix(_INSIDE)
    if base != name:
        baseline = method_of_run(base, folder / base)
        assert isinstance(baseline, TrainedBaseline)
        return InsideRegions(baseline, GuidingPainter.open(folder / OURS))
    if base in (*BASELINES, BUCKET):
        return method_of_run(base, folder / base)
    return GuidingPainter.open(folder / base, name=base)


class Results:
    """Measurements, each made once and kept as JSON in the folder of the runs.

    Args:
        folder: of the runs.
        scenes: held-out scenes at the budget's size.
        observer: measures FID and KID; None: nobody does.
        about: what they were measured on. What was measured on others, or of other weights, is not
            taken for it.
        told: gives, for something that takes a while, who is told how far it is.
    """

    def __init__(
        self, folder: Path, scenes: Sequence[Scene], observer: Observer | None, about: str,
        told: Callable[[str], Progress | None] = lambda what: None,
    ) -> None:  # fmt: skip
        self.folder, self.scenes, self.observer = folder, scenes, observer
        self._about, self._told = about, told

    def measured(self, name: str) -> Measured:
        """PSNR, SSIM and NRI of a method."""

        def make() -> Measured:
            method = open_method(name, self.folder)
            regions = getattr(method, "regions", PAPER.regions)
            return measure(method, self.scenes, regions, progress=self._told(f"measuring {name}"))

        fields = self._kept(name, "measured", self._about, make)
        needed = [Needed(**one) for one in fields["needed"]]
        return Measured(**{**fields, "name": name, "needed": needed})

    def distances(self, name: str) -> Distances | None:
        """FID and KID of a method, by hints where the item "fid" asks for it; None: unobserved."""
        observer = self.observer
        if observer is None:
            return None
        counts = COUNTS if name in ITEMS["fid"] else ()

        def make() -> Distances:
            method = open_method(name, self.folder)
            regions = getattr(method, "regions", PAPER.regions)
            about = self._weights(name)
            tell = self._told(f"FID of {name}")
            return observer.measured(method, about, counts, regions, tell)

        about = f"{observer.about}, {list(counts)} hints"
        found = self._kept(name, "distances", about, make)
        observer.forget(name)
        return Distances(**{**found, "name": name})

    def examined(self, name: str) -> Examined:
        """Order, importance and unusual colours of one of ours."""

        def make() -> Examined:
            method = GuidingPainter.open(self.folder / name)
            return examine(method, self.scenes, progress=self._told(f"examining {name}"))

        return Examined(**self._kept(name, "examined", self._about, make))

    def _weights(self, name: str) -> str:
        """Says which runs a method was made of, as they are now."""
        base = name.removesuffix(_INSIDE)
        folders = [self.folder / one for one in ([base] if base == name else [base, OURS])]
        return ", ".join(digest(folder) for folder in folders if folder.is_dir())

    def _kept(self, name: str, kind: str, about: str, make: Callable[[], Any]) -> dict[str, Any]:
        """The fields of a dataclass, from its file, or made now and kept there."""
        path = self.folder / "measured" / f"{name.replace(' ', '-')}.{kind}.json"
        about = f"{about}; {self._weights(name)}"
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["about"] == about:
                return kept["found"]
        found = asdict(make())
        make_folder(path.parent)
        write_bytes(path, json.dumps({"about": about, "found": found}).encode())
        return found
