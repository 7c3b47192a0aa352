"""The report of `gp-train paper`: for each item what the paper claims, and what is found.

The paper's own figures are of closed data (a web comic, faces) at another budget. Numbers can not
be laid side by side; claims can, and each section says whether its claim holds here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from PIL import Image

from gp_training.evaluation import paper_more, tables
from gp_training.evaluation.curves import draw_bars, draw_curves
from gp_training.evaluation.distances import said_of
from gp_training.evaluation.evaluate import ORDER_COUNTS, UNUSUAL_HINTS, Measured
from gp_training.evaluation.paper import ALL_HINTS, ITEMS, OURS, Budget, Results, open_method
from gp_training.evaluation.pictures import contact_sheet, snail_sheet
from gp_training.evaluation.reports import floor_text
from gp_training.evaluation.snail import seeds_text, train_snail
from gp_training.evaluation.snail_pages import RECIPES
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import Segmenter
from gp_training.recipe.presets import PAPER

# Seconds, of the keystroke-level model (Card, Moran, Newell 1980): making up one's mind, pointing
# at something, pressing and letting go of a button.
DECIDE, POINT, CLICK = 1.35, 1.10, 0.20
GUIDED = DECIDE + POINT + CLICK  # which colour, to the palette, click
ALONE = 2 * GUIDED  # and before that: where, to the place, click
_TELLING = 0.1  # dB
_SNAIL_SEEDS = (0, 1, 2)
_SHEET_SCENES = 4


def write(items: Sequence[str], results: Results, budget: Budget, notes: Sequence[str]) -> str:
    """Write pictures into the runs' folder; return the report as Markdown.

    Args:
        items: from `gp_training.evaluation.paper.chosen_items`.
        results: measurements; what is missing is measured now.
        budget: of the runs.
        notes: what else a reader must know.
    """
    parts = [
        "# The paper's tables and figures, on open data\n",
        f"Budget `{budget.name}`: {_spent(budget)}, measured on {len(results.scenes)} scenes at "
        f"{budget.side} px.\n",
        *(f"{note}\n" for note in notes),
    ]
    for item in items:
        parts.append(_SECTIONS[item](results, budget))
    text = "\n".join(parts)
    (results.folder / "report.md").write_text(text, encoding="utf-8")
    return text


def _spent(budget: Budget) -> str:
    if budget.images is None:
        steps = sum(phase.images for phase in PAPER.phases)
        return f"the paper's own, {steps} image-steps a run, width {budget.width}"
    return f"{budget.images} image-steps a run at {budget.side} px, width {budget.width}"


def _measured(item: str, results: Results) -> list[Measured]:
    return [results.measured(name) for name in ITEMS[item]]


def _summary(item: str, results: Results) -> tuple[list[Measured], tables.Rows]:
    """What was measured of an item's methods, and its table, with FID where that is measured."""
    found = _measured(item, results)
    far = {name: results.distances(name) for name in ITEMS[item]}
    return found, tables.summary_rows(
        found, {name: one for name, one in far.items() if one is not None}
    )


def _verdict(claim: str, gain: float, found: str) -> str:
    """What the paper claims, and whether it holds where it says that something gains.

    Args:
        claim: a sentence.
        gain: dB; below 0.1 either way nothing can be told.
        found: the figures.
    """
    here = "cannot be told, under 0.1 dB" if abs(gain) < _TELLING else "holds"
    if gain <= -_TELLING:
        here = "**does not hold**"
    return f"The paper: {claim} Here it {here}: {found}\n"


def _table1(results: Results, budget: Budget) -> str:
    found, rows = _summary("table1", results)
    rows[0].insert(2, "without hints, dB")
    for row, one in zip(rows[1:], found, strict=True):
        row.insert(2, f"{one.psnr[0]:.2f}")
    ours = next(one for one in found if one.name == OURS)
    best = max((one for one in found if one.name in _THEIRS), key=lambda one: one.psnr_expected)
    verdict = _verdict(
        "with hints, better than every baseline in PSNR, with fewer interactions.",
        ours.psnr_expected - best.psnr_expected,
        f"{ours.psnr_expected:.2f} dB, the best of the four networks ({best.name}) "
        f"{best.psnr_expected:.2f}.",
    )
    return f"## Table 1: methods, with hints and without\n\n{tables.markdown(rows)}\n{verdict}"


_THEIRS = ("pix2pix", "cic", "rtug", "alacgan")


def _fid(results: Results, budget: Budget) -> str:
    title = "## FID and KID by hints\n\n"
    if results.observer is None:
        return f"{title}Not measured: it needs `--inception FILE`.\n"
    found = [one for name in ITEMS["fid"] if (one := results.distances(name)) is not None]
    nearest = [
        f"{min(found, key=lambda one: one.kid[place]).name} with {count}"
        for place, count in enumerate(found[0].counts)
    ]
    fell = [one.name for one in found if one.kid[-1] < one.kid[0]]
    return (
        f"{title}{said_of(results.observer.crops)} {floor_text(results.observer)}\n\n"
        f"{tables.markdown(tables.distance_rows(found))}\n"
        f"Nearest to the true pictures by KID, by the number of hints: {', '.join(nearest)}. "
        f"Nearer with {found[0].counts[-1]} hints than with none: {', '.join(fell) or 'nobody'}.\n"
    )


def _table2(results: Results, budget: Budget) -> str:
    rows = [["method", "seconds a hint", *_thresholds(results)]]
    for one in _measured("table2", results):
        each = ALONE if one.name in ("rtug", "alacgan", "bucket") else GUIDED
        times = [f"{needed.mean * each:.0f} ({needed.reached:.0%})" for needed in one.needed]
        rows.append([one.name, f"{each:.2f}", *times])
    return (
        "## Table 2: time of a simulated colourist\n\n"
        f"{tables.markdown(rows)}\n"
        "Nobody was asked: times follow the keystroke-level model (decide "
        f"{DECIDE} s, point {POINT} s, click {CLICK} s). A guided hint is a colour; a hint without "
        "a guide is a place and a colour. A picture that never gets there counts "
        f"{PAPER.regions + 1} hints; the share that does is in brackets.\n"
    )


def _thresholds(results: Results) -> list[str]:
    first = results.measured(ITEMS["table2"][0])
    return [f"to {needed.threshold:g} dB, s" for needed in first.needed]


def _table3(results: Results, budget: Budget) -> str:
    found, rows = _summary("table3", results)
    rows[0].append("regions a picture")
    for row, one in zip(rows[1:], found, strict=True):
        row.append(f"{results.examined(one.name).regions:.1f}")
    values = [one.psnr_expected for one in found]
    verdict = _verdict(
        "each of the adversary, total variance and smoothness adds to what was there before.",
        min(later - before for before, later in itertools.pairwise(values)),
        ", ".join(f"{one.name} {one.psnr_expected:.2f}" for one in found) + " dB.",
    )
    return (
        "## Table 3: losses (a: reconstruction; b: and adversary; c: and total variance; paper: "
        f"and smoothness)\n\n{tables.markdown(rows)}\n{verdict}"
    )


def _table5(results: Results, budget: Budget) -> str:
    sizes = [("f", Segmenter(PAPER.regions, 64)), ("g", Colorizer(PAPER.regions, 64))]
    rows = [["network at the paper's width of 64", "parameters"]]
    for name, network in sizes:
        rows.append([name, f"{sum(one.numel() for one in network.parameters()):,}"])
    return f"## Table 5: architecture\n\n{tables.markdown(rows)}"


def _table6(results: Results, budget: Budget) -> str:
    found, rows = _summary("table6", results)
    gains = [
        found[at + 1].psnr_expected - found[at].psnr_expected for at in range(0, len(found), 2)
    ]
    verdict = _verdict(
        "baselines gain where their marks lie in the guided regions.",
        min(gains),
        ", ".join(f"{found[2 * at].name} {gain:+.2f} dB" for at, gain in enumerate(gains)) + ".",
    )
    return f"## Table 6: baselines' marks at our places\n\n{tables.markdown(rows)}\n{verdict}"


def _order(results: Results, budget: Budget) -> str:
    rows = [["run", "order", *map(str, ORDER_COUNTS)]]
    worth: dict[str, float] = {}
    for name in ITEMS["order"]:
        orders = results.examined(name).orders
        for order, values in orders.items():
            rows.append([name, order, *(f"{value:.2f}" for value in values)])
        few = slice(1, 5)  # one to five hints, where an order can pay
        gaps = zip(orders["learned"][few], orders["random"][few], strict=True)
        worth[name] = sum(learned - drawn for learned, drawn in gaps) / 4
    verdict = _verdict(
        "with N_h drawn from G regions come in the order of their worth, with N_h = N_c in none.",
        min(worth[OURS], worth[OURS] - worth[ALL_HINTS]),
        ", ".join(f"{name} {gain:+.2f} dB" for name, gain in worth.items())
        + " of the learned order over a random one, mean of 1, 2, 3 and 5 hints.",
    )
    return (
        "## Order: PSNR in dB by hints, the same regions in three orders\n\n"
        f"{tables.markdown(rows)}\n{verdict}"
    )


def _fig4(results: Results, budget: Budget) -> str:
    parts = ["## Fig. 4: the Dark Snail\n"]
    for variant in ("geometric", "nh-equals-nc"):
        settings = replace(RECIPES["paper"], variant=variant, steps=budget.snail)
        found = {seed: train_snail(settings, seed) for seed in _SNAIL_SEEDS}
        picture = f"snail-{variant}.png"
        snail_sheet(results.folder / picture, found[_SNAIL_SEEDS[0]], settings, _SNAIL_SEEDS[0])
        parts.append(f"Recipe `paper`, {variant}, {budget.snail} steps:\n\n{seeds_text(found)}")
        parts.append(f"![Dark Snail, {variant}]({picture})\n")
    return "\n".join(parts)


def _fig5(results: Results, budget: Budget) -> str:
    parts = ["## Fig. 5: worth of one hint, by priority\n"]
    for name in ITEMS["fig5"]:
        importance = results.examined(name).importance
        picture = f"importance-{name}.png"
        draw_bars(
            results.folder / picture, importance, f"Worth of a region's hint, {name}",
            "region by priority", "gain, dB",
        )  # fmt: skip
        values = ", ".join(f"{gain:+.2f}" for gain in importance)
        parts.append(f"{name}: {values} dB\n\n![Worth by priority, {name}]({picture})\n")
    return "\n".join(parts)


def _fig6(results: Results, budget: Budget) -> str:
    return _sheet("fig6", "Fig. 6: regions by losses, under argmax", (0, 3, 30), results)


def _fig7(results: Results, budget: Budget) -> str:
    return _sheet("fig7", "Fig. 7: pictures", (0, 1, 3, 5, 30), results)


def _sheet(item: str, title: str, counts: Sequence[int], results: Results) -> str:
    methods = [open_method(name, results.folder) for name in ITEMS[item]]
    sheet = contact_sheet(methods, results.scenes[:_SHEET_SCENES], counts)
    Image.fromarray(sheet).save(results.folder / f"{item}.png")
    hints = ", ".join(map(str, counts))
    return (
        f"## {title}\n\nEach row: method, sketch, picture, regions in priority order, painted with "
        f"{hints} hints.\n\n![{title}]({item}.png)\n"
    )


def _fig12(results: Results, budget: Budget) -> str:
    found = _measured("fig12", results)
    curves = {one.name: (range(len(one.psnr)), one.psnr) for one in found}
    draw_curves(results.folder / "fig12.png", curves, "PSNR by hints", "hints", "PSNR, dB")
    rows = tables.markdown(tables.hint_rows(found))
    return f"## Fig. 12: PSNR by hints\n\n{rows}\n![PSNR by hints](fig12.png)\n"


def _e2(results: Results, budget: Budget) -> str:
    rows = [["run", "true colours", "unusual colours"]]
    for name in ITEMS["e2"]:
        found = results.examined(name)
        rows.append([name, f"{found.taken:.1f}", f"{found.taken_unusual:.1f}"])
    return (
        f"## E.2: unusual colours\n\n{tables.markdown(rows)}\n"
        f"CIEDE2000 between a hint and what is painted, {UNUSUAL_HINTS} hints, each channel off by "
        "U(-64, 64) of 255.\n"
    )


_SECTIONS: dict[str, Callable[[Results, Budget], str]] = {
    **paper_more.SECTIONS,
    "table1": _table1,
    "fid": _fid,
    "table2": _table2,
    "table3": _table3,
    "table5": _table5,
    "table6": _table6,
    "order": _order,
    "fig4": _fig4,
    "fig5": _fig5,
    "fig6": _fig6,
    "fig7": _fig7,
    "fig12": _fig12,
    "e2": _e2,
}
