"""More sections of the report of `gp-train paper`, from runs that its tables need anyway.

The walk from region to region, where marks lie, more pictures, unusual colours and failures as
pictures, SSIM by hints, and what RTUG would suggest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from gp_training.baselines.bins import encoded, quarter
from gp_training.baselines.common import TrainedBaseline
from gp_training.baselines.rtug import RtugNetwork
from gp_training.data.held_out import Method, Scene
from gp_training.evaluation import tables
from gp_training.evaluation.curves import draw_curves
from gp_training.evaluation.evaluate import UNUSUAL_HINTS, unusual_colors
from gp_training.evaluation.inside import InsideRegions
from gp_training.evaluation.methods import Guided, GuidingPainter
from gp_training.evaluation.paper import ITEMS, OURS, Budget, Results, open_method
from gp_training.evaluation.pictures import contact_sheet, region_palette, to_image
from gp_training.networks.luminance import rgb_to_lab
from gp_training.recipe.metrics import psnr

Tiles = list[NDArray[np.uint8]]

PRIORITIES = (1, 2, 3, 5, 6)
MARKED = 5  # hints on the sheet of marks, on that of more pictures, and where failures are told
_DRAWS = 3  # of unusual colours
_WORST = 3
_FIRST = (1, 3, 9)  # suggestions


def _save(results: Results, name: str, rows: Sequence[Tiles]) -> str:
    """Write a sheet of tiles; return Markdown that shows it."""
    sheet = np.vstack([np.hstack(row) for row in rows])
    Image.fromarray(sheet).save(results.folder / f"{name}.png")
    return f"![{name}]({name}.png)\n"


def _open_guided(name: str, results: Results) -> GuidingPainter:
    method = open_method(name, results.folder)
    assert isinstance(method, GuidingPainter)
    return method


# The walk


def flat_hints(
    scene: Scene, guided: Guided, regions: Sequence[int], colors: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Hints as a user sees them, uint8 [H, W, 3]: their regions flat, all else white, under ink.

    Args:
        scene: whose lines are shown.
        guided: its regions.
        regions: those that have a hint.
        colors: of all regions, [N_c, 3].
    """
    shown = np.ones_like(colors)
    shown[list(regions)] = colors[list(regions)]
    return to_image(shown[guided.labels].transpose(2, 0, 1) * scene.sketch)


def walk_rows(
    method: GuidingPainter, scene: Scene, ranks: Sequence[int] = PRIORITIES
) -> list[Tiles]:
    """Three rows of a scene: the region asked about, the hints so far, and what is painted.

    Args:
        method: ours.
        scene: to be painted.
        ranks: priorities, from 1; one column each, after the sketch and before the picture.
    """
    guided = method.divide(scene)
    sketch, picture = to_image(scene.sketch), to_image(scene.picture)
    palette = region_palette(method.regions)
    painted = method.paint_guided(scene, guided, ranks)
    asked: Tiles = [sketch]
    hints: Tiles = [np.full_like(sketch, 255)]
    for rank in ranks:
        tile = sketch.copy()
        for region in guided.order[rank - 1 : rank]:
            tile[guided.labels == region] = palette[region]
        asked.append(np.minimum(tile, sketch))
        hints.append(flat_hints(scene, guided, guided.order[:rank], guided.colors))
    blank = np.full_like(sketch, 255)
    return [
        [*asked, palette[guided.labels]], [*hints, blank],
        [blank, *(to_image(one) for one in painted), picture],
    ]  # fmt: skip


def _fig1(results: Results, budget: Budget) -> str:
    parts = ["## Fig. 1: the walk\n"]
    ranks = ", ".join(map(str, PRIORITIES))
    parts.append(
        "The paper's shows the region of the i-th priority, the hints so far, and the picture that "
        f"they give. Here i = {ranks}; first the sketch, last all regions and the true picture.\n"
    )
    for name in ITEMS["fig1"]:
        method = _open_guided(name, results)
        rows = [row for scene in results.scenes[:2] for row in walk_rows(method, scene)]
        parts.append(f"{name}:\n\n{_save(results, f'fig1-{name}', rows)}")
    return "\n".join(parts)


# Marks


def marked_tile(
    scene: Scene, method: TrainedBaseline | InsideRegions, count: int
) -> NDArray[np.uint8]:
    """A sketch with a method's marks on it, uint8 [H, W, 3]."""
    colors, mask = method.marks(scene, [count])[count]
    tile = to_image(scene.sketch)
    tile[mask[0].numpy() > 0] = to_image(((colors + 1) / 2).numpy())[mask[0].numpy() > 0]
    return tile


def _fig3(results: Results, budget: Budget) -> str:
    rows: list[Tiles] = []
    methods = [open_method(name, results.folder) for name in ITEMS["fig3"]]
    for scene in results.scenes[:2]:
        for method in methods:
            assert isinstance(method, TrainedBaseline | InsideRegions)
            painted = method.paint(scene, [1, MARKED])
            rows.append([
                to_image(scene.sketch), to_image(scene.picture),
                marked_tile(scene, method, MARKED), *(to_image(one) for one in painted),
            ])  # fmt: skip
    names = ", ".join(ITEMS["fig3"])
    return (
        "## Fig. 3: marks of the baselines' own, and in our regions\n\n"
        f"Rows of a scene: {names}. Columns: sketch, picture, {MARKED} marks, painted from 1 and "
        f"from {MARKED}.\n\n{_save(results, 'fig3', rows)}"
    )


# Pictures


def _more(results: Results, budget: Budget) -> str:
    scenes = results.scenes[4:12] or results.scenes
    methods = [open_method(name, results.folder) for name in ITEMS["more"]]
    sheet = contact_sheet(methods, scenes, (0, MARKED))
    Image.fromarray(sheet).save(results.folder / "more.png")
    return (
        "## More pictures\n\nScenes that were not chosen, those after Fig. 7's. Columns: method, "
        f"sketch, picture, regions, painted with 0 and with {MARKED} hints.\n\n"
        "![more](more.png)\n"
    )


def unusual_row(method: GuidingPainter, scene: Scene) -> Tiles:
    """A scene with true hints for its first regions, then with unusual ones: hints and painted."""
    guided = method.divide(scene)
    first = guided.order[:UNUSUAL_HINTS]
    tiles = [to_image(scene.sketch), to_image(scene.picture)]
    for draw in range(_DRAWS + 1):
        rng = np.random.default_rng([draw, scene.index])
        colors = unusual_colors(guided.colors, rng) if draw else guided.colors
        painted = method.with_hints(scene, guided, first, colors)
        tiles += [flat_hints(scene, guided, first, colors), to_image(painted)]
    return tiles


def _unusual(results: Results, budget: Budget) -> str:
    parts = [
        "## E.2 as pictures\n\nColumns: sketch, picture, then hints beside what they give: true "
        f"colours of the first {UNUSUAL_HINTS} regions, then {_DRAWS} draws of unusual ones.\n"
    ]
    for name in ITEMS["unusual"]:
        method = _open_guided(name, results)
        rows = [unusual_row(method, scene) for scene in results.scenes[:4]]
        parts.append(f"{name}:\n\n{_save(results, f'unusual-{name}', rows)}")
    return "\n".join(parts)


def _failures(results: Results, budget: Budget) -> str:
    method = _open_guided(OURS, results)
    found: list[tuple[float, float, Scene]] = []
    for scene in results.scenes:
        guided = method.divide(scene)
        painted = psnr(method.paint_guided(scene, guided, [MARKED])[0], scene.picture)
        flat = psnr(guided.flat(scene, MARKED), scene.picture)
        found.append((painted, flat, scene))
    worst = sorted(found, key=lambda one: one[0])[:_WORST]
    rows = [["scene", f"painted from {MARKED} hints, dB", "the same hints, flat, dB"]]
    rows += [[str(scene.index), f"{painted:.2f}", f"{flat:.2f}"] for painted, flat, scene in worst]
    methods: list[Method] = [open_method(name, results.folder) for name in ITEMS["failures"]]
    sheet = contact_sheet(methods, [scene for *_, scene in worst], (0, MARKED, 30))
    Image.fromarray(sheet).save(results.folder / "failures.png")
    lost = sum(painted < flat for painted, flat, _ in found)
    return (
        f"## Failures\n\nWhere {OURS} is worst with {MARKED} hints. Flat are the true mean colours "
        "of these regions, and one for all others, under the lines: where painting is below that, "
        f"the painter loses what it was told ({lost} of {len(found)} scenes).\n\n"
        f"{tables.markdown(rows)}\nPainted with 0, {MARKED} and 30 hints:\n\n"
        "![failures](failures.png)\n"
    )


# Numbers


def _ssim(results: Results, budget: Budget) -> str:
    found = [results.measured(name) for name in ITEMS["ssim"]]
    counts = [count for count in tables.SHOWN_COUNTS if count < len(found[0].ssim)]
    rows = [["SSIM, with hints", *map(str, counts)]]
    rows += [[one.name, *(f"{one.ssim[count]:.3f}" for count in counts)] for one in found]
    curves = {one.name: (range(len(one.ssim)), one.ssim) for one in found}
    draw_curves(results.folder / "ssim.png", curves, "SSIM by hints", "hints", "SSIM")
    return f"## SSIM by hints\n\n{tables.markdown(rows)}\n![SSIM by hints](ssim.png)\n"


def shares_found(order: NDArray[np.integer], true: NDArray[np.integer]) -> list[float]:
    """Shares of places whose true bin is among the first 1, 3 and 9.

    Args:
        order: [places, Q], bins of each place, the likeliest first.
        true: [places].
    """
    rank = (order == true[:, None]).argmax(1)
    return [float((rank < first).mean()) for first in _FIRST]


@torch.no_grad()
def _suggested(results: Results, budget: Budget) -> str:
    method = open_method("rtug", results.folder)
    assert isinstance(method, TrainedBaseline)
    network = method.network
    assert isinstance(network, RtugNetwork)
    orders: list[NDArray[np.integer]] = []
    true: list[NDArray[np.integer]] = []
    for scene in results.scenes:
        colors, mask = method.marks(scene, [0])[0]
        x = torch.cat((method.seen(scene)[0], colors[None], mask[None]), 1)
        _, logits = network.consider(x)
        picture = torch.from_numpy(scene.picture)[None] * 2 - 1
        bins = encoded(quarter(rgb_to_lab(picture)[:, 1:]), network.classes.bins)[0]
        orders.append(logits[0].flatten(1).argsort(0, descending=True).T.numpy())
        true.append(bins[0, :, :, 0].flatten().numpy())
    answers = np.concatenate(true)
    often = np.bincount(answers, minlength=len(network.classes.bins)).argsort()[::-1]
    rows = [["the true bin is among the first", *map(str, _FIRST)]]
    for name, order in (
        ("rtug's branch, without hints", np.concatenate(orders)),
        ("these scenes' most frequent bins", np.broadcast_to(often, (len(answers), len(often)))),
    ):
        rows.append([name, *(f"{share:.1%}" for share in shares_found(order, answers))])
    return (
        f"## RTUG's classification branch\n\n{tables.markdown(rows)}\n"
        f"{len(network.classes.bins)} bins of ab, at a quarter of the side; in its paper the "
        "branch suggests colours for a place. The second row knows how often each bin occurs in "
        "these very scenes, and nothing of the place.\n"
    )


SECTIONS: dict[str, Callable[[Results, Budget], str]] = {
    "fig1": _fig1,
    "fig3": _fig3,
    "more": _more,
    "unusual": _unusual,
    "failures": _failures,
    "ssim": _ssim,
    "suggested": _suggested,
}
