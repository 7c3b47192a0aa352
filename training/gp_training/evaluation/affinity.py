"""Measures f: `python -m gp_training.evaluation.affinity RUN --data DIR --split test`.

RUN is a folder of `gp_training.run.affinity` or a weights file of it. Measured are, on pages of
works that no training saw, real and composed apart: how well affinity tells pairs of one colour
from others (AUC), whether its log-odds are true, what spreads after a few colours and how much of
that is right, and clicks.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gp_canvas.regions.spread import SURE
from gp_client.types import Level
from numpy.typing import NDArray

from gp_training.data.books import described
from gp_training.data.truth import kind_of, same_color
from gp_training.evaluation import calibration
from gp_training.evaluation.clicks import LEVELS, Order, clicks, course, spread_after
from gp_training.networks.affinity import Affinity
from gp_training.networks.answers import Answer, answers
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.recipe.affinity import pair_weights
from gp_training.run.affinity import learned_from, write_affinity_weights

COUNTS = (3, 6, 10)
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
WAYS: dict[str, tuple[Level, Order]] = {
    "bucket, gaps closed": ("off", "eye"),
    "bold spread, eye": ("bold", "eye"),
    "careful spread, eye": ("careful", "eye"),
    "bold spread, the guide's order": ("bold", "guide"),
}


def pages_of(data: Path, split: str, every: int = 1) -> list[Path]:
    """The pages of a split, every `every`-th of each kind."""
    files = sorted((data / split).glob("*/*/*.npz"))
    real = [file for file in files if kind_of(file) == "real"]
    composed = [file for file in files if kind_of(file) == "composed"]
    return real[::every] + composed[::every]


def pairs_of(one: Answer) -> tuple[NDArray, NDArray, NDArray]:
    """Scores, truth and weights of a page's pairs; the weights of a page sum to one."""
    scores, same = one.pairs
    upper = np.triu_indices(one.page.count, 1)
    weights = pair_weights(one.page, one.page).numpy().astype(np.float64)[upper]
    return scores.astype(np.float64), same, weights / max(weights.sum(), 1e-12)


def calibrate(f: Affinity, files: list[Path]) -> tuple[float, float]:
    """Fits f's scale and offset on pages, in place, so that its log-odds are true.

    Returns:
        The factor and offset that were applied.
    """
    found = [pairs_of(one) for one in answers(f, files)]
    factor, offset = calibration.fit(*(np.concatenate(part) for part in zip(*found, strict=True)))
    with torch.no_grad():
        f.offset.copy_(factor * f.offset + offset)
        f.scale.mul_(factor)
    return factor, offset


def report(pages: list[Answer], ways: dict[str, tuple[Level, Order]] = WAYS) -> dict[str, Any]:
    """All measures of pages of one kind."""
    pairs = [pairs_of(one) for one in pages]
    scores, same, weights = (np.concatenate(part) for part in zip(*pairs, strict=True))
    result: dict[str, Any] = {
        "pages": len(pages),
        "auc": float(np.nanmean([one.auc for one in pages])),
        "calibration error": calibration.error(scores, same, weights),
        "share of pairs alike": float(np.average(same, weights=weights)),
    }
    found = np.stack(
        [spread_after(one.page, one.affinity, COUNTS, THRESHOLDS, one.blank) for one in pages]
    )
    paper = np.array([one.page.sizes.sum() for one in pages], np.float64)
    spread = {}
    for row, count in enumerate(COUNTS):
        there = np.isfinite(found[:, row, 0, 0])
        for column, sure in enumerate(THRESHOLDS):
            part = np.nan_to_num(found[there, row, column])
            share = float((part[:, 0] / paper[there]).mean()) if there.any() else 0.0
            right = float(part[:, 1].sum() / max(part[:, 0].sum(), 1))
            spread[f"{count} colours, {sure}"] = {"paper": share, "right": right}
    result["spread"] = spread
    result["clicks"] = {}
    perfect = [
        np.where(same_color(one.page.colors, one.page.colors), 30, -30).astype(np.float32)
        for one in pages
    ]
    for name, (level, order) in ways.items():
        table = [
            clicks(course(one.page, one.affinity, level, order, blank=one.blank)) for one in pages
        ]
        result["clicks"][name] = _table(table)
    table = [
        clicks(course(one.page, truth, "bold", "eye"))
        for one, truth in zip(pages, perfect, strict=True)
    ]
    result["clicks"]["perfect answers"] = _table(table)
    base = result["clicks"]["bucket, gaps closed"]["mean"]
    for found_clicks in result["clicks"].values():
        mean = found_clicks["mean"]
        found_clicks["of bucket"] = [m / max(b, 1e-9) for m, b in zip(mean, base, strict=True)]
    return result


def _table(rows: list[list[int]]) -> dict[str, list[float]]:
    values = np.array(rows, np.float64)
    return {"mean": values.mean(0).tolist(), "median": np.median(values, 0).tolist()}


def as_text(kind: str, found: dict[str, Any]) -> str:
    """A report in Markdown."""
    lines = [
        f"**{kind}**, {found['pages']} pages: AUC {found['auc']:.3f}, calibration error "
        f"{found['calibration error']:.3f}, {found['share of pairs alike']:.0%} of pairs alike",
        "",
        "| clicks (mean; median) to | " + " | ".join(f"{level:.0%}" for level in LEVELS) + " |",
        "|---|" + "--:|" * len(LEVELS),
    ]
    for name, table in found["clicks"].items():
        cells = [
            f"{m:.1f} ({d:.0f}) {r:.2f}x"
            for m, d, r in zip(table["mean"], table["median"], table["of bucket"], strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| sure of | " + " | ".join(f"after {c} colours" for c in COUNTS) + " |"]
    lines.append("|---|" + "--:|" * len(COUNTS))
    for sure in THRESHOLDS:
        cells = []
        for count in COUNTS:
            one = found["spread"][f"{count} colours, {sure}"]
            cells.append(f"{one['right']:.2f} right on {one['paper']:.1%}")
        lines.append(f"| {sure} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--every", type=int, default=1, help="only every so many pages")
    parser.add_argument("--calibrate", action="store_true", help="on the validation pages first")
    parser.add_argument("-w", "--weights", type=Path, help="file to write f to")
    parser.add_argument("-o", "--output", type=Path, help="JSON to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    f = Affinity()
    state = load_checkpoint(arguments.run, {"f": f})
    if arguments.calibrate:
        files = pages_of(arguments.data, "validation", arguments.every)
        print("calibration on validation: {:.3f} x + {:.3f}".format(*calibrate(f, files)))
    if arguments.weights:
        learned = {**learned_from(state), "data": described(arguments.data / "train")}
        write_affinity_weights(arguments.weights, f, learned)
    found = list(answers(f, pages_of(arguments.data, arguments.split, arguments.every)))
    results = {}
    for kind in ("real", "composed"):
        pages = [one for one in found if one.kind == kind]
        if pages:
            results[kind] = report(pages)
            print(as_text(kind, results[kind]), "\n", flush=True)
    if arguments.output:
        levels = {level: sure for level, sure in SURE.items() if np.isfinite(sure)}
        arguments.output.write_text(json.dumps({"levels": levels, **results}, indent=1))


if __name__ == "__main__":
    main()
